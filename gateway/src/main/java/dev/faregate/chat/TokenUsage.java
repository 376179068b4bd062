package dev.faregate.chat;

import org.jspecify.annotations.Nullable;

/// What a provider says it used, in its own tokens. `cached` and `cacheWrite` are part of `prompt`;
/// `reasoning` is part of `completion`; `webSearches` and `searchUnits`, in which some providers
/// bill a reranking, are [#NOT_SAID] where nothing is said; `cacheWriteHour`, what was written to
/// be kept for an hour, is part of `cacheWrite`; `promptImages`, the tokens of images that were
/// sent, are part of `prompt`; `images` were made, and are [#NOT_SAID] where none were asked for;
/// `audioMillis` is how long the audio is that was sent, or [#NOT_SAID].
public record TokenUsage(
        long prompt,
        long completion,
        long cached,
        long cacheWrite,
        long reasoning,
        long promptAudio,
        long completionAudio,
        long webSearches,
        long cacheWriteHour,
        long searchUnits,
        long promptImages,
        long images,
        long audioMillis) {
    /// The provider did not say how many.
    public static final long NOT_SAID = -1;

    /// A count larger than this is a provider's mistake, not a bill.
    public static final long MAX_TOKENS = 1_000_000_000L;

    public TokenUsage(
            long prompt,
            long completion,
            long cached,
            long cacheWrite,
            long reasoning,
            long promptAudio,
            long completionAudio) {
        this(
                prompt,
                completion,
                cached,
                cacheWrite,
                reasoning,
                promptAudio,
                completionAudio,
                NOT_SAID,
                0,
                NOT_SAID,
                0,
                NOT_SAID,
                NOT_SAID);
    }

    public static TokenUsage of(long prompt, long completion) {
        return new TokenUsage(prompt, completion, 0, 0, 0, 0, 0);
    }

    /// What a ranking used; `searchUnits` may be [#NOT_SAID].
    static TokenUsage ofRanking(long prompt, long searchUnits) {
        return new TokenUsage(prompt, 0, 0, 0, 0, 0, 0, NOT_SAID, 0, searchUnits, 0, NOT_SAID, NOT_SAID);
    }

    /// The same, and so many images were made.
    public TokenUsage withImages(long made) {
        return new TokenUsage(
                prompt,
                completion,
                cached,
                cacheWrite,
                reasoning,
                promptAudio,
                completionAudio,
                webSearches,
                cacheWriteHour,
                searchUnits,
                promptImages,
                made,
                audioMillis);
    }

    /// The same, and the audio that was sent is so long.
    public TokenUsage withAudioMillis(long millis) {
        return new TokenUsage(
                prompt,
                completion,
                cached,
                cacheWrite,
                reasoning,
                promptAudio,
                completionAudio,
                webSearches,
                cacheWriteHour,
                searchUnits,
                promptImages,
                images,
                millis);
    }

    public long total() {
        return prompt + completion;
    }

    /// The usage, or null when its numbers cannot be a bill: negative, absurd, or parts larger than their
    /// whole.
    static @Nullable TokenUsage plausible(TokenUsage usage) {
        boolean good = inRange(usage.prompt)
                && inRange(usage.completion)
                && inRange(usage.cached)
                && inRange(usage.cacheWrite)
                && inRange(usage.reasoning)
                && inRange(usage.promptAudio)
                && inRange(usage.completionAudio)
                && inRange(usage.promptImages);
        if (!good) {
            return null;
        }
        long cached = Math.min(usage.cached, usage.prompt);
        long written = Math.min(usage.cacheWrite, usage.prompt - cached);
        return new TokenUsage(
                usage.prompt,
                usage.completion,
                cached,
                written,
                Math.min(usage.reasoning, usage.completion),
                Math.min(usage.promptAudio, usage.prompt),
                Math.min(usage.completionAudio, usage.completion),
                usage.webSearches > MAX_TOKENS ? NOT_SAID : usage.webSearches,
                Math.clamp(usage.cacheWriteHour, 0, written),
                usage.searchUnits > MAX_TOKENS ? NOT_SAID : usage.searchUnits,
                Math.min(usage.promptImages, usage.prompt),
                usage.images,
                usage.audioMillis);
    }

    private static boolean inRange(long tokens) {
        return tokens >= 0 && tokens <= MAX_TOKENS;
    }
}
