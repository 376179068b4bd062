package dev.faregate.system;

import dev.faregate.credits.LedgerStats;
import dev.faregate.pages.Counts;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the ledger of this node stands.
final class LedgerBlock {
    private static final String PAGE = "/docs/system#the-ledger";

    /// @param fault why nothing is admitted until the next start, or null
    /// @param spoolBytes of charges that wait on this node's disk for the database
    /// @param holds how many running requests of all nodes have something set aside; null when nobody could say
    /// @param nodeHolds what this node did about the holds of others; null where there is one node
    record Reading(
            Database.Kind kind,
            LedgerStats stats,
            @Nullable String fault,
            long spoolBytes,
            @Nullable Integer holds,
            @Nullable NodeHolds nodeHolds,
            LastRuns.@Nullable Audit audit) {}

    /// Holds of dead nodes, charged in full, and own ones that nobody knew, given back.
    record NodeHolds(long charged, long voided) {}

    private LedgerBlock() {}

    static Block of(Reading on) {
        LedgerStats stats = on.stats();
        List<Fact> facts = new ArrayList<>();
        if (on.holds() != null) {
            facts.add(Fact.of(
                    "Requests with money held",
                    (on.holds() == SystemStore.MOST_HOLDS ? "at least " : "") + Counts.exact(on.holds())));
        }
        facts.add(Fact.of(
                "Waiting now",
                Counts.exact(stats.waitingHolds()) + " holds, " + Counts.exact(stats.waitingSettles())
                        + " settlements"));
        facts.add(Fact.count("Batches", stats.batches()));
        facts.add(Fact.count("Holds", stats.holds()));
        facts.add(Fact.count("Settlements", stats.settles()));
        facts.add(Fact.count("Batches sent again", stats.retried()));
        facts.add(Fact.count("Holds given back unused", stats.abandoned()));
        facts.add(Fact.count("Left by a crash, charged in full", stats.orphans()));
        facts.add(Fact.count("Left by a crash, cost known", stats.recovered()));
        if (on.nodeHolds() != null) {
            facts.add(
                    Fact.count("Of dead nodes, charged in full", on.nodeHolds().charged()));
            facts.add(Fact.count(
                    "Own that nobody knew, given back", on.nodeHolds().voided()));
        }
        facts.add(Fact.of("Charges on this disk", Sizes.bytes(on.spoolBytes())));
        if (on.audit() != null) {
            facts.add(Fact.at("Last audit", on.audit().at()));
        }
        String command = on.audit() == null ? "./faregate verify" : null;
        return new Block("ledger", "Ledger", troubles(on), audit(on), command, facts, null);
    }

    private static String audit(Reading on) {
        if (on.audit() != null) {
            return on.audit().findings() == 0 ? "The last audit found the books in order." : "";
        }
        return on.kind() == Database.Kind.SQLITE
                ? "The books were not audited since this process started. This does it, while requests go on:"
                : "This audits the books, while requests go on. It reads the database itself, so no node hears of it:";
    }

    private static List<Trouble> troubles(Reading on) {
        LedgerStats stats = on.stats();
        List<Trouble> troubles = new ArrayList<>();
        if (on.fault() != null) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "Nothing that costs is admitted: " + on.fault() + ".",
                    "Mend that, then restart this node.",
                    "/docs/system#the-ledger-has-stopped"));
        }
        if (on.audit() != null && on.audit().findings() > 0) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The last audit found " + Counts.exact(on.audit().findings(), "row") + " that cannot be (rules "
                            + String.join(", ", on.audit().rules()) + ").",
                    "Run ./faregate verify again; it names each row.",
                    "/docs/guarantees"));
        }
        if (stats.stuck() > 0) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The database refuses " + Counts.exact(stats.stuck(), "settlement") + "; they are tried again.",
                    "The log says why.",
                    PAGE));
        }
        if (stats.unheld() > 0) {
            troubles.add(new Trouble(
                    Level.BAD,
                    Counts.exact(stats.unheld(), "settlement")
                            + " since the start met no hold and were booked all the same.",
                    "Run ./faregate verify, and compare with the bills of the providers.",
                    PAGE));
        }
        if (stats.quarantined() > 0) {
            troubles.add(new Trouble(
                    Level.WARN,
                    Counts.exact(stats.quarantined(), "record") + " of requests since the start were refused by their"
                            + " table; what they cost was charged.",
                    "The log names each request.",
                    PAGE));
        }
        if (on.spoolBytes() > 0) {
            troubles.add(new Trouble(
                    Level.WARN,
                    "Charges wait on this node's disk until the database takes them.",
                    "Leave the data folder where it is; they are booked when the database is back, or at the next start.",
                    PAGE));
        }
        return troubles;
    }
}
