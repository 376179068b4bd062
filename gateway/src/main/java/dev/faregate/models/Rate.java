package dev.faregate.models;

import org.jspecify.annotations.Nullable;

/// What a price is for, under the names of the contract's `pricing` object (contract 2.2). A rate that is
/// not stated falls back to another one; the fees fall back to nothing and are then not charged.
public enum Rate {
    PROMPT("prompt", Side.PROMPT, null),
    COMPLETION("completion", Side.COMPLETION, null),
    CACHE_READ("input_cache_read", Side.PROMPT, PROMPT),
    CACHE_WRITE("input_cache_write", Side.PROMPT, PROMPT),
    /// A cache write that lives an hour instead of five minutes.
    CACHE_WRITE_1H("input_cache_write_1h", Side.PROMPT, CACHE_WRITE),
    REASONING("internal_reasoning", Side.COMPLETION, COMPLETION),
    AUDIO("audio", Side.PROMPT, PROMPT),
    AUDIO_OUTPUT("audio_output", Side.COMPLETION, COMPLETION),
    /// A token of an image that is sent.
    IMAGE_TOKEN("image_token", Side.PROMPT, PROMPT),
    REQUEST("request", Side.FEE, null),
    /// Per input image, beside its tokens.
    IMAGE("image", Side.FEE, null),
    /// Per image that is made, beside its tokens.
    IMAGE_OUTPUT("image_output", Side.FEE, null),
    WEB_SEARCH("web_search", Side.FEE, null),
    /// Per second of audio that is sent, to the millisecond.
    AUDIO_SECOND("audio_second", Side.FEE, null);

    /// Tokens that are part of the prompt, tokens that are part of the completion, or a fee per piece.
    public enum Side {
        PROMPT,
        COMPLETION,
        FEE
    }

    private final String key;
    private final Side side;
    private final @Nullable Rate fallback;

    Rate(String key, Side side, @Nullable Rate fallback) {
        this.key = key;
        this.side = side;
        this.fallback = fallback;
    }

    /// The key in `pricing`, both in the API and in files.
    public String key() {
        return key;
    }

    public Side side() {
        return side;
    }

    /// The rate that counts when this one is not stated.
    public @Nullable Rate fallback() {
        return fallback;
    }

    /// True for token prices, which files state in USD per million; fees are stated in USD.
    public boolean perToken() {
        return side != Side.FEE;
    }

    /// The rate with this key, or null.
    static @Nullable Rate find(String key) {
        for (Rate rate : values()) {
            if (rate.key.equals(key)) {
                return rate;
            }
        }
        return null;
    }
}
