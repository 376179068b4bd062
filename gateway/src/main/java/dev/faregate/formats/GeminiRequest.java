package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import dev.faregate.chat.ToolArguments;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat request said as a body of Google's `generateContent`. System messages are joined; messages of one role in a
/// row become one content; the result of a tool is told under the name of the tool that was called; a signature goes
/// back to the part that it came with. Pure.
final class GeminiRequest {
    /// What Google has for calls that none of its models made and so nobody signed ("Thought signatures").
    static final String UNSIGNED = "skip_thought_signature_validator";

    private static final Map<String, String> MEDIA = Map.of(
            "png", "image/png",
            "webp", "image/webp",
            "heic", "image/heic",
            "heif", "image/heif",
            "gif", "image/gif",
            "pdf", "application/pdf",
            "mp4", "video/mp4",
            "txt", "text/plain");

    private final GeminiModel model;
    private final ObjectNode body;
    private final ArrayNode system;
    private final ArrayNode contents;
    private final Map<String, String> called = new HashMap<>();
    private String lastRole = "";

    private GeminiRequest(GeminiModel model, ObjectNode body) {
        this.model = model;
        this.body = body;
        this.system = body.arrayNode();
        this.contents = body.arrayNode();
    }

    static byte[] of(ObjectNode chat, Format.Wanted wanted) {
        ObjectNode body = chat.objectNode();
        GeminiModel model = GeminiModel.of(wanted.model());
        new GeminiRequest(model, body).conversation(chat);
        GeminiSettings.write(chat, wanted, model, body);
        return Trees.bytes(body);
    }

    // ---- the conversation ---------------------------------------------------------------------------------------

    private void conversation(ObjectNode chat) {
        JsonNode messages = chat.path("messages");
        if (Trees.isAbsent(messages) && chat.path("prompt").isString()) {
            add("user", textPart(chat.path("prompt").stringValue()));
        }
        for (int i = 0; i < messages.size(); i++) {
            message(messages.get(i), "messages[" + i + "]");
        }
        if (contents.isEmpty()) {
            // A conversation of instructions alone is what the model is to answer.
            system.forEach(part -> add("user", (ObjectNode) part));
        } else if (!system.isEmpty()) {
            body.putObject("systemInstruction").set("parts", system);
        }
        body.set("contents", contents);
    }

    private void message(JsonNode message, String path) {
        JsonNode content = message.path("content");
        String at = path + ".content";
        switch (message.path("role").asString("")) {
            case "system", "developer" -> parts(content, at).forEach(system::add);
            case "user" -> parts(content, at).forEach(part -> add("user", (ObjectNode) part));
            case "assistant" -> assistant(message, at);
            case "tool" -> toolResult(message, at);
            default -> throw ChatErrors.cannot(path + ".role", "must be system, developer, user, assistant or tool");
        }
    }

    private void add(String role, ObjectNode part) {
        if (!role.equals(lastRole)) {
            contents.addObject().put("role", role).putArray("parts");
            lastRole = role;
        }
        ((ArrayNode) contents.get(contents.size() - 1).get("parts")).add(part);
    }

    private void assistant(JsonNode message, String path) {
        Map<String, String> signatures = signatures(message.path("reasoning_details"));
        ArrayNode texts = parts(message.path("content"), path);
        for (int i = 0; i < texts.size(); i++) {
            ObjectNode part = (ObjectNode) texts.get(i);
            if (i == texts.size() - 1) {
                sign(part, signatures.get(""));
            }
            add("model", part);
        }
        boolean first = true;
        for (JsonNode call : message.path("tool_calls")) {
            String id = call.path("id").asString("");
            String name = call.path("function").path("name").asString("");
            called.put(id, name);
            ObjectNode part = body.objectNode();
            part.putObject("functionCall")
                    .put("name", name)
                    .set(
                            "args",
                            ToolArguments.object(
                                    call.path("function").path("arguments").asString("")));
            sign(part, signatures.get(id));
            if (first && model.signs() && !part.has(GeminiReading.SIGNATURE)) {
                part.put(GeminiReading.SIGNATURE, UNSIGNED);
            }
            first = false;
            add("model", part);
        }
    }

    /// What Google's model signed, by the id of the call that it signed; under the empty one what it signed of the
    /// text.
    private static Map<String, String> signatures(JsonNode details) {
        Map<String, String> signatures = new HashMap<>();
        for (JsonNode detail : details) {
            boolean ours = detail.path("format").asString("").equals(ReasoningDetail.GEMINI);
            String data = detail.path("data").asString("");
            if (ours && ReasoningDetail.type(detail).equals(ReasoningDetail.ENCRYPTED) && !data.isEmpty()) {
                signatures.put(detail.path("id").asString(""), data);
            }
        }
        return signatures;
    }

    private static void sign(ObjectNode part, @Nullable String signature) {
        if (signature != null) {
            part.put(GeminiReading.SIGNATURE, signature);
        }
    }

    /// A result is an object; a text is put into one. What a result shows follows it.
    private void toolResult(JsonNode message, String path) {
        String id = message.path("tool_call_id").asString("");
        ObjectNode part = body.objectNode();
        ObjectNode result = part.putObject("functionResponse");
        result.put("name", called.getOrDefault(id, message.path("name").asString(id)));
        StringBuilder text = new StringBuilder();
        ArrayNode shown = body.arrayNode();
        for (JsonNode one : parts(message.path("content"), path)) {
            if (one.has("text")) {
                text.append(one.path("text").stringValue());
            } else {
                shown.add(one);
            }
        }
        result.set("response", response(text.toString()));
        add("user", part);
        shown.forEach(one -> add("user", (ObjectNode) one));
    }

    private ObjectNode response(String text) {
        ObjectNode object = ToolArguments.find(text);
        return object == null ? body.objectNode().put("result", text) : object;
    }

    // ---- parts --------------------------------------------------------------------------------------------------

    private ArrayNode parts(JsonNode content, String path) {
        ArrayNode parts = body.arrayNode();
        if (content.isString() && !content.stringValue().isEmpty()) {
            parts.add(textPart(content.stringValue()));
        }
        for (int i = 0; content.isArray() && i < content.size(); i++) {
            JsonNode part = content.get(i);
            String at = path + "[" + i + "]";
            switch (part.path("type").asString("")) {
                case "text" -> {
                    String text = part.path("text").asString("");
                    if (!text.isEmpty()) {
                        parts.add(textPart(text));
                    }
                }
                case "image_url" ->
                    parts.add(media(part.path("image_url").path("url"), "image/jpeg", at + ".image_url.url"));
                case "video_url" ->
                    parts.add(media(part.path("video_url").path("url"), "video/mp4", at + ".video_url.url"));
                case "file" ->
                    parts.add(media(part.path("file").path("file_data"), "application/pdf", at + ".file.file_data"));
                case "input_audio" -> parts.add(audio(part.path("input_audio")));
                default -> throw ChatErrors.cannot(at + ".type", "is of a kind that Gemini does not take");
            }
        }
        return parts;
    }

    private ObjectNode textPart(String text) {
        return body.objectNode().put("text", text);
    }

    private ObjectNode media(JsonNode where, String otherwise, String path) {
        String url = where.asString("");
        ObjectNode part = body.objectNode();
        DataUrl data = DataUrl.find(url);
        if (data != null) {
            part.putObject("inlineData").put("mimeType", data.media()).put("data", data.base64());
            return part;
        }
        if (!DataUrl.isWeb(url)) {
            throw ChatErrors.cannot(path, "must be a data: URL with base64 or an http(s) URL");
        }
        part.putObject("fileData").put("mimeType", mediaType(url, otherwise)).put("fileUri", url);
        return part;
    }

    /// As the end of the path tells it, for nobody has asked there.
    private static String mediaType(String url, String otherwise) {
        String path = url.split("[?#]", 2)[0];
        String ending = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return MEDIA.getOrDefault(ending, otherwise);
    }

    private ObjectNode audio(JsonNode audio) {
        ObjectNode part = body.objectNode();
        part.putObject("inlineData")
                .put("mimeType", "audio/" + audio.path("format").asString("wav"))
                .put("data", audio.path("data").asString(""));
        return part;
    }
}
