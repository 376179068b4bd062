package dev.faregate.models;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model at one provider. `upstreamModel` is the name sent there; `tag` tells endpoints of one provider
/// apart (`openai`, `openai/priority`) and is unique in a model. Token limits are null where nobody
/// states them; `bounds` is where it departs from what a bound takes for granted.
public record ModelEndpoint(
        UpstreamProvider provider,
        String upstreamModel,
        String tag,
        long contextLength,
        @Nullable Long maxCompletionTokens,
        @Nullable Long maxPromptTokens,
        @Nullable String quantization,
        Set<String> supportedParameters,
        Prices prices,
        EndpointBounds bounds) {
    /// `parameter` is a word of [Vocabulary#PARAMETERS].
    public boolean supports(String parameter) {
        return supportedParameters.contains(parameter);
    }

    /// True where the provider caches prompts unasked: cached tokens have a price, and writing them costs
    /// nothing more.
    public boolean cachesImplicitly() {
        Rates base = prices.base();
        return base.has(Rate.CACHE_READ) && !base.has(Rate.CACHE_WRITE);
    }

    ModelEndpoint withPrices(Prices other) {
        return new ModelEndpoint(
                provider,
                upstreamModel,
                tag,
                contextLength,
                maxCompletionTokens,
                maxPromptTokens,
                quantization,
                supportedParameters,
                other,
                bounds);
    }

    ModelEndpoint withProvider(UpstreamProvider newer) {
        return new ModelEndpoint(
                newer,
                upstreamModel,
                tag,
                contextLength,
                maxCompletionTokens,
                maxPromptTokens,
                quantization,
                supportedParameters,
                prices,
                bounds);
    }
}
