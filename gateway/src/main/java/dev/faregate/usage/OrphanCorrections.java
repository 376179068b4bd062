package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;
import static dev.faregate.storage.tables.Tables.POSTING;
import static dev.faregate.storage.tables.Tables.POSTING_LINE;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Evidence;
import dev.faregate.credits.Finding;
import dev.faregate.credits.Ledger;
import dev.faregate.credits.OrphanRecords.Orphan;
import dev.faregate.credits.Settlement;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lowers what other nodes charged in full while this one was away (ledger 2.3): they could not know what became of its
/// requests, its own recorder does. A charge is never raised by this, and one that was settled stays as it is.
public final class OrphanCorrections {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanCorrections.class);

    /// Requests that are looked up and settled at once.
    private static final int CHUNK = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database database;
    private final Ledger ledger;
    private final Evidence evidence;

    public OrphanCorrections(Database database, Ledger ledger, Evidence evidence) {
        this.database = database;
        this.ledger = ledger;
        this.evidence = evidence;
    }

    /// Looks at each of these requests, given with the life that it ran in. True when everything that
    /// is known of them is in the database; otherwise the evidence is worth keeping.
    public boolean lower(Map<UUID, String> recorded) {
        List<UUID> all = List.copyOf(recorded.keySet());
        int lowered = 0;
        for (int from = 0; from < all.size(); from += CHUNK) {
            List<UUID> some = all.subList(from, Math.min(all.size(), from + CHUNK));
            List<Settlement> truths = database.read(tx -> truths(tx, some, recorded));
            if (!settle(truths)) {
                LOG.warn(
                        "the database did not take in time what is known of {} requests of a former life",
                        truths.size());
                return false;
            }
            lowered += truths.size();
        }
        if (lowered > 0) {
            LOG.warn(
                    "{} requests of a former life that other nodes charged in full are charged what they cost",
                    lowered);
        }
        return true;
    }

    private List<Settlement> truths(Tx tx, List<UUID> generations, Map<UUID, String> recorded) {
        List<Settlement> truths = new ArrayList<>();
        List<String> ids = generations.stream().map(UUID::toString).toList();
        Map<String, List<Claim>> lines = tx.sql()
                .select(POSTING_LINE.GENERATION, POSTING_LINE.DEFINITION_ID, POSTING_LINE.AMOUNT)
                .from(POSTING_LINE)
                .where(POSTING_LINE.GENERATION.in(ids))
                .fetchGroups(
                        row -> row.get(POSTING_LINE.GENERATION),
                        row -> new Claim(
                                row.get(POSTING_LINE.DEFINITION_ID, Long.class),
                                Usd.ofNanos(row.get(POSTING_LINE.AMOUNT, Long.class))));
        tx.sql()
                .select(POSTING.GENERATION, POSTING.PRICE_VERSION, POSTING.HELD_AT)
                .from(POSTING)
                .where(POSTING.GENERATION.in(ids), POSTING.SOURCE.eq(Settlement.Source.ORPHAN.name()))
                .forEach(row -> {
                    UUID generation = UUID.fromString(row.get(POSTING.GENERATION));
                    Orphan orphan = new Orphan(
                            generation,
                            lines.getOrDefault(row.get(POSTING.GENERATION), List.of()),
                            row.get(POSTING.PRICE_VERSION),
                            Micros.toInstant(row.get(POSTING.HELD_AT)),
                            null,
                            recorded.getOrDefault(generation, ""));
                    Finding finding = evidence.of(orphan);
                    if (!(finding instanceof Finding.Doubtful)) {
                        truths.add(orphan.ended(finding, record(tx, orphan, finding)));
                    }
                });
        return truths;
    }

    private static Object[] record(Tx tx, Orphan orphan, Finding finding) {
        return tx.sql()
                .select(GenerationRow.fields())
                .from(GENERATION)
                .where(GENERATION.ID.eq(orphan.generation().toString()))
                .fetchOptional(GenerationRow::read)
                .map(row -> OrphanGenerations.corrected(row, finding).toRow())
                .orElseGet(() -> new Object[0]);
    }

    private boolean settle(List<Settlement> truths) {
        CountDownLatch posted = new CountDownLatch(truths.size());
        truths.forEach(truth -> ledger.settle(truth, Runnable::run, _ -> {}, posted::countDown));
        try {
            return posted.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
