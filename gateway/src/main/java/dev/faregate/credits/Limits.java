package dev.faregate.credits;

import dev.faregate.base.Usd;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The management side of the ledger: defines limits and their gates, inside the transaction of the caller,
/// under the same row locks that admission takes.
public interface Limits {
    /// A limit as it stands: `used` and `held` of the current window. `countsByok`: it is a budget on which
    /// requests on an own provider key count with their list price.
    record State(
            long limitId,
            Scope scope,
            Window window,
            @Nullable Usd cap,
            Usd used,
            Usd held,
            Instant windowStart,
            @Nullable Instant resetsAt,
            boolean closed,
            @Nullable Instant expiresAt,
            long policySeq,
            boolean countsByok) {
        /// What is left of the cap for new requests, or null without a cap.
        public @Nullable Usd remaining() {
            return cap == null ? null : cap.minus(used).minus(held);
        }
    }

    /// Creates the limit, or changes the cap of the one that exists; null means no cap. A limit that begins
    /// in mid-window starts from what was posted and is held in it. `owner` is the id of the organization,
    /// key, ... that the limit is about. Returns the limit's id, which never changes.
    long define(Tx tx, Scope scope, String owner, Window window, @Nullable Usd cap);

    /// As [#define], for a limit that binds all of `keys` (ids of keys) together. When it is new, it starts
    /// from what they posted in its window and stands on what they hold, and no hold of theirs that was
    /// planned before passes it: each answers `Stale`.
    long defineFor(Tx tx, Scope scope, String owner, Window window, @Nullable Usd cap, Collection<String> keys);

    /// Removes a limit that is not a `TOTAL` one: nothing new is held on it, what is held still settles.
    void remove(Tx tx, Scope scope, String owner, Window window);

    /// Sets the gates of a key's `TOTAL` limit and raises its `policySeq`, which is returned. From the
    /// commit on no hold passes a closed gate, and every hold planned before answers `Stale`.
    long gate(Tx tx, String key, boolean closed, @Nullable Instant expiresAt);

    /// Says whether requests on an own provider key count on a budget with their list price. `keys` are those it
    /// binds: no hold of theirs that was planned before passes. What the current window then should have counted
    /// is the caller's to [#raise] or [#lower].
    void countByok(Tx tx, Scope scope, String owner, Window window, boolean counts, Collection<String> keys);

    /// Makes the current window of a limit count at least `used`, under its lock, as if it had been posted before
    /// the limit began.
    void raise(Tx tx, Scope scope, String owner, Window window, Usd used);

    /// Takes `amount` off what the current window of a limit counts beside its postings, as far as there is that
    /// much and not below `least`, under its lock.
    void lower(Tx tx, Scope scope, String owner, Window window, Usd amount, Usd least);

    /// The limits of one owner, by window.
    Map<Window, State> states(Tx tx, Scope scope, String owner);

    /// The limits of several owners at once; owners without limits are absent.
    Map<String, Map<Window, State>> states(Tx tx, Scope scope, Collection<String> owners);
}
