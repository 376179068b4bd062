package dev.faregate.skins;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Thinking as Anthropic's clients see it and as chat carries it (contract 3.10, `reasoning_details`): a `thinking`
/// block
/// is a `reasoning.text` with its signature, a `redacted_thinking` block a `reasoning.encrypted`.
///
/// What another provider encrypted or signed has to come back to it as it was. It rides in the `data` or `signature`
/// of a block, behind a mark by which we know it again.
final class Reasoning {
    static final String CLAUDE = "anthropic-claude-v1";
    static final String TEXT = "reasoning.text";
    static final String SUMMARY = "reasoning.summary";
    static final String ENCRYPTED = "reasoning.encrypted";

    private static final String UNKNOWN = "unknown";
    private static final String MARK = "faregate.reasoning:";

    private Reasoning() {}

    /// The detail that a block of the client's history is; `index` is its place among those of its message.
    static ObjectNode detail(JsonNode block, String path, int index) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        if (block.path("type").asString("").equals("thinking")) {
            detail.put("type", TEXT).put("text", Fields.text(block, "thinking", path + ".thinking"));
            String signature = block.path("signature").asString("");
            JsonNode foreign = opened(signature);
            if (foreign != null) {
                Fields.copy(foreign, "signature", detail, "signature");
                Fields.copy(foreign, "format", detail, "format");
            } else if (signature.isEmpty()) {
                detail.put("format", UNKNOWN);
            } else {
                detail.put("signature", signature).put("format", CLAUDE);
            }
        } else {
            String data = Fields.text(block, "data", path + ".data");
            JsonNode foreign = opened(data);
            if (foreign != null) {
                return ((ObjectNode) foreign).put("index", index);
            }
            detail.put("type", ENCRYPTED).put("data", data).put("format", CLAUDE);
        }
        return detail.put("index", index);
    }

    /// The text that a detail shows, or the empty one.
    static String shown(JsonNode detail) {
        return switch (detail.path("type").asString("")) {
            case TEXT -> detail.path("text").asString("");
            case SUMMARY -> detail.path("summary").asString("");
            default -> "";
        };
    }

    /// The signature of a detail as a block shows it, or the empty one.
    static String signature(JsonNode detail) {
        String signature = detail.path("signature").asString("");
        if (signature.isEmpty() || isClaude(detail)) {
            return signature;
        }
        ObjectNode foreign = JsonNodeFactory.instance.objectNode();
        Fields.copy(detail, "signature", foreign, "signature");
        Fields.copy(detail, "format", foreign, "format");
        return marked(foreign);
    }

    /// The `data` of the `redacted_thinking` block that a detail is, or null when it is no such block.
    static @Nullable String redacted(JsonNode detail) {
        if (!detail.path("type").asString("").equals(ENCRYPTED)) {
            return null;
        }
        return isClaude(detail) ? detail.path("data").asString("") : marked(detail);
    }

    private static boolean isClaude(JsonNode detail) {
        return detail.path("format").asString(CLAUDE).equals(CLAUDE);
    }

    private static String marked(JsonNode detail) {
        return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(Fields.bytes(detail));
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
