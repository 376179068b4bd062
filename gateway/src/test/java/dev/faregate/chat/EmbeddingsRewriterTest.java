package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EmbeddingsRewriterTest {
    private static final AnswerIdentity ID = new AnswerIdentity("gen-1", "a/b", "Prov", 7);
    private static final byte[] USAGE = "{\"prompt_tokens\":1}".getBytes(StandardCharsets.UTF_8);

    private final EmbeddingsRewriter rewriter = new EmbeddingsRewriter(ID, 2);

    private String rewrite(String answer) {
        ByteBuf document = Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8);
        rewriter.take(document);
        assertThat(rewriter.end()).isNull();
        ByteBuf ours = rewriter.answer(document, USAGE, UnpooledByteBufAllocator.DEFAULT);
        String text = ours.toString(StandardCharsets.UTF_8);
        ours.release();
        assertThat(document.release()).isTrue();
        return text;
    }

    private String wrong(String answer) {
        rewriter.take(Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8));
        return String.valueOf(rewriter.end());
    }

    @Test
    void putsOursInPlaceOfTheirsAndLeavesTheVectors() {
        String data = "[ {\"embedding\": [1.0, -0.0,1E-7]},\n{\"embedding\":\"AAA=\", \"index\":1}]";
        assertThat(rewrite("{\"object\":\"list\",\"data\": " + data + ",\"model\":\"m-1\",\"id\":\"e-9\","
                        + "\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8},\"meta\":{\"x\":1},\"nothing\":null}"))
                .isEqualTo("{\"id\":\"gen-1\",\"object\":\"list\",\"model\":\"a/b\",\"provider\":\"Prov\",\"data\": "
                        + data + ",\"meta\":{\"x\":1},\"usage\":{\"prompt_tokens\":1}}");
        assertThat(rewriter.usage()).isEqualTo(TokenUsage.of(8, 0));
        assertThat(rewriter.upstreamModel()).isEqualTo("m-1");
        assertThat(rewriter.upstreamId()).isEqualTo("e-9");
        assertThat(rewriter.upstreamError()).isNull();
    }

    @Test
    void readsUsageInTheFormsThatProvidersSend() {
        assertThat(usage("{\"prompt_tokens\":5,\"total_tokens\":9}")).isEqualTo(TokenUsage.of(5, 0));
        assertThat(usage("{\"total_tokens\":9}")).isEqualTo(TokenUsage.of(9, 0));
        assertThat(usage("{\"prompt_tokens\":5,\"completion_tokens\":3}")).isEqualTo(TokenUsage.of(5, 0));
        assertThat(usage("null")).isNull();
        assertThat(usage("{}")).isNull();
        assertThat(usage("{\"prompt_tokens\":-5,\"total_tokens\":9}")).isNull();
        assertThat(usage("{\"prompt_tokens\":\"5\"}")).isNull();
    }

    private static @Nullable TokenUsage usage(String usage) {
        EmbeddingsRewriter one = new EmbeddingsRewriter(ID, 1);
        one.take(Unpooled.copiedBuffer("{\"data\":[{}],\"usage\":" + usage + "}", StandardCharsets.UTF_8));
        assertThat(one.end()).isNull();
        return one.usage();
    }

    @Test
    void isNoAnswerWithoutOneVectorForEachInput() {
        assertThat(wrong("{\"data\":[{}]}")).isEqualTo("it has 1 embeddings for 2 inputs");
    }

    @Test
    void isNoAnswerWithoutData() {
        assertThat(wrong("{\"usage\":{}}")).isEqualTo("it has no data");
    }

    @Test
    void isNoAnswerWithDataTwice() {
        assertThatThrownBy(() -> wrong("{\"data\":[{},{}],\"data\":[{},{}]}")).isInstanceOf(MalformedJson.class);
    }

    @Test
    void keepsAnErrorForWhoeverTells() {
        wrong("{\"error\":{\"message\":\"no\"}}");
        assertThat(rewriter.upstreamError()).isEqualTo("{\"message\":\"no\"}");
    }

    /// The vectors of a large batch take no room on the heap: neither when they pass nor when they are sent.
    @Test
    void copiesNoVectors() {
        allocated(2, 10); // classes are loaded on the way
        assertThat(allocated(2_048, 1_536)).isLessThan(500_000);
    }

    /// Bytes of heap that such an answer takes; it has some 13 bytes a number.
    private static long allocated(int inputs, int dimensions) {
        StringBuilder answer = new StringBuilder("{\"data\":[");
        for (int i = 0; i < inputs; i++) {
            answer.append(i == 0 ? "" : ",")
                    .append("{\"embedding\":[")
                    .append("0.0123456789,".repeat(dimensions - 1))
                    .append("1]}");
        }
        byte[] bytes =
                answer.append("],\"usage\":{\"prompt_tokens\":1}}").toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuf document = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        EmbeddingsRewriter rewriter = new EmbeddingsRewriter(ID, inputs);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int at = 0; at < bytes.length; at += 65_536) {
            rewriter.take(document.slice(at, Math.min(65_536, bytes.length - at)));
        }
        assertThat(rewriter.end()).isNull();
        ByteBuf ours = rewriter.answer(document, USAGE, UnpooledByteBufAllocator.DEFAULT);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(ours.isDirect()).isTrue();
        ours.release();
        document.release();
        return allocated;
    }
}
