package dev.faregate.models;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The prices of one model endpoint: base rates and overrides for long prompts. Immutable. Three cases
/// must be told apart: priced, free (marked so by someone), and unknown, which nobody may be charged for
/// and paid use of which is refused.
public final class Prices {
    /// Costs nothing, and is marked so.
    public static final Prices FREE = new Prices(Rates.NONE, List.of(), true);

    /// No price known: not free.
    public static final Prices UNKNOWN = new Prices(Rates.NONE, List.of(), false);

    private final Rates base;
    private final List<PriceOverride> overrides;
    private final boolean free;

    /// Made when first asked for: most prices of a catalogue never charge anybody. Threads that ask at
    /// the same time make equal ones.
    private @Nullable PriceVersion version;

    private Prices(Rates base, List<PriceOverride> overrides, boolean free) {
        this.base = base;
        this.overrides = List.copyOf(overrides);
        this.free = free;
    }

    /// These rates; among overrides that apply, later ones win per rate.
    public static Prices of(Rates base, List<PriceOverride> overrides) {
        return new Prices(base, overrides, false);
    }

    public boolean isFree() {
        return free;
    }

    /// True when a request can be priced: free, or both prompt and completion tokens have a price.
    public boolean isKnown() {
        return free || (base.has(Rate.PROMPT) && base.has(Rate.COMPLETION));
    }

    /// True when the seconds of audio that is sent cost something, for prompts of any length.
    public boolean priceSeconds() {
        return base.has(Rate.AUDIO_SECOND)
                || overrides.stream().anyMatch(tier -> tier.rates().has(Rate.AUDIO_SECOND));
    }

    public Rates base() {
        return base;
    }

    public List<PriceOverride> overrides() {
        return overrides;
    }

    public PriceVersion version() {
        PriceVersion made = version;
        if (made == null) {
            made = PriceVersion.of(toString());
            version = made;
        }
        return made;
    }

    /// The price in pico-dollars that applies to a request with this many prompt tokens: the last
    /// applying override that states it, else the base rate, else its fallback by the same rule, else 0.
    public long picos(Rate rate, long promptTokens) {
        for (Rate asked = rate; asked != null; asked = asked.fallback()) {
            for (int i = overrides.size() - 1; i >= 0; i--) {
                PriceOverride override = overrides.get(i);
                if (promptTokens > override.minPromptTokens()
                        && override.rates().has(asked)) {
                    return override.rates().get(asked);
                }
            }
            if (base.has(asked)) {
                return base.get(asked);
            }
        }
        return 0;
    }

    /// The highest price in pico-dollars that any token of this side can get when the prompt has at most
    /// `promptBound` tokens.
    long highest(Rate.Side side, long promptBound) {
        long highest = base.highest(side);
        for (PriceOverride override : overrides) {
            if (promptBound > override.minPromptTokens()) {
                highest = Math.max(highest, override.rates().highest(side));
            }
        }
        return highest;
    }

    /// The highest price in pico-dollars of this very rate (or what it falls back to) for any prompt of
    /// at most `promptBound` tokens.
    long highest(Rate rate, long promptBound) {
        long highest = picos(rate, 0);
        for (PriceOverride override : overrides) {
            if (promptBound > override.minPromptTokens()) {
                highest = Math.max(highest, picos(rate, override.minPromptTokens() + 1));
            }
        }
        return highest;
    }

    private String describe() {
        StringBuilder text = new StringBuilder(base.toString());
        overrides.forEach(
                o -> text.append("|>").append(o.minPromptTokens()).append(':').append(o.rates()));
        return text.toString();
    }

    @Override
    public String toString() {
        return free ? "free" : describe();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prices prices
                && free == prices.free
                && base.equals(prices.base)
                && overrides.equals(prices.overrides);
    }

    @Override
    public int hashCode() {
        return Objects.hash(free, base, overrides);
    }
}
