package dev.faregate.pages;

import dev.faregate.base.Usd;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Money as people read it: a dollar sign, two decimals or more, and no more than six digits that say
/// something. What is cut off is cut towards zero, so nothing looks spent that is not.
public final class Amounts {
    private static final int DIGITS = 6;
    private static final int CENTS = 2;

    private static final Pattern DOLLARS = Pattern.compile("\\$?\\s*(\\d{1,3}(,\\d{3})+|\\d{1,10})(\\.\\d{1,9})?");

    private Amounts() {}

    /// `$1,234.56`, `$12.3456`, `$0.00421378`.
    public static String shown(Usd amount) {
        BigDecimal exact = amount.dollars().abs();
        int whole = Math.max(0, exact.precision() - exact.scale());
        int leadingZeros = Math.max(0, exact.scale() - exact.precision());
        int decimals = Math.max(CENTS, whole > 0 ? DIGITS - whole : DIGITS + leadingZeros);
        BigDecimal cut = exact.setScale(Math.min(decimals, Math.max(CENTS, exact.scale())), RoundingMode.DOWN);
        return (amount.isNegative() ? "-$" : "$") + grouped(atLeastCents(cut).toPlainString());
    }

    /// The whole amount, however many decimals it has.
    public static String exact(Usd amount) {
        BigDecimal exact = atLeastCents(amount.dollars().abs());
        return (amount.isNegative() ? "-$" : "$") + grouped(exact.toPlainString()) + " USD";
    }

    /// The amount that somebody typed, such as `25`, `0.50` or `$1,250.50`; null when it is none.
    public static @Nullable BigDecimal typed(String text) {
        return DOLLARS.matcher(text).matches()
                ? new BigDecimal(text.replace("$", "").replace(",", "").strip())
                : null;
    }

    private static BigDecimal atLeastCents(BigDecimal amount) {
        BigDecimal plain = amount.stripTrailingZeros();
        return plain.scale() < CENTS ? plain.setScale(CENTS) : plain;
    }

    private static String grouped(String plain) {
        int point = plain.indexOf('.');
        StringBuilder text = new StringBuilder(plain);
        for (int i = point - 3; i > 0; i -= 3) {
            text.insert(i, ',');
        }
        return text.toString();
    }
}
