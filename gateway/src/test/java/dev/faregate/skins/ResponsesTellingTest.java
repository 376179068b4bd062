package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.http.ErrorRenderer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Chat answers as responses, whole and event by event.
class ResponsesTellingTest {
    private static final String HEAD = "\"id\":\"gen-1\",\"created\":7,\"model\":\"a/b\"";
    private static final String USAGE =
            "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20,\"total_tokens\":120,"
                    + "\"cost\":0.000000075,\"is_byok\":false,\"prompt_tokens_details\":{\"cached_tokens\":60},"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":5},\"cost_details\":{\"upstream_inference_cost\":1,"
                    + "\"upstream_inference_prompt_cost\":0.25,\"upstream_inference_completions_cost\":0.75}}";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponsesTelling telling() {
        return new ResponsesTelling(
                new ResponsesEcho((ObjectNode) json("""
                {"model":"a/b","input":"Hi","instructions":"Be brief.","temperature":0.5,"truncation":"auto",
                 "tools":[{"type":"function","name":"f"},{"type":"openrouter:datetime"}]}
                """)), InstantSource.fixed(Instant.ofEpochSecond(9)));
    }

    private static JsonNode whole(String message, String finish) {
        return Json.readObject(telling()
                .whole(json("{" + HEAD + ",\"choices\":[{\"message\":" + message + ",\"finish_reason\":\"" + finish
                        + "\"}]," + USAGE + "}")));
    }

    private static List<JsonNode> stream(String finish, String... deltas) {
        ResponsesTelling telling = telling();
        ByteBuf out = Unpooled.buffer();
        for (String delta : deltas) {
            telling.chunk(
                    json("{" + HEAD + ",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]}"),
                    out);
        }
        telling.chunk(
                json("{" + HEAD + ",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + finish + "\"}]}"),
                out);
        telling.chunk(json("{" + HEAD + ",\"choices\":[]," + USAGE + "}"), out);
        telling.done(out);
        assertThat(out.toString(StandardCharsets.UTF_8)).endsWith("\n\ndata: [DONE]\n\n");
        return events(out);
    }

    /// The data of each event, whose name is its type, numbered from 0.
    private static List<JsonNode> events(ByteBuf out) {
        List<JsonNode> events = new ArrayList<>();
        for (String event : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
            String[] lines = event.split("\n");
            if (lines.length == 2) {
                JsonNode data = json(lines[1].substring("data: ".length()));
                assertThat(lines[0]).isEqualTo("event: " + data.path("type").asString());
                assertThat(data.path("sequence_number").asInt(-1)).isEqualTo(events.size());
                events.add(data);
            }
        }
        return events;
    }

    private static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.path("type").asString()).toList();
    }

    @Test
    void tellsAWholeAnswer() {
        assertThat(whole("{\"role\":\"assistant\",\"content\":\"Hello\"}", "stop"))
                .isEqualTo(json("""
                        {"id":"gen-1","object":"response","created_at":7,"model":"a/b","status":"completed",
                         "completed_at":9,"error":null,"incomplete_details":null,
                         "output":[{"type":"message","id":"msg_gen-1_0","status":"completed","role":"assistant",
                          "content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}]}],
                         "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":0},
                          "output_tokens":20,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":120,
                          "cost":0.000000075,"is_byok":false,"cost_details":{"upstream_inference_cost":1,
                          "upstream_inference_input_cost":0.25,"upstream_inference_output_cost":0.75}},
                         "instructions":"Be brief.","metadata":null,"temperature":0.5,"top_p":null,"top_logprobs":null,
                         "presence_penalty":null,"frequency_penalty":null,"max_output_tokens":null,
                         "max_tool_calls":null,"reasoning":null,"user":null,"safety_identifier":null,
                         "prompt_cache_key":null,"service_tier":null,"parallel_tool_calls":true,"tool_choice":"auto",
                         "tools":[{"type":"function","name":"f","description":null,"parameters":null,"strict":null},
                          {"type":"openrouter:datetime"}],"truncation":"disabled","text":{"format":{"type":"text"}},
                         "previous_response_id":null,"store":false,"background":false,"output_text":"Hello"}
                        """));
    }

    @Test
    void saysThatAnAnswerIsNotComplete() {
        JsonNode cut = whole("{\"content\":\"Hel\"}", "length");
        assertThat(cut.path("status").asString()).isEqualTo("incomplete");
        assertThat(cut.path("incomplete_details").path("reason").asString()).isEqualTo("max_output_tokens");
        assertThat(cut.path("completed_at").isNull()).isTrue();
        assertThat(cut.path("output").get(0).path("status").asString()).isEqualTo("incomplete");
        List<JsonNode> events = stream("content_filter", "{\"content\":\"Hel\"}");
        assertThat(events.getLast().path("type").asString()).isEqualTo("response.incomplete");
    }

    @Test
    void streamsItemsAndAmountsToTheWhole() {
        List<JsonNode> events = stream(
                "tool_calls",
                "{\"role\":\"assistant\",\"content\":\"\"}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.summary\",\"summary\":\"Tho\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.summary\",\"summary\":\"ught\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"ZGF0YQ\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"Hm.\",\"index\":1}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"signature\":\"c2ln\",\"format\":"
                        + "\"anthropic-claude-v1\",\"index\":1}]}",
                "{\"content\":\"Hel\"}",
                "{\"content\":\"lo\"}",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}");
        assertThat(types(events))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.reasoning_summary_part.added",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.done",
                        "response.reasoning_summary_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.reasoning_text.delta",
                        "response.reasoning_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        JsonNode told = events.getLast().path("response");
        assertThat(told)
                .isEqualTo(whole(
                        "{\"content\":\"Hello\",\"reasoning_details\":["
                                + "{\"type\":\"reasoning.summary\",\"summary\":\"Thought\",\"index\":0},"
                                + "{\"type\":\"reasoning.encrypted\",\"data\":\"ZGF0YQ\",\"index\":0},"
                                + "{\"type\":\"reasoning.text\",\"text\":\"Hm.\",\"signature\":\"c2ln\",\"format\":"
                                + "\"anthropic-claude-v1\",\"index\":1}],"
                                + "\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                                + "\"arguments\":\"{}\"}}]}",
                        "tool_calls"));
        List<JsonNode> done = events.stream()
                .filter(event -> event.path("type").asString().equals("response.output_item.done"))
                .map(event -> event.path("item"))
                .toList();
        assertThat(done).isEqualTo(told.path("output").valueStream().toList());
        assertThat(done.get(1).path("signature").asString()).isEqualTo("c2ln");
    }

    @Test
    void aStreamThatBreaksOffHasFailed() {
        ResponsesTelling telling = telling();
        ByteBuf out = Unpooled.buffer();
        telling.chunk(json("{" + HEAD + ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}"), out);
        telling.broken(
                ErrorRenderer.render(new ApiError.Upstream(429, "rate_limit_exceeded", "Slow", Map.of(), 0)), out);
        JsonNode last = events(out).getLast();
        assertThat(last.path("type").asString()).isEqualTo("response.failed");
        assertThat(last.path("response").path("status").asString()).isEqualTo("failed");
        assertThat(last.path("response").path("error").path("code").asString()).isEqualTo("rate_limit_exceeded");
        assertThat(last.path("response").path("error_type").asString()).isEqualTo("rate_limit_exceeded");
    }

    @Test
    void aStreamThatBreaksOffBeforeItBeganIsAnErrorEvent() {
        ByteBuf out = Unpooled.buffer();
        telling()
                .broken(
                        ErrorRenderer.render(new ApiError.Upstream(502, "provider_unavailable", "Gone", Map.of(), 0)),
                        out);
        assertThat(events(out))
                .containsExactly(json("{\"type\":\"error\",\"code\":\"server_error\",\"message\":\"Gone\","
                        + "\"param\":null,\"sequence_number\":0}"));
    }

    @Test
    void tellsRefusalsSourcesAndProbabilities() {
        String source = "{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"https://x.example\",\"title\":\"X\","
                + "\"start_index\":0,\"end_index\":5}}";
        List<JsonNode> events = stream(
                "stop",
                "{\"annotations\":[" + source + "]}",
                "{\"content\":\"Hello\"}",
                "{\"content\":\"\",\"annotations\":[" + source + "]}",
                "{\"refusal\":\"No\"}",
                "{\"refusal\":\"!\"}");
        assertThat(types(events).subList(2, events.size() - 1))
                .containsExactly(
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.annotation.added",
                        "response.output_text.annotation.added",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.content_part.added",
                        "response.refusal.delta",
                        "response.refusal.delta",
                        "response.refusal.done",
                        "response.content_part.done",
                        "response.output_item.done");
        String flat = "{\"type\":\"url_citation\",\"url\":\"https://x.example\",\"title\":\"X\",\"start_index\":0,"
                + "\"end_index\":5}";
        assertThat(events.getLast().path("response").path("output").get(0).path("content"))
                .isEqualTo(json("[{\"type\":\"output_text\",\"text\":\"Hello\",\"annotations\":[" + flat + "," + flat
                        + "],\"logprobs\":[]},{\"type\":\"refusal\",\"refusal\":\"No!\"}]"));
        assertThat(events.get(11).path("content_index").asInt()).isEqualTo(1);

        String tokens = "[{\"token\":\"Hi\",\"logprob\":-0.5,\"bytes\":[72,105],\"top_logprobs\":[]}]";
        JsonNode likely = Json.readObject(telling()
                .whole(json("{" + HEAD + ",\"choices\":[{\"message\":{\"content\":\"Hi\"},\"logprobs\":{\"content\":"
                        + tokens + "}}]," + USAGE + "}")));
        assertThat(likely.path("output").get(0).path("content").get(0).path("logprobs"))
                .isEqualTo(json(tokens));
    }

    @Test
    void tellsCustomToolsAndImages() {
        List<JsonNode> events = stream(
                "stop",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"type\":\"custom\",\"custom\":{\"name\":\"p\",\"input\":\"\"}}]}",
                "{\"tool_calls\":[{\"index\":0,\"custom\":{\"input\":\"*** Begin\"}}]}",
                "{\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}");
        assertThat(types(events).subList(2, events.size() - 1))
                .containsExactly(
                        "response.output_item.added",
                        "response.custom_tool_call_input.delta",
                        "response.custom_tool_call_input.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.image_generation_call.in_progress",
                        "response.image_generation_call.generating",
                        "response.image_generation_call.completed",
                        "response.output_item.done");
        assertThat(events.getLast().path("response").path("output")).isEqualTo(json("""
                        [{"type":"custom_tool_call","id":"ctc_gen-1_0","call_id":"t1","name":"p","input":"*** Begin"},
                         {"type":"image_generation_call","id":"ig_gen-1_1","status":"completed","result":"AAAA"}]
                        """));
    }

    @Test
    void tellsCallsApartThatAllHaveTheSamePlace() {
        List<JsonNode> events = stream(
                "tool_calls",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t2\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}");
        assertThat(events.getLast().path("response").path("output")).hasSize(2);
    }

    @Test
    void refusesToMixUpCallsAndToKeepTooMuch() {
        assertThatThrownBy(() -> stream(
                        "stop",
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\"}}]}",
                        "{\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"function\":{\"name\":\"f\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}"))
                .isInstanceOf(IllegalStateException.class);
        String much = "{\"content\":\"" + "x".repeat(ResponsesOutput.MAX_KEPT / 2 + 1) + "\"}";
        assertThatThrownBy(() -> stream("stop", much, much)).isInstanceOf(IllegalStateException.class);
        String image = "{\"image_url\":{\"url\":\"\"}},";
        String images = image.repeat(ResponsesOutput.MAX_ITEMS) + image.substring(0, image.length() - 1);
        assertThatThrownBy(() -> stream("stop", "{\"images\":[" + images + "]}"))
                .isInstanceOf(IllegalStateException.class);
    }

    /// However an answer is cut into chunks, its last event is what is told of it as a whole, its items are those that
    /// were told one by one, and what a client sends back of them is what the provider had said; also a client that
    /// keeps only the fields that OpenAI has.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void streamsAmountToTheWholeAndComeBack(long seed) {
        Random random = new Random(seed);
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
        List<String> deltas = new ArrayList<>();
        SaidInPieces.reasoning(random, message, deltas);
        SaidInPieces.text(random, message, deltas);
        SaidInPieces.calls(random, message, deltas);
        JsonNode told = whole(message.toString(), "stop");
        List<JsonNode> events = stream("stop", deltas.toArray(String[]::new));
        assertThat(events.getLast().path("response")).as("seed %d", seed).isEqualTo(told);
        JsonNode output = told.path("output");
        assertThat(assembled(events)).as("seed %d", seed).isEqualTo(output);

        assertThat(back(output)).as("seed %d", seed).isEqualTo(message);
        output.forEach(item -> ((ObjectNode) item).remove(List.of("signature", "format")));
        assertThat(back(output)).as("seed %d, strict", seed).isEqualTo(message);
    }

    private static JsonNode back(JsonNode output) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("input", output);
        byte[] chat = new ResponsesSkin(InstantSource.system(), 100).wear(body).chat();
        return Json.readObject(chat).path("messages").get(0);
    }

    /// The items that a client puts together from events, by the rules of OpenAI's own SDKs.
    private static ArrayNode assembled(List<JsonNode> events) {
        ArrayNode output = JsonNodeFactory.instance.arrayNode();
        for (JsonNode event : events) {
            JsonNode known = output.path(event.path("output_index").asInt(-1));
            ObjectNode item = known instanceof ObjectNode object ? object : output.objectNode();
            switch (event.path("type").asString()) {
                case "response.output_item.added" ->
                    output.add(event.get("item").deepCopy());
                case "response.content_part.added" -> item.withArray("content").add(event.get("part"));
                case "response.reasoning_summary_part.added" ->
                    item.withArray("summary").add(event.get("part"));
                case "response.output_text.delta", "response.reasoning_text.delta" ->
                    append(
                            (ObjectNode) item.get("content")
                                    .get(event.get("content_index").asInt()),
                            "text",
                            event);
                case "response.reasoning_summary_text.delta" ->
                    append(
                            (ObjectNode) item.get("summary")
                                    .get(event.get("summary_index").asInt()),
                            "text",
                            event);
                case "response.function_call_arguments.delta" -> append(item, "arguments", event);
                case "response.output_item.done" -> {
                    ObjectNode done = (ObjectNode) event.get("item").deepCopy();
                    item.put("status", "completed");
                    for (String only : List.of("signature", "format", "encrypted_content")) {
                        if (done.has(only)) {
                            item.set(only, done.get(only));
                        }
                    }
                    assertThat(item).isEqualTo(done);
                }
                default -> {}
            }
        }
        return output;
    }

    private static void append(ObjectNode to, String name, JsonNode event) {
        to.put(name, to.get(name).asString() + event.get("delta").asString());
    }
}
