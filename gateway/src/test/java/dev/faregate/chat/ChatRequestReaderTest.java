package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestReaderTest {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void readsWhatTheRouterNeeds() {
        ChatRequest.Facts facts = read("{\"model\":\"openai/gpt-4o\"," + MESSAGES
                        + ",\"stream\":true,\"max_tokens\":50,\"max_completion_tokens\":40,\"n\":2,\"user\":\"u1\","
                        + "\"session_id\":\"s\",\"models\":[\"a/b\",\"c/d\"],\"tools\":[{},{}]}")
                .facts();
        assertThat(facts)
                .isEqualTo(new ChatRequest.Facts(
                        RequestKind.CHAT,
                        "openai/gpt-4o",
                        List.of("a/b", "c/d"),
                        true,
                        false,
                        40,
                        2,
                        1,
                        false,
                        2,
                        "u1",
                        "s",
                        ProviderPreferences.NONE,
                        ChatRequest.Extras.NONE,
                        null,
                        null));
    }

    @Test
    void takesNullForNotSent() {
        ChatRequest.Facts facts = read("{\"model\":null," + MESSAGES
                        + ",\"stream\":null,\"max_tokens\":null,\"n\":null,\"provider\":null,\"tools\":null,\"stop\":null}")
                .facts();
        assertThat(facts.model()).isNull();
        assertThat(facts.stream()).isFalse();
        assertThat(facts.maxTokens()).isZero();
        assertThat(facts.choices()).isEqualTo(1);
    }

    @Test
    void seesMediaParts() {
        assertThat(read("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]}")
                        .facts()
                        .media())
                .isFalse();
        assertThat(
                        read("{\"messages\":[{\"role\":\"user\",\"content\":[{\"image_url\":{\"url\":\"x\"},\"type\":\"image_url\"}]}]}")
                                .facts()
                                .media())
                .isTrue();
    }

    @Test
    void doesNotMistakeNestedFieldsForItsOwn() {
        ChatRequest.Facts facts = read("{\"metadata\":{\"model\":\"x\",\"stream\":true}," + MESSAGES + "}")
                .facts();
        assertThat(facts.model()).isNull();
        assertThat(facts.stream()).isFalse();
    }

    @Test
    void readsRoutingPreferences() {
        ProviderPreferences preferences = read("{" + MESSAGES
                        + ",\"provider\":{\"order\":[\"a\"],\"only\":[\"a\",\"b\"],\"ignore\":[\"c\"],\"allow_fallbacks\":false,"
                        + "\"sort\":{\"by\":\"price\"},\"max_price\":{\"prompt\":\"2.5\",\"completion\":10},\"zdr\":true,"
                        + "\"data_collection\":\"deny\",\"require_parameters\":true,\"quantizations\":[\"fp8\"]}}")
                .facts()
                .preferences();
        assertThat(preferences.order()).containsExactly("a");
        assertThat(preferences.only()).containsExactly("a", "b");
        assertThat(preferences.ignore()).containsExactly("c");
        assertThat(preferences.allowFallbacks()).isFalse();
        assertThat(preferences.sort()).isEqualTo(ProviderPreferences.Sort.PRICE);
        assertThat(preferences.maxPrice())
                .containsEntry(ProviderPreferences.PriceKind.PROMPT, new BigDecimal("2.5"))
                .containsEntry(ProviderPreferences.PriceKind.COMPLETION, new BigDecimal("10"));
        assertThat(preferences.zeroDataRetention()).isTrue();
        assertThat(preferences.denyDataCollection()).isTrue();
        assertThat(preferences.requireParameters()).isTrue();
    }

    @Test
    void takesAPromptInPlaceOfMessages() {
        ChatRequest request = read("{\"model\":\"m\",\"prompt\":\"Once\"}");
        assertThat(request.facts().messages()).isZero();
        assertThat(request.lastUserText()).isEqualTo("Once");
    }

    @Test
    void findsTheLastUserText() {
        assertThat(
                        read("{\"messages\":[{\"role\":\"user\",\"content\":\"first\"},{\"role\":\"assistant\",\"content\":null},"
                                        + "{\"content\":[{\"type\":\"text\",\"text\":\"sec\"},{\"type\":\"text\",\"text\":\"ond\"}],\"role\":\"user\"},"
                                        + "{\"role\":\"tool\",\"content\":\"t\"}]}")
                                .lastUserText())
                .isEqualTo("second");
    }

    /// What clients send: nulls, whole numbers for others, both ends of a range, and what switches a setting off.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"temperature\":null,\"top_p\":null,\"top_k\":null,\"top_logprobs\":null,\"n\":null,\"seed\":null",
                "\"temperature\":0,\"top_p\":1,\"frequency_penalty\":0,\"presence_penalty\":0,\"top_k\":0",
                "\"temperature\":2.0,\"top_p\":0.0,\"frequency_penalty\":-2,\"presence_penalty\":2.0",
                "\"temperature\":-0.0,\"top_p\":1E0,\"min_p\":5e-2,\"top_a\":1,\"repetition_penalty\":1.05",
                "\"top_k\":-1,\"seed\":-1,\"top_logprobs\":20,\"logprobs\":true,\"n\":1",
                "\"seed\":9223372036854775807,\"temperature_last\":99,\"typical_p\":7",
            })
    void takesSettingsAsClientsSendThem(String settings) {
        assertThat(read("{" + settings + "," + MESSAGES + "}").facts().messages())
                .isPositive();
    }

    /// Each line: a body, `|`, and what its refusal must say.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'' | is empty",
                "[] | must be a JSON object",
                "\"x\" | must be a JSON object",
                "{ | not valid JSON",
                "{\"messages\":[]} | must have at least one message",
                "{\"model\":\"m\"} | 'messages' is required",
                "{\"messages\":null} | 'messages' must be an array",
                "{\"messages\":{}} | 'messages' must be an array",
                "{\"messages\":[1]} | 'messages[0]' must be an object",
                "{\"messages\":[{}]} | 'messages[0].role' must be given",
                "{\"messages\":[{\"role\":1}]} | 'messages[0].role' must be a string",
                "{\"messages\":[{\"role\":\"king\"}]} | 'messages[0].role' must be one of",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"system\"}]} | 'messages[0].role' must be given once",
                "{\"messages\":[{\"role\":\"user\",\"content\":5}]} | 'messages[0].content' must be a string or an array",
                "{\"messages\":[{\"role\":\"user\",\"content\":[\"x\"]}]} | 'messages[0].content[0]' must be an object",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{}]}]} | 'messages[0].content[0].type' is required",
                "{\"model\":5} | 'model' must be a string",
                "{\"model\":\" \"} | 'model' must be a non-empty string",
                "{\"model\":\"a\",\"model\":\"b\"} | 'model' is given twice",
                "{\"m\\u006fdel\":\"a\",\"model\":\"b\"} | 'model' is given twice",
                "{\"stream\":\"yes\"} | 'stream' must be true or false",
                "{\"max_tokens\":0} | 'max_tokens' must be between 1",
                "{\"max_tokens\":1.5} | 'max_tokens' must be an integer",
                "{\"max_tokens\":\"9\"} | 'max_tokens' must be an integer",
                "{\"max_tokens\":99999999999999999999} | 'max_tokens' must be an integer",
                "{\"n\":0} | 'n' must be between 1 and 128",
                "{\"n\":129} | 'n' must be between 1 and 128",
                "{\"temperature\":\"hot\"} | 'temperature' must be a number",
                "{\"temperature\":2.01} | 'temperature' must be between 0 and 2",
                "{\"temperature\":-0.1} | 'temperature' must be between 0 and 2",
                "{\"temperature\":1e999} | 'temperature' must be between 0 and 2",
                "{\"top_p\":1.1} | 'top_p' must be between 0 and 1",
                "{\"min_p\":-1} | 'min_p' must be between 0 and 1",
                "{\"top_a\":40} | 'top_a' must be between 0 and 1",
                "{\"frequency_penalty\":-2.5} | 'frequency_penalty' must be between -2 and 2",
                "{\"presence_penalty\":3} | 'presence_penalty' must be between -2 and 2",
                "{\"repetition_penalty\":2.1} | 'repetition_penalty' must be between 0 and 2",
                "{\"top_k\":-2} | 'top_k' must be between -1",
                "{\"top_k\":0.5} | 'top_k' must be an integer",
                "{\"top_logprobs\":21} | 'top_logprobs' must be between 0 and 20",
                "{\"seed\":1.5} | 'seed' must be an integer",
                "{\"logprobs\":1} | 'logprobs' must be true or false",
                "{\"logprobs\":21,\"prompt\":\"x\"} | 'logprobs' must be between 0 and 20",
                "{\"logprobs\":0.5,\"prompt\":\"x\"} | 'logprobs' must be an integer",
                "{\"logprobs\":\"5\",\"prompt\":\"x\"} | 'logprobs' must be true or false",
                "{\"stop\":5} | 'stop' must be a string or an array",
                "{\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]} | 'stop' must be at most 4 strings",
                "{\"stop\":[1]} | 'stop[0]' must be a string",
                "{\"tools\":{}} | 'tools' must be an array",
                "{\"tools\":[1]} | 'tools[0]' must be an object",
                "{\"response_format\":\"json\"} | 'response_format' must be an object",
                "{\"models\":\"a\"} | 'models' must be an array of model ids",
                "{\"models\":[1]} | 'models[0]' must be a string",
                "{\"provider\":\"openai\"} | 'provider' must be an object",
                "{\"provider\":{\"colour\":1}} | 'provider.colour' is not a known routing preference",
                "{\"provider\":{\"order\":\"a\"}} | 'provider.order' must be an array",
                "{\"provider\":{\"order\":[1]}} | 'provider.order[0]' must be a non-empty string",
                "{\"provider\":{\"sort\":\"beauty\"}} | 'provider.sort' must be one of",
                "{\"provider\":{\"max_price\":{\"prompt\":\"cheap\"}}} | 'provider.max_price.prompt' must be a price",
                "{\"provider\":{\"max_price\":{\"prompt\":-1}}} | 'provider.max_price.prompt' must be a price",
                "{\"provider\":{\"zdr\":1}} | 'provider.zdr' must be true or false",
                "{\"provider\":{\"preferred_max_latency\":\"fast\"}} | 'provider.preferred_max_latency' must be a number or",
                "{\"provider\":{\"preferred_max_latency\":-1}} | 'provider.preferred_max_latency' must be a number, 0",
                "{\"provider\":{\"preferred_min_throughput\":{\"p50\":\"1\"}}} | 'provider.preferred_min_throughput.p50' must be",
                "{\"provider\":{\"preferred_min_throughput\":{\"p95\":1}}} | 'provider.preferred_min_throughput.p95' is not one",
                "{\"provider\":{\"zdr\":true,\"zdr\":false}} | Duplicate",
                "{\"user\":5} | 'user' must be a string",
                "{\"metadata\":[]} | 'metadata' must be an object",
                "{\"x\":01} | not valid JSON",
                "{\"x\":1}} | something after the end",
            })
    void refusesBadBodiesAndNamesTheField(String body, String message) {
        assertThatThrownBy(() -> read(body.equals("''") ? "" : body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.BadRequest.class,
                                        bad -> assertThat(bad.message()).contains(message.strip())));
    }

    @Test
    void refusesBadUtf8() {
        byte[] body = "{\"x\":\"?\"}".getBytes(UTF_8);
        body[6] = (byte) 0xFF;
        assertThatThrownBy(() -> new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(body, 0, body.length))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("UTF-8");
    }

    /// Whatever bytes come, the answer is a request or a 400, never another exception.
    @Test
    void neverFailsInAnotherWay() {
        long seed = Long.getLong("faregate.seed", 99L);
        Random random = new Random(seed);
        byte[] alphabet = "{}[]\",:0123456789.-\\utrfalsn msgeopdrv".getBytes(UTF_8);
        String good = "{\"model\":\"a\"," + MESSAGES
                + ",\"n\":1,\"stop\":[\"x\"],\"provider\":{\"sort\":\"price\"},\"tools\":[{}],\"max_tokens\":5}";
        ChatRequestReader reader = new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS);
        for (int round = 0; round < 60_000; round++) {
            byte[] body = good.getBytes(UTF_8);
            for (int i = 0; i <= random.nextInt(4); i++) {
                body = JsonCursorTest.mutate(body, random, alphabet);
            }
            try {
                reader.read(body, 0, body.length);
            } catch (ApiException e) {
                assertThat(e.error())
                        .as("seed %d, round %d: %s", seed, round, new String(body, UTF_8))
                        .isInstanceOf(ApiError.BadRequest.class);
            }
        }
    }

    private static ChatRequest read(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
    }
}
