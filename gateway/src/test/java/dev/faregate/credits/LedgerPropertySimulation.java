package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.credits.BareBatches.Plant;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import dev.faregate.storage.Tx;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Thousands of short random histories on the SQL of production: holds, extensions, settlements early, late
/// and twice, voids, top-ups, caps down, windows that roll over, crashes. After each the books must balance
/// and every limit must be what the model says. The seed of a failure is printed, and replays.
class LedgerPropertySimulation {
    private static final long FIRST_SEED = 1;
    private static final int HISTORIES = Boolean.getBoolean("faregate.long") ? 100_000 : 2_000;
    private static final int STEPS = 12;
    private static final int PLANTED_HISTORIES = 1_000;

    /// One write transaction of the database may take 15 s.
    private static final int HISTORIES_PER_TRANSACTION = 100;

    @TempDir
    private Path folder;

    private final ManualTime clock = new ManualTime("2026-11-18T20:00:00Z");
    private SqliteDatabase database = unset();

    @SuppressWarnings("NullAway") // set before each test
    private static SqliteDatabase unset() {
        return null;
    }

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(
                folder, new SqliteDatabase.Options(clock, SqliteWriter.CommitHook.NONE, 1, Duration.ofSeconds(5)));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void everyHistoryKeepsTheBooksAndAgreesWithTheModel() {
        play(HISTORIES, Plant.NONE);
    }

    @ParameterizedTest
    @EnumSource(value = Plant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void findsThePlantedMistake(Plant plant) {
        assertThatThrownBy(() -> play(PLANTED_HISTORIES, plant))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed");
    }

    @Test
    void aFailingSeedFailsTheSameWayTenTimes() {
        String first = failure(FIRST_SEED);
        for (int i = 0; i < 10; i++) {
            assertThat(failure(FIRST_SEED)).isEqualTo(first);
        }
    }

    private String failure(long seed) {
        try {
            play(PLANTED_HISTORIES, Plant.VOID_ORPHANS, seed);
            throw new IllegalStateException("the planted mistake was not found");
        } catch (AssertionError e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void play(int histories, Plant plant) {
        play(histories, plant, FIRST_SEED);
    }

    private void play(int histories, Plant plant, long first) {
        for (long seed = first; seed < first + histories; seed += HISTORIES_PER_TRANSACTION) {
            long from = seed;
            long to = Math.min(first + histories, seed + HISTORIES_PER_TRANSACTION);
            database.write(tx -> {
                try {
                    SqliteBatch one = new SqliteBatch(tx.connection(), "n", "one", null);
                    SqliteBatch two = new SqliteBatch(tx.connection(), "n", "two", null);
                    for (long each = from; each < to; each++) {
                        play(tx, one, two, each, plant);
                    }
                    return 0;
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    private static void play(Tx tx, SqliteBatch one, SqliteBatch two, long seed, Plant plant) {
        ManualTime now = new ManualTime("2026-11-18T20:00:00Z");
        tx.sql().execute("SAVEPOINT history");
        try (SimulatedWorld world =
                new SimulatedWorld(seed, new BareBatches(tx, one, two, now, plant), now, STEPS + 1)) {
            for (int step = 0; step < STEPS; step++) {
                world.step();
            }
            world.finish();
        } finally {
            tx.sql().execute("ROLLBACK TO history");
            tx.sql().execute("RELEASE history");
        }
    }
}
