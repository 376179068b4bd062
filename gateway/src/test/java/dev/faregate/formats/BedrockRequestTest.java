package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Chat requests as bodies of Amazon Bedrock's Converse.
class BedrockRequestTest {
    private static final String SONNET = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
    private static final String NOVA = "amazon.nova-pro-v1:0";
    private static final String NOVA_2 = "global.amazon.nova-2-lite-v1:0";
    private static final String LLAMA = "meta.llama3-3-70b-instruct-v1:0";
    private static final String GPT = "openai.gpt-oss-120b-1:0";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final String TOOL =
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"description\":\"Looks.\","
                    + "\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]";

    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode said(String model, long limit, String chat) {
        Format.Wanted wanted = new Format.Wanted(model, limit, 0, null, false);
        return Json.readObject(
                new BedrockFormat().say(object("{" + chat + "}"), wanted).body());
    }

    private static void is(JsonNode said, String json) {
        assertThat(said.toString()).isEqualTo(object(json).toString());
    }

    private static void turns(String model, String chat, String bedrock) {
        assertThat(said(model, 1_000, "\"messages\":[" + chat + "]")
                        .get("messages")
                        .toString())
                .isEqualTo(Json.read(bedrock.getBytes(StandardCharsets.UTF_8)).toString());
    }

    private static String user(String... parts) {
        return "{\"role\":\"user\",\"content\":[" + String.join(",", parts) + "]}";
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic.claude-v1:0, false, /model/anthropic.claude-v1%3A0/converse",
        "anthropic.claude-v1:0, true, /model/anthropic.claude-v1%3A0/converse-stream",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x, false,"
                + "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x/converse",
        "a b/../c, false, /model/a%20b%2F..%2Fc/converse"
    })
    void namesTheModelInThePath(String model, boolean stream, String path) {
        assertThat(new BedrockFormat().path(new Format.Wanted(model, 0, 0, null, stream)))
                .isEqualTo(path);
    }

    @Test
    void saysAWholeRequest() {
        ObjectNode body = said(SONNET, 500, """
                "temperature":1.7,"top_p":0.9,"top_k":5,"stop":["END"," "],"seed":7,"n":2,"user":"raw",
                "messages":[{"role":"system","content":"Be brief."},{"role":"developer","content":"Be kind."},
                 {"role":"user","content":"Hi"},{"role":"user","content":[{"type":"text","text":"there"}]},
                 {"role":"assistant","content":"Yes? "}]""");
        assertThat(body).isEqualTo(object("""
                {"system":[{"text":"Be brief."},{"text":"Be kind."}],
                 "messages":[{"role":"user","content":[{"text":"Hi"},{"text":"there"}]},
                  {"role":"assistant","content":[{"text":"Yes?"}]}],
                 "inferenceConfig":{"maxTokens":500,"temperature":1,"stopSequences":["END"]},
                 "additionalModelRequestFields":{"top_k":5}}"""));
    }

    @Test
    void tellsEachMakerInItsWords() {
        is(
                said(NOVA, 0, HI + ",\"temperature\":0.5,\"top_p\":0.9,\"top_k\":5,\"stop\":\"\\n\""),
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}],\"inferenceConfig\":"
                        + "{\"temperature\":0.5,\"topP\":0.9,\"stopSequences\":[\"\\n\"]},"
                        + "\"additionalModelRequestFields\":{\"inferenceConfig\":{\"topK\":5}}}");
        assertThat(said(LLAMA, 9, HI + ",\"top_k\":5").has("additionalModelRequestFields"))
                .isFalse();
        assertThat(said("global.anthropic.claude-opus-4-7", 9, HI + ",\"temperature\":0.1,\"top_k\":3")
                        .toString())
                .doesNotContain("temperature", "top_k");
        assertThat(said(SONNET, 0, HI).at("/inferenceConfig/maxTokens").asLong())
                .isEqualTo(4_096);
    }

    @Test
    void saysToolsAndTheirResults() {
        ObjectNode body = said(SONNET, 100, TOOL + """
                ,"tool_choice":"required","messages":[{"role":"user","content":"Hi"},
                 {"role":"assistant","content":null,"tool_calls":[
                  {"id":"call:1","function":{"name":"look","arguments":"{\\"a\\":1}"}},
                  {"id":"b","function":{"name":"look","arguments":""}}]},
                 {"role":"tool","tool_call_id":"call:1","content":"Sunny"},
                 {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"Dry",
                  "cache_control":{"type":"ephemeral"}}]}]""");
        is(
                body.get("toolConfig"),
                "{\"tools\":[{\"toolSpec\":{\"name\":\"look\",\"description\":\"Looks.\",\"inputSchema\":{\"json\":"
                        + "{\"type\":\"object\",\"properties\":{}}}}}],\"toolChoice\":{\"any\":{}}}");
        is(
                body.at("/messages/1"),
                "{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":\"call_1\",\"name\":\"look\","
                        + "\"input\":{\"a\":1}}},{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"look\",\"input\":{}}}]}");
        is(
                body.at("/messages/2"),
                "{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"call_1\",\"content\":"
                        + "[{\"text\":\"Sunny\"}]}},{\"toolResult\":{\"toolUseId\":\"b\",\"content\":"
                        + "[{\"text\":\"Dry\"}]}},{\"cachePoint\":{\"type\":\"default\"}}]}");
    }

    @Test
    void choosesTools() {
        is(
                said(
                                NOVA,
                                9,
                                HI + "," + TOOL + ",\"tool_choice\":{\"type\":\"function\",\"function\":"
                                        + "{\"name\":\"look\"}}")
                        .at("/toolConfig/toolChoice"),
                "{\"tool\":{\"name\":\"look\"}}");
        assertThat(said(NOVA, 9, HI + "," + TOOL + ",\"tool_choice\":\"none\"").has("toolConfig"))
                .isFalse();
        ObjectNode none = said(SONNET, 9, HI + "," + TOOL + ",\"tool_choice\":\"none\"");
        is(none.at("/additionalModelRequestFields"), "{\"tool_choice\":{\"type\":\"none\"}}");
        assertThat(none.at("/toolConfig/tools").size()).isOne();
        ObjectNode single = said(SONNET, 9, HI + "," + TOOL + ",\"parallel_tool_calls\":false");
        is(
                single.at("/additionalModelRequestFields"),
                "{\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}}");
        assertThat(single.at("/toolConfig").has("toolChoice")).isFalse();
    }

    /// Converse refuses a conversation with calls and without their tools.
    @Test
    void describesToolsThatTheClientNoLongerDoes() {
        ObjectNode body = said(NOVA, 9, """
                "messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":
                 [{"id":"a","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a",
                 "content":"x"}]""");
        is(
                body.get("toolConfig"),
                "{\"tools\":[{\"toolSpec\":{\"name\":\"look\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}]}");
    }

    @Test
    void carriesMedia() {
        turns(
                NOVA,
                user(
                        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpg;base64,AAAA\"}}",
                        "{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,BBBB\"}}",
                        "{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"mp3\",\"data\":\"CCCC\"}}"),
                "[{\"role\":\"user\",\"content\":[{\"image\":{\"format\":\"jpeg\",\"source\":{\"bytes\":\"AAAA\"}}},"
                        + "{\"video\":{\"format\":\"mp4\",\"source\":{\"bytes\":\"BBBB\"}}},"
                        + "{\"audio\":{\"format\":\"mp3\",\"source\":{\"bytes\":\"CCCC\"}}}]}]");
    }

    @Test
    void namesDocumentsAsTheApiTakesThemAndWritesATextBeside() {
        String file = "{\"type\":\"file\",\"file\":{\"filename\":\"My_report.v2 (final).pdf\","
                + "\"file_data\":\"data:application/pdf;base64,AAAA\"}}";
        turns(
                SONNET,
                user(file, file),
                "[{\"role\":\"user\",\"content\":["
                        + "{\"document\":{\"format\":\"pdf\",\"source\":{\"bytes\":\"AAAA\"},\"name\":\"My report v2 (final)\"}},"
                        + "{\"document\":{\"format\":\"pdf\",\"source\":{\"bytes\":\"AAAA\"},\"name\":\"My report v2 (final) 2\"}},"
                        + "{\"text\":\"My report v2 (final) 2\"}]}]");
    }

    @Test
    void marksTheCacheWhereTheModelHasOne() {
        String part =
                user("{\"type\":\"text\",\"text\":\"Hi\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}");
        turns(
                SONNET,
                part,
                "[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"},{\"cachePoint\":{\"type\":\"default\",\"ttl\":\"1h\"}}]}]");
        turns(
                NOVA,
                part,
                "[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"},{\"cachePoint\":{\"type\":\"default\"}}]}]");
        String blank = "{\"type\":\"text\",\"text\":\" \",\"cache_control\":{\"type\":\"ephemeral\"}}";
        turns(
                SONNET,
                user(blank, "{\"type\":\"text\",\"text\":\"Hi\"}"),
                "[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}]");
        turns(LLAMA, part, "[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}]");
        assertThat(said(SONNET, 9, HI + ",\"cache_control\":{\"type\":\"ephemeral\"}")
                        .at("/messages/0/content/1/cachePoint/type")
                        .asString())
                .isEqualTo("default");
    }

    @Test
    void givesBackWhatWasSigned() {
        String details = "\"reasoning_details\":["
                + "{\"type\":\"reasoning.text\",\"text\":\"Hm\",\"format\":\"anthropic-claude-v1\",\"index\":0},"
                + "{\"type\":\"reasoning.text\",\"signature\":\"c2ln\",\"format\":\"anthropic-claude-v1\",\"index\":0},"
                + "{\"type\":\"reasoning.encrypted\",\"data\":\"ZGF0YQ\",\"format\":\"anthropic-claude-v1\",\"index\":1},"
                + "{\"type\":\"reasoning.text\",\"text\":\"no\",\"signature\":\"x\",\"format\":\"google-gemini-v1\"}]";
        String chat = "{\"role\":\"assistant\",\"content\":\"So\"," + details + "},"
                + user("{\"type\":\"text\",\"text\":\"?\"}");
        turns(
                SONNET,
                chat,
                "[{\"role\":\"assistant\",\"content\":["
                        + "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"Hm\",\"signature\":\"c2ln\"}}},"
                        + "{\"reasoningContent\":{\"redactedContent\":\"ZGF0YQ\"}},{\"text\":\"So\"}]},"
                        + "{\"role\":\"user\",\"content\":[{\"text\":\"?\"}]}]");
        turns(
                NOVA,
                chat,
                "[{\"role\":\"assistant\",\"content\":[{\"text\":\"So\"}]},{\"role\":\"user\",\"content\":[{\"text\":\"?\"}]}]");
    }

    @Test
    void thinksInTheWordsOfItsMaker() {
        String high = HI + ",\"temperature\":0.2,\"reasoning\":{\"effort\":\"high\"}";
        ObjectNode sonnet = said(SONNET, 4_000, high);
        is(sonnet.get("additionalModelRequestFields"), "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3200}}");
        is(sonnet.get("inferenceConfig"), "{\"maxTokens\":4000}");
        is(
                said("global.anthropic.claude-opus-4-6-v1", 4_000, high).get("additionalModelRequestFields"),
                "{\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"high\"}}");
        is(
                said("global.anthropic.claude-opus-4-5-20251101-v1:0", 4_000, HI + ",\"verbosity\":\"low\"")
                        .get("additionalModelRequestFields"),
                "{\"output_config\":{\"effort\":\"low\"},\"anthropic_beta\":[\"effort-2025-11-24\"]}");
        is(
                said(NOVA_2, 4_000, high).get("additionalModelRequestFields"),
                "{\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\"medium\"}}");
        is(said(GPT, 4_000, high).get("additionalModelRequestFields"), "{\"reasoning_effort\":\"high\"}");
        assertThat(said(LLAMA, 4_000, high).has("additionalModelRequestFields")).isFalse();
        assertThat(said(SONNET, 4_000, high + "," + TOOL + ",\"tool_choice\":\"required\"")
                        .has("additionalModelRequestFields"))
                .as("a model that must call a tool may not think first")
                .isFalse();
    }

    @Test
    void asksForASchemaAsText() {
        String format = HI + ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
                + "\"schema\":{\"type\":\"object\"}}}";
        is(
                said(SONNET, 9, format).get("outputConfig"),
                "{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":"
                        + "{\"schema\":\"{\\\"type\\\":\\\"object\\\"}\",\"name\":\"n\"}}}}");
        for (String model : new String[] {NOVA, LLAMA, "anthropic.claude-opus-4-1-20250805-v1:0"}) {
            assertThatThrownBy(() -> said(model, 9, format))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("response_format");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}} | messages[0].content[0].image_url.url",
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/tiff;base64,AA\"}} | messages[0].content[0].image_url.url",
                "{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/zip;base64,AA\"}} | messages[0].content[0].file.file_data",
                "{\"type\":\"hologram\"} | messages[0].content[0].type"
            })
    void namesWhatItCannotSay(String part, String field) {
        assertThatThrownBy(() -> said(SONNET, 9, "\"messages\":[" + user(part) + "]"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(field);
    }

    @Test
    void refusesToolsThatItsServersWouldRun() {
        assertThatThrownBy(() -> said(SONNET, 9, HI + ",\"tools\":[{\"type\":\"web_search\"}]"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("tools[0].type");
    }
}
