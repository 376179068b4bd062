package dev.faregate.credits;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a random history is played on: the whole ledger with its threads, or its SQL alone.
interface SimulatedLedger extends AutoCloseable {
    /// Answers in the order asked.
    List<HoldResult> hold(List<HoldRequest> requests);

    HoldResult extend(Hold hold, HoldRequest more);

    SettleResult settle(Settlement settlement);

    <T> T read(Function<Tx, T> work);

    <T> T write(Function<Tx, T> work);

    /// Asks for a hold, dies with it, and begins a new life, which charges every hold in full. Returns the
    /// answer that came before the end, if any did.
    @Nullable
    HoldResult crash(HoldRequest last, UUID nextBoot);

    @Override
    void close();

    /// The real thing.
    final class Whole implements SimulatedLedger {
        private final Supplier<Database> opening;
        private final Function<LedgerStore, LedgerStore> fault;
        private Database database;
        private GroupLedger ledger;

        Whole(Supplier<Database> opening, UUID boot, Function<LedgerStore, LedgerStore> fault) {
            this.opening = opening;
            this.fault = fault;
            this.database = opening.get();
            this.ledger = life(boot);
        }

        private GroupLedger life(UUID boot) {
            GroupLedger life = new GroupLedger(
                    fault.apply(GroupLedger.storeFor(database, "n", boot.toString(), null)),
                    LedgerSettings.DEFAULT,
                    OrphanRecords.NONE,
                    Safeguards.NONE);
            life.begin();
            return life;
        }

        @Override
        public List<HoldResult> hold(List<HoldRequest> requests) {
            List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
            for (HoldRequest request : requests) {
                CompletableFuture<HoldResult> answer = new CompletableFuture<>();
                ledger.hold(request, Runnable::run, answer::complete);
                answers.add(answer);
            }
            return answers.stream().map(Kit::get).toList();
        }

        @Override
        public HoldResult extend(Hold hold, HoldRequest more) {
            return Kit.await(answer -> ledger.extend(hold, more, Runnable::run, answer::complete));
        }

        @Override
        public SettleResult settle(Settlement settlement) {
            return Kit.await(answer -> ledger.settle(settlement, Runnable::run, answer::complete));
        }

        @Override
        public <T> T read(Function<Tx, T> work) {
            return database.read(work);
        }

        @Override
        public <T> T write(Function<Tx, T> work) {
            return database.write(work);
        }

        @Override
        public @Nullable HoldResult crash(HoldRequest last, UUID nextBoot) {
            CompletableFuture<HoldResult> answer = new CompletableFuture<>();
            ledger.hold(last, Runnable::run, answer::complete);
            ledger.abandon();
            HoldResult result = Kit.get(answer);
            database.close();
            database = opening.get();
            ledger = life(nextBoot);
            return result instanceof HoldResult.Unavailable ? null : result;
        }

        @Override
        public void close() {
            ledger.abandon();
            database.close();
        }
    }
}
