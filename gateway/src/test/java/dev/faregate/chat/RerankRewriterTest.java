package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RerankRewriterTest {
    private static final AnswerIdentity ID = new AnswerIdentity("gen-1", "a/b", "Prov", 7);
    private static final byte[] USAGE = "{\"total_tokens\":1}".getBytes(StandardCharsets.UTF_8);
    private static final String HEAD = "{\"id\":\"gen-1\",\"model\":\"a/b\",\"provider\":\"Prov\",\"results\":[";
    private static final String TAIL = "],\"usage\":{\"total_tokens\":1}}";

    private final RerankRewriter rewriter = new RerankRewriter(ID, request());

    private static ChatRequest request() {
        byte[] body = ("{\"model\":\"a/b\",\"query\":\"q\",\"documents\":"
                        + "[\"\\u0041 one\", {\"text\":\"two\",\"image\":\"i\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        return new RerankRequestReader(RequestReader.Limits.DEFAULTS).read(body, 0, body.length);
    }

    private @Nullable String wrong(String answer) {
        byte[] data = answer.getBytes(StandardCharsets.UTF_8);
        return rewriter.whole(data, 0, data.length, Unpooled.EMPTY_BUFFER);
    }

    private String rewrite(String answer) {
        assertThat(wrong(answer)).isNull();
        ByteBuf out = Unpooled.buffer();
        rewriter.endWhole(USAGE, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void givesEachResultTheDocumentOfTheRequest() {
        assertThat(
                        rewrite(
                                "{\"id\":\"r-1\",\"model\":\"m-1\",\"results\":[{\"index\":1,\"relevance_score\":1.50e-1},"
                                        + " {\"relevance_score\":-0.0, \"index\":0,\"document\":null}],\"meta\":{\"x\":1},\"more\":{\"x\": 1}}"))
                .isEqualTo(HEAD
                        + "{\"index\":1,\"relevance_score\":1.50e-1,\"document\":{\"text\":\"two\",\"image\":\"i\"}},"
                        + "{\"index\":0,\"relevance_score\":-0.0,\"document\":{\"text\":\"\\u0041 one\"}}],"
                        + "\"more\":{\"x\": 1},\"usage\":{\"total_tokens\":1}}");
        assertThat(rewriter.upstreamId()).isEqualTo("r-1");
        assertThat(rewriter.upstreamModel()).isEqualTo("m-1");
        assertThat(rewriter.upstreamError()).isNull();
    }

    @Test
    void leavesTheDocumentsThatTheProviderGave() {
        assertThat(rewrite("{\"results\":[{\"index\":0,\"relevance_score\":1,\"document\":{\"text\":\"as is\"}},"
                        + "{\"index\":1,\"relevance_score\":0,\"document\":\"text\"}]}"))
                .isEqualTo(HEAD + "{\"index\":0,\"relevance_score\":1,\"document\":{\"text\":\"as is\"}},"
                        + "{\"index\":1,\"relevance_score\":0,\"document\":{\"text\":\"text\"}}" + TAIL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"results\":[]}",
                "{\"results\":{}}",
                "{\"results\":[{\"index\":0}]}",
                "{\"results\":[{\"relevance_score\":1}]}",
                "{\"results\":[{\"index\":2,\"relevance_score\":1}]}",
                "{\"results\":[{\"index\":-1,\"relevance_score\":1}]}",
                "{\"results\":[{\"index\":99999999999,\"relevance_score\":1}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":\"1\"}]}",
                "{\"results\":[1]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":1},{\"index\":0,\"relevance_score\":1}]}",
                "{\"results\":[{\"index\":0,\"relevance_score\":1}],\"results\":[{\"index\":1,\"relevance_score\":1}]}",
            })
    void isNoAnswer(String answer) {
        assertThat(wrong(answer)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"results\":[{\"index\":0,\"relevance_score\":1}]"})
    void isNoJson(String answer) {
        assertThatThrownBy(() -> wrong(answer)).isInstanceOf(MalformedJson.class);
    }

    @Test
    void keepsAnErrorForWhoeverTells() {
        wrong("{\"error\":{\"message\":\"no\"}}");
        assertThat(rewriter.upstreamError()).isEqualTo("{\"message\":\"no\"}");
    }

    @Test
    void readsUsageInTheFormsThatProvidersSend() {
        assertThat(usage("\"usage\":{\"total_tokens\":9}")).isEqualTo(TokenUsage.of(9, 0));
        assertThat(usage("\"usage\":{\"prompt_tokens\":8,\"total_tokens\":9}")).isEqualTo(TokenUsage.of(8, 0));
        assertThat(usage("\"meta\":{\"billed_units\":{\"search_units\":3}}")).isEqualTo(TokenUsage.ofRanking(0, 3));
        assertThat(usage("\"usage\":{\"search_units\":2,\"total_tokens\":150}"))
                .isEqualTo(TokenUsage.ofRanking(150, 2));
        assertThat(usage("\"usage\":{\"total_tokens\":7},\"meta\":{\"billed_units\":{\"search_units\":1}}"))
                .isEqualTo(TokenUsage.ofRanking(7, 1));
        assertThat(usage("\"meta\":{\"billed_units\":{\"input_tokens\":5}}")).isEqualTo(TokenUsage.of(5, 0));
        assertThat(usage("\"usage\":{\"search_units\":-2}")).isNull();
        assertThat(usage("\"usage\":{\"total_tokens\":-2}")).isNull();
        assertThat(usage("\"usage\":null")).isNull();
        assertThat(usage("\"meta\":{}")).isNull();
    }

    private static @Nullable TokenUsage usage(String member) {
        RerankRewriter one = new RerankRewriter(ID, request());
        byte[] data =
                ("{\"results\":[{\"index\":0,\"relevance_score\":1}]," + member + "}").getBytes(StandardCharsets.UTF_8);
        assertThat(one.whole(data, 0, data.length, Unpooled.EMPTY_BUFFER)).isNull();
        return one.usage();
    }
}
