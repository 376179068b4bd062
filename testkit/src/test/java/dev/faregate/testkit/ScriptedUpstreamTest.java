package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM;
import static dev.faregate.testkit.Requests.STREAM_WITH_USAGE;
import static dev.faregate.testkit.Requests.WHOLE;
import static dev.faregate.testkit.Requests.ask;
import static dev.faregate.testkit.Requests.connect;
import static dev.faregate.testkit.Requests.json;
import static dev.faregate.testkit.Requests.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ScriptedUpstreamTest {
    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    private RawClient.Response embed(String more) throws IOException {
        try (RawClient client = connect(upstream)) {
            return client.post("/v1/embeddings", "{\"model\":\"m\"," + more + "}")
                    .response();
        }
    }

    @Test
    void makesVectorsAsOpenAiDoes() throws IOException {
        upstream.script(Script.answer().promptTokens(9));
        RawClient.Response response = embed("\"input\":[\"a\",\"b\"],\"dimensions\":3");
        assertThat(response.text())
                .isEqualTo("{\"object\":\"list\",\"data\":" + new Vectors(2, 3, false).json()
                        + ",\"model\":\"m\",\"usage\":{\"prompt_tokens\":9,\"total_tokens\":9}}");
        JsonNode body = json(response.text());
        assertThat(body.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(body.at("/data/1/embedding").size()).isEqualTo(3);
        assertThat(upstream.truth().last().billed()).isEqualTo(new TokenCounts(9, 0, 0, 0));
    }

    @Test
    void writesTheSameVectorsInBase64() throws IOException {
        JsonNode floats = json(embed("\"input\":[[1,2],[3]]").text()).path("data");
        JsonNode encoded = json(embed("\"input\":[[1,2],[3]],\"encoding_format\":\"base64\"")
                        .text())
                .path("data");
        assertThat(floats.size()).isEqualTo(2);
        for (int input = 0; input < floats.size(); input++) {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder()
                            .decode(encoded.get(input).path("embedding").asString()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (JsonNode number : floats.get(input).path("embedding")) {
                assertThat(bytes.getFloat()).isEqualTo(Float.parseFloat(number.toString()));
            }
            assertThat(bytes.hasRemaining()).isFalse();
        }
    }

    @Test
    void countsWhatIsToBeEmbedded() throws IOException {
        assertThat(json(embed("\"input\":\"a\"").text()).path("data").size()).isEqualTo(1);
        assertThat(json(embed("\"input\":[1,2,3]").text()).path("data").size()).isEqualTo(1);
        assertThat(json(embed("\"input\":[{\"content\":[]},{}]").text())
                        .path("data")
                        .size())
                .isEqualTo(2);
        assertThat(embed("\"input\":[]").status()).isEqualTo(400);
        upstream.script(Script.answer().usage(UsageReport.Lie.NULL));
        assertThat(embed("\"input\":\"a\"").text()).endsWith("\"usage\":null}");
        upstream.script(Script.answer().usage(UsageReport.When.NEVER));
        assertThat(embed("\"input\":\"a\"").text()).doesNotContain("usage");
        upstream.script(Script.refusing(429));
        assertThat(embed("\"input\":\"a\"").status()).isEqualTo(429);
    }

    @Test
    void answersWholeAsOpenAiDoes() throws IOException {
        upstream.script(Script.saying("Hello, wörld").promptTokens(9).cachedTokens(4));
        RawClient.Response response = ask(upstream, WHOLE);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.head().header("Content-Type")).hasValue("application/json");
        assertThat(response.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        JsonNode body = json(response.text());
        assertThat(body.path("object").asString()).isEqualTo("chat.completion");
        assertThat(body.path("model").asString()).isEqualTo("m");
        assertThat(body.path("system_fingerprint").isNull()).isTrue();
        JsonNode choice = body.at("/choices/0");
        assertThat(choice.at("/message/content").asString()).isEqualTo("Hello, wörld");
        assertThat(choice.at("/message/refusal").isNull()).isTrue();
        assertThat(choice.path("logprobs").isNull()).isTrue();
        assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
        assertThat(body.path("usage"))
                .isEqualTo(json("{\"prompt_tokens\":9,\"completion_tokens\":8,\"total_tokens\":17,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                        + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"));
    }

    @Test
    void streamsAsOpenAiDoes() throws IOException {
        upstream.script(Script.saying("Hello, wörld").chunks(5).promptTokens(9));
        Requests.Streamed streamed = stream(upstream, STREAM_WITH_USAGE);
        assertThat(streamed.head().header("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(streamed.text()).isEqualTo("Hello, wörld");
        List<String> data = streamed.data();
        assertThat(data).hasSize(1 + 5 + 1 + 1 + 1);
        assertThat(data.getFirst())
                .contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}")
                .contains("\"system_fingerprint\":null", "\"logprobs\":null", "\"usage\":null");
        assertThat(json(data.get(6)).at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        JsonNode usage = json(data.get(7));
        assertThat(usage.path("choices").isEmpty()).isTrue();
        assertThat(usage.at("/usage/prompt_tokens").asInt()).isEqualTo(9);
        assertThat(usage.at("/usage/completion_tokens").asInt()).isEqualTo(5);
        assertThat(streamed.done()).isTrue();
    }

    @Test
    void sendsNoUsageInAStreamUnlessAsked() throws IOException {
        assertThat(stream(upstream, STREAM).data()).noneMatch(event -> event.contains("usage"));
    }

    @Test
    void sendsUsageAlwaysOrNeverWhenScripted() throws IOException {
        upstream.script(Script.answer().usage(UsageReport.When.ALWAYS));
        assertThat(stream(upstream, STREAM).data()).anyMatch(event -> event.contains("\"completion_tokens\":8"));
        upstream.script(Script.answer().usage(UsageReport.When.NEVER));
        assertThat(stream(upstream, STREAM_WITH_USAGE).data()).noneMatch(event -> event.contains("usage"));
        assertThat(ask(upstream, WHOLE).text()).doesNotContain("usage");
    }

    @Test
    void putsUsageIntoTheFinishChunkWhenScripted() throws IOException {
        upstream.script(Script.answer().usage(UsageReport.Place.FINISH_CHUNK));
        List<String> data = stream(upstream, STREAM_WITH_USAGE).data();
        assertThat(data).noneMatch(event -> event.contains("\"choices\":[]"));
        assertThat(data.get(data.size() - 2)).contains("\"finish_reason\":\"stop\"", "\"completion_tokens\":8");
    }

    @Test
    void liesAboutUsageInEveryScriptedWay() throws IOException {
        Script script = Script.answer().promptTokens(7);
        assertThat(usage(script.usage(UsageReport.Lie.TIMES_TEN)))
                .contains("\"prompt_tokens\":70,\"completion_tokens\":80");
        assertThat(usage(script.usage(UsageReport.Lie.NEGATIVE)))
                .contains("\"prompt_tokens\":-7,\"completion_tokens\":-8");
        assertThat(usage(script.usage(UsageReport.Lie.TEXT))).contains("\"prompt_tokens\":\"7\"");
        assertThat(usage(script.usage(UsageReport.Lie.HUGE))).contains("\"prompt_tokens\":70000000000000000000000,");
        assertThat(usage(script.usage(UsageReport.Lie.FRACTION))).contains("\"prompt_tokens\":7.5");
        assertThat(usage(script.usage(UsageReport.Lie.PARTS_ABOVE_WHOLE)))
                .contains("\"cached_tokens\":8", "\"reasoning_tokens\":9");
        assertThat(usage(script.usage(UsageReport.Lie.NULL))).contains("\"usage\":null");
        assertThat(upstream.truth().last().produced()).isEqualTo(new TokenCounts(7, 8, 0, 0));
    }

    private String usage(Script script) throws IOException {
        return ask(upstream.script(script), WHOLE).text();
    }

    @Test
    void obeysTheLimitOfTheRequest() throws IOException {
        String limited = WHOLE.replace("\"model\"", "\"max_completion_tokens\":3,\"max_tokens\":7,\"model\"");
        JsonNode body = json(ask(upstream, limited).text());
        assertThat(body.at("/choices/0/finish_reason").asString()).isEqualTo("length");
        assertThat(body.at("/usage/completion_tokens").asInt()).isEqualTo(3);
        upstream.script(Script.answer().completionTokens(80));
        Requests.Streamed streamed = stream(upstream, STREAM.replace("\"model\"", "\"max_tokens\":20,\"model\""));
        assertThat(streamed.data()).hasSize(1 + 2 + 1 + 1).anyMatch(event -> event.contains("\"length\""));
        assertThat(upstream.truth().last().produced().completion()).isEqualTo(20);
        upstream.script(Script.answer().ignoringLimit());
        assertThat(ask(upstream, limited).text()).contains("\"completion_tokens\":8", "\"stop\"");
    }

    @Test
    void countsPromptTokensByTheBodyUnlessScripted() throws IOException {
        ask(upstream, WHOLE);
        assertThat(upstream.truth().last().produced().prompt()).isEqualTo((WHOLE.length() + 3) / 4);
    }

    @Test
    void showsAndHidesReasoning() throws IOException {
        upstream.script(Script.answer().chunks(2).reasoning(6, 3));
        List<String> data = stream(upstream, STREAM_WITH_USAGE).data();
        assertThat(data.stream().filter(event -> event.contains("reasoning_content")))
                .hasSize(3);
        assertThat(data)
                .anyMatch(
                        event -> event.contains("\"completion_tokens\":8") && event.contains("\"reasoning_tokens\":6"));
        upstream.script(Script.answer().chunks(2).reasoning(6, 0));
        assertThat(ask(upstream, WHOLE).text())
                .doesNotContain("reasoning_content")
                .contains("\"completion_tokens\":8", "\"reasoning_tokens\":6");
    }

    @Test
    void callsToolsWholeAndInFragments() throws IOException {
        ToolCall call = new ToolCall("get_weather", "{\"city\":\"Paris\"}");
        upstream.script(Script.answer().chunks(0).toolCalls(call, call));
        JsonNode message = json(ask(upstream, WHOLE).text()).at("/choices/0");
        assertThat(message.at("/message/content").isNull()).isTrue();
        assertThat(message.at("/message/tool_calls/1/function/arguments").asString())
                .isEqualTo("{\"city\":\"Paris\"}");
        assertThat(message.path("finish_reason").asString()).isEqualTo("tool_calls");
        StringBuilder arguments = new StringBuilder();
        for (String event : stream(upstream, STREAM).data()) {
            JsonNode delta = event.startsWith("{") ? json(event).at("/choices/0/delta/tool_calls/0") : json("{}");
            if (delta.path("index").asInt(-1) == 1) {
                arguments.append(delta.at("/function/arguments").asString());
            }
        }
        assertThat(arguments).hasToString("{\"city\":\"Paris\"}");
    }

    @Test
    void answersAsManyChoicesAsAsked() throws IOException {
        JsonNode body = json(
                ask(upstream, WHOLE.replace("\"model\"", "\"n\":3,\"model\"")).text());
        assertThat(body.path("choices").size()).isEqualTo(3);
        assertThat(body.at("/usage/completion_tokens").asInt()).isEqualTo(24);
        assertThat(stream(upstream, STREAM.replace("\"model\"", "\"n\":2,\"model\""))
                        .data())
                .hasSize(2 * (1 + 8 + 1) + 1)
                .anyMatch(event -> event.contains("\"choices\":[{\"index\":1,"));
    }

    @Test
    void takesItsTime() throws IOException {
        upstream.script(Script.answer().latency(Duration.ofMillis(80)).chunks(3).chunkDelay(Duration.ofMillis(20)));
        long start = System.nanoTime();
        try (RawClient client = connect(upstream)) {
            client.post(PATH, STREAM);
            EventReader events = client.events(client.head());
            assertThat(System.nanoTime() - start).isGreaterThan(80_000_000L);
            long first = events.next().orElseThrow().arrivedNanos();
            long second = events.next().orElseThrow().arrivedNanos();
            assertThat(second - first).isBetween(10_000_000L, 500_000_000L);
        }
    }

    @Test
    void choosesByQueueThenModelThenNameThenDefault() throws IOException {
        upstream.script(Script.saying("default")).forModel("mine", Script.saying("model"));
        upstream.enqueue(Script.saying("queued"), Script.refusing(503));
        String mine = WHOLE.replace("\"m\"", "\"mine\"");
        assertThat(ask(upstream, mine).text()).contains("queued");
        assertThat(ask(upstream, mine).status()).isEqualTo(503);
        assertThat(ask(upstream, mine).text()).contains("\"content\":\"model\"");
        assertThat(ask(upstream, WHOLE.replace("\"m\"", "\"sim/429\"")).status())
                .isEqualTo(429);
        assertThat(ask(upstream, WHOLE.replace("\"m\"", "\"sim/nonsense\"")).status())
                .isEqualTo(404);
        assertThat(ask(upstream, WHOLE).text()).contains("\"content\":\"default\"");
    }

    @Test
    void drawsTheSameForTheSameMarkerAndSeed() throws IOException {
        Seeds seeds = Seeds.of(42);
        for (int round = 0; round < 2; round++) {
            upstream.mix(Mix.of(seeds).add(1, Script.answer()).add(1, Script.refusing(500)));
            for (int i = 0; i < 20; i++) {
                ask(upstream, WHOLE, new Header("x-request-marker", "r" + (round == 0 ? i : 19 - i)));
            }
        }
        List<Exchange> all = upstream.truth().awaitFinished(40, Duration.ofSeconds(5));
        for (int i = 0; i < 20; i++) {
            assertThat(all.get(i).script()).isEqualTo(all.get(39 - i).script());
        }
        assertThat(all.stream().map(Exchange::script).distinct()).hasSize(2);
    }

    @Test
    void listsModelsAndRefusesOtherRoutes() throws IOException {
        upstream.forModel("gpt-4o", Script.answer());
        try (RawClient client = connect(upstream)) {
            JsonNode models = json(client.get("/v1/models").response().text());
            assertThat(models.at("/data/0/id").asString()).isEqualTo("gpt-4o");
            assertThat(models.path("data").toString()).contains("sim/slow");
            assertThat(client.get(PATH).response().status()).isEqualTo(405);
            assertThat(client.get("/nowhere").response().status()).isEqualTo(404);
        }
        assertThat(upstream.truth().count()).isZero();
    }

    @Test
    void refusesBodiesItCannotRead() throws IOException {
        for (String body :
                List.of("", "[]", "{\"model\":", "{\"stream\":1}", "{\"max_tokens\":0}", "{} {}", "{\"n\":1000}")) {
            RawClient.Response response = ask(upstream, body);
            assertThat(response.status()).as(body).isEqualTo(400);
            assertThat(json(response.text()).at("/error/type").asString()).isEqualTo("invalid_request_error");
        }
        assertThat(upstream.truth().billed()).isEqualTo(TokenCounts.ZERO);
    }

    @Test
    void answersAnExpectationBeforeTheBodyComes() throws IOException {
        try (RawClient client = connect(upstream)) {
            client.send("POST " + PATH + " HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: "
                    + WHOLE.length() + "\r\n\r\n");
            assertThat(client.head().status()).isEqualTo(100);
            client.send(WHOLE);
            assertThat(client.response().status()).isEqualTo(200);
        }
    }

    @Test
    void servesTlsThatItsCertificateSpeaksFor() throws IOException {
        try (ScriptedUpstream tls = ScriptedUpstream.start(ScriptedUpstream.Options.DEFAULT.withTls());
                ScriptedUpstream other = ScriptedUpstream.start(ScriptedUpstream.Options.DEFAULT.withTls())) {
            Duration limit = Duration.ofSeconds(5);
            for (String host : List.of("127.0.0.1", "localhost")) {
                try (RawClient client = RawClient.connectTls(host, tls.port(), tls.certificatePem(), limit)) {
                    assertThat(client.post(PATH, WHOLE).response().status()).isEqualTo(200);
                    client.post(PATH, STREAM);
                    assertThat(client.events(client.head()).all()).hasSize(11);
                }
            }
            assertThatThrownBy(() -> RawClient.connectTls("127.0.0.1", tls.port(), other.certificatePem(), limit))
                    .isInstanceOf(javax.net.ssl.SSLException.class);
        }
    }

    @Test
    void saysWhenItsPortIsTaken() {
        ScriptedUpstream.Options same = ScriptedUpstream.Options.DEFAULT.withPort(upstream.port());
        assertThatThrownBy(() -> ScriptedUpstream.start(same))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(Integer.toString(upstream.port()));
    }
}
