package dev.faregate.skins;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
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
    private static final String UNKNOWN = "unknown";
    private static final String MARK = "faregate.reasoning:";

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
