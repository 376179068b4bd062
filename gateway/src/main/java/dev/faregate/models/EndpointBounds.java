package dev.faregate.models;

import org.jspecify.annotations.Nullable;

/// Where an endpoint departs from what a bound may take for granted (ledger 2.2, "bound before the
/// call"). All in tokens but one.
///
/// @param ignoresOutputLimit it takes no notice of `max_tokens`: only its own maximum bounds an answer
/// @param reasoningBeyondLimit it reasons up to so much outside the limit; 0 where reasoning is inside
/// @param imageTokens the most that one input image counts as; null when not known
/// @param overheadTokens what its own system text takes beyond the usual
/// @param audioSeconds the longest audio that it takes, in seconds; null when not known
public record EndpointBounds(
        boolean ignoresOutputLimit,
        long reasoningBeyondLimit,
        @Nullable Long imageTokens,
        long overheadTokens,
        @Nullable Long audioSeconds) {
    /// Behaves as documented everywhere; images of unknown size.
    public static final EndpointBounds USUAL = new EndpointBounds(false, 0, null, 0, null);

    /// How [#audioSeconds] is stated.
    static final String MAX_AUDIO_SECONDS = "max_audio_seconds";

    /// A week: nobody takes more.
    private static final long MOST_SECONDS = 604_800;

    static EndpointBounds of(Fields endpoint) {
        boolean ignores = endpoint.flag("ignores_output_limit", false);
        Long beyond = endpoint.findPositive("reasoning_beyond_limit");
        Long image = endpoint.findPositive("image_tokens");
        Long overhead = endpoint.findPositive("overhead_tokens");
        Long seconds = endpoint.findPositive(MAX_AUDIO_SECONDS);
        if (seconds != null && seconds > MOST_SECONDS) {
            throw endpoint.wrong(MAX_AUDIO_SECONDS, "more than " + MOST_SECONDS);
        }
        if (!ignores && beyond == null && image == null && overhead == null && seconds == null) {
            return USUAL;
        }
        return new EndpointBounds(
                ignores, beyond == null ? 0 : beyond, image, overhead == null ? 0 : overhead, seconds);
    }
}
