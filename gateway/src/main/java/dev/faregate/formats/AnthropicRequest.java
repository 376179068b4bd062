package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ToolArguments;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat request said as a body of Anthropic's Messages API ("Create a Message"). System messages are joined; messages
/// of one role in a row become one turn, and so do the results of several tools; parts keep their `cache_control`;
/// thinking that the model signed goes back to it. The same request always becomes the same bytes, on which its cache
/// relies. Pure.
final class AnthropicRequest {
    /// What is asked for where neither the client nor the catalogue names a limit, which this API cannot do without.
    static final long USUAL_LIMIT = 4_096;

    private static final Pattern NOT_IN_IDS = Pattern.compile("[^a-zA-Z0-9_-]");

    private final ObjectNode body;
    private final ArrayNode system;
    private final ArrayNode turns;
    private String lastRole = "";

    private AnthropicRequest(ObjectNode body) {
        this.body = body;
        this.system = body.arrayNode();
        this.turns = body.arrayNode();
    }

    static byte[] of(ObjectNode chat, Format.Wanted wanted) {
        return Trees.bytes(tree(chat, wanted));
    }

    static ObjectNode tree(ObjectNode chat, Format.Wanted wanted) {
        ObjectNode body = chat.objectNode();
        AnthropicRequest request = new AnthropicRequest(body);
        long limit = wanted.outputLimit() > 0 ? wanted.outputLimit() : wanted.mostOutput();
        body.put("model", wanted.model()).put("max_tokens", limit > 0 ? limit : USUAL_LIMIT);
        request.conversation(chat);
        AnthropicSettings.write(chat, wanted, request.thoughtsKept(), body);
        return body;
    }

    // ---- the conversation ---------------------------------------------------------------------------------------

    private void conversation(ObjectNode chat) {
        JsonNode messages = chat.path("messages");
        if (Trees.isAbsent(messages) && chat.path("prompt").isString()) {
            add("user", textBlock(chat.path("prompt").stringValue(), chat.missingNode()));
        }
        for (int i = 0; i < messages.size(); i++) {
            message(messages.get(i), "messages[" + i + "]");
        }
        trimEnd();
        if (turns.isEmpty()) {
            // A conversation of instructions alone is what the model is to answer.
            system.forEach(block -> add("user", (ObjectNode) block));
        } else if (!system.isEmpty()) {
            body.set("system", Trees.simplest(system));
        }
        body.set("messages", turns);
    }

    private void message(JsonNode message, String path) {
        JsonNode content = message.path("content");
        String at = path + ".content";
        switch (message.path("role").asString("")) {
            case "system", "developer" -> texts(content, at).forEach(system::add);
            case "user" -> blocks(content, at).forEach(block -> add("user", (ObjectNode) block));
            case "assistant" -> assistant(message, at);
            case "tool" -> add("user", toolResult(message, at));
            default -> throw ChatErrors.cannot(path + ".role", "must be system, developer, user, assistant or tool");
        }
    }

    private void add(String role, ObjectNode block) {
        if (!role.equals(lastRole)) {
            turns.addObject().put("role", role).putArray("content");
            lastRole = role;
        }
        ((ArrayNode) turns.get(turns.size() - 1).get("content")).add(block);
    }

    private void assistant(JsonNode message, String path) {
        thinking(message.path("reasoning_details"));
        texts(message.path("content"), path).forEach(block -> add("assistant", (ObjectNode) block));
        texts(message.path("refusal"), path).forEach(block -> add("assistant", (ObjectNode) block));
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            ObjectNode block = block("tool_use")
                    .put("id", id(call.path("id")))
                    .put("name", function.path("name").asString(""));
            block.set("input", ToolArguments.object(function.path("arguments").asString("")));
            Trees.copy(call, "cache_control", block, "cache_control");
            add("assistant", block);
        }
    }

    private void thinking(JsonNode details) {
        ClaudeThoughts.read(details, new ClaudeThoughts.Sink() {
            @Override
            public void signed(String text, String signature) {
                add("assistant", block("thinking").put("thinking", text).put("signature", signature));
            }

            @Override
            public void redacted(String data) {
                add("assistant", block("redacted_thinking").put("data", data));
            }
        });
    }

    private ObjectNode toolResult(JsonNode message, String path) {
        ObjectNode block = block("tool_result").put("tool_use_id", id(message.path("tool_call_id")));
        ArrayNode parts = blocks(message.path("content"), path);
        if (parts.isEmpty()) {
            return block;
        }
        // The mark of the last part is that of the result, which ends there.
        ObjectNode last = (ObjectNode) parts.get(parts.size() - 1);
        JsonNode mark = last.remove("cache_control");
        block.set("content", Trees.simplest(parts));
        if (mark != null) {
            block.set("cache_control", mark);
        }
        return block;
    }

    /// The API refuses an answer begun by the client that ends in white space.
    private void trimEnd() {
        if (!lastRole.equals("assistant")) {
            return;
        }
        JsonNode content = turns.get(turns.size() - 1).get("content");
        if (content.get(content.size() - 1) instanceof ObjectNode last
                && last.path("type").asString().equals("text")) {
            last.put("text", last.path("text").asString().stripTrailing());
        }
    }

    /// Whether what the model thought before it called the tools that are answered now is still there.
    private boolean thoughtsKept() {
        for (int i = turns.size() - 1; i >= 0; i--) {
            JsonNode turn = turns.get(i);
            if (turn.path("role").asString().equals("assistant")) {
                String first = turn.path("content").path(0).path("type").asString("");
                return first.endsWith("thinking") || !uses(turn);
            }
            if (!turn.path("content").path(0).path("type").asString("").equals("tool_result")) {
                return true;
            }
        }
        return true;
    }

    private static boolean uses(JsonNode turn) {
        for (JsonNode block : turn.path("content")) {
            if (block.path("type").asString("").equals("tool_use")) {
                return true;
            }
        }
        return false;
    }

    // ---- blocks -------------------------------------------------------------------------------------------------

    /// The text blocks of what can only be text.
    private ArrayNode texts(JsonNode content, String path) {
        ArrayNode blocks = body.arrayNode();
        if (content.isString()) {
            text(content.stringValue(), content, blocks);
        }
        for (int i = 0; content.isArray() && i < content.size(); i++) {
            JsonNode part = content.get(i);
            text(ChatErrors.textOf(part, path + "[" + i + "]", "Anthropic"), part, blocks);
        }
        return blocks;
    }

    private ArrayNode blocks(JsonNode content, String path) {
        if (!content.isArray()) {
            return texts(content, path);
        }
        ArrayNode blocks = body.arrayNode();
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            String at = path + "[" + i + "]";
            switch (part.path("type").asString("")) {
                case "text" -> text(part.path("text").asString(""), part, blocks);
                case "image_url" -> blocks.add(image(part, at));
                case "file" -> blocks.add(document(part, at));
                default -> throw ChatErrors.cannot(at + ".type", "is of a kind that Anthropic does not take");
            }
        }
        return blocks;
    }

    /// A block without any text would be refused.
    private void text(String text, JsonNode part, ArrayNode blocks) {
        if (!text.isBlank()) {
            blocks.add(textBlock(text, part));
        }
    }

    private ObjectNode textBlock(String text, JsonNode part) {
        ObjectNode block = block("text").put("text", text);
        Trees.copy(part, "cache_control", block, "cache_control");
        return block;
    }

    private ObjectNode image(JsonNode part, String path) {
        String url = part.path("image_url").path("url").asString("");
        ObjectNode block = block("image");
        block.set("source", source(url, path + ".image_url.url"));
        Trees.copy(part, "cache_control", block, "cache_control");
        return block;
    }

    private ObjectNode document(JsonNode part, String path) {
        JsonNode file = part.path("file");
        ObjectNode block = block("document");
        block.set("source", source(file.path("file_data").asString(""), path + ".file.file_data"));
        Trees.copy(file, "filename", block, "title");
        Trees.copy(part, "cache_control", block, "cache_control");
        return block;
    }

    private ObjectNode source(String url, String path) {
        ObjectNode source = body.objectNode();
        DataUrl data = DataUrl.find(url);
        if (data != null) {
            return source.put("type", "base64").put("media_type", data.media()).put("data", data.base64());
        }
        if (!DataUrl.isWeb(url)) {
            throw ChatErrors.cannot(path, "must be a data: URL with base64 or an http(s) URL");
        }
        return source.put("type", "url").put("url", url);
    }

    private ObjectNode block(String type) {
        return body.objectNode().put("type", type);
    }

    /// Ids of calls that other providers made may have characters that this API refuses.
    static String id(JsonNode id) {
        return NOT_IN_IDS.matcher(id.asString("")).replaceAll("_");
    }
}
