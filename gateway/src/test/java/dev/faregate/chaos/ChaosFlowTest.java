package dev.faregate.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chaos.ChaosRig.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Three servers, one PostgreSQL, 120 callers, and every kind of fault; see [ChaosRig]. Only in the long
/// run.
@EnabledIfSystemProperty(named = "faregate.long", matches = "true")
class ChaosFlowTest {
    private static final long SEED = Long.getLong("faregate.chaos.seed", 20_261_126);
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("faregate.chaos.seconds", 300));
    private static final Duration CONTROL_LENGTH = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofSeconds(4);
    private static final int NODES = 3;
    private static final int CALLERS = Integer.getInteger("faregate.chaos.callers", 120);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    void nothingIsOverspentOrLostWhateverBreaks() throws Exception {
        try (ChaosRig rig = new ChaosRig(folder, NODES, SEED, "")) {
            ChaosRig.Report report = rig.run(LENGTH, PAUSE, CALLERS, rig.faults());
            System.out.println(report);
            assertThat(report.overspent()).isEmpty();
            assertThat(report.lost()).isEmpty();
            assertThat(report.held()).isEqualTo("0");
            assertThat(report.findings()).isEmpty();
            assertThat(report.answered()).isPositive();
            assertThat(report.refused()).as("caps were reached").isPositive();
        }
    }

    /// The same with a mistake: what a dead node held is given back. The rig must see it, or it sees nothing.
    @Test
    void theControlRunWithVoidedOrphansFails() throws Exception {
        try (ChaosRig rig = new ChaosRig(folder, NODES, SEED, "")) {
            rig.voidOrphans();
            ChaosRig.Report report =
                    rig.run(CONTROL_LENGTH, Duration.ofSeconds(2), CALLERS, List.of(Fault.LOSE_MACHINE));
            System.out.println(report);
            assertThat(report.sound()).as("%s", report).isFalse();
            assertThat(report.overspent().size() + report.lost().size()).isPositive();
        }
    }
}
