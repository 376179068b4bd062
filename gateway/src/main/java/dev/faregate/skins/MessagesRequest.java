package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A body of `POST /messages` (Anthropic, "Create a Message"; contract 2.1) said as a chat request. Blocks become parts
/// and keep their `cache_control`; tool results become messages of their own; thinking becomes `reasoning_details`.
/// Fields that a chat request cannot carry and that only tune the provider's side are left out; those that would
/// change what is answered are refused. Pure.
final class MessagesRequest {
    /// Fields that go along as they are.
    private static final List<String> KEPT = List.of(
            "stream", "session_id", "trace", "user", "route", "preset", "transforms", "prompt_cache_key", "debug");

    /// Fields that ask for what only Anthropic's own servers do.
    private static final List<String> REFUSED = List.of("mcp_servers", "container");

    /// Tools of the contract's own (3.9) go along like those of a chat request.
    private static final String SERVER_TOOL = "openrouter:";

    private final ArrayNode messages;

    private MessagesRequest(ArrayNode messages) {
        this.messages = messages;
    }

    static ObjectNode chat(ObjectNode body) {
        for (String name : REFUSED) {
            if (!Trees.isAbsent(body.path(name))) {
                throw Fields.bad("'" + name + "' is not offered by this server.", name);
            }
        }
        ourTools(body.path("tools"));
        ObjectNode chat = MessagesSettings.chat(body);
        KEPT.forEach(name -> Trees.copy(body, name, chat, name));
        if (!chat.has("user")) {
            user(body.path("metadata"), chat);
        }
        MessagesRequest request = new MessagesRequest(chat.putArray("messages"));
        request.system(body.path("system"), "system");
        request.all(body.path("messages"));
        return chat;
    }

    /// Tools that Anthropic's servers run, or whose schema only its models know, answer in blocks that chat has no
    /// words for.
    private static void ourTools(JsonNode tools) {
        for (int i = 0; i < tools.size(); i++) {
            JsonNode tool = tools.path(i);
            if (!MessagesSettings.isOwn(tool) && !tool.path("type").asString("").startsWith(SERVER_TOOL)) {
                String path = "tools[" + i + "].type";
                throw Fields.bad(
                        "'" + path
                                + "' is a tool of Anthropic's own, which this server does not offer; use tools of type"
                                + " custom.",
                        path);
            }
        }
    }

    private static void user(JsonNode metadata, ObjectNode chat) {
        if (!Trees.isAbsent(metadata) && !Trees.isAbsent(metadata.path("user_id"))) {
            chat.put("user", Fields.text(metadata, "user_id", "metadata.user_id"));
        }
    }

    private void all(JsonNode asked) {
        if (!asked.isArray()) {
            throw Trees.isAbsent(asked)
                    ? Fields.bad("'messages' is required.", "messages")
                    : Fields.mustBe("messages", "an array");
        }
        if (asked.isEmpty()) {
            throw Fields.bad("'messages' must have at least one message.", "messages");
        }
        for (int i = 0; i < asked.size(); i++) {
            String path = "messages[" + i + "]";
            JsonNode message = Fields.object(asked.get(i), path);
            switch (Fields.text(message, "role", path + ".role")) {
                case "user" -> user(message.path("content"), path + ".content");
                case "assistant" -> assistant(message.path("content"), path + ".content");
                case "system" -> system(message.path("content"), path + ".content");
                default -> throw Fields.mustBe(path + ".role", "one of user, assistant, system");
            }
        }
    }

    private void system(JsonNode content, String path) {
        if (Trees.isAbsent(content)) {
            return;
        }
        ArrayNode parts = messages.arrayNode();
        if (!content.isString()) {
            JsonNode blocks = blocks(content, path);
            for (int i = 0; i < blocks.size(); i++) {
                String at = path + "[" + i + "]";
                if (!type(blocks.get(i), at).equals("text")) {
                    throw Fields.mustBe(at + ".type", "text");
                }
                parts.add(text(blocks.get(i), at));
            }
            if (parts.isEmpty()) {
                return;
            }
        }
        message("system").set("content", content.isString() ? content : Trees.simplest(parts));
    }

    /// Results of tools come first, because they answer the calls of the message before.
    private void user(JsonNode content, String path) {
        if (content.isString()) {
            message("user").set("content", content);
            return;
        }
        JsonNode blocks = blocks(content, path);
        ArrayNode parts = messages.arrayNode();
        boolean results = false;
        for (int i = 0; i < blocks.size(); i++) {
            String at = path + "[" + i + "]";
            if (type(blocks.get(i), at).equals("tool_result")) {
                results = true;
                toolResult(blocks.get(i), at);
            } else {
                part(blocks.get(i), at, parts);
            }
        }
        if (!parts.isEmpty() || !results) {
            message("user").set("content", Trees.simplest(parts));
        }
    }

    private void toolResult(JsonNode block, String path) {
        String id = Fields.text(block, "tool_use_id", path + ".tool_use_id");
        JsonNode content = block.path("content");
        ArrayNode parts = messages.arrayNode();
        if (content.isString()) {
            parts.add(textPart(content.stringValue(), block));
        } else if (!Trees.isAbsent(content)) {
            JsonNode blocks = blocks(content, path + ".content");
            for (int i = 0; i < blocks.size(); i++) {
                part(blocks.get(i), path + ".content[" + i + "]", parts);
            }
        }
        if (!parts.isEmpty() && !Trees.isAbsent(block.path("cache_control"))) {
            Trees.copy(block, "cache_control", (ObjectNode) parts.get(parts.size() - 1), "cache_control");
        }
        message("tool").put("tool_call_id", id).set("content", Trees.simplest(parts));
    }

    private void assistant(JsonNode content, String path) {
        if (content.isString()) {
            message("assistant").set("content", content);
            return;
        }
        JsonNode blocks = blocks(content, path);
        ArrayNode parts = messages.arrayNode();
        ArrayNode calls = messages.arrayNode();
        ArrayNode details = messages.arrayNode();
        for (int i = 0; i < blocks.size(); i++) {
            JsonNode block = blocks.get(i);
            String at = path + "[" + i + "]";
            switch (type(block, at)) {
                case "text" -> parts.add(text(block, at));
                case "tool_use" -> calls.add(call(block, at));
                case "thinking", "redacted_thinking" -> details.add(Reasoning.detail(block, at, details.size()));
                default -> throw Fields.mustBe(at + ".type", "one of text, tool_use, thinking, redacted_thinking");
            }
        }
        ObjectNode message = message("assistant");
        if (parts.isEmpty() && !calls.isEmpty()) {
            message.putNull("content");
        } else {
            message.set("content", Trees.simplest(parts));
        }
        if (!details.isEmpty()) {
            message.set("reasoning_details", details);
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
    }

    private ObjectNode call(JsonNode block, String path) {
        JsonNode input = block.path("input");
        ObjectNode call = messages.objectNode()
                .put("id", Fields.text(block, "id", path + ".id"))
                .put("type", "function");
        call.putObject("function")
                .put("name", Fields.text(block, "name", path + ".name"))
                .put("arguments", Trees.isAbsent(input) ? "{}" : input.toString());
        return call;
    }

    /// Adds what a block of the user's is as a part; a document may be several.
    private void part(JsonNode block, String path, ArrayNode parts) {
        switch (type(block, path)) {
            case "text" -> parts.add(text(block, path));
            case "image" -> parts.add(image(block, path));
            case "document" -> document(block, path, parts);
            default -> throw Fields.mustBe(path + ".type", "one of text, image, document, tool_result");
        }
    }

    private ObjectNode text(JsonNode block, String path) {
        return textPart(Fields.text(block, "text", path + ".text"), block);
    }

    private ObjectNode textPart(String text, JsonNode cached) {
        ObjectNode part = messages.objectNode().put("type", "text").put("text", text);
        Trees.copy(cached, "cache_control", part, "cache_control");
        return part;
    }

    private ObjectNode image(JsonNode block, String path) {
        JsonNode source = Fields.object(block.path("source"), path + ".source");
        ObjectNode part = messages.objectNode().put("type", "image_url");
        part.putObject("image_url")
                .put(
                        "url",
                        switch (source.path("type").asString("")) {
                            case "base64" -> data(source, path + ".source");
                            case "url" -> Fields.text(source, "url", path + ".source.url");
                            default -> throw Fields.mustBe(path + ".source.type", "one of base64, url");
                        });
        Trees.copy(block, "cache_control", part, "cache_control");
        return part;
    }

    private void document(JsonNode block, String path, ArrayNode parts) {
        JsonNode source = Fields.object(block.path("source"), path + ".source");
        String title = block.path("title").asString("document.pdf");
        switch (source.path("type").asString("")) {
            case "base64" -> parts.add(file(title, data(source, path + ".source"), block));
            case "url" -> parts.add(file(title, Fields.text(source, "url", path + ".source.url"), block));
            case "text" -> parts.add(textPart(Fields.text(source, "data", path + ".source.data"), block));
            case "content" -> content(source.path("content"), path + ".source.content", block, parts);
            default -> throw Fields.mustBe(path + ".source.type", "one of base64, url, text, content");
        }
    }

    /// A document that consists of blocks itself: of texts and images only.
    private void content(JsonNode content, String path, JsonNode document, ArrayNode parts) {
        if (content.isString()) {
            parts.add(textPart(content.stringValue(), document));
            return;
        }
        JsonNode blocks = blocks(content, path);
        for (int i = 0; i < blocks.size(); i++) {
            String at = path + "[" + i + "]";
            parts.add(
                    switch (type(blocks.get(i), at)) {
                        case "text" -> text(blocks.get(i), at);
                        case "image" -> image(blocks.get(i), at);
                        default -> throw Fields.mustBe(at + ".type", "one of text, image");
                    });
        }
    }

    private ObjectNode file(String name, String data, JsonNode block) {
        ObjectNode part = messages.objectNode().put("type", "file");
        part.putObject("file").put("filename", name).put("file_data", data);
        Trees.copy(block, "cache_control", part, "cache_control");
        return part;
    }

    private static String data(JsonNode source, String path) {
        return "data:" + Fields.text(source, "media_type", path + ".media_type") + ";base64,"
                + Fields.text(source, "data", path + ".data");
    }

    private ObjectNode message(String role) {
        return messages.addObject().put("role", role);
    }

    private static JsonNode blocks(JsonNode content, String path) {
        if (!content.isArray()) {
            throw Trees.isAbsent(content)
                    ? Fields.bad("'" + path + "' is required.", path)
                    : Fields.mustBe(path, "a string or an array of blocks");
        }
        return content;
    }

    private static String type(JsonNode block, String path) {
        return Fields.text(Fields.object(block, path), "type", path + ".type");
    }
}
