package dev.faregate.usage;

import dev.faregate.base.Usd;
import dev.faregate.credits.Discrepancy;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Record;

/// Whether the records of generations and the postings of the ledger tell the same story (I5): one of each
/// for a generation, with the same charge. Records are deleted after their retention time, oldest first,
/// so a posting from before the oldest record needs none; nor does one whose record was set aside. Free
/// generations touch no limit and may have no posting.
public final class GenerationAudit {
    private static final int MOST_NAMED = 200;

    private GenerationAudit() {}

    public static List<Discrepancy> check(Tx tx) {
        List<Discrepancy> findings = new ArrayList<>();
        tx.sql()
                .fetch("""
                SELECT g.id, g.charge_nanos, p.charged FROM generation g
                LEFT JOIN posting p ON p.generation = g.id
                WHERE (p.generation IS NULL AND NOT (g.is_free AND g.charge_nanos = 0)) OR p.charged <> g.charge_nanos ORDER BY g.id LIMIT\s""" + MOST_NAMED)
                .forEach(row -> findings.add(
                        row.get(2) == null
                                ? Discrepancy.of("I5", "generation " + row.get(0), "its posting", "there", "missing")
                                : Discrepancy.of(
                                        "I5", "generation " + row.get(0), "its charge", usd(row, 2), usd(row, 1))));
        tx.sql()
                .fetch("""
                SELECT p.generation, p.charged FROM posting p
                WHERE p.charged > 0 AND p.source <> 'ORPHAN' AND p.generation >= (SELECT min(g.id) FROM generation g)
                  AND NOT EXISTS (SELECT 1 FROM generation g WHERE g.id = p.generation)
                  AND NOT EXISTS (SELECT 1 FROM posting_quarantine q WHERE q.generation = p.generation)
                ORDER BY p.generation LIMIT\s""" + MOST_NAMED)
                .forEach(row -> findings.add(Discrepancy.of(
                        "I5",
                        "posting of generation " + row.get(0),
                        "the record of what it charged " + usd(row, 1) + " for",
                        "there",
                        "missing")));
        return findings;
    }

    private static String usd(Record row, int field) {
        return Usd.ofNanos(row.get(field, Long.class)).toString();
    }
}
