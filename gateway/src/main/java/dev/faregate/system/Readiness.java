package dev.faregate.system;

import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.RestoreGate;
import dev.faregate.credits.Spool;
import dev.faregate.storage.Database;
import dev.faregate.storage.DiskReserve;

/// Whether this node takes requests that cost something, and why not: what a balancer is told, in one word each, and
/// what its operator is told.
public enum Readiness {
    READY("ready", "This node takes requests.", "", ""),
    DRAINING(
            "starting or draining",
            "This node is starting or stopping: balancers send it nothing.",
            "Wait until it is done. A start that takes long says why in the log.",
            "/docs/system#starting-or-stopping"),
    RESTORED(
            "restored from a backup, waits for ledger reconcile",
            "The store was restored from a backup: requests that spend are refused on every node.",
            "Run ./faregate ledger reconcile; it shows how things stand and opens the service once you decide.",
            "/docs/backup#reconciling"),
    NO_ROOM(
            "no room on the disk, or the disk failed",
            "Nothing that costs is admitted: there is no room on the disk, or the disk failed.",
            "Make room on the disk of the data folder, and look at the log for what it refused.",
            "/docs/system#no-room-on-the-disk"),
    UNREACHABLE(
            "database out of reach",
            "Nothing that costs is admitted: the database is out of reach.",
            "Look whether the database runs and can be reached from this machine.",
            "/docs/cluster#the-database"),
    STOPPED(
            "admits nothing, see the log",
            "Nothing that costs is admitted until this node is started again.",
            "The log says what happened. Mend that, then restart this node.",
            "/docs/system#the-ledger-has-stopped");

    private final String word;
    private final String sentence;
    private final String next;
    private final String address;

    Readiness(String word, String sentence, String next, String address) {
        this.word = word;
        this.sentence = sentence;
        this.next = next;
        this.address = address;
    }

    /// What `GET /health/ready` answers.
    public String word() {
        return word;
    }

    /// The same for a person.
    String sentence() {
        return sentence;
    }

    /// As of now, of a node that has started and is not stopping. Asks the database, within its time limit.
    public static Readiness of(
            Database database, GroupLedger ledger, Spool spool, DiskReserve reserve, RestoreGate gate) {
        if (gate.isClosed()) {
            return RESTORED;
        }
        if (reserve.isSpent() || !spool.admits()) {
            return NO_ROOM;
        }
        try {
            database.read(tx -> tx.sql().selectOne().fetchOne());
            return ledger.fault() == null ? READY : STOPPED;
        } catch (RuntimeException e) {
            return UNREACHABLE;
        }
    }

    /// What to do when it is not ready.
    Trouble trouble() {
        return new Trouble(this == DRAINING ? Level.WARN : Level.BAD, sentence, next, address);
    }
}
