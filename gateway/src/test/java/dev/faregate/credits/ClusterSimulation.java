package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// Three whole ledgers over one database, a thousand random histories of faults; see [SimulatedCluster]. A
/// failure names its seed, and the seed replays it.
class ClusterSimulation {
    private static final long FIRST_SEED = 20_261_126;
    private static final int SEEDS = Boolean.getBoolean("faregate.long") ? 100_000 : 1_000;
    private static final int PLANTED_SEEDS = 1_000;
    private static final int REPLAYS = 10;

    private static final String[] FAULTS = {
        "transient",
        "connection lost",
        "ack lost",
        "late copy",
        "slow commit",
        "died before commit",
        "died after commit",
        "crash",
        "restart",
        "suspect",
        "charge in full",
        "spool",
        "cap",
        "clock",
        "told",
        "posted ORPHAN",
        "posted EXACT"
    };

    /// Every fault is logged, and here there are thousands on purpose.
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.faregate.credits");

    private static final Level BEFORE = LOG.getEffectiveLevel();

    @BeforeAll
    static void beQuiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOG.setLevel(BEFORE);
    }

    @Test
    void noHistoryOfFaultsBreaksARule() {
        long start = System.nanoTime();
        long all = 17;
        Map<String, Long> happened = new TreeMap<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(seed, SimulatedDatabase.Plant.NONE);
            all = 31 * all + cluster.play();
            cluster.happened().forEach((what, times) -> happened.merge(what, (long) times, Long::sum));
        }
        System.out.printf(
                "%d seeds, %d ms, history %x, %s%n", SEEDS, (System.nanoTime() - start) / 1_000_000, all, happened);
        assertThat(happened)
                .as("everything that can go wrong did")
                .containsKeys(FAULTS)
                .allSatisfy((_, times) -> assertThat(times).isGreaterThan(SEEDS / 10));
    }

    @ParameterizedTest
    @EnumSource(value = SimulatedDatabase.Plant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void findsThePlantedMistakeAndReplaysItTenTimes(SimulatedDatabase.Plant plant) {
        long seed = failing(plant);
        String first = failure(seed, plant);
        System.out.println(plant + ": seed " + (seed - FIRST_SEED) + " of " + PLANTED_SEEDS + ", " + first);
        for (int i = 0; i < REPLAYS; i++) {
            assertThat(failure(seed, plant)).isEqualTo(first);
        }
    }

    private static long failing(SimulatedDatabase.Plant plant) {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + PLANTED_SEEDS; seed++) {
            try {
                new SimulatedCluster(seed, plant).play();
            } catch (AssertionError found) {
                return seed;
            }
        }
        throw new AssertionError("none of " + PLANTED_SEEDS + " seeds found " + plant);
    }

    private static String failure(long seed, SimulatedDatabase.Plant plant) {
        String[] message = new String[1];
        assertThatThrownBy(() -> new SimulatedCluster(seed, plant).play())
                .isInstanceOf(AssertionError.class)
                .satisfies(e -> message[0] = String.valueOf(e.getMessage()));
        return message[0];
    }
}
