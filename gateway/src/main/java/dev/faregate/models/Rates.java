package dev.faregate.models;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Map;

/// An immutable table of unit prices in whole pico-dollars (1e-12 USD) per token or piece; each may be
/// missing.
public final class Rates {
    private static final Rate[] ALL = Rate.values();
    private static final long MISSING = -1;
    private static final int PICO_SCALE = 12;

    /// No price stated.
    public static final Rates NONE = new Rates(Map.of());

    private final long[] picos = new long[ALL.length];

    private Rates(Map<Rate, Long> stated) {
        Arrays.fill(picos, MISSING);
        stated.forEach((rate, value) -> {
            if (value < 0) {
                throw new IllegalArgumentException("negative price for " + rate.key());
            }
            picos[rate.ordinal()] = value;
        });
    }

    /// The table with these prices, in pico-dollars.
    public static Rates of(Map<Rate, Long> stated) {
        return stated.isEmpty() ? NONE : new Rates(stated);
    }

    public boolean has(Rate rate) {
        return picos[rate.ordinal()] != MISSING;
    }

    /// The stated price in pico-dollars; a bug to ask for a missing one.
    public long get(Rate rate) {
        long value = picos[rate.ordinal()];
        if (value == MISSING) {
            throw new IllegalStateException("no price for " + rate.key());
        }
        return value;
    }

    /// The highest stated price among rates of this side, 0 when there is none.
    long highest(Rate.Side side) {
        long highest = 0;
        for (Rate rate : ALL) {
            if (rate.side() == side) {
                highest = Math.max(highest, picos[rate.ordinal()]);
            }
        }
        return highest;
    }

    /// Pico-dollars as a plain decimal number of dollars: exact, no exponent, no trailing zeros.
    static String dollars(long picos) {
        return BigDecimal.valueOf(picos, PICO_SCALE).stripTrailingZeros().toPlainString();
    }

    /// `prompt=2500000;completion=10000000`: the same text for the same prices, for [PriceVersion].
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Rate rate : ALL) {
            if (has(rate)) {
                text.append(text.isEmpty() ? "" : ";")
                        .append(rate.key())
                        .append('=')
                        .append(get(rate));
            }
        }
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rates rates && Arrays.equals(picos, rates.picos);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(picos);
    }
}
