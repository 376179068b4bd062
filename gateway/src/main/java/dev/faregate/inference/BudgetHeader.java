package dev.faregate.inference;

import dev.faregate.credits.Standing;
import io.netty.util.AsciiString;
import java.util.Locale;

/// The header that tells with a good answer what an error would tell with a bad one: how the limit with the
/// least left stood when this request was admitted, its own hold included. Amounts in US dollars.
final class BudgetHeader {
    static final CharSequence NAME = AsciiString.cached("X-Faregate-Budget");

    private BudgetHeader() {}

    /// `scope=key; window=daily; limit=5; spent=1.25; held=0.1; remaining=3.65; resets=2026-11-27T00:00:00Z`
    static String value(Standing standing) {
        StringBuilder value = new StringBuilder(128)
                .append("scope=")
                .append(standing.scope().name().toLowerCase(Locale.ROOT))
                .append("; window=")
                .append(standing.window().name().toLowerCase(Locale.ROOT));
        standing.cap().appendDollars(value.append("; limit="));
        standing.used().appendDollars(value.append("; spent="));
        standing.held().appendDollars(value.append("; held="));
        standing.remaining().appendDollars(value.append("; remaining="));
        if (standing.resetsAt() != null) {
            value.append("; resets=").append(standing.resetsAt());
        }
        return value.toString();
    }
}
