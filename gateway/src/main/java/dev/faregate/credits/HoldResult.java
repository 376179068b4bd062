package dev.faregate.credits;

import java.util.List;

/// The ledger's answer to a hold or an extension.
public sealed interface HoldResult {
    /// Set aside, durably.
    record Held(Hold hold) implements HoldResult {}

    /// Nothing was set aside; every limit that is short, in the order of [Scope].
    record Insufficient(List<Shortage> shortages) implements HoldResult {}

    /// The key is revoked, disabled or expired since it was authenticated.
    record Closed(boolean expired) implements HoldResult {}

    /// The key's rules changed since the plan was made: reload and plan again.
    record Stale() implements HoldResult {}

    /// The ledger cannot take it now: overload, shutdown, or the database is out of reach.
    record Unavailable(String why) implements HoldResult {}
}
