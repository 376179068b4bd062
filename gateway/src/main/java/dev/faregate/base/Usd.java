package dev.faregate.base;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// An amount of money in whole nano-dollars (1e-9 USD). Arithmetic throws `ArithmeticException` rather
/// than wrap around; there is no way from or to a floating-point number.
public record Usd(long nanos) implements Comparable<Usd> {
    public static final Usd ZERO = new Usd(0);
    public static final long NANOS_PER_DOLLAR = 1_000_000_000L;
    private static final int SCALE = 9;

    public static Usd ofNanos(long nanos) {
        return nanos == 0 ? ZERO : new Usd(nanos);
    }

    public static Usd ofDollars(long dollars) {
        return new Usd(Math.multiplyExact(dollars, NANOS_PER_DOLLAR));
    }

    /// Reads a decimal amount of dollars, such as `12.5`. Throws `ArithmeticException` for more than nine
    /// decimals or an amount beyond the range, `NumberFormatException` for anything that is not a number.
    public static Usd parse(String dollars) {
        return of(new BigDecimal(dollars));
    }

    /// The exact amount; throws `ArithmeticException` for more than nine decimals or an amount beyond the
    /// range.
    public static Usd of(BigDecimal dollars) {
        // An absurd exponent must not be expanded into digits before it is refused.
        if (dollars.signum() != 0 && (dollars.precision() - dollars.scale() > 11 || dollars.scale() > 400)) {
            throw new ArithmeticException("amount out of range");
        }
        return ofNanos(dollars.setScale(SCALE, RoundingMode.UNNECESSARY)
                .unscaledValue()
                .longValueExact());
    }

    public Usd plus(Usd other) {
        return ofNanos(Math.addExact(nanos, other.nanos));
    }

    public Usd minus(Usd other) {
        return ofNanos(Math.subtractExact(nanos, other.nanos));
    }

    public Usd min(Usd other) {
        return nanos <= other.nanos ? this : other;
    }

    public Usd max(Usd other) {
        return nanos >= other.nanos ? this : other;
    }

    public boolean isNegative() {
        return nanos < 0;
    }

    public boolean isZero() {
        return nanos == 0;
    }

    /// The amount in dollars, for JSON numbers: exact, without an exponent and without trailing zeros.
    public BigDecimal dollars() {
        BigDecimal exact = BigDecimal.valueOf(nanos, SCALE).stripTrailingZeros();
        return exact.scale() < 0 ? exact.setScale(0, RoundingMode.UNNECESSARY) : exact;
    }

    /// Appends [#dollars] as a plain decimal.
    public void appendDollars(StringBuilder out) {
        if (nanos < 0) {
            out.append('-');
        }
        out.append(Math.absExact(nanos / NANOS_PER_DOLLAR));
        long fraction = Math.abs(nanos % NANOS_PER_DOLLAR);
        if (fraction == 0) {
            return;
        }
        out.append('.');
        for (long digit = NANOS_PER_DOLLAR / 10; fraction > 0; digit /= 10) {
            out.append((char) ('0' + fraction / digit));
            fraction %= digit;
        }
    }

    @Override
    public int compareTo(Usd other) {
        return Long.compare(nanos, other.nanos);
    }

    /// For people: `$12.5`, `-$0.000000075`.
    @Override
    public String toString() {
        String plain = dollars().toPlainString();
        return nanos < 0 ? "-$" + plain.substring(1) : "$" + plain;
    }
}
