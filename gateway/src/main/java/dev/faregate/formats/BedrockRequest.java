package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ToolArguments;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat request said as a body of Amazon Bedrock's Converse (Amazon Bedrock API Reference,
/// "Converse"). System messages are joined; messages of one role in a row become one turn, and so
/// do the results of several tools; a `cache_control` becomes a cache point behind its part;
/// thinking that one of Anthropic's models signed goes back to it. The same request always becomes
/// the same bytes, on which the cache relies. Pure.
final class BedrockRequest {
    /// The API bounds ids of calls ("ToolUseBlock") and names of documents ("DocumentBlock").
    private static final int MAX_ID = 64;

    private static final int MAX_NAME = 100;

    private static final Map<String, String> DOCUMENTS = Map.of(
            "application/pdf", "pdf",
            "text/csv", "csv",
            "application/msword", "doc",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx",
            "application/vnd.ms-excel", "xls",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx",
            "text/html", "html",
            "text/plain", "txt",
            "text/markdown", "md");
    private static final Map<String, String> VIDEOS = Map.of(
            "video/mp4", "mp4",
            "video/quicktime", "mov",
            "video/x-matroska", "mkv",
            "video/webm", "webm",
            "video/x-flv", "flv",
            "video/mpeg", "mpeg",
            "video/x-ms-wmv", "wmv",
            "video/3gpp", "three_gp");
    private static final Map<String, String> IMAGES =
            Map.of("image/png", "png", "image/jpeg", "jpeg", "image/gif", "gif", "image/webp", "webp");

    private final BedrockModel model;
    private final ObjectNode body;
    private final ArrayNode system;
    private final ArrayNode turns;

    /// Names of the tools that were called, and of the documents so far.
    private final Set<String> called = new LinkedHashSet<>();

    private final Set<String> documents = new HashSet<>();
    private String lastRole = "";

    private BedrockRequest(BedrockModel model, ObjectNode body) {
        this.model = model;
        this.body = body;
        this.system = body.arrayNode();
        this.turns = body.arrayNode();
    }

    static byte[] of(ObjectNode chat, Format.Wanted wanted) {
        ObjectNode body = chat.objectNode();
        BedrockModel model = BedrockModel.of(wanted.model());
        BedrockRequest request = new BedrockRequest(model, body);
        request.conversation(chat);
        BedrockSettings.write(chat, wanted, model, request.thoughtsKept(), request.called, body);
        return Trees.bytes(body);
    }

    // ---- the conversation ---------------------------------------------------------------------------------------

    private void conversation(ObjectNode chat) {
        JsonNode messages = chat.path("messages");
        if (Trees.isAbsent(messages) && chat.path("prompt").isString()) {
            add("user", text(chat.path("prompt").stringValue()));
        }
        for (int i = 0; i < messages.size(); i++) {
            message(messages.get(i), "messages[" + i + "]");
        }
        if (turns.isEmpty()) {
            // A conversation of instructions alone is what the model is to answer.
            system.forEach(block -> add("user", (ObjectNode) block));
        } else if (!system.isEmpty()) {
            body.set("system", system);
        }
        if (!turns.isEmpty() && model.caches() && chat.path("cache_control").isObject()) {
            markEnd(chat.path("cache_control"));
        }
        trimEnd();
        nameDocuments();
        body.set("messages", turns);
    }

    private void message(JsonNode message, String path) {
        JsonNode content = message.path("content");
        String at = path + ".content";
        switch (message.path("role").asString("")) {
            case "system", "developer" -> texts(content, at).forEach(system::add);
            case "user" -> blocks(content, at).forEach(block -> add("user", (ObjectNode) block));
            case "assistant" -> assistant(message, at);
            case "tool" -> toolResult(message, at);
            default -> throw ChatErrors.cannot(path + ".role", "must be system, developer, user, assistant or tool");
        }
    }

    private void add(String role, ObjectNode block) {
        if (!role.equals(lastRole)) {
            turns.addObject().put("role", role).putArray("content");
            lastRole = role;
        }
        content(turns.get(turns.size() - 1)).add(block);
    }

    private static ArrayNode content(JsonNode turn) {
        return (ArrayNode) turn.get("content");
    }

    private void assistant(JsonNode message, String path) {
        if (model.isClaude()) {
            thinking(message.path("reasoning_details"));
        }
        texts(message.path("content"), path).forEach(block -> add("assistant", (ObjectNode) block));
        texts(message.path("refusal"), path).forEach(block -> add("assistant", (ObjectNode) block));
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            String name = function.path("name").asString("");
            called.add(name);
            ObjectNode block = body.objectNode();
            block.putObject("toolUse")
                    .put("toolUseId", id(call.path("id")))
                    .put("name", name)
                    .set(
                            "input",
                            ToolArguments.object(function.path("arguments").asString("")));
            add("assistant", block);
            mark(call.path("cache_control")).forEach(point -> add("assistant", (ObjectNode) point));
        }
    }

    private void thinking(JsonNode details) {
        ClaudeThoughts.read(details, new ClaudeThoughts.Sink() {
            @Override
            public void signed(String text, String signature) {
                ObjectNode block = body.objectNode();
                block.putObject("reasoningContent")
                        .putObject("reasoningText")
                        .put("text", text)
                        .put("signature", signature);
                add("assistant", block);
            }

            @Override
            public void redacted(String data) {
                ObjectNode block = body.objectNode();
                block.putObject("reasoningContent").put("redactedContent", data);
                add("assistant", block);
            }
        });
    }

    /// A mark of a part is that of the result, inside of which there can be none.
    private void toolResult(JsonNode message, String path) {
        ObjectNode block = body.objectNode();
        ArrayNode shown = block.putObject("toolResult")
                .put("toolUseId", id(message.path("tool_call_id")))
                .putArray("content");
        add("user", block);
        for (JsonNode part : blocks(message.path("content"), path)) {
            if (part.has("cachePoint")) {
                add("user", (ObjectNode) part);
            } else {
                shown.add(part);
            }
        }
    }

    /// Where the client leaves it to us what is kept: all of the conversation so far.
    private void markEnd(JsonNode control) {
        JsonNode last = turns.get(turns.size() - 1);
        if (last.path("role").asString().equals("user")
                && !content(last).get(content(last).size() - 1).has("cachePoint")) {
            mark(control).forEach(content(last)::add);
        }
    }

    /// Anthropic's models refuse an answer begun by the client that ends in white space.
    private void trimEnd() {
        if (!lastRole.equals("assistant")) {
            return;
        }
        ArrayNode content = content(turns.get(turns.size() - 1));
        if (content.get(content.size() - 1) instanceof ObjectNode last && last.has("text")) {
            last.put("text", last.path("text").asString().stripTrailing());
        }
    }

    /// The API wants a text beside a document: where the client wrote none, its name is one.
    private void nameDocuments() {
        for (JsonNode turn : turns) {
            String name = "";
            boolean texts = false;
            for (JsonNode block : content(turn)) {
                texts |= block.has("text");
                name = block.path("document").path("name").asString(name);
            }
            if (!name.isEmpty() && !texts) {
                content(turn).add(text(name));
            }
        }
    }

    /// Whether what the model thought before it called the tools that are answered now is still there.
    private boolean thoughtsKept() {
        for (int i = turns.size() - 1; i >= 0; i--) {
            ArrayNode content = content(turns.get(i));
            if (turns.get(i).path("role").asString().equals("assistant")) {
                return content.path(0).has("reasoningContent")
                        || content.valueStream().noneMatch(block -> block.has("toolUse"));
            }
            if (!content.path(0).has("toolResult")) {
                return true;
            }
        }
        return true;
    }

    // ---- blocks -------------------------------------------------------------------------------------------------

    /// The text blocks of what can only be text.
    private ArrayNode texts(JsonNode content, String path) {
        ArrayNode blocks = body.arrayNode();
        if (content.isString()) {
            addText(content.stringValue(), blocks);
        }
        for (int i = 0; content.isArray() && i < content.size(); i++) {
            JsonNode part = content.get(i);
            addText(ChatErrors.textOf(part, path + "[" + i + "]", "Bedrock"), blocks);
            mark(part, blocks);
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
                case "text" -> addText(part.path("text").asString(""), blocks);
                case "image_url" ->
                    blocks.add(media("image", part.path("image_url").path("url"), IMAGES, at + ".image_url.url"));
                case "video_url" ->
                    blocks.add(media("video", part.path("video_url").path("url"), VIDEOS, at + ".video_url.url"));
                case "input_audio" -> blocks.add(audio(part.path("input_audio")));
                case "file" -> blocks.add(document(part.path("file"), at + ".file.file_data"));
                default -> throw ChatErrors.cannot(at + ".type", "is of a kind that Bedrock does not take");
            }
            mark(part, blocks);
        }
        return blocks;
    }

    /// A mark stands behind something: what was left out for want of text has none.
    private void mark(JsonNode part, ArrayNode blocks) {
        if (!blocks.isEmpty() && !blocks.get(blocks.size() - 1).has("cachePoint")) {
            blocks.addAll(mark(part.path("cache_control")));
        }
    }

    /// A block without any text would be refused.
    private void addText(String text, ArrayNode blocks) {
        if (!text.isBlank()) {
            blocks.add(text(text));
        }
    }

    private ObjectNode text(String text) {
        return body.objectNode().put("text", text);
    }

    /// Bedrock fetches nothing: the bytes have to be in the request.
    private ObjectNode media(String kind, JsonNode url, Map<String, String> formats, String path) {
        DataUrl data = DataUrl.find(url.asString(""));
        if (data == null) {
            throw ChatErrors.cannot(path, "must be a data: URL with base64: Bedrock fetches nothing");
        }
        String format = formats.get(data.media());
        if (format == null) {
            throw ChatErrors.cannot(
                    path,
                    "must be one of "
                            + String.join(
                                    ", ", formats.keySet().stream().sorted().toList()) + " for Bedrock");
        }
        ObjectNode block = body.objectNode();
        ObjectNode inner = block.putObject(kind).put("format", format);
        inner.putObject("source").put("bytes", data.base64());
        return block;
    }

    private ObjectNode audio(JsonNode audio) {
        ObjectNode block = body.objectNode();
        ObjectNode inner =
                block.putObject("audio").put("format", audio.path("format").asString("wav"));
        inner.putObject("source").put("bytes", audio.path("data").asString(""));
        return block;
    }

    private ObjectNode document(JsonNode file, String path) {
        ObjectNode block = media("document", file.path("file_data"), DOCUMENTS, path);
        ((ObjectNode) block.get("document"))
                .put("name", documentName(file.path("filename").asString("")));
        return block;
    }

    /// As the API takes names: letters, digits, single spaces, hyphens and brackets, and each once in a request.
    private String documentName(String file) {
        int dot = file.lastIndexOf('.');
        String plain = (dot > 0 ? file.substring(0, dot) : file)
                .replaceAll("[^A-Za-z0-9()\\[\\]-]+", " ")
                .strip();
        String name = plain.isEmpty() ? "document" : plain.substring(0, Math.min(plain.length(), MAX_NAME));
        String one = name;
        for (int i = 2; !documents.add(one); i++) {
            one = name + " " + i;
        }
        return one;
    }

    /// A cache point, or none: only Anthropic's models keep something for an hour.
    private ArrayNode mark(JsonNode control) {
        ArrayNode points = body.arrayNode();
        if (control.isObject() && model.caches()) {
            points.add(BedrockSettings.cachePoint(control, model));
        }
        return points;
    }

    /// Ids of calls that other providers made may be of a kind that this API refuses.
    private static String id(JsonNode id) {
        String text = AnthropicRequest.id(id);
        return text.substring(Math.max(0, text.length() - MAX_ID));
    }
}
