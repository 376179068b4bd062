package dev.faregate.models;

/// What one generation used, as the provider reports it. `cached`, `cacheWrite`, `cacheWrite1h`,
/// `audio` and `imageTokens` are parts of `prompt`; `reasoning` and `audioOutput` are parts of
/// `completion`; `images` (sent), `imagesMade` and `webSearches` are pieces; `requests` is how
/// often the fee per request is due; `audioMillis` is how long audio that was sent is.
///
/// The figures come from other people's servers, so impossible ones are bent on the way in: a
/// negative count is 0, and parts never exceed their whole (the dearer kinds are kept first). Hence
/// no mix of parts can cost more than [Charge#ceiling] allows for its wholes.
public record TokenCounts(
        long prompt,
        long cached,
        long cacheWrite,
        long cacheWrite1h,
        long audio,
        long imageTokens,
        long completion,
        long reasoning,
        long audioOutput,
        long images,
        long imagesMade,
        long webSearches,
        long requests,
        long audioMillis) {
    public static final TokenCounts ZERO = of(0, 0);

    public TokenCounts {
        prompt = Math.max(0, prompt);
        cacheWrite1h = Math.clamp(cacheWrite1h, 0, prompt);
        cacheWrite = Math.clamp(cacheWrite, 0, prompt - cacheWrite1h);
        audio = Math.clamp(audio, 0, prompt - cacheWrite1h - cacheWrite);
        imageTokens = Math.clamp(imageTokens, 0, prompt - cacheWrite1h - cacheWrite - audio);
        cached = Math.clamp(cached, 0, prompt - cacheWrite1h - cacheWrite - audio - imageTokens);
        completion = Math.max(0, completion);
        audioOutput = Math.clamp(audioOutput, 0, completion);
        reasoning = Math.clamp(reasoning, 0, completion - audioOutput);
        images = Math.max(0, images);
        imagesMade = Math.max(0, imagesMade);
        webSearches = Math.max(0, webSearches);
        requests = Math.max(1, requests);
        audioMillis = Math.max(0, audioMillis);
    }

    /// Plain text in, plain text out; `with…` adds what is known beyond that.
    public static TokenCounts of(long prompt, long completion) {
        return new TokenCounts(prompt, 0, 0, 0, 0, 0, completion, 0, 0, 0, 0, 0, 1, 0);
    }

    public TokenCounts withCached(long read) {
        return new TokenCounts(
                prompt,
                read,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis);
    }

    /// Tokens written to the provider's cache: those that live five minutes (or whatever its default is),
    /// and an hour.
    public TokenCounts withCacheWrites(long shortLived, long hourLong) {
        return new TokenCounts(
                prompt,
                cached,
                shortLived,
                hourLong,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis);
    }

    public TokenCounts withReasoning(long tokens) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                tokens,
                audioOutput,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis);
    }

    public TokenCounts withAudio(long in, long out) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                in,
                imageTokens,
                completion,
                reasoning,
                out,
                images,
                imagesMade,
                webSearches,
                requests,
                audioMillis);
    }

    public TokenCounts withImages(long count) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                count,
                imagesMade,
                webSearches,
                requests,
                audioMillis);
    }

    /// Tokens of the images that were sent, and how many images were made.
    public TokenCounts withImagery(long tokens, long made) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                tokens,
                completion,
                reasoning,
                audioOutput,
                images,
                made,
                webSearches,
                requests,
                audioMillis);
    }

    public TokenCounts withWebSearches(long count) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                images,
                imagesMade,
                count,
                requests,
                audioMillis);
    }

    public TokenCounts withRequests(long count) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                images,
                imagesMade,
                webSearches,
                count,
                audioMillis);
    }

    /// How long the audio is that was sent, in milliseconds.
    public TokenCounts withAudioMillis(long millis) {
        return new TokenCounts(
                prompt,
                cached,
                cacheWrite,
                cacheWrite1h,
                audio,
                imageTokens,
                completion,
                reasoning,
                audioOutput,
                images,
                imagesMade,
                webSearches,
                requests,
                millis);
    }

    /// Prompt tokens that are of no special kind.
    public long plainPrompt() {
        return prompt - cached - cacheWrite - cacheWrite1h - audio - imageTokens;
    }

    /// Completion tokens that are of no special kind.
    public long plainCompletion() {
        return completion - reasoning - audioOutput;
    }
}
