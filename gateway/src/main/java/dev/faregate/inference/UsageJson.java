package dev.faregate.inference;

import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Charge;

/// The `usage` object of an answer (contract 3.11): the provider's own token counts, what the request
/// cost here, and what it costs at the provider.
final class UsageJson {
    private UsageJson() {}

    /// `charged` is what the caller paid; `upstream` the provider's list price and its parts.
    static byte[] write(TokenUsage usage, Usd charged, Charge.Split upstream) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeNumberProperty("prompt_tokens", usage.prompt());
            json.writeNumberProperty("completion_tokens", usage.completion());
            json.writeNumberProperty("total_tokens", usage.total());
            json.writeNumberProperty("cost", charged.dollars());
            json.writeBooleanProperty("is_byok", false);
            json.writeObjectPropertyStart("prompt_tokens_details");
            json.writeNumberProperty("cached_tokens", usage.cached());
            json.writeNumberProperty("cache_write_tokens", usage.cacheWrite());
            json.writeNumberProperty("audio_tokens", usage.promptAudio());
            json.writeEndObject();
            json.writeObjectPropertyStart("completion_tokens_details");
            json.writeNumberProperty("reasoning_tokens", usage.reasoning());
            json.writeNumberProperty("audio_tokens", usage.completionAudio());
            json.writeEndObject();
            json.writeObjectPropertyStart("cost_details");
            json.writeNumberProperty("upstream_inference_cost", upstream.total().dollars());
            json.writeNumberProperty(
                    "upstream_inference_prompt_cost", upstream.prompt().dollars());
            json.writeNumberProperty(
                    "upstream_inference_completions_cost", upstream.completion().dollars());
            json.writeEndObject();
            json.writeEndObject();
        });
    }
}
