package dev.faregate.accounts;

import dev.faregate.base.Secret;
import dev.faregate.byok.Sealed;
import dev.faregate.byok.Sealer;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Authenticator apps: set up, and asked for codes. A code is good once (RFC 6238 section 5.2), and wrong ones in a
/// row make the next one wait, longer each time, whichever browser they come from. Safe to share; blocks.
final class Totp {
    private static final Logger LOG = LoggerFactory.getLogger(Totp.class);
    private static final String TABLE = "totp_factor";

    /// Wrong codes in a row before the next one has to wait. An app cannot be wrong so often by itself.
    static final int FREE_FAILURES = 5;

    private static final Duration FIRST_WAIT = Duration.ofMinutes(1);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int MOST_DOUBLINGS = 6;

    /// What became of a code.
    sealed interface Verdict {
        record Right() implements Verdict {}

        record Wrong() implements Verdict {}

        record Locked(Instant until) implements Verdict {}

        /// There is nothing to check it against.
        record Absent() implements Verdict {}
    }

    /// What a code says before anything is asked of it: which step it is of, under which secret.
    record Reading(@Nullable Sealed sealed, OptionalLong step) {}

    private final Database database;
    private final Sealer sealer;
    private final TotpStore store = new TotpStore();

    Totp(Database database, Sealer sealer) {
        this.database = database;
        this.sealer = sealer;
    }

    /// Since when the person has one that works, or null.
    @Nullable
    Instant since(Tx tx, String personId) {
        return store.find(tx, personId).map(TotpStore.Factor::confirmedAt).orElse(null);
    }

    /// A fresh secret that works once a code confirms it; empty when one is confirmed already.
    Optional<Secret> begin(String personId) {
        Secret secret = TotpCodes.fresh();
        Sealed sealed = sealer.seal(secret, TABLE, personId);
        return database.write(tx -> {
            sealer.claim(tx);
            store.begin(tx, personId, sealed);
            boolean ours = store.find(tx, personId)
                    .map(it -> it.sealed().equals(sealed))
                    .orElse(false);
            return ours ? Optional.of(secret) : Optional.<Secret>empty();
        });
    }

    /// Reads a code, before the transaction that takes it: opening a secret is not for the writer's thread.
    Reading read(String personId, String typed) {
        record Found(TotpStore.Factor factor, Instant now) {}
        Found found = database.read(tx -> store.find(tx, personId)
                .map(factor -> new Found(factor, tx.now()))
                .orElse(null));
        if (found == null) {
            return new Reading(null, OptionalLong.empty());
        }
        Sealed sealed = found.factor().sealed();
        Optional<Secret> secret = sealer.open(sealed, TABLE, personId);
        if (secret.isEmpty()) {
            LOG.error("the authenticator secret of person {} does not open with this node's master key", personId);
        }
        return new Reading(
                sealed,
                secret.map(it -> TotpCodes.match(it, TotpCodes.plain(typed), found.now()))
                        .orElse(OptionalLong.empty()));
    }

    /// Takes a code that was read, or counts a failure. `confirming`: of an app that is being set up; else of one that
    /// is.
    Verdict take(Tx tx, String personId, Reading reading, boolean confirming) {
        TotpStore.Factor factor = store.lock(tx, personId).orElse(null);
        if (factor == null || (factor.confirmedAt() == null) != confirming) {
            return new Verdict.Absent();
        }
        if (factor.lockedUntil().isAfter(tx.now())) {
            return new Verdict.Locked(factor.lockedUntil());
        }
        boolean right = factor.sealed().equals(reading.sealed())
                && reading.step().isPresent()
                && reading.step().getAsLong() > factor.lastStep();
        if (right) {
            store.took(tx, personId, reading.step().getAsLong());
            return new Verdict.Right();
        }
        int failures = factor.failures() + 1;
        store.refused(tx, personId, failures, tx.now().plus(waitAfter(failures)));
        return new Verdict.Wrong();
    }

    /// How long nothing is taken after so many wrong codes in a row.
    static Duration waitAfter(int failures) {
        if (failures < FREE_FAILURES) {
            return Duration.ZERO;
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(failures - FREE_FAILURES, MOST_DOUBLINGS));
        return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    boolean remove(Tx tx, String personId) {
        return store.delete(tx, personId);
    }
}
