package dev.faregate.formats;

import dev.faregate.base.Trees;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What Bedrock counted ("TokenUsage", "CacheDetail"), as chat counts. It counts as Anthropic does: `inputTokens` are
/// those that were neither read from a cache nor written to it. It does not tell what of the output was thought.
final class BedrockUsage {
    private BedrockUsage() {}

    /// The `usage` of a chat answer, or null where the two counts of a bill are not there.
    static @Nullable ObjectNode chat(JsonNode usage) {
        ObjectNode same = JsonNodeFactory.instance.objectNode();
        Trees.copy(usage, "inputTokens", same, "input_tokens");
        Trees.copy(usage, "outputTokens", same, "output_tokens");
        Trees.copy(usage, "cacheReadInputTokens", same, "cache_read_input_tokens");
        Trees.copy(usage, "cacheWriteInputTokens", same, "cache_creation_input_tokens");
        for (JsonNode detail : usage.path("cacheDetails")) {
            if (detail.path("ttl").asString("").equals("1h")) {
                Trees.copy(detail, "inputTokens", same.putObject("cache_creation"), "ephemeral_1h_input_tokens");
            }
        }
        return AnthropicUsage.chat(same);
    }
}
