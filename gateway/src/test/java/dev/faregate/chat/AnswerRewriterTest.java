package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerRewriterTest {
    private static final AnswerIdentity ID = new AnswerIdentity("gen-1", "openai/gpt-4o", "OpenAI", 1_700_000_000);
    private static final String HEAD =
            "data: {\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                    + "\"model\":\"openai/gpt-4o\",\"provider\":\"OpenAI\"";

    private final AnswerRewriter chunks = new AnswerRewriter(ID, true);
    private final AnswerRewriter whole = new AnswerRewriter(ID, false);

    @Test
    void putsOurNamesInPlaceOfTheirsAndDropsNulls() {
        assertThat(chunk(
                        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-2024\","
                                + "\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":"
                                + "{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null,\"tool_calls\":null},\"logprobs\":null,"
                                + "\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"x\"}"))
                .isEqualTo(HEAD
                        + ",\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                        + "\"finish_reason\":null}],\"obfuscation\":\"x\"}\n\n");
        assertThat(chunks.upstreamId()).isEqualTo("chatcmpl-1");
        assertThat(chunks.upstreamModel()).isEqualTo("gpt-4o-2024");
        assertThat(chunks.deliveredBytes()).isEqualTo(2);
        assertThat(chunks.finished()).isFalse();
    }

    @Test
    void normalisesTheFinishReasonAndShowsTheNativeOne() {
        assertThat(chunk("{\"choices\":[{\"delta\":{},\"index\":1,\"finish_reason\":\"eos\"}]}"))
                .isEqualTo(
                        HEAD
                                + ",\"choices\":[{\"delta\":{},\"index\":1,\"finish_reason\":\"stop\",\"native_finish_reason\":\"eos\"}]}\n\n");
        assertThat(chunks.finishReason()).isEqualTo("stop");
        assertThat(chunks.finished()).isTrue();
    }

    @Test
    void keepsUsageForItself() {
        assertThat(chunk("{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":null},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":2}}}"))
                .isEmpty();
        assertThat(chunks.usage()).isEqualTo(new TokenUsage(10, 5, 4, 0, 2, 0, 0));
    }

    @Test
    void readsTheUsageOfDeepSeek() {
        chunk(
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"prompt_cache_hit_tokens\":6}}");
        assertThat(chunks.usage()).isEqualTo(new TokenUsage(10, 5, 6, 0, 0, 0, 0));
    }

    @Test
    void doesNotBelieveImpossibleUsage() {
        for (String usage : new String[] {
            "{\"prompt_tokens\":-1,\"completion_tokens\":5}",
            "{\"prompt_tokens\":\"10\",\"completion_tokens\":5}",
            "{\"prompt_tokens\":1.5,\"completion_tokens\":5}",
            "{\"prompt_tokens\":99999999999999999999,\"completion_tokens\":5}",
            "{\"prompt_tokens\":10}",
            "{}",
            "[]",
            "\"many\""
        }) {
            chunk("{\"choices\":[],\"usage\":" + usage + "}");
            assertThat(chunks.usage()).as(usage).isNull();
        }
    }

    @Test
    void neverCountsAPartAsMoreThanItsWhole() {
        chunk(
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":40},\"completion_tokens_details\":{\"reasoning_tokens\":9}}}");
        assertThat(chunks.usage()).isEqualTo(new TokenUsage(10, 5, 10, 0, 5, 0, 0));
    }

    @Test
    void dropsNullsInsideToolCalls() {
        assertThat(
                        chunk(
                                "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":null,\"type\":null,"
                                        + "\"function\":{\"name\":null,\"arguments\":\"{\\\"a\\\":null}\"}}]},\"finish_reason\":null}]}"))
                .contains("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":null}\"}}]");
    }

    @Test
    void callsReasoningByOneName() {
        assertThat(chunk("{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"hm\"}}]}"))
                .contains("\"delta\":{\"reasoning\":\"hm\"},\"finish_reason\":null");
        assertThat(chunks.deliveredBytes()).isEqualTo(2);
    }

    @Test
    void noticesAnErrorInTheStream() {
        assertThat(chunk("{\"error\":{\"message\":\"overloaded\",\"code\":529}}"))
                .isEmpty();
        assertThat(chunks.upstreamError()).isEqualTo("{\"message\":\"overloaded\",\"code\":529}");
        assertThat(chunk("{\"error\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"))
                .isNotEmpty();
    }

    @Test
    void leavesWhatStoodBeforeWhenAChunkIsDropped() {
        ByteBuf out = Unpooled.buffer().writeBytes("before".getBytes(UTF_8));
        byte[] data = "{\"choices\":[]}".getBytes(UTF_8);
        assertThat(chunks.chunk(data, 0, data.length, out)).isFalse();
        assertThat(out.toString(UTF_8)).isEqualTo("before");
    }

    @Test
    void leavesNothingBehindOfAChunkThatIsNotJson() {
        ByteBuf out = Unpooled.buffer().writeBytes("before".getBytes(UTF_8));
        byte[] data = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],oops".getBytes(UTF_8);
        assertThatThrownBy(() -> chunks.chunk(data, 0, data.length, out)).isInstanceOf(MalformedJson.class);
        assertThat(out.toString(UTF_8)).isEqualTo("before");
    }

    @Test
    void rewritesAWholeAnswer() {
        ByteBuf out = Unpooled.buffer();
        byte[] data =
                ("{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt\",\"choices\":[{\"index\":0,"
                                + "\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"annotations\":null,\"tool_calls\":null},"
                                + "\"logprobs\":null,\"finish_reason\":\"function_call\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}")
                        .getBytes(UTF_8);
        assertThat(whole.whole(data, 0, data.length, out)).isNull();
        whole.endWhole("{\"cost\":0}".getBytes(UTF_8), out);
        assertThat(out.toString(UTF_8))
                .isEqualTo(
                        "{\"id\":\"gen-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"openai/gpt-4o\","
                                + "\"provider\":\"OpenAI\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                                + "\"refusal\":null},\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"function_call\"}],"
                                + "\"system_fingerprint\":null,\"usage\":{\"cost\":0}}");
        assertThat(whole.usage()).isEqualTo(TokenUsage.of(1, 2));
    }

    @Test
    void endsAStreamWithOneUsageChunkAndDone() {
        ByteBuf out = Unpooled.buffer();
        chunks.endStream("{\"cost\":1}".getBytes(UTF_8), true, out);
        assertThat(out.toString(UTF_8)).isEqualTo(HEAD + ",\"choices\":[],\"usage\":{\"cost\":1}}\n\ndata: [DONE]\n\n");
    }

    @Test
    void givesClientsWhoDidNotAskForUsageAChoiceToLookAt() {
        ByteBuf out = Unpooled.buffer();
        chunks.endStream("{\"cost\":1}".getBytes(UTF_8), false, out);
        assertThat(out.toString(UTF_8))
                .isEqualTo(HEAD
                        + ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],"
                        + "\"usage\":{\"cost\":1}}\n\ndata: [DONE]\n\n");
    }

    @Test
    void saysInTheStreamThatItFailed() {
        ByteBuf out = Unpooled.buffer();
        chunks.errorChunk("{\"code\":502,\"message\":\"m\"}".getBytes(UTF_8), out);
        assertThat(out.toString(UTF_8))
                .isEqualTo(HEAD
                        + ",\"error\":{\"code\":502,\"message\":\"m\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
                        + "\"finish_reason\":\"error\"}]}\n\n");
    }

    @Test
    void refusesWhatIsNotJson() {
        assertThatThrownBy(() -> chunk("{\"choices\":[{")).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> chunk("hello")).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> chunk("{\"choices\":[]} x")).isInstanceOf(MalformedJson.class);
    }

    /// Whatever a provider sends, what leaves us is JSON or nothing.
    @Test
    void writesJsonWhateverComesIn() {
        long seed = Long.getLong("faregate.seed", 11L);
        Random random = new Random(seed);
        byte[] alphabet = "{}[]\",:0129.-\\nul".getBytes(UTF_8);
        String good =
                "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"tool_calls\":"
                        + "[{\"index\":0,\"function\":null}]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}";
        int written = 0;
        for (int round = 0; round < 40_000; round++) {
            byte[] data = good.getBytes(UTF_8);
            for (int i = 0; i <= random.nextInt(3); i++) {
                data = JsonCursorTest.mutate(data, random, alphabet);
            }
            ByteBuf out = Unpooled.buffer();
            try {
                if (new AnswerRewriter(ID, true).chunk(data, 0, data.length, out)) {
                    written++;
                    String event = out.toString(UTF_8);
                    assertThat(event).startsWith("data: {").endsWith("}\n\n");
                    byte[] json = event.substring(6).getBytes(UTF_8);
                    new JsonCursor().reset(json, 0, json.length).skipValue();
                }
            } catch (MalformedJson e) {
                assertThat(e.what()).isNotBlank();
            }
        }
        assertThat(written).isGreaterThan(1_000);
    }

    private String chunk(String data) {
        ByteBuf out = Unpooled.buffer();
        byte[] bytes = data.getBytes(UTF_8);
        chunks.chunk(bytes, 0, bytes.length, out);
        return out.toString(UTF_8);
    }
}
