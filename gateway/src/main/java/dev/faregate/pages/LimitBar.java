package dev.faregate.pages;

import dev.faregate.base.Usd;
import java.math.BigInteger;

/// How a limit is drawn: what is spent and what running requests hold, in thousandths of it. The two never pass a
/// thousand together, whatever was booked over a limit that was lowered since.
public record LimitBar(int used, int held, Level level) {
    static final int WHOLE = 1_000;

    /// From here on a limit is nearly spent.
    private static final int NEAR = 800;

    /// What is there at all is seen.
    private static final int LEAST = 6;

    /// How much is left, for the eye.
    public enum Level {
        FINE(""),
        NEAR("fg-bar-near"),
        OVER("fg-bar-over");

        private final String style;

        Level(String style) {
            this.style = style;
        }

        public String style() {
            return style;
        }

        /// The same for what stands around the bar.
        public String around() {
            return style.replace("fg-bar-", "fg-");
        }
    }

    /// A limit that nothing is left of is over, also when requests hold the rest of it.
    public static LimitBar of(Usd limit, Usd spent, Usd held) {
        if (limit.isZero()) {
            return new LimitBar(WHOLE, 0, Level.OVER);
        }
        int used = share(limit, spent);
        int both = Math.max(used, share(limit, spent.plus(held)));
        boolean over = spent.compareTo(limit) >= 0;
        return new LimitBar(used, both - used, over ? Level.OVER : both >= NEAR ? Level.NEAR : Level.FINE);
    }

    private static int share(Usd limit, Usd part) {
        if (part.nanos() <= 0) {
            return 0;
        }
        int exact = BigInteger.valueOf(part.nanos())
                .multiply(BigInteger.valueOf(WHOLE))
                .divide(BigInteger.valueOf(limit.nanos()))
                .min(BigInteger.valueOf(WHOLE))
                .intValue();
        return Math.max(LEAST, exact);
    }
}
