package dev.faregate.credits;

import java.util.List;
import java.util.function.BooleanSupplier;

/// A store in front of another one, for tests that change what happens to a batch on its way.
abstract class ForwardingStore implements LedgerStore {
    final LedgerStore store;

    ForwardingStore(LedgerStore store) {
        this.store = store;
    }

    @Override
    public void start(BooleanSupplier pump) {
        store.start(pump);
    }

    @Override
    public void startHelp(BooleanSupplier help) {
        store.startHelp(help);
    }

    @Override
    public void wakeHelp() {
        store.wakeHelp();
    }

    @Override
    public void wake() {
        store.wake();
    }

    @Override
    public boolean isDown() {
        return store.isDown();
    }

    @Override
    public List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure {
        return store.leftovers(after, max);
    }

    @Override
    public void close() {
        store.close();
    }
}
