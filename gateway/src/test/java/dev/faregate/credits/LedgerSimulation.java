package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import dev.faregate.storage.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random histories of a prepaid organization with two keys and their limits, on real SQLite, beside a
/// model that does the same in memory. After every step both must agree on every limit and the books must
/// balance. A failure names its seed, and the seed replays it.
class LedgerSimulation {
    private static final long FIRST_SEED = 20_261_121;
    private static final int SEEDS = Integer.getInteger("faregate.simulation.seeds", 5);
    private static final int POSTGRESQL_SEEDS = 2;
    private static final int STEPS = 120;

    @TempDir
    private Path folder;

    @Test
    void everyHistoryAgreesWithTheModel() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            run(seed, Function.identity());
        }
    }

    /// The database's clock cannot be moved there, so nobody sleeps; everything else happens.
    @Test
    void everyHistoryOnPostgresqlAgreesWithTheModel() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + POSTGRESQL_SEEDS; seed++) {
            String url = TestPostgres.freshUrl();
            play(seed, () -> PostgresDatabase.open(url), InstantSource.system(), Function.identity());
        }
    }

    @Test
    void aStoreThatVoidsOrphansIsCaught() {
        assertCaught(store -> new Faulty(store) {
            @Override
            Batch distort(Batch batch) {
                return new Batch(
                        batch.settles().stream()
                                .map(LedgerSimulation::voidOrphan)
                                .toList(),
                        batch.holds());
            }
        });
    }

    @Test
    void aStoreThatForgetsToReleaseIsCaught() {
        assertCaught(store -> new Faulty(store) {
            private int settled;

            @Override
            Batch distort(Batch batch) {
                return batch.settles().isEmpty() || ++settled % 5 != 0 ? batch : new Batch(List.of(), batch.holds());
            }
        });
    }

    @Test
    void aStoreThatSkipsTheGuardIsCaught() {
        assertCaught(store -> new Faulty(store) {
            @Override
            public Outcome apply(Batch batch) throws StoreFailure {
                Outcome outcome = super.apply(batch);
                return new Outcome(
                        outcome.endings(),
                        batch.holds().stream().map(op -> (HoldResult) op.held()).toList());
            }
        });
    }

    @Test
    void aStoreThatChargesTheWholeHoldIsCaught() {
        assertCaught(store -> new Faulty(store) {
            @Override
            Batch distort(Batch batch) {
                return new Batch(
                        batch.settles().stream().map(LedgerSimulation::inFull).toList(), batch.holds());
            }
        });
    }

    private void assertCaught(Function<LedgerStore, LedgerStore> fault) {
        assertThatThrownBy(() -> {
                    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
                        run(seed, fault);
                    }
                })
                .as("the planted fault")
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed");
    }

    private void run(long seed, Function<LedgerStore, LedgerStore> fault) {
        try {
            Path home = Files.createTempDirectory(folder, "run");
            ManualTime now = new ManualTime("2026-11-18T20:00:00Z");
            SqliteDatabase.Options options =
                    new SqliteDatabase.Options(now, SqliteWriter.CommitHook.NONE, 1, Duration.ofSeconds(5));
            play(seed, () -> SqliteDatabase.open(home, options), now, fault);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void play(
            long seed, Supplier<Database> opening, InstantSource now, Function<LedgerStore, LedgerStore> fault) {
        SimulatedLedger ledger = new SimulatedLedger.Whole(opening, new UUID(seed, 0), fault);
        try (SimulatedWorld world = new SimulatedWorld(seed, ledger, now, 1)) {
            for (int step = 0; step < STEPS; step++) {
                world.step();
            }
            world.finish();
        }
    }

    private static SettleOp voidOrphan(SettleOp op) {
        Settlement s = op.settlement;
        return s.source() != Settlement.Source.ORPHAN
                ? op
                : withSettlement(new Settlement(
                        s.generation(), s.held(), s.charges(), s.realCost(), Settlement.Source.VOID, s.record()));
    }

    private static SettleOp inFull(SettleOp op) {
        Settlement s = op.settlement;
        return withSettlement(new Settlement(
                s.generation(),
                s.held(),
                s.held().stream().map(Claim::amount).toList(),
                s.realCost(),
                s.source(),
                s.record()));
    }

    private static SettleOp withSettlement(Settlement settlement) {
        return new SettleOp(settlement, System.nanoTime(), Runnable::run, _ -> {});
    }

    /// A store with a bug: it works on another batch than it was given, or tells another story than what
    /// happened.
    private abstract static class Faulty extends ForwardingStore {
        Faulty(LedgerStore store) {
            super(store);
        }

        Batch distort(Batch batch) {
            return batch;
        }

        @Override
        public Outcome apply(Batch batch) throws StoreFailure {
            Batch distorted = distort(batch);
            Outcome outcome = distorted.size() == 0 ? new Outcome(List.of(), List.of()) : store.apply(distorted);
            List<Ending> endings = outcome.endings().size() == batch.settles().size()
                    ? outcome.endings()
                    : batch.settles().stream().map(_ -> Ending.POSTED).toList();
            return new Outcome(endings, outcome.results());
        }
    }
}
