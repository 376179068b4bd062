package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A limit on which an amount did not fit, as it was at that moment. `resetsAt` is null for a `TOTAL`
/// window.
public record Shortage(
        long limitId,
        Scope scope,
        Window window,
        Usd asked,
        Usd cap,
        Usd used,
        Usd held,
        @Nullable Instant resetsAt) {
    /// What could be held now; negative when the cap was lowered below what is spent and held.
    public Usd available() {
        return cap.minus(used).minus(held);
    }

    /// The same limit, asked for another amount.
    Shortage asking(Usd amount) {
        return new Shortage(limitId, scope, window, amount, cap, used, held, resetsAt);
    }

    /// True when the amount would fit if no other request were running.
    public boolean onlyHoldsInTheWay() {
        return cap.minus(used).compareTo(asked) >= 0;
    }

    /// True when nothing is left even without the holds of others.
    public boolean spent() {
        return used.compareTo(cap) >= 0;
    }
}
