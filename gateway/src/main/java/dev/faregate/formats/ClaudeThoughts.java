package dev.faregate.formats;

import dev.faregate.chat.ReasoningDetail;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// What one of Anthropic's models thought before, as a client sends it back in `reasoning_details`: block by block, as
/// it was signed. What nobody signed, or another maker did, would be refused and is left out.
final class ClaudeThoughts {
    /// Hears the blocks, in order.
    interface Sink {
        void signed(String text, String signature);

        void redacted(String data);
    }

    private ClaudeThoughts() {}

    /// A client that kept the pieces of a stream sends several of one place: the texts, and then the signature.
    static void read(JsonNode details, Sink sink) {
        StringBuilder text = new StringBuilder();
        JsonNode place = MissingNode.getInstance();
        for (JsonNode detail : details) {
            if (!ReasoningDetail.isClaude(detail)) {
                continue;
            }
            if (ReasoningDetail.type(detail).equals(ReasoningDetail.ENCRYPTED)) {
                sink.redacted(detail.path("data").asString(""));
                continue;
            }
            if (!detail.path("index").equals(place)) {
                text.setLength(0);
                place = detail.path("index");
            }
            text.append(ReasoningDetail.shown(detail));
            String signature = detail.path("signature").asString("");
            if (!signature.isEmpty()) {
                sink.signed(text.toString(), signature);
                text.setLength(0);
            }
        }
    }
}
