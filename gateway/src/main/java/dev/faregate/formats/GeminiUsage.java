package dev.faregate.formats;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What Google counted, as chat counts: thoughts are counted beside the answer there, and are part of the completion
/// here, as which they are billed; what tools read is counted beside the prompt.
final class GeminiUsage {
    private GeminiUsage() {}

    /// The `usage` of a chat answer, or null where not even the prompt was counted. An answer without a token has no
    /// count of its own there.
    static @Nullable ObjectNode chat(JsonNode usage) {
        if (!usage.path("promptTokenCount").isIntegralNumber()) {
            return null;
        }
        long thoughts = count(usage, "thoughtsTokenCount");
        long prompt = Counts.sum(count(usage, "promptTokenCount"), count(usage, "toolUsePromptTokenCount"));
        long completion = Counts.sum(count(usage, "candidatesTokenCount"), thoughts);
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        chat.put("prompt_tokens", prompt).put("completion_tokens", completion);
        chat.put("total_tokens", Counts.sum(prompt, completion));
        chat.putObject("prompt_tokens_details")
                .put("cached_tokens", count(usage, "cachedContentTokenCount"))
                .put("audio_tokens", audio(usage.path("promptTokensDetails")));
        chat.putObject("completion_tokens_details")
                .put("reasoning_tokens", thoughts)
                .put("audio_tokens", audio(usage.path("candidatesTokensDetails")));
        return chat;
    }

    /// -1, which is no count, for what is there and is none.
    private static long count(JsonNode usage, String name) {
        JsonNode count = usage.path(name);
        return count.isMissingNode() || count.isNull() ? 0 : count.isIntegralNumber() ? count.asLong(-1) : -1;
    }

    private static long audio(JsonNode details) {
        for (JsonNode detail : details) {
            if (detail.path("modality").asString("").equals("AUDIO")) {
                return detail.path("tokenCount").asLong(0);
            }
        }
        return 0;
    }
}
