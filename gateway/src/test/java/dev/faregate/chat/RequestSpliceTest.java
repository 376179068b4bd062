package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class RequestSpliceTest {
    private static final String MESSAGES = "\"messages\": [ {\"role\":\"user\", \"content\":\"Grüße 😀\"} ]";

    @Test
    void replacesOnlyTheModel() {
        assertThat(splice("{ \"model\" : \"openai/gpt-4o\" , " + MESSAGES + " , \"x_new\" : {\"a\":1} }", 0, null))
                .isEqualTo("{\"model\":\"gpt-4o\"," + MESSAGES + " , \"x_new\" : {\"a\":1}}");
    }

    @Test
    void addsTheModelWhenNoneWasSent() {
        assertThat(splice("{" + MESSAGES + "}", 0, null)).isEqualTo("{" + MESSAGES + ",\"model\":\"gpt-4o\"}");
    }

    @Test
    void leavesRouterFieldsOutAndKeepsTheirNeighbours() {
        assertThat(splice(
                        "{\"provider\":{\"zdr\":true},\"a\":1,\"models\":[\"x\"],\"b\":2, \"c\":3,\"route\":\"fallback\","
                                + MESSAGES + "}",
                        0,
                        null))
                .isEqualTo("{\"a\":1,\"b\":2, \"c\":3," + MESSAGES + ",\"model\":\"gpt-4o\"}");
    }

    @Test
    void writesTheOutputLimitUnderTheUpstreamsName() {
        assertThat(splice("{\"max_tokens\":5," + MESSAGES + ",\"max_completion_tokens\":7}", 5, null))
                .isEqualTo("{" + MESSAGES + ",\"model\":\"gpt-4o\",\"max_completion_tokens\":5}");
    }

    @Test
    void alwaysAsksAStreamForItsUsage() {
        assertThat(splice("{\"stream\":true,\"stream_options\":{\"include_usage\":false}," + MESSAGES + "}", 0, null))
                .isEqualTo("{\"stream\":true," + MESSAGES
                        + ",\"model\":\"gpt-4o\",\"stream_options\":{\"include_usage\":true}}");
    }

    @Test
    void hidesWhoTheEndUserIs() {
        assertThat(splice("{\"user\":\"ann@example.com\"," + MESSAGES + "}", 0, "u-1"))
                .isEqualTo("{\"user\":\"u-1\"," + MESSAGES + ",\"model\":\"gpt-4o\"}");
    }

    /// To those who do not know `developer` it is `system`, and nothing else of the messages changes.
    @Test
    void callsDevelopersWhatTheUpstreamCallsThem() {
        String body = "{\"x\":1,\"messages\": [ %s ],\"y\":2}";
        String messages = "{\"role\" : %1$s ,\"content\":\"developer\"}, {\"role\":\"user\",\"content\":\"Hi\"},"
                + "{\"content\":[{\"type\":\"text\",\"text\":\"\\\"role\\\":\\\"developer\\\"\"}],\"name\":\"d\",\"role\":%1$s}";
        String said = String.format(body, String.format(messages, "\"developer\""));
        String escaped = String.format(body, String.format(messages, "\"d\\u0065veloper\""));
        String system = String.format(body, String.format(messages, "\"system\""));
        String end = ",\"model\":\"gpt-4o\"}";
        assertThat(splice(said, false, false)).isEqualTo(system.substring(0, system.length() - 1) + end);
        assertThat(splice(escaped, false, false)).isEqualTo(system.substring(0, system.length() - 1) + end);
        assertThat(splice(said, false, true)).isEqualTo(said.substring(0, said.length() - 1) + end);
    }

    /// Other routers take the JSON that our clients send.
    @Test
    void leavesTranscriptionsAsTheyAreForARouter() {
        String audio = "\"input_audio\":{\"data\":\"AAA=\",\"format\":\"mp3\"}";
        byte[] body = ("{\"model\":\"a/b\"," + audio + ",\"prompt\":\"x\",\"response_format\":\"verbose_json\"}")
                .getBytes(UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.TRANSCRIPTIONS, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        StringBuilder sent = new StringBuilder();
        images("x/y", true, false).write(request, new RequestSplice.Sink() {
            @Override
            public void original(int from, int to) {
                sent.append(new String(body, from, to - from, UTF_8));
            }

            @Override
            public void inserted(byte[] bytes) {
                sent.append(new String(bytes, UTF_8));
            }
        });
        assertThat(sent.toString())
                .isEqualTo("{\"model\":\"x/y\"," + audio + ",\"prompt\":\"x\",\"response_format\":\"verbose_json\"}");
    }

    @Test
    void leavesEmbeddingsAsTheyAre() {
        byte[] body =
                ("{\"model\":\"a/b\",\"input\": [1, 2] ,\"prompt\":\"x\",\"provider\":{\"zdr\":true},\"user\":\"ann\","
                                + "\"dimensions\":8}")
                        .getBytes(UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.EMBEDDINGS, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new RequestSplice("vec", "max_tokens", 0, "u-1", false, false, false).write(request, new RequestSplice.Sink() {
            @Override
            public void original(int from, int to) {
                out.write(body, from, to - from);
            }

            @Override
            public void inserted(byte[] bytes) {
                out.writeBytes(bytes);
            }
        });
        assertThat(out.toString(UTF_8))
                .isEqualTo("{\"model\":\"vec\",\"input\": [1, 2] ,\"prompt\":\"x\",\"user\":\"u-1\",\"dimensions\":8}");
    }

    private static String spliceImages(String members, RequestSplice splice) {
        byte[] body = ("{\"model\":\"a/b\"," + members + "}").getBytes(UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.IMAGES, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        splice.write(request, new RequestSplice.Sink() {
            @Override
            public void original(int from, int to) {
                out.write(body, from, to - from);
            }

            @Override
            public void inserted(byte[] bytes) {
                out.writeBytes(bytes);
            }
        });
        return out.toString(UTF_8);
    }

    private static RequestSplice images(String model, boolean router, boolean streams) {
        return new RequestSplice(model, "max_tokens", 0, null, router, false, streams);
    }

    @Test
    void saysTheSizeOfImagesInPixelsAndAsksForBase64() {
        String asked = "\"prompt\":\"p\",\"aspect_ratio\":\"16:9\",\"resolution\":\"1K\",\"quality\":\"low\",\"n\":2,"
                + "\"provider\":{\"sort\":\"price\"}";
        assertThat(spliceImages(asked, images("flux", false, false)))
                .isEqualTo("{\"model\":\"flux\",\"prompt\":\"p\",\"quality\":\"low\",\"n\":2,"
                        + "\"size\":\"1344x768\",\"response_format\":\"b64_json\"}");
        assertThat(spliceImages(asked, images("gpt-image-1", false, false)))
                .isEqualTo("{\"model\":\"gpt-image-1\",\"prompt\":\"p\",\"quality\":\"low\",\"n\":2,"
                        + "\"size\":\"1536x1024\"}");
        assertThat(spliceImages(asked + ",\"response_format\":\"b64_json\"", images("x/y", true, false)))
                .isEqualTo("{\"model\":\"x/y\"," + asked + "}");
    }

    @Test
    void asksForAStreamOfImagesOnlyWhereThatIsKnown() {
        String asked = "\"prompt\":\"p\",\"stream\":true,\"partial_images\":2";
        assertThat(spliceImages(asked, images("gpt-image-1", false, true)))
                .isEqualTo("{\"model\":\"gpt-image-1\"," + asked + "}");
        assertThat(spliceImages(asked, images("gpt-image-1", false, false)))
                .isEqualTo("{\"model\":\"gpt-image-1\",\"prompt\":\"p\"}");
    }

    @Test
    void saysReferencesUnderTheNameOfOpenAi() {
        String reference = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\",\"detail\":\"low\"}}";
        String asked =
                "\"prompt\":\"p\",\"input_references\":[" + String.format(reference, "data:image/png;base64,AA==")
                        + " , " + String.format(reference, "https://a.test/\\u00e9.png") + "]";
        assertThat(spliceImages(asked, images("gpt-image-1", false, false)))
                .isEqualTo(
                        "{\"model\":\"gpt-image-1\",\"prompt\":\"p\",\"images\":["
                                + "{\"image_url\":\"data:image/png;base64,AA==\"},{\"image_url\":\"https://a.test/\\u00e9.png\"}]}");
        assertThat(spliceImages(asked, images("x/y", true, false))).contains(asked);
    }

    @Test
    void makesAMessageOfAPrompt() {
        assertThat(splice("{\"prompt\":\"Once \\u00e9\",\"a\":1}", 0, null))
                .isEqualTo(
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"Once \\u00e9\"}],\"a\":1,\"model\":\"gpt-4o\"}");
    }

    @Test
    void saysInChatsWayHowManyOfTheLikeliestTokensAPromptWants() {
        String message = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],";
        assertThat(splice("{\"prompt\":\"x\",\"logprobs\": 3 ,\"a\":1}", 0, null))
                .isEqualTo(message + "\"logprobs\":true,\"top_logprobs\":3,\"a\":1,\"model\":\"gpt-4o\"}");
        assertThat(splice("{\"prompt\":\"x\",\"logprobs\":0,\"top_logprobs\":2}", 0, null))
                .isEqualTo(message + "\"logprobs\":true,\"top_logprobs\":2,\"model\":\"gpt-4o\"}");
        assertThat(splice("{\"prompt\":\"x\",\"logprobs\":true}", 0, null))
                .isEqualTo(message + "\"logprobs\":true,\"model\":\"gpt-4o\"}");
    }

    @Test
    void forcesABoundOnToolsThatTheProviderRuns() {
        assertThat(splice(
                        "{\"a\":1,\"tools\":[{\"type\":\"function\",\"function\":{}}, {\"type\":\"web_search\"},"
                                + "{ \"max_uses\":2,\"type\":\"web_fetch\"}],\"b\":2," + MESSAGES + "}",
                        0,
                        null))
                .isEqualTo(
                        "{\"a\":1,\"tools\":[{\"type\":\"function\",\"function\":{}}, {\"max_uses\":5,\"type\":\"web_search\"},"
                                + "{ \"max_uses\":2,\"type\":\"web_fetch\"}],\"b\":2," + MESSAGES
                                + ",\"model\":\"gpt-4o\"}");
    }

    @Test
    void asksForNoTierThatCostsMoreThanWasHeldFor() {
        assertThat(splice("{\"service_tier\":\"priority\"," + MESSAGES + "}", 0, null))
                .isEqualTo("{" + MESSAGES + ",\"model\":\"gpt-4o\"}");
        assertThat(splice("{\"service_tier\":\"flex\"," + MESSAGES + "}", 0, null))
                .isEqualTo("{\"service_tier\":\"flex\"," + MESSAGES + ",\"model\":\"gpt-4o\"}");
    }

    @Test
    void leavesTheChoiceOfTheModelToNobodyElse() {
        String body = "{\"models\":[\"dear/model\"],\"plugins\":[],\"route\":\"fallback\"," + MESSAGES + "}";
        assertThat(splice(body, 0, null, true)).isEqualTo("{\"plugins\":[]," + MESSAGES + ",\"model\":\"gpt-4o\"}");
    }

    /// For seeded random bodies the spliced text is JSON that differs from the original in the intended
    /// members alone.
    @Test
    void changesNothingElse() {
        long seed = Long.getLong("faregate.seed", 4L);
        Random random = new Random(seed);
        String[] extras = {
            "\"temperature\":0.5",
            "\"x\":[1,{\"model\":\"inner\"}]",
            "\"y\":\"a,b\\\"c\"",
            "\"tools\":[{\"type\":\"function\"}]",
            "\"provider\":{\"sort\":\"price\"}",
            "\"models\":[\"a/b\"]",
            "\"max_tokens\":9",
            "\"model\":\"openai/gpt-4o\"",
            "\"user\":\"someone\"",
            "\"trace\":{}"
        };
        for (int round = 0; round < 2_000; round++) {
            StringBuilder body = new StringBuilder("{");
            java.util.List<String> members = new java.util.ArrayList<>(java.util.List.of(extras));
            members.add(MESSAGES);
            java.util.Collections.shuffle(members, random);
            int count = 1 + random.nextInt(members.size());
            java.util.List<String> chosen = new java.util.ArrayList<>(members.subList(0, count));
            if (!chosen.contains(MESSAGES)) {
                chosen.add(MESSAGES);
            }
            body.append(String.join(random.nextBoolean() ? "," : " ,\n ", chosen))
                    .append('}');
            ObjectNode expected = Json.readObject(body.toString().getBytes(UTF_8));
            expected.remove(java.util.List.of("provider", "models", "max_tokens", "user", "trace"));
            expected.put("model", "gpt-4o").put("max_completion_tokens", 9).put("user", "u");
            if (!chosen.contains("\"user\":\"someone\"")) {
                expected.remove("user");
            }
            JsonNode actual = Json.read(splice(body.toString(), 9, "u").getBytes(UTF_8));
            assertThat(actual).as("seed %d: %s", seed, body).isEqualTo(expected);
        }
    }

    private static String splice(String body, long limit, @Nullable String user) {
        return splice(body, limit, user, false);
    }

    private static String splice(String body, boolean router, boolean developers) {
        return splice(body, new RequestSplice("gpt-4o", "max_tokens", 0, null, router, developers, true));
    }

    private static String splice(String body, long limit, @Nullable String user, boolean router) {
        return splice(body, new RequestSplice("gpt-4o", "max_completion_tokens", limit, user, router, true, true));
    }

    private static String splice(String body, RequestSplice splice) {
        byte[] bytes = ("##" + body).getBytes(UTF_8);
        ChatRequest request = new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 2, bytes.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        splice.write(request, new RequestSplice.Sink() {
            @Override
            public void original(int from, int to) {
                out.write(bytes, from, to - from);
            }

            @Override
            public void inserted(byte[] piece) {
                out.writeBytes(piece);
            }
        });
        return out.toString(UTF_8);
    }
}
