package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The SQL of the ledger without its threads: each call runs the statements of production on the caller's
/// open transaction, so thousands of histories need no file and no commit of their own.
final class BareBatches implements SimulatedLedger {
    /// A mistake to be found.
    enum Plant {
        NONE,
        NO_GUARD,
        VOID_ORPHANS,
        DOUBLE_SETTLE
    }

    private final Tx tx;
    private final InstantSource clock;
    private final Plant plant;

    /// The present life first; a crash exchanges the two.
    private SqliteBatch life;

    private SqliteBatch otherLife;

    BareBatches(Tx tx, SqliteBatch life, SqliteBatch otherLife, InstantSource clock, Plant plant) {
        this.tx = tx;
        this.life = life;
        this.otherLife = otherLife;
        this.clock = clock;
        this.plant = plant;
        forget();
    }

    private interface Work<T> {
        T run(Instant now, long micros) throws SQLException;
    }

    private <T> T run(Work<T> work) {
        try {
            Instant now = clock.instant();
            T result = work.run(now, Micros.of(now));
            life.flush();
            return result;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void forget() {
        life.forget();
        otherLife.forget();
    }

    @Override
    public List<HoldResult> hold(List<HoldRequest> requests) {
        return run((now, micros) -> {
            List<HoldResult> results = new ArrayList<>();
            for (HoldRequest request : requests) {
                HoldOp op = new HoldOp(request, null, 0, Runnable::run, _ -> {});
                HoldResult result = life.hold(op, now, micros);
                results.add(plant == Plant.NO_GUARD && result instanceof HoldResult.Insufficient ? op.held() : result);
            }
            return results;
        });
    }

    @Override
    public HoldResult extend(Hold hold, HoldRequest more) {
        return run((_, micros) -> life.extend(new HoldOp(more, hold, 0, Runnable::run, _ -> {}), micros));
    }

    @Override
    public SettleResult settle(Settlement settlement) {
        run((now, micros) -> {
            LedgerStore.Ending ending = life.settle(op(settlement), now, micros);
            if (plant == Plant.DOUBLE_SETTLE && ending == LedgerStore.Ending.REPEATED) {
                life.flush();
                tx.sql()
                        .execute(
                                "UPDATE limit_window SET used = used + 1 WHERE definition_id = ?",
                                settlement.held().getFirst().limitId());
                forget();
            }
            return ending;
        });
        return new SettleResult.Settled();
    }

    private static SettleOp op(Settlement settlement) {
        return new SettleOp(settlement, 0, Runnable::run, _ -> {});
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        return work.apply(new Tx(tx.sql(), tx.connection(), Database.Kind.SQLITE, clock.instant()));
    }

    /// As production does: whoever writes beside the batches makes them forget.
    @Override
    public <T> T write(Function<Tx, T> work) {
        T result = read(work);
        forget();
        return result;
    }

    @Override
    public @Nullable HoldResult crash(HoldRequest last, UUID nextBoot) {
        HoldResult result = hold(List.of(last)).getFirst();
        SqliteBatch former = life;
        life = otherLife;
        otherLife = former;
        forget();
        run((now, micros) -> {
            for (OrphanRecords.Orphan orphan : life.leftovers("", Integer.MAX_VALUE)) {
                Settlement end = plant == Plant.VOID_ORPHANS
                        ? Kit.voided(orphan.generation(), orphan.claims())
                        : orphan.chargedInFull(new Object[0]);
                life.settle(op(end), now, micros);
            }
            return 0;
        });
        return result;
    }

    @Override
    public void close() {
        forget();
    }
}
