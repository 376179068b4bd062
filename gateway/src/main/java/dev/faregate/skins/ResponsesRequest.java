package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A body of `POST /responses` (OpenAI, "Create a model response"; contract 2.1) said as a chat request. Nothing is
/// stored between requests, so whatever refers to an earlier one is refused. Reasoning and calls join the message of
/// the assistant that they belong to. Pure.
final class ResponsesRequest {
    /// A few less than a chat request may have messages, so that a limit is named in the words of this format.
    static final int MAX_ITEMS = 9_000;

    /// Fields that go along as they are.
    private static final List<String> KEPT = List.of(
            "stream",
            "session_id",
            "trace",
            "user",
            "metadata",
            "preset",
            "transforms",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "debug");

    /// Fields that refer to what only a server that stores has.
    private static final List<String> STORED = List.of("previous_response_id", "conversation", "prompt");

    /// Fields that may only say no.
    private static final List<String> NEVER = List.of("store", "background");

    /// Tools of the contract's own (3.9) go along like those of a chat request.
    private static final String SERVER_TOOL = "openrouter:";

    private final ArrayNode messages;
    private final int fileParts;

    /// So far. Chat has the same limit, but names it in its own words.
    private int files;

    /// Reasoning whose message has not come yet.
    private final ArrayNode thoughts;

    private int thoughtItems;

    /// The message of the assistant that is still being put together.
    private @Nullable ObjectNode assistant;

    private ResponsesRequest(ArrayNode messages, int fileParts) {
        this.messages = messages;
        this.fileParts = fileParts;
        this.thoughts = messages.arrayNode();
    }

    static ObjectNode chat(ObjectNode body, int fileParts) {
        refuseWhatIsStored(body);
        ourTools(body.path("tools"));
        ObjectNode chat = ResponsesSettings.chat(body);
        KEPT.forEach(name -> Trees.copy(body, name, chat, name));
        ResponsesRequest request = new ResponsesRequest(chat.putArray("messages"), fileParts);
        if (!Trees.isAbsent(body.path("instructions"))) {
            request.message("system").put("content", Fields.text(body, "instructions", "instructions"));
        }
        request.input(body.path("input"));
        return chat;
    }

    private static void refuseWhatIsStored(ObjectNode body) {
        for (String name : STORED) {
            if (!Trees.isAbsent(body.path(name))) {
                throw Fields.bad(
                        "'" + name + "' is not offered: nothing is stored here, so send all items in 'input'.", name);
            }
        }
        for (String name : NEVER) {
            JsonNode value = body.path(name);
            if (!Trees.isAbsent(value) && !(value.isBoolean() && !value.booleanValue())) {
                throw Fields.bad("'" + name + "' must be false: nothing is stored here.", name);
            }
        }
    }

    /// Tools that OpenAI's servers run answer in items that chat has no words for.
    private static void ourTools(JsonNode tools) {
        for (int i = 0; i < tools.size(); i++) {
            String type = tools.path(i).path("type").asString("");
            if (!type.isEmpty() && !ResponsesSettings.isOwn(tools.path(i)) && !type.startsWith(SERVER_TOOL)) {
                String path = "tools[" + i + "].type";
                throw Fields.bad(
                        "'" + path
                                + "' is a tool of OpenAI's own, which this server does not offer; use tools of type"
                                + " function or custom.",
                        path);
            }
        }
    }

    private void input(JsonNode input) {
        if (input.isString()) {
            message("user").set("content", input);
            return;
        }
        if (!input.isArray()) {
            throw Trees.isAbsent(input)
                    ? Fields.bad("'input' is required.", "input")
                    : Fields.mustBe("input", "a string or an array of items");
        }
        if (input.isEmpty() || input.size() > MAX_ITEMS) {
            throw Fields.bad("'input' must have from 1 to " + MAX_ITEMS + " items.", "input");
        }
        for (int i = 0; i < input.size(); i++) {
            String path = "input[" + i + "]";
            item(Fields.object(input.get(i), path), path);
        }
    }

    private void item(JsonNode item, String path) {
        String type = item.has("type") ? Fields.text(item, "type", path + ".type") : "message";
        switch (type) {
            case "message" -> said(item, path);
            case "function_call" -> call(item, path, "function", "arguments");
            case "custom_tool_call" -> call(item, path, "custom", "input");
            case "function_call_output", "custom_tool_call_output" -> result(item, path);
            case "reasoning" -> reasoning(item, path);
            case "item_reference" ->
                throw Fields.bad(
                        "'" + path + "' refers to an item of an earlier response, and nothing is stored here; send the"
                                + " item itself.",
                        path);
            default ->
                throw Fields.mustBe(
                        path + ".type",
                        "one of message, reasoning, function_call, function_call_output, custom_tool_call,"
                                + " custom_tool_call_output");
        }
    }

    /// What OpenAI calls a developer is a system to every other provider, and to OpenAI it means the same.
    private void said(JsonNode item, String path) {
        String role = Fields.text(item, "role", path + ".role");
        JsonNode content = item.path("content");
        switch (role) {
            case "user" -> message("user").set("content", content(content, path + ".content"));
            case "system", "developer" -> message("system").set("content", content(content, path + ".content"));
            case "assistant" ->
                assistant().set("content", content.isNull() ? content : content(content, path + ".content"));
            default -> throw Fields.mustBe(path + ".role", "one of user, assistant, system, developer");
        }
    }

    private JsonNode content(JsonNode content, String path) {
        if (content.isString()) {
            return content;
        }
        if (!content.isArray()) {
            throw Trees.isAbsent(content)
                    ? Fields.bad("'" + path + "' is required.", path)
                    : Fields.mustBe(path, "a string or an array of parts");
        }
        ArrayNode parts = messages.arrayNode();
        for (int i = 0; i < content.size(); i++) {
            String at = path + "[" + i + "]";
            parts.add(part(Fields.object(content.get(i), at), at));
        }
        return Trees.simplest(parts);
    }

    private ObjectNode part(JsonNode part, String path) {
        ObjectNode made = messages.objectNode();
        switch (Fields.text(part, "type", path + ".type")) {
            case "input_text", "output_text", "text" ->
                made.put("type", "text").put("text", Fields.text(part, "text", path + ".text"));
            case "refusal" -> made.put("type", "text").put("text", Fields.text(part, "refusal", path + ".refusal"));
            case "input_image" -> image(part, path, made);
            case "input_file" -> file(part, path, made);
            case "input_audio" ->
                made.put("type", "input_audio")
                        .set("input_audio", Fields.object(part.path("input_audio"), path + ".input_audio"));
            case "input_video" ->
                made.put("type", "video_url")
                        .putObject("video_url")
                        .put("url", Fields.text(part, "video_url", path + ".video_url"));
            default ->
                throw Fields.mustBe(
                        path + ".type",
                        "one of input_text, output_text, refusal, input_image, input_file, input_audio, input_video");
        }
        Trees.copy(part, "cache_control", made, "cache_control");
        return made;
    }

    private static void image(JsonNode part, String path, ObjectNode made) {
        noFileId(part, path, "image_url");
        ObjectNode image = made.put("type", "image_url").putObject("image_url");
        image.put("url", Fields.text(part, "image_url", path + ".image_url"));
        Trees.copy(part, "detail", image, "detail");
    }

    private void file(JsonNode part, String path, ObjectNode made) {
        if (++files > fileParts) {
            throw Fields.bad("'input' has more than " + fileParts + " file parts.", "input");
        }
        noFileId(part, path, "file_data or file_url");
        String from = Trees.isAbsent(part.path("file_url")) ? "file_data" : "file_url";
        ObjectNode file = made.put("type", "file").putObject("file");
        file.put("filename", part.path("filename").asString("document.pdf"));
        file.put("file_data", Fields.text(part, from, path + "." + from));
    }

    private static void noFileId(JsonNode part, String path, String instead) {
        if (!Trees.isAbsent(part.path("file_id"))) {
            throw Fields.bad(
                    "'" + path + ".file_id' is not offered: no files are stored here, so send " + instead + ".",
                    path + ".file_id");
        }
    }

    /// A call, whose `input` member is what the model gave the tool.
    private void call(JsonNode item, String path, String type, String input) {
        ObjectNode message = assistant != null && thoughts.isEmpty() ? assistant : assistant();
        if (!message.has("content")) {
            message.putNull("content");
        }
        ObjectNode call = message.withArray("tool_calls").addObject();
        call.put("id", Fields.text(item, "call_id", path + ".call_id")).put("type", type);
        call.putObject(type)
                .put("name", Fields.text(item, "name", path + ".name"))
                .put(input, Fields.text(item, input, path + "." + input));
    }

    private void result(JsonNode item, String path) {
        String id = Fields.text(item, "call_id", path + ".call_id");
        message("tool").put("tool_call_id", id).set("content", content(item.path("output"), path + ".output"));
    }

    private void reasoning(JsonNode item, String path) {
        for (ObjectNode detail : Reasoning.details(item, path)) {
            thoughts.add(detail.put("index", thoughtItems));
        }
        thoughtItems++;
    }

    /// A new message of the assistant, which has the reasoning that came before it.
    private ObjectNode assistant() {
        ArrayNode details = thoughts.deepCopy();
        ObjectNode message = message("assistant");
        if (!details.isEmpty()) {
            message.set("reasoning_details", details);
        }
        assistant = message;
        return message;
    }

    /// Reasoning that nothing of the assistant followed belongs to nothing, and providers refuse it.
    private ObjectNode message(String role) {
        assistant = null;
        thoughts.removeAll();
        thoughtItems = 0;
        return messages.addObject().put("role", role);
    }
}
