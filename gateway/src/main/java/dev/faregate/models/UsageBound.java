package dev.faregate.models;

/// The most that a request can use: bounds for prompt tokens and for completion tokens of each of
/// `choices` answers, and which dear kinds it may use at all. `images` are sent, `imagesMade` come
/// back. `requests` is how often the fee per request can be due. `audioMillis` bounds the audio that
/// is sent, where its seconds have a price. `audio` and `longCache` off
/// promise that the request carries no audio and asks for no cache entry of an hour.
public record UsageBound(
        long promptTokens,
        long completionTokens,
        int choices,
        long images,
        long imagesMade,
        long webSearches,
        long requests,
        long audioMillis,
        boolean audio,
        boolean longCache) {
    public UsageBound {
        if (promptTokens < 0
                || completionTokens < 0
                || choices < 1
                || requests < 1
                || images < 0
                || imagesMade < 0
                || webSearches < 0
                || audioMillis < 0) {
            throw new IllegalArgumentException(
                    "a bound is never negative, and there is at least one choice of one request");
        }
    }

    /// Any kind of token, no images and no searches.
    public static UsageBound of(long promptTokens, long completionTokens, int choices) {
        return new UsageBound(promptTokens, completionTokens, choices, 0, 0, 0, 1, 0, true, true);
    }

    public UsageBound withTokens(long prompt, long completion) {
        return new UsageBound(
                prompt, completion, choices, images, imagesMade, webSearches, requests, audioMillis, audio, longCache);
    }

    public UsageBound withImages(long count) {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                count,
                imagesMade,
                webSearches,
                requests,
                audioMillis,
                audio,
                longCache);
    }

    public UsageBound withImagesMade(long count) {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                count,
                webSearches,
                requests,
                audioMillis,
                audio,
                longCache);
    }

    public UsageBound withWebSearches(long count) {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                imagesMade,
                count,
                requests,
                audioMillis,
                audio,
                longCache);
    }

    public UsageBound withRequests(long count) {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                imagesMade,
                webSearches,
                count,
                audioMillis,
                audio,
                longCache);
    }

    public UsageBound withAudioMillis(long millis) {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                imagesMade,
                webSearches,
                requests,
                millis,
                audio,
                longCache);
    }

    public UsageBound withoutAudio() {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis,
                false,
                longCache);
    }

    public UsageBound withoutLongCache() {
        return new UsageBound(
                promptTokens,
                completionTokens,
                choices,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis,
                audio,
                false);
    }
}
