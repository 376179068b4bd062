package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.Transcript;
import dev.faregate.testkit.UsageReport;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `POST /audio/transcriptions` as clients see it, in JSON and as an upload (contract 2.1, 4).
class TranscriptionsFlowTest extends TwoProviders {
    /// By tokens $2 and $3 per million of the audio, $10 and $20 of the text; by the second $0.0001
    /// and $0.0002, for at most 600 of them.
    private static final String MODELS = """
              - id: test/listener
                context_length: 16000
                output_modalities: [transcription]
                input_modalities: [audio]
                endpoints:
                  - {provider: sim, upstream_model: gpt-4o-transcribe, max_completion_tokens: 2000,
                     pricing: {prompt: "2", completion: "10"}}
                  - {provider: sim2, upstream_model: gpt-4o-transcribe-2, max_completion_tokens: 2000,
                     pricing: {prompt: "3", completion: "20"}}
              - id: test/by-second
                context_length: 448
                output_modalities: [transcription]
                endpoints:
                  - {provider: sim, upstream_model: whisper-1, max_audio_seconds: 600, pricing: {audio_second: "0.0001"}}
                  - {provider: sim2, upstream_model: whisper-2, max_audio_seconds: 600, pricing: {audio_second: "0.0002"}}
              - id: test/silent-seconds
                context_length: 448
                output_modalities: [transcription]
                supported_parameters: [temperature]
                endpoints:
                  - {provider: sim, upstream_model: tokens-only, max_audio_seconds: 600, pricing: {audio_second: "0.0001"}}
              - id: test/free-listener
                context_length: 448
                output_modalities: [transcription]
                free: true
                endpoints:
                  - {provider: sim, upstream_model: free-whisper}
              - id: test/unpriced-listener
                context_length: 448
                output_modalities: [transcription]
                endpoints:
                  - {provider: sim, upstream_model: half, pricing: {prompt: "2"}}
            io_logging: {enabled: true}
            """;

    private static final String AUDIO = "\"input_audio\":{\"data\":\"UklGRg==\",\"format\":\"wav\"}";
    private static final String BOUNDARY = "----client-boundary";

    TranscriptionsFlowTest() {
        super("/v1/audio/transcriptions", MODELS);
    }

    private static String body(String model, String more) {
        return "{\"model\":\"" + model + "\"," + AUDIO + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> transcribe(String model, String more) {
        return ask(key, body(model, more));
    }

    // ---- uploads ----------------------------------------------------------------------------------------------

    private static byte[] form(byte[] file, String... fields) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            text.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n"
                    + fields[i + 1] + "\r\n");
        }
        text.append(
                "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"my \\\"own.MP3\"\r\n"
                        + "Content-Type: audio/mpeg\r\n\r\n");
        byte[] before = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] after = ("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(before, before.length + file.length + after.length);
        System.arraycopy(file, 0, all, before.length, file.length);
        System.arraycopy(after, 0, all, before.length + file.length, after.length);
        return all;
    }

    private HttpResponse<String> upload(String path, byte[] form) {
        return TestServer.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(TestServer.PATIENCE)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(form))
                .build());
    }

    private HttpResponse<String> upload(byte[] form) {
        return upload("/v1/audio/transcriptions", form);
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        return noise;
    }

    /// Asserts that these very bytes reached a provider, and nothing else but the boundary, which is ours.
    private static void assertUpload(Exchange sent, String format, byte[] audio, String... fields) {
        String type = sent.header("content-type").orElse("");
        assertThat(type).startsWith("multipart/form-data; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        assertThat(boundary).isNotEqualTo(BOUNDARY);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            text.append("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n"
                    + fields[i + 1] + "\r\n");
        }
        text.append("--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio." + format
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                + new String(audio, StandardCharsets.ISO_8859_1) + "\r\n--" + boundary + "--\r\n");
        assertThat(new String(sent.body(), StandardCharsets.ISO_8859_1)).isEqualTo(text.toString());
    }

    // ---- answers ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"/v1/audio/transcriptions", "/api/v1/audio/transcriptions"})
    void answersJsonWithWhatItCost(String path) {
        HttpResponse<String> answer =
                server.post(path, body("test/listener", "\"language\":\"en\",\"user\":\"u-1\"," + ORDERED), key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode json = TestServer.json(answer);
        assertThat(json.propertyNames()).containsExactly("text", "usage");
        assertThat(json.get("text").asString()).isEqualTo(Transcript.TEXT);
        JsonNode usage = json.get("usage");
        assertThat(usage.propertyNames())
                .containsExactly("type", "input_tokens", "output_tokens", "total_tokens", "cost");
        assertThat(usage.get("type").asString()).isEqualTo("tokens");
        assertThat(usage.get("total_tokens").asInt()).isEqualTo(230);
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.0007");
        assertThat(server.usage(key)).isEqualByComparingTo("0.0007");
        Exchange sent = first.truth().last();
        assertThat(sent.target()).isEqualTo("/v1/audio/transcriptions");
        assertUpload(
                sent, "wav", Base64.getDecoder().decode("UklGRg=="), "model", "gpt-4o-transcribe", "language", "en");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 300_000})
    void answersUploads(int size) {
        byte[] audio = noise(size);
        HttpResponse<String> answer = upload(form(
                audio,
                "model",
                "test/listener",
                "prompt",
                "ZyntriQix",
                "temperature",
                "0",
                "unknown",
                "x",
                "provider",
                "{\"order\":[\"sim\"]}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("text").asString()).isEqualTo(Transcript.TEXT);
        assertUpload(
                first.truth().last(),
                "mp3",
                audio,
                "model",
                "gpt-4o-transcribe",
                "prompt",
                "ZyntriQix",
                "temperature",
                "0");
        assertThat(server.usage(key)).isEqualByComparingTo("0.0007");
    }

    @Test
    void tellsTimestamps() {
        byte[] audio = noise(10);
        HttpResponse<String> answer = upload(form(
                audio,
                "model",
                "test/by-second",
                "response_format",
                "verbose_json",
                "timestamp_granularities[]",
                "word",
                "timestamp_granularities[]",
                "segment",
                "provider",
                "{\"order\":[\"sim\"]}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode json = TestServer.json(answer);
        assertThat(json.get("duration").decimalValue()).isEqualByComparingTo("9.2");
        assertThat(json.get("segments").get(0).get("id").asInt()).isZero();
        assertThat(json.get("words").get(0).get("word").asString()).isEqualTo("Hello");
        assertThat(json.get("usage").get("type").asString()).isEqualTo("duration");
        assertThat(json.get("usage").get("seconds").decimalValue()).isEqualByComparingTo("9.2");
        assertUpload(
                first.truth().last(),
                "mp3",
                audio,
                "model",
                "whisper-1",
                "response_format",
                "verbose_json",
                "timestamp_granularities[]",
                "word",
                "timestamp_granularities[]",
                "segment");
    }

    @Test
    void recordsAGeneration() {
        JsonNode generation = generation(transcribe("test/listener", ORDERED + ",\"user\":\"u-1\""));
        assertThat(generation.get("api_type").asString()).isEqualTo("stt");
        assertThat(generation.get("streamed").asBoolean()).isFalse();
        assertThat(generation.get("native_tokens_prompt").asInt()).isEqualTo(200);
        assertThat(generation.get("native_tokens_completion").asInt()).isEqualTo(30);
        assertThat(generation.get("num_input_audio_prompt").asInt()).isEqualTo(1);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0007");
        assertThat(generation.get("external_user").asString()).isEqualTo("u-1");
    }

    @Test
    void chargesNothingForAFreeModel() {
        HttpResponse<String> answer = transcribe("test/free-listener", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isZero();
    }

    // ---- money ------------------------------------------------------------------------------------------------

    /// 9.2 seconds at $0.0001; only the long form of an answer tells them everywhere.
    @Test
    void chargesByTheSecond() {
        HttpResponse<String> answer = transcribe("test/by-second", ORDERED);
        JsonNode json = TestServer.json(answer);
        assertThat(json.propertyNames()).containsExactly("text", "usage");
        assertThat(json.get("usage").get("cost").decimalValue()).isEqualByComparingTo("0.00092");
        assertThat(server.usage(key)).isEqualByComparingTo("0.00092");
        assertThat(first.truth().last().bodyText()).contains("verbose_json");
        assertThat(server.held()).isZero();
        first.script(Script.answer().usage(UsageReport.When.NEVER));
        assertThat(TestServer.json(transcribe("test/by-second", ORDERED))
                        .get("usage")
                        .get("cost")
                        .decimalValue())
                .isEqualByComparingTo("0.00092");
    }

    @Test
    void holdsForTheLongestAudio() {
        assertThat(ask(server.newKey("0.0599"), body("test/by-second", ORDERED)).statusCode())
                .isEqualTo(402);
        assertThat(sent()).isEqualTo(before);
        assertThat(ask(server.newKey("0.06"), body("test/by-second", ORDERED)).statusCode())
                .isEqualTo(200);
        // 16,000 tokens of context at $2, and 2,000 of text at $10 per million.
        HttpResponse<String> refused = ask(server.newKey("0.0519"), body("test/listener", ORDERED));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("metadata").get("limit_source").asString())
                .isEqualTo("openrouter_key_limit");
        String rich = server.newKey("0.052");
        first.script(Script.answer().promptTokens(16_000).completionTokens(2_000));
        assertThat(ask(rich, body("test/listener", ORDERED)).statusCode()).isEqualTo(200);
        assertThat(server.usage(rich)).isEqualByComparingTo("0.052");
    }

    @Test
    void neverChargesMoreThanWasHeldForLongerAudio() {
        first.script(Script.failing(raw("{\"text\":\"a\",\"duration\":100000}")));
        HttpResponse<String> answer = transcribe("test/by-second", ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(server.usage(key)).isEqualByComparingTo("0.06");
        assertThat(server.held()).isZero();
    }

    /// What is not told is charged as it was held: never nothing.
    @Test
    void chargesTheBoundWhereTheProviderLeavesOutWhatItBillsBy() {
        HttpResponse<String> answer = transcribe("test/silent-seconds", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(first.truth().last().bodyText()).doesNotContain("verbose_json");
        assertThat(server.usage(key)).isEqualByComparingTo("0.06");
        assertThat(generation(answer).get("cost_source").asString()).isEqualTo("estimated");
        first.script(Script.failing(raw("{\"text\":\"a\",\"usage\":{\"type\":\"duration\",\"seconds\":3}}")));
        String other = server.newKey("null");
        assertThat(ask(other, body("test/listener", ORDERED)).statusCode()).isEqualTo(200);
        assertThat(server.usage(other)).isGreaterThan(new BigDecimal("0.032")).isLessThan(new BigDecimal("0.052"));
    }

    @ParameterizedTest
    @EnumSource(
            value = UsageReport.Lie.class,
            names = {"NEGATIVE", "TEXT", "HUGE", "FRACTION", "NULL"})
    void chargesNoMoreThanWasHeldForUsageThatIsNone(UsageReport.Lie lie) {
        first.script(Script.answer().promptTokens(10).usage(lie));
        assertThat(transcribe("test/listener", ORDERED).statusCode()).isEqualTo(200);
        assertThat(server.usage(key)).isPositive().isLessThanOrEqualTo(new BigDecimal("0.052"));
    }

    @Test
    void theLedgerEqualsTheGroundTruthToTheNanoDollar() {
        BigDecimal told = BigDecimal.ZERO;
        for (int i = 0; i < 20; i++) {
            first.script(Script.answer().promptTokens(100 + i).completionTokens(i));
            HttpResponse<String> answer = i % 2 == 0
                    ? transcribe("test/listener", ORDERED)
                    : upload(form(noise(i), "model", "test/listener", "provider", "{\"order\":[\"sim\"]}"));
            assertThat(answer.statusCode()).isEqualTo(200);
            told = told.add(TestServer.json(answer).get("usage").get("cost").decimalValue());
        }
        long nanos = 0;
        for (int i = 0; i < 20; i++) {
            nanos += (100 + i) * 2_000L + i * 10_000L;
        }
        assertThat(told).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(server.usage(key)).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(server.held()).isZero();
    }

    @Test
    void refusesAModelWithoutAPrice() {
        HttpResponse<String> refused = transcribe("test/unpriced-listener", "");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("unpriced");
    }

    @Test
    void chargesAClientThatLeft() throws Exception {
        askAndLeave(body("test/listener", ORDERED));
        assertThat(server.usage(key)).isEqualByComparingTo("0.0007");
        assertThat(server.held()).isZero();
    }

    // ---- failures ---------------------------------------------------------------------------------------------

    static List<Fault> failures() {
        return List.of(
                Fault.refuse(429),
                Fault.refuse(500),
                new Fault.CloseBeforeAnswer(false),
                new Fault.Cut(1),
                raw("{\"text\":null}"),
                raw("{\"usage\":{\"seconds\":3}}"),
                raw("{\"error\":{\"message\":\"broken\"}}"),
                raw("\"text\""),
                raw(""));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void triesTheNextEndpoint(Fault fault) {
        first.script(Script.failing(fault));
        byte[] audio = noise(70_000);
        HttpResponse<String> answer =
                upload(form(audio, "model", "test/by-second", "provider", "{\"order\":[\"sim\",\"sim2\"]}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode generation = generation(answer);
        assertThat(generation.get("provider_responses").size()).isEqualTo(2);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.00184");
        assertUpload(second.truth().last(), "mp3", audio, "model", "whisper-2", "response_format", "verbose_json");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void chargesNothingWhenNobodyAnswers(Fault fault) {
        costsNothing(fault, () -> transcribe("test/by-second", ORDERED));
    }

    // ---- refusals ---------------------------------------------------------------------------------------------

    @Test
    void sendsEachModelToItsOwnPath() {
        List<HttpResponse<String>> wrong =
                List.of(server.chat(TestServer.chat("test/listener", "")), transcribe("test/priced", ""));
        for (HttpResponse<String> answer : wrong) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).get("availability").get("code").asString()).isEqualTo("wrong_endpoint");
        }
        assertThat(wrong.stream()
                        .map(answer -> error(answer).get("message").asString().replaceAll(".*POST ", "")))
                .containsExactly("/audio/transcriptions.", "/chat/completions.");
        assertThat(sent()).isEqualTo(before);
    }

    @Test
    void sendsTimestampsOnlyWhereTheyAreKnown() {
        HttpResponse<String> refused = transcribe("test/silent-seconds", "\"response_format\":\"verbose_json\"");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("require_parameters");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"response_format\":\"srt\"', response_format",
        "'\"temperature\":3', temperature",
        "'\"stream\":true', stream"
    })
    void namesTheFieldThatIsWrong(String more, String field) {
        HttpResponse<String> refused = transcribe("test/listener", more);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(error(refused).get("param").asString()).isEqualTo(field);
        assertThat(sent()).isEqualTo(before);
    }

    @Test
    void refusesUploadsThatAreWrongOrTooLarge() {
        HttpResponse<String> srt = upload(form(noise(9), "model", "test/listener", "response_format", "srt"));
        assertThat(srt.statusCode()).isEqualTo(400);
        assertThat(error(srt).get("param").asString()).isEqualTo("response_format");
        byte[] cut = Arrays.copyOf(form(noise(9), "model", "test/listener"), 150);
        assertThat(upload(cut).statusCode()).isEqualTo(400);
        assertThat(upload(form(noise(26 * 1024 * 1024), "model", "test/listener"))
                        .statusCode())
                .isEqualTo(413);
        assertThat(sent()).isEqualTo(before);
        assertThat(server.held()).isZero();
    }

    // ---- guardrails, content, lists ---------------------------------------------------------------------------

    @Test
    void contentFiltersLookIntoThePrompt() {
        key = keyWith("\"content_filters\":[{\"pattern\":\"red p[a-z]+\",\"action\":\"redact\",\"label\":\"[P]\"}]");
        byte[] audio = noise(20);
        HttpResponse<String> answer = upload(
                form(audio, "model", "test/listener", "prompt", "a red panda", "provider", "{\"order\":[\"sim\"]}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertUpload(first.truth().last(), "mp3", audio, "model", "gpt-4o-transcribe", "prompt", "a [P]");
    }

    @Test
    void keepsPromptAndTranscriptWhereContentIsLogged() {
        assertThat(contentOf(transcribe("test/listener", "\"prompt\":\"a red panda\"," + ORDERED)))
                .contains("\"input\":{\"prompt\":\"a red panda\"}", Transcript.TEXT)
                .doesNotContain("UklGRg");
    }

    @Test
    void listsModelsThatTranscribe() {
        JsonNode data = TestServer.json(server.get("/api/v1/models?output_modalities=transcription", null))
                .get("data");
        assertThat(data.valueStream().map(model -> model.get("id").asString()))
                .contains("test/listener", "test/by-second")
                .doesNotContain("test/priced");
        JsonNode bySecond = data.valueStream()
                .filter(model -> model.get("id").asString().equals("test/by-second"))
                .findFirst()
                .orElseThrow();
        assertThat(bySecond.get("pricing").get("audio_second").asString()).isEqualTo("0.0001");
    }
}
