package dev.faregate.skins;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import dev.faregate.http.WireError;
import dev.faregate.skins.ResponsesOutput.Kind;
import io.netty.buffer.ByteBuf;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tells a chat answer as OpenAI's Responses API does (platform.openai.com, "Responses", "Streaming events"). The
/// last event of a stream says all of it once more, so unlike other formats this one keeps the answer, up to a bound.
final class ResponsesTelling implements Telling {
    private final ResponsesEcho echo;
    private final InstantSource clock;
    private final ResponsesEvents events = new ResponsesEvents();
    private @Nullable ObjectNode response;
    private ResponsesOutput output = new ResponsesOutput(events, "");
    private String finish = "stop";

    /// Of the open or last item of reasoning: its place among the details, and whether it was signed or encrypted,
    /// after which it is over.
    private long detail = -1;

    private boolean sealed;

    /// Of the last call: its place and its id.
    private long call = -1;

    private String callId = "";

    /// Sources that came before the text that has them.
    private final List<ObjectNode> citations = new ArrayList<>();

    ResponsesTelling(ResponsesEcho echo, InstantSource clock) {
        this.echo = echo;
        this.clock = clock;
    }

    @Override
    public byte[] whole(JsonNode chat) {
        begin(chat);
        JsonNode choice = chat.path("choices").path(0);
        say(choice.path("message"), choice.path("logprobs").path("content"));
        finish = choice.path("finish_reason").asString(finish);
        return Trees.bytes(ended(chat));
    }

    @Override
    public void chunk(JsonNode chunk, ByteBuf out) {
        events.into(out);
        if (response == null) {
            begin(chunk);
            tell("response.created", begun());
            tell("response.in_progress", begun());
        }
        for (JsonNode choice : chunk.path("choices")) {
            // A response has one voice; a preset may ask for several.
            if (choice.path("index").asInt(0) == 0) {
                say(choice.path("delta"), choice.path("logprobs").path("content"));
                finish = choice.path("finish_reason").asString(finish);
            }
        }
        if (chunk.path("usage").isObject()) {
            ObjectNode last = ended(chunk);
            tell("response." + last.path("status").stringValue(), last);
        }
    }

    /// Contract 1.1: a response that failed, with one of four codes and the fine word beside them.
    @Override
    public void broken(WireError error, ByteBuf out) {
        events.into(out);
        ObjectNode failed = response;
        if (failed == null) {
            events.send(events.event("error")
                    .put("code", code(error.type()))
                    .put("message", error.message())
                    .putNull("param"));
            return;
        }
        failed.put("status", "failed").put("error_type", error.type());
        failed.putObject("error").put("code", code(error.type())).put("message", error.message());
        failed.set("output", output.items());
        tell("response.failed", failed);
    }

    private static String code(String type) {
        return switch (type) {
            case "rate_limit_exceeded" -> "rate_limit_exceeded";
            case "context_length_exceeded", "invalid_request", "invalid_prompt" -> "invalid_prompt";
            case "content_policy_violation" -> "image_content_policy_violation";
            default -> "server_error";
        };
    }

    /// A failure before the first byte has the contract's ordinary shape (contract 7, number 0).
    @Override
    public byte[] error(WireError error, String generation) {
        return error.body();
    }

    private void begin(JsonNode chat) {
        response = echo.begun(chat);
        output = new ResponsesOutput(events, chat.path("id").asString(""));
    }

    private ObjectNode begun() {
        return Objects.requireNonNull(response);
    }

    private void tell(String type, ObjectNode told) {
        events.send(events.event(type).set("response", told));
    }

    // What is said, in a chunk or at once

    private void say(JsonNode said, JsonNode logprobs) {
        reasoning(said);
        text(said.path("content"), logprobs);
        refusal(said.path("refusal"));
        for (JsonNode annotation : said.path("annotations")) {
            cite(annotation);
        }
        int position = 0;
        for (JsonNode each : said.path("tool_calls")) {
            call(each, each.path("index").asLong(position++));
        }
        for (JsonNode image : said.path("images")) {
            image(image.path("image_url").path("url").asString(""));
        }
    }

    /// Details say more than the plain text, which stands beside them once more.
    private void reasoning(JsonNode said) {
        JsonNode details = said.path("reasoning_details");
        for (JsonNode each : details) {
            think(each, each.path("index").asLong(detail));
        }
        String plain = said.path("reasoning").asString("");
        if (details.isEmpty() && !plain.isEmpty()) {
            think(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("type", ReasoningDetail.TEXT)
                            .put("text", plain),
                    detail);
        }
    }

    private void think(JsonNode each, long place) {
        String type = each.path("type").asString("");
        String shown = ReasoningDetail.shown(each);
        boolean secret = type.equals(ReasoningDetail.ENCRYPTED)
                || !each.path("signature").asString("").isEmpty();
        if (shown.isEmpty() && !secret) {
            return;
        }
        // Two things to keep secret do not fit into one item, and neither does what comes after one.
        if (!output.isIn("reasoning") || place != detail || sealed) {
            ObjectNode item = output.open("reasoning", "rs", id(each));
            item.put("status", "in_progress").putArray("summary");
            output.announce();
            detail = place;
            sealed = false;
        }
        output.say(type.equals(ReasoningDetail.SUMMARY) ? Kind.SUMMARY : Kind.REASONING, shown);
        ObjectNode item = output.item();
        Trees.copy(each, "format", item, "format");
        if (secret) {
            Trees.copy(each, "signature", item, "signature");
            String content = Reasoning.sealed(each, item.path("id").asString(""));
            output.count(content);
            item.put("encrypted_content", content);
            sealed = true;
        }
    }

    /// The id that the provider knows its reasoning by, if it has one.
    private static @Nullable String id(JsonNode detail) {
        String id = detail.path("id").asString("");
        return id.isEmpty() ? null : id;
    }

    /// A text, or the texts of parts.
    private void text(JsonNode said, JsonNode logprobs) {
        for (JsonNode part : said.isArray() ? said : JsonNodeFactory.instance.arrayNode()) {
            text(part.path("text"), JsonNodeFactory.instance.missingNode());
        }
        String piece = said.isString() ? said.stringValue() : "";
        if (piece.isEmpty()) {
            return;
        }
        intoMessage();
        if (logprobs.isEmpty()) {
            output.say(Kind.TEXT, piece);
        } else {
            output.say(piece, logprobs);
        }
        citations.forEach(output::annotate);
        citations.clear();
    }

    private void refusal(JsonNode said) {
        if (said.isString() && !said.stringValue().isEmpty()) {
            intoMessage();
            output.say(Kind.REFUSAL, said.stringValue());
        }
    }

    private void intoMessage() {
        if (!output.isIn("message")) {
            ObjectNode item = output.open("message", "msg", null).put("status", "in_progress");
            item.put("role", "assistant").putArray("content");
            output.announce();
        }
    }

    /// What chat nests below its type is flat here. Other annotations, as of files, have no form.
    private void cite(JsonNode annotation) {
        if (!(annotation.path("url_citation") instanceof ObjectNode said)) {
            return;
        }
        ObjectNode citation = said.objectNode().put("type", "url_citation");
        for (String name : List.of("url", "title")) {
            citation.put(name, said.path(name).asString(""));
        }
        for (String name : List.of("start_index", "end_index")) {
            citation.put(name, said.path(name).asInt(0));
        }
        Trees.copy(said, "content", citation, "content");
        if (output.isIn(Kind.TEXT)) {
            output.annotate(citation);
        } else {
            citations.add(citation);
        }
    }

    /// Calls come one after the other. An item that was closed cannot be opened again, so a provider that mixes the
    /// pieces of several calls cannot be told.
    private void call(JsonNode part, long place) {
        boolean custom = part.path("type").asString("").equals("custom") || part.has("custom");
        JsonNode tool = part.path(custom ? "custom" : "function");
        String id = part.path("id").asString("");
        boolean another = place > call || (place == call && !id.isEmpty() && !id.equals(callId));
        if (another) {
            open(custom, id, tool.path("name").asString(""));
            call = place;
            callId = id;
        } else if (place < call || !(output.isIn(Kind.ARGUMENTS) || output.isIn(Kind.INPUT))) {
            throw new IllegalStateException("the answer goes back to a call that it had left");
        }
        // What follows the head of a call need not say its type again.
        boolean input = output.isIn(Kind.INPUT);
        JsonNode piece = part.path(input ? "custom" : "function").path(input ? "input" : "arguments");
        output.say(input ? Kind.INPUT : Kind.ARGUMENTS, piece.asString(""));
    }

    private void open(boolean custom, String id, String name) {
        ObjectNode item = custom
                ? output.open("custom_tool_call", "ctc", null)
                : output.open("function_call", "fc", null).put("status", "in_progress");
        item.put("call_id", id).put("name", name).put(custom ? "input" : "arguments", "");
        output.announce();
        output.begin(custom ? Kind.INPUT : Kind.ARGUMENTS);
    }

    /// An image comes at once. Its data is base64, without what makes it an address.
    private void image(String url) {
        output.count(url);
        int data = url.indexOf(";base64,");
        ObjectNode item = output.open("image_generation_call", "ig", null).put("status", "in_progress");
        item.putNull("result");
        output.announce();
        for (String step : List.of("in_progress", "generating", "completed")) {
            events.send(output.inItem("response.image_generation_call." + step));
        }
        item.put("result", data < 0 ? url : url.substring(data + ";base64,".length()));
        output.close("completed");
    }

    // The end

    private ObjectNode ended(JsonNode chat) {
        String why = switch (finish) {
            case "length" -> "max_output_tokens";
            case "content_filter" -> "content_filter";
            default -> "";
        };
        String status = why.isEmpty() ? "completed" : "incomplete";
        output.close(status);
        ObjectNode ended = begun();
        ended.put("status", status);
        if (why.isEmpty()) {
            ended.put("completed_at", clock.instant().getEpochSecond());
        } else {
            ended.putObject("incomplete_details").put("reason", why);
        }
        ended.set("output", output.items());
        ended.put("output_text", allText());
        ended.set("usage", usage(chat.path("usage")));
        Trees.copy(chat, "service_tier", ended, "service_tier");
        Trees.copy(chat, "faregate_metadata", ended, "faregate_metadata");
        return ended;
    }

    private String allText() {
        StringBuilder all = new StringBuilder();
        for (JsonNode item : output.items()) {
            if (item.path("type").asString("").equals("message")) {
                item.path("content")
                        .forEach(part -> all.append(part.path("text").asString("")));
            }
        }
        return all.toString();
    }

    /// The `usage` of a response from that of a chat answer (contract 3.11).
    private static ObjectNode usage(JsonNode chat) {
        JsonNode prompt = chat.path("prompt_tokens_details");
        JsonNode completion = chat.path("completion_tokens_details");
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("input_tokens", chat.path("prompt_tokens").asLong(0));
        usage.putObject("input_tokens_details")
                .put("cached_tokens", prompt.path("cached_tokens").asLong(0))
                .put("cache_write_tokens", prompt.path("cache_write_tokens").asLong(0));
        usage.put("output_tokens", chat.path("completion_tokens").asLong(0));
        usage.putObject("output_tokens_details")
                .put("reasoning_tokens", completion.path("reasoning_tokens").asLong(0));
        usage.put("total_tokens", chat.path("total_tokens").asLong(0));
        Trees.copy(chat, "cost", usage, "cost");
        Trees.copy(chat, "is_byok", usage, "is_byok");
        JsonNode costs = chat.path("cost_details");
        if (costs.isObject()) {
            ObjectNode told = usage.putObject("cost_details");
            Trees.copy(costs, "upstream_inference_cost", told, "upstream_inference_cost");
            Trees.copy(costs, "upstream_inference_prompt_cost", told, "upstream_inference_input_cost");
            Trees.copy(costs, "upstream_inference_completions_cost", told, "upstream_inference_output_cost");
        }
        return usage;
    }
}
