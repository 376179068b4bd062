package dev.faregate.skins;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Thinking as the clients of the skins see it and as chat carries it (contract 3.10, `reasoning_details`). To
/// Anthropic's, a `thinking` block is a `reasoning.text` with its signature, a `redacted_thinking` block a
/// `reasoning.encrypted`; to OpenAI's, a `reasoning` item is the details of one index.
///
/// What another provider encrypted or signed has to come back to it as it was. It rides where a client keeps what it
/// does not understand, in the `data` or `signature` of a block or the `encrypted_content` of an item, behind a mark by
/// which we know it again.
final class Reasoning {
    static final String OPENAI = "openai-responses-v1";
    private static final String UNKNOWN = "unknown";
    private static final String MARK = "faregate.reasoning:";

    /// How the ids of items begin that we made, and that mean nothing to a provider.
    private static final String OWN_ITEM = "rs_gen-";

    private Reasoning() {}

    /// The detail that a block of the client's history is; `index` is its place among those of its message.
    static ObjectNode detail(JsonNode block, String path, int index) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        if (block.path("type").asString("").equals("thinking")) {
            detail.put("type", ReasoningDetail.TEXT).put("text", Fields.text(block, "thinking", path + ".thinking"));
            String signature = block.path("signature").asString("");
            JsonNode foreign = opened(signature);
            if (foreign != null) {
                Trees.copy(foreign, "signature", detail, "signature");
                Trees.copy(foreign, "format", detail, "format");
            } else if (signature.isEmpty()) {
                detail.put("format", UNKNOWN);
            } else {
                detail.put("signature", signature).put("format", ReasoningDetail.CLAUDE);
            }
        } else {
            String data = Fields.text(block, "data", path + ".data");
            JsonNode foreign = opened(data);
            if (foreign != null) {
                return ((ObjectNode) foreign).put("index", index);
            }
            detail.put("type", ReasoningDetail.ENCRYPTED).put("data", data).put("format", ReasoningDetail.CLAUDE);
        }
        return detail.put("index", index);
    }

    /// The signature of a detail as a block shows it, or the empty one.
    static String signature(JsonNode detail) {
        String signature = detail.path("signature").asString("");
        if (signature.isEmpty() || ReasoningDetail.isClaude(detail)) {
            return signature;
        }
        ObjectNode foreign = JsonNodeFactory.instance.objectNode();
        Trees.copy(detail, "signature", foreign, "signature");
        Trees.copy(detail, "format", foreign, "format");
        return marked(foreign);
    }

    /// The `data` of the `redacted_thinking` block that a detail is, or null when it is no such block.
    static @Nullable String redacted(JsonNode detail) {
        if (!ReasoningDetail.type(detail).equals(ReasoningDetail.ENCRYPTED)) {
            return null;
        }
        return ReasoningDetail.isClaude(detail) ? detail.path("data").asString("") : marked(detail);
    }

    /// The details that a `reasoning` item of the Responses API is, without their index.
    static List<ObjectNode> details(JsonNode item, String path) {
        String content = Trees.isAbsent(item.path("encrypted_content"))
                ? ""
                : Fields.text(item, "encrypted_content", path + ".encrypted_content");
        JsonNode foreign = opened(content);
        JsonNode marked = foreign == null ? JsonNodeFactory.instance.objectNode() : foreign;
        boolean encrypted = !content.isEmpty() && (foreign == null || foreign.has("data"));
        String usual = encrypted && foreign == null ? OPENAI : UNKNOWN;
        String format = marked.path("format").asString(item.path("format").asString(usual));

        List<ObjectNode> details = new ArrayList<>();
        for (String text : texts(item.path("summary"), path + ".summary")) {
            details.add(detail(ReasoningDetail.SUMMARY, "summary", text).put("format", format));
        }
        List<String> texts = texts(item.path("content"), path + ".content");
        String signature =
                marked.path("signature").asString(item.path("signature").asString(""));
        if (texts.isEmpty() && !signature.isEmpty()) {
            texts.add("");
        }
        for (String text : texts) {
            details.add(detail(ReasoningDetail.TEXT, "text", text).put("format", format));
        }
        if (!signature.isEmpty()) {
            details.getLast().put("signature", signature);
        }
        if (encrypted && foreign != null) {
            details.add((ObjectNode) foreign);
        } else if (encrypted) {
            ObjectNode detail =
                    detail(ReasoningDetail.ENCRYPTED, "data", content).put("format", format);
            if (!item.path("id").asString(OWN_ITEM).startsWith(OWN_ITEM)) {
                Trees.copy(item, "id", detail, "id");
            }
            details.add(detail);
        }
        return details;
    }

    private static ObjectNode detail(String type, String name, String value) {
        return JsonNodeFactory.instance.objectNode().put("type", type).put(name, value);
    }

    private static List<String> texts(JsonNode parts, String path) {
        if (!Trees.isAbsent(parts) && !parts.isArray()) {
            throw Fields.mustBe(path, "an array");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            texts.add(Fields.text(parts.get(i), "text", path + "[" + i + "].text"));
        }
        return texts;
    }

    /// The `encrypted_content` of the item `id` that a detail is part of, or the empty text when it has nothing to
    /// hide. What a client would lose that knows OpenAI's fields only is in it.
    static String sealed(JsonNode detail, String id) {
        if (detail.path("type").asString("").equals(ReasoningDetail.ENCRYPTED)) {
            boolean plain = detail.path("format").asString("").equals(OPENAI)
                    && detail.path("id").asString(id).equals(id);
            return plain ? detail.path("data").asString("") : marked(detail);
        }
        if (detail.path("signature").asString("").isEmpty()) {
            return "";
        }
        ObjectNode signed = JsonNodeFactory.instance.objectNode();
        Trees.copy(detail, "signature", signed, "signature");
        Trees.copy(detail, "format", signed, "format");
        return marked(signed);
    }

    private static String marked(JsonNode detail) {
        return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(Trees.bytes(detail));
    }

    /// What [#marked] made, or null; a mark with anything else behind it is somebody else's text.
    private static @Nullable JsonNode opened(String text) {
        if (!text.startsWith(MARK)) {
            return null;
        }
        try {
            byte[] json =
                    Base64.getUrlDecoder().decode(text.substring(MARK.length()).getBytes(StandardCharsets.UTF_8));
            return Json.readObject(json);
        } catch (IllegalArgumentException | ApiException e) {
            return null;
        }
    }
}
