package dev.faregate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The decisions of delivery: which share, after which wait, in which shape, and what of a configuration is shown.
class DeliveryTest {
    private static final Destination.Terms LITTLE =
            new Destination.Terms("d", true, false, false, false, false, BigDecimal.ONE, null, null, null);
    private static final Destination.Terms ALL =
            new Destination.Terms("d", true, false, true, true, true, BigDecimal.ONE, null, null, null);

    private static ObjectNode config(String json) {
        return Json.readObject(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void samplesSessionsWholeAndAboutAsManyAsAsked() {
        int taken = 0;
        for (int i = 0; i < 10_000; i++) {
            boolean takes = Sampling.takes("d", new BigDecimal("0.25"), "session-" + i, "gen-a");
            assertThat(Sampling.takes("d", new BigDecimal("0.25"), "session-" + i, "gen-b"))
                    .isEqualTo(takes);
            taken += takes ? 1 : 0;
        }
        assertThat(taken).isBetween(2_200, 2_800);
        assertThat(Sampling.takes("d", BigDecimal.ONE, null, "gen-a")).isTrue();
    }

    @Test
    void samplesRequestsWithoutASessionEachForItself() {
        long taken = java.util.stream.IntStream.range(0, 10_000)
                .filter(i -> Sampling.takes("d", new BigDecimal("0.0100"), null, "gen-" + i))
                .count();
        assertThat(taken).isBetween(50L, 160L);
    }

    @ParameterizedTest
    @CsvSource({
        "200,0,done",
        "204,0,done",
        "400,0,gives up",
        "401,0,gives up",
        "302,0,gives up",
        "429,0,PT0.5S",
        "500,1,PT1S",
        "503,2,PT2S",
        "408,3,PT4S",
        "500,4,gives up"
    })
    void triesAgainWhatMayWorkLater(int status, int tried, String next) {
        assertThat(said(Retries.USUAL.after(new Sender.Result.Answered(status, null), tried)))
                .isEqualTo(next);
    }

    @Test
    void waitsAsLongAsItIsAskedToButNotForEver() {
        assertThat(said(Retries.USUAL.after(new Sender.Result.Answered(429, "7"), 0)))
                .isEqualTo("PT7S");
        assertThat(said(Retries.USUAL.after(new Sender.Result.Answered(429, "86400"), 0)))
                .isEqualTo("PT30S");
        assertThat(said(Retries.USUAL.after(new Sender.Result.Answered(429, "soon"), 0)))
                .isEqualTo("PT0.5S");
        assertThat(said(Retries.USUAL.after(new Sender.Result.Failed("no way", true), 0)))
                .isEqualTo("gives up");
        assertThat(said(Retries.USUAL.after(new Sender.Result.Failed("later", false), 0)))
                .isEqualTo("PT0.5S");
    }

    private static String said(Retries.Next next) {
        return switch (next) {
            case Retries.Next.Done() -> "done";
            case Retries.Next.GiveUp _ -> "gives up";
            case Retries.Next.Again(Duration pause) -> pause.toString();
        };
    }

    @Test
    void writesASpanThatReadersOfOtlpKnow() {
        JsonNode span = span(LITTLE);
        assertThat(span.get("traceId").asString()).matches("[0-9a-f]{32}");
        assertThat(span.get("spanId").asString()).matches("[0-9a-f]{16}");
        assertThat(span.get("startTimeUnixNano").asString()).isEqualTo("1790856000000001000");
        assertThat(span.get("endTimeUnixNano").asString()).isEqualTo("1790856001500000000");
        assertThat(span.get("status").get("code").asInt()).isEqualTo(1);
        Map<String, String> attributes = attributes(span);
        assertThat(attributes)
                .containsEntry("gen_ai.request.model", "openai/gpt-4o")
                .containsEntry("gen_ai.provider.name", "openai")
                .containsEntry("gen_ai.response.id", "gen-01990000-0000-7000-8000-000000000001")
                .containsEntry("gen_ai.usage.input_tokens", "300")
                .containsEntry("gen_ai.usage.output_tokens", "100")
                .containsEntry("gen_ai.usage.total_cost", "0.00175")
                .containsEntry("user.id", "user-7")
                .containsEntry("session.id", "s-1")
                .containsEntry("trace.metadata.team", "search")
                .containsEntry("trace.metadata.openrouter.provider_name", "OpenAI")
                .containsEntry("trace.metadata.openrouter.api_key_name", "my key");
    }

    @Test
    void sendsCostsPeopleAndContextOnlyWhereAsked() {
        List<String> more = List.of(
                "trace.metadata.openrouter.upstream_inference_cost",
                "trace.metadata.openrouter.api_key_hash",
                "trace.metadata.openrouter.http_referer");
        assertThat(attributes(span(LITTLE))).doesNotContainKeys(more.toArray(String[]::new));
        assertThat(attributes(span(ALL))).containsKeys(more.toArray(String[]::new));
    }

    private static JsonNode span(Destination.Terms terms) {
        return Json.read(OtlpJson.write(List.of(Traces.of("w", "s-1", 1)), terms))
                .get("resourceSpans")
                .get(0)
                .get("scopeSpans")
                .get(0)
                .get("spans")
                .get(0);
    }

    private static Map<String, String> attributes(JsonNode span) {
        Map<String, String> attributes = new HashMap<>();
        span.get("attributes")
                .forEach(attribute -> attributes.put(
                        attribute.get("key").asString(),
                        attribute.get("value").iterator().next().asString()));
        return attributes;
    }

    @Test
    void takesTheNamesOfSpansFromTheRequest() {
        Trace.Custom custom = Trace.Custom.of(
                config("{'trace_id':'mine','generation_name':'Step 1','deep':{'a':1},'n':2}"),
                config("{'team':'x','nothing':null}"));
        assertThat(custom.traceId()).isEqualTo("mine");
        assertThat(custom.spanName()).isEqualTo("Step 1");
        assertThat(custom.metadata())
                .containsOnly(Map.entry("team", "x"), Map.entry("deep", "{\"a\":1}"), Map.entry("n", "2"));
        assertThat(Trace.Custom.of(null, null)).isEqualTo(Trace.Custom.NONE);
    }

    @Test
    void masksSecretsTheSameWayEachTime() {
        ObjectNode config = config("{'baseUrl':'https://x.example','publicKey':'pk-lf-0123456789EfGh','secretKey':"
                + "'sk-lf-0123456789AbCd','apiKey':'short','headers':{'X-Dataset':'0123456789abcdef'},'n':5}");
        ObjectNode shown = ConfigSecrets.masked(config);
        assertThat(shown.toString())
                .isEqualTo(
                        "{\"baseUrl\":\"https://x.example\",\"publicKey\":\"pk-l...EfGh\",\"secretKey\":\"sk-l...AbCd\","
                                + "\"apiKey\":\"...\",\"headers\":{\"X-Dataset\":\"0123...cdef\"},\"n\":5}");
        assertThat(ConfigSecrets.masked(config)).isEqualTo(shown);
    }

    @Test
    void understandsItsOwnMasksWhenTheyComeBack() {
        ObjectNode config = config(
                "{'url':'https://x.example','secretKey':'sk-lf-0123456789AbCd','headers':{'Authorization':'Bearer 0123456789'}}");
        ObjectNode shown = ConfigSecrets.masked(config);
        assertThat(ConfigSecrets.merged(config, shown)).isEqualTo(config);
        ObjectNode changed = ConfigSecrets.merged(
                config, config("{'url':'https://y.example','headers':{'Authorization':'Bear...6789','X':'1'}}"));
        assertThat(changed.toString())
                .isEqualTo("{\"url\":\"https://y.example\",\"secretKey\":\"sk-lf-0123456789AbCd\","
                        + "\"headers\":{\"Authorization\":\"Bearer 0123456789\",\"X\":\"1\"}}");
        assertThat(ConfigSecrets.merged(config, config("{'secretKey':'sk-l...XXXX'}"))
                        .get("secretKey")
                        .asString())
                .as("a mask of something else is a value")
                .isEqualTo("sk-l...XXXX");
        assertThat(ConfigSecrets.merged(config, config("{'headers':null}")).has("headers"))
                .isFalse();
    }
}
