package dev.faregate.credits;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether a hold is admitted, given what the database has. Pure: the SQLite store and the explorer of the
/// protocol run this very class, and `fg_batch` is compared with it.
final class Admitting {
    /// What stands under a generation already.
    enum Standing {
        NOTHING,
        /// The same hold: the batch is sent again.
        SAME,
        /// A hold of other amounts.
        OTHER,
        /// It was settled, charged as an orphan or voided.
        ENDED
    }

    private Admitting() {}

    /// The guard that the promise rests on: nothing is admitted beyond the cap, null being none. All in
    /// nano-dollars; throws `ArithmeticException` where a sum leaves 64 bits.
    static boolean fits(@Nullable Long cap, long used, long held, long amount) {
        return cap == null || amount <= Math.subtractExact(Math.subtractExact(cap, used), held);
    }

    /// `limits` and `amounts` are those of the hold that stands, null when none does. A limit that was added
    /// to it since makes it no other hold.
    static Standing standing(long @Nullable [] limits, long @Nullable [] amounts, boolean posted, List<Claim> asked) {
        if (limits == null || amounts == null) {
            return posted ? Standing.ENDED : Standing.NOTHING;
        }
        return matches(limits, amounts, asked) ? Standing.SAME : Standing.OTHER;
    }

    static boolean matches(long[] limits, long[] amounts, List<Claim> claims) {
        if (limits.length < claims.size()) {
            return false;
        }
        for (int i = 0; i < claims.size(); i++) {
            if (limits[i] != claims.get(i).limitId()
                    || amounts[i] != claims.get(i).amount().nanos()) {
                return false;
            }
        }
        return true;
    }

    /// What stands answers before gates and limits do (`otherwise`): a hold that was admitted is admitted
    /// again and asks for nothing, one that has ended never comes back.
    static HoldResult answer(Standing standing, HoldResult held, HoldResult otherwise) {
        return switch (standing) {
            case NOTHING -> otherwise;
            case SAME -> held;
            case OTHER -> conflict();
            case ENDED -> ended();
        };
    }

    static HoldResult ended() {
        return new HoldResult.Unavailable("The hold has ended.");
    }

    static HoldResult conflict() {
        return new HoldResult.Unavailable("This generation holds other amounts.");
    }
}
