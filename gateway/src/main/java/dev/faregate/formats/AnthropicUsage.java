package dev.faregate.formats;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What Anthropic counted, as chat counts: there `input_tokens` are those that were neither read from its cache nor
/// written to it, here `prompt_tokens` are all (contract 3.10, 3.11).
final class AnthropicUsage {
    private AnthropicUsage() {}

    /// The `usage` of a chat answer, or null where the two counts of a bill are not there. Absurd numbers are handed
    /// on as they are: whoever makes a bill of them decides.
    static @Nullable ObjectNode chat(JsonNode usage) {
        JsonNode input = usage.path("input_tokens");
        JsonNode output = usage.path("output_tokens");
        if (!input.isIntegralNumber() || !output.isIntegralNumber()) {
            return null;
        }
        long read = usage.path("cache_read_input_tokens").asLong(0);
        long written = usage.path("cache_creation_input_tokens").asLong(0);
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        long prompt = Counts.sum(input.asLong(-1), read, written);
        long completion = output.asLong(-1);
        chat.put("prompt_tokens", prompt).put("completion_tokens", completion);
        chat.put("total_tokens", Counts.sum(prompt, completion));
        ObjectNode details = chat.putObject("prompt_tokens_details")
                .put("cached_tokens", read)
                .put("cache_write_tokens", written);
        JsonNode hour = usage.path("cache_creation").path("ephemeral_1h_input_tokens");
        if (hour.asLong(0) > 0) {
            details.put("cache_write_1h_tokens", hour.asLong());
        }
        JsonNode thought = usage.path("output_tokens_details").path("thinking_tokens");
        chat.putObject("completion_tokens_details").put("reasoning_tokens", thought.asLong(0));
        JsonNode searches = usage.path("server_tool_use").path("web_search_requests");
        if (searches.isIntegralNumber()) {
            chat.putObject("server_tool_use").set("web_search_requests", searches);
        }
        return chat;
    }
}
