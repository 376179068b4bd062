package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagesRewriterTest {
    private static final AnswerIdentity ID = new AnswerIdentity("gen-1", "a/b", "Prov", 7);
    private static final byte[] USAGE = "{\"cost\":1}".getBytes(StandardCharsets.UTF_8);
    private static final String PNG = "iVBORw0KGgoAAAAN";

    private final ImagesRewriter rewriter = new ImagesRewriter(ID, 2);

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private static String text(ByteBuf ours, ByteBuf theirs) {
        String text = ours.toString(StandardCharsets.UTF_8);
        ours.release();
        assertThat(theirs.release()).isTrue();
        return text;
    }

    private String rewrite(String answer) {
        ByteBuf document = bytes(answer);
        rewriter.take(document);
        assertThat(rewriter.end()).isNull();
        return text(rewriter.answer(document, USAGE, UnpooledByteBufAllocator.DEFAULT), document);
    }

    private static String wrong(String answer) {
        ImagesRewriter one = new ImagesRewriter(ID, 1);
        one.take(bytes(answer));
        return String.valueOf(one.end());
    }

    @Test
    void tellsMediaTypesAndPutsOursInPlaceOfTheirs() {
        assertThat(
                        rewrite(
                                "{ \"created\": 99,\"background\":\"opaque\",\"model\":\"m-1\",\"id\":\"i-1\",\"data\": [ {\"b64_json\": \""
                                        + PNG
                                        + "\", \"revised_prompt\":\"p\"},\n{\"media_type\":\"image/jxl\",\"b64_json\":\"AAAA\"} ],"
                                        + "\"usage\":{\"input_tokens\":8,\"output_tokens\":60,\"total_tokens\":68,"
                                        + "\"input_tokens_details\":{\"text_tokens\":5,\"image_tokens\":3}},\"size\":\"1x1\",\"nothing\":null}"))
                .isEqualTo("{\"created\":99,\"data\":[{\"b64_json\": \"" + PNG
                        + "\", \"revised_prompt\":\"p\",\"media_type\":\"image/png\"},"
                        + "{\"media_type\":\"image/jxl\",\"b64_json\":\"AAAA\"}],\"background\":\"opaque\",\"size\":\"1x1\","
                        + "\"usage\":{\"cost\":1}}");
        TokenUsage usage = Objects.requireNonNull(rewriter.usage());
        assertThat(usage.prompt()).isEqualTo(8);
        assertThat(usage.completion()).isEqualTo(60);
        assertThat(usage.promptImages()).isEqualTo(3);
        assertThat(usage.images()).isEqualTo(2);
        assertThat(rewriter.images()).isEqualTo(2);
        assertThat(rewriter.upstreamModel()).isEqualTo("m-1");
        assertThat(rewriter.upstreamId()).isEqualTo("i-1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "-",
            value = {
                "iVBORw0KGgo; image/png",
                "/9j/4AAQ; image/jpeg",
                "\\/9j\\/4AAQ; image/jpeg",
                "UklGRhIA; image/webp",
                "R0lGODlh; image/gif",
                "PHN2ZyB4; image/svg+xml",
                "AAAA; -",
                "A; -",
            })
    void tellsTheMediaTypeByHowAnImageBegins(String base64, @Nullable String type) {
        String ours = rewrite("{\"data\":[{\"b64_json\":\"" + base64 + "\"}]}");
        assertThat(ours)
                .isEqualTo("{\"created\":7,\"data\":[{\"b64_json\":\"" + base64 + "\""
                        + (type == null ? "" : ",\"media_type\":\"" + type + "\"") + "}],\"usage\":{\"cost\":1}}");
        assertThat(rewriter.usage()).isNull();
        assertThat(rewriter.images()).isEqualTo(1);
    }

    @Test
    void readsTheUsageOfRouters() {
        rewrite("{\"data\":[{\"b64_json\":\"AAAA\"}],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":4175,"
                + "\"total_tokens\":4175,\"cost\":0.04}}");
        assertThat(rewriter.usage()).isEqualTo(TokenUsage.of(0, 4_175).withImages(1));
    }

    @Test
    void believesNoUsageThatIsNone() {
        rewrite("{\"data\":[{\"b64_json\":\"AAAA\"}],\"usage\":{\"input_tokens\":-1,\"output_tokens\":5}}");
        assertThat(rewriter.usage()).isNull();
    }

    @Test
    void isNoAnswerWithoutImages() {
        assertThat(wrong("{}")).isEqualTo("it has no images");
        assertThat(wrong("{\"data\":[]}")).isEqualTo("it has no images");
        assertThat(wrong("{\"data\":[1]}")).isEqualTo("it has no images");
        assertThat(wrong("{\"data\":[{\"url\":\"https://a.test/\"}]}")).isEqualTo("an image has no b64_json");
        assertThat(wrong("{\"data\":[{\"b64_json\":7}]}")).isEqualTo("an image has no b64_json");
        assertThat(wrong("{\"data\":[{\"b64_json\":\"\"}]}")).isEqualTo("an image has no b64_json");
        assertThat(wrong("{\"data\":[{\"b64_json\":\"A\"},{\"b64_json\":\"B\"},{\"b64_json\":\"C\"}]}"))
                .isEqualTo("it has more than the 1 images that were asked for");
        assertThatThrownBy(() -> wrong("{\"data\":[{}],\"data\":[{}]}")).isInstanceOf(MalformedJson.class);
    }

    @Test
    void keepsTheErrorOfAProvider() {
        rewriter.take(bytes("{\"error\":{\"message\":\"no\"}}"));
        assertThat(rewriter.end()).isNotNull();
        assertThat(rewriter.upstreamError()).isEqualTo("{\"message\":\"no\"}");
    }

    @Test
    void tellsAWholeAnswerAsAStream() {
        ByteBuf document = bytes("{\"data\":[\n{\"b64_json\":\n\"" + PNG + "\"}]}");
        rewriter.take(document);
        assertThat(rewriter.end()).isNull();
        assertThat(text(rewriter.events(document, USAGE, UnpooledByteBufAllocator.DEFAULT), document))
                .isEqualTo("data: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + PNG
                        + "\",\"created\":7,\"media_type\":\"image/png\",\"usage\":{\"cost\":1}}\n\ndata: [DONE]\n\n");
    }

    /// Images take no room on the heap: neither when they pass nor when they are sent.
    @Test
    void copiesNoImages() {
        allocated(10); // classes are loaded on the way
        assertThat(allocated(20_000_000)).isLessThan(500_000);
    }

    /// Bytes of heap that an answer with one image of so many characters takes.
    private static long allocated(int characters) {
        byte[] bytes =
                ("{\"data\":[{\"b64_json\":\"" + "A".repeat(characters) + "\"}]}").getBytes(StandardCharsets.US_ASCII);
        ByteBuf document = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        ImagesRewriter rewriter = new ImagesRewriter(ID, 1);
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

    // ---- streams ------------------------------------------------------------------------------------------------

    private ImagesRewriter.Event event(String data) {
        byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            rewriter.takeOfEvent(bytes, i, i + 1);
        }
        return rewriter.endEvent();
    }

    @Test
    void passesPartialImagesAndKeepsTheLast() {
        String partial = "{\"type\":\"image_edit.partial_image\",\"b64_json\":\"AAAA\",\"created_at\":9,\"x\":null}";
        assertThat(event(partial)).isEqualTo(ImagesRewriter.Event.PASSED);
        ByteBuf first = bytes(partial);
        assertThat(text(rewriter.passed(first, UnpooledByteBufAllocator.DEFAULT), first))
                .isEqualTo("data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"AAAA\",\"created_at\":9,"
                        + "\"partial_image_index\":0}\n\n");
        assertThat(rewriter.deliveredBytes()).isEqualTo(ImagesRewriter.TOKENS_PER_PARTIAL_IMAGE);
        assertThat(rewriter.images()).isZero();
        assertThat(event("{\"type\":\"image_generation.started\"}")).isEqualTo(ImagesRewriter.Event.NOTHING);
        String image = "{\"type\":\"image_edit.completed\",\"b64_json\":\"" + PNG + "\",\"created_at\":9,"
                + "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
        assertThat(event(image)).isEqualTo(ImagesRewriter.Event.COMPLETED);
        assertThat(rewriter.usage()).isEqualTo(TokenUsage.of(1, 2).withImages(1));
        ByteBuf last = bytes(image);
        assertThat(text(rewriter.completed(last, USAGE, UnpooledByteBufAllocator.DEFAULT), last))
                .isEqualTo(
                        "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + PNG + "\",\"created_at\":9,"
                                + "\"created\":9,\"media_type\":\"image/png\",\"usage\":{\"cost\":1}}\n\ndata: [DONE]\n\n");
    }

    @Test
    void hearsOfErrorsInAStream() {
        assertThat(event("{\"type\":\"error\",\"error\":{\"message\":\"no\"}}"))
                .isEqualTo(ImagesRewriter.Event.NOTHING);
        assertThat(rewriter.upstreamError()).isEqualTo("{\"message\":\"no\"}");
        assertThatThrownBy(() -> event("{\"type\":}")).isInstanceOf(MalformedJson.class);
    }

    @Test
    void writesErrorsAsTheContractHasThem() {
        ByteBuf out = Unpooled.buffer();
        ImagesRewriter.errorEvent("502", "bad_gateway", "It broke.", out);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("data: {\"type\":\"error\",\"error\":{\"code\":\"502\",\"message\":\"It broke.\","
                        + "\"type\":\"bad_gateway\"}}\n\ndata: [DONE]\n\n");
    }
}
