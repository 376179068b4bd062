package dev.faregate.credits;

import java.sql.SQLException;
import java.util.SplittableRandom;

/// A store whose database can be cut off, lose its answers or be slow.
final class CutStore extends ForwardingStore {
    /// No batch gets through.
    volatile boolean cut;

    /// Batches get through, their answers do not.
    volatile boolean deaf;

    /// Batches wait up to so many milliseconds before or after they are applied; 0 for none.
    volatile int slowMs;

    private final SplittableRandom random = new SplittableRandom(11);

    CutStore(LedgerStore store) {
        super(store);
    }

    @Override
    public Outcome apply(Batch batch) throws StoreFailure {
        if (cut) {
            throw new StoreFailure(StoreFailure.Kind.TRANSIENT, new SQLException("cut"));
        }
        dawdle();
        Outcome outcome = store.apply(batch);
        dawdle();
        if (deaf) {
            throw new StoreFailure(StoreFailure.Kind.UNKNOWN, new SQLException("no answer"));
        }
        return outcome;
    }

    private void dawdle() {
        if (slowMs > 0) {
            try {
                Thread.sleep(random.nextInt(slowMs));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
