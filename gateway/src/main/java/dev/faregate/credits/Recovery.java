package dev.faregate.credits;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the holds that former lives of this node left, before it admits anything: given back where it is
/// certain that nothing was sent, charged what is known where something is known, and charged in full
/// otherwise (ledger 2.3). On the store's thread, but for the counts.
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /// So many holds charged in full are named in the log; all of them are in the database.
    private static final int MAX_NAMED = 50;

    private final LedgerStore store;
    private final OrphanRecords records;
    private final Evidence evidence;
    private final LongAdder inFull = new LongAdder();
    private final LongAdder known = new LongAdder();
    private String last = "";

    Recovery(LedgerStore store, OrphanRecords records, Evidence evidence) {
        this.store = store;
        this.records = records;
        this.evidence = evidence;
    }

    /// The ends of the next holds, at most `max`; none when every hold has been looked at. Each is looked
    /// at once, so the caller has to book what it gets.
    List<Settlement> next(int max) throws StoreFailure {
        List<Settlement> ends = new ArrayList<>();
        List<OrphanRecords.Orphan> found = store.leftovers(last, max);
        if (found.isEmpty() && inFull() + known() > 0) {
            LOG.warn("of a former life {} holds are charged in full, {} ended as they really did", inFull(), known());
        }
        for (OrphanRecords.Orphan orphan : found) {
            ends.add(end(orphan, findingFor(orphan)));
            last = orphan.generation().toString();
        }
        return ends;
    }

    /// Holds charged in full, because nobody could say what became of them.
    long inFull() {
        return inFull.sum();
    }

    /// Holds that ended with what really happened.
    long known() {
        return known.sum();
    }

    private Finding findingFor(OrphanRecords.Orphan orphan) {
        try {
            return evidence.of(orphan);
        } catch (RuntimeException e) {
            LOG.error("the evidence about {} cannot be read", orphan.generation(), e);
            return new Finding.Doubtful("the evidence cannot be read");
        }
    }

    private Settlement end(OrphanRecords.Orphan orphan, Finding finding) {
        if (finding instanceof Finding.Doubtful(String why)) {
            inFull.increment();
            if (inFull.sum() <= MAX_NAMED) {
                LOG.warn("{} is charged in full: {}", orphan.generation(), why);
            }
        } else {
            known.increment();
        }
        return orphan.ended(finding, recordOf(orphan, finding));
    }

    /// What is recorded of it, or nothing when no record can be made.
    Object[] recordOf(OrphanRecords.Orphan orphan, Finding finding) {
        try {
            return records.record(orphan, finding);
        } catch (RuntimeException e) {
            LOG.error("no record can be made for the orphan {}", orphan.generation(), e);
            return new Object[0];
        }
    }
}
