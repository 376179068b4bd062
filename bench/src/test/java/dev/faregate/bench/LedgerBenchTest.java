package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LedgerBenchTest {
    private static final OptionalDouble NONE = OptionalDouble.empty();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Bench.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "ledger";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return line.execute(all);
    }

    private static LedgerRound round(String store, String point, int rows, long completed, double bothP99) {
        LedgerPoint load = LedgerPoint.parse(point);
        return new LedgerRound(
                store, load, rows, 10, completed, 0, "", 1, 2, 1, 2, bothP99, 100, 200, 60, NONE, NONE, NONE);
    }

    /// Both kinds of load, both numbers of rows, a hot key and several accounts. At the end the command itself
    /// has compared the rows of the store with what was settled, to the nano-dollar.
    @Test
    void aShortRunMeasuresEachLoadAndTheRowsAddUp(@TempDir Path folder) throws Exception {
        Path json = folder.resolve("out.json");

        int code = run(
                "--store=sqlite+5",
                "--points=closed-8-hot,open-100-spread",
                "--accounts=20",
                "--upstream=20",
                "--seconds=1",
                "--warmup=0",
                "--data=" + folder,
                "--json=" + json);

        assertThat(code).as(out.toString() + err).isZero();
        JsonNode rounds = JsonMapper.shared().readTree(Files.readString(json)).path("rounds");
        assertThat(rounds.size()).isEqualTo(4);
        assertThat(rounds.valueStream()).allSatisfy(round -> {
            assertThat(round.path("requests_per_second").asDouble()).isPositive();
            assertThat(round.path("errors").asInt()).isZero();
            // A commit takes five milliseconds here, and nothing is answered before one.
            assertThat(round.path("hold_p50_ms").asDouble()).isGreaterThan(4.5);
            assertThat(round.path("settle_p99_ms").asDouble()).isGreaterThan(4.5);
            assertThat(round.path("operations_per_batch").asDouble()).isPositive();
        });
        assertThat(out.toString()).doesNotContain("DOES NOT ADD UP");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(json);
        }
    }

    /// A hold that nobody settles is money that is gone for the customer: the stage must say so.
    @Test
    void aHoldLeftOpenAndAMissingSettlementAreReported(@TempDir Path folder) {
        try (LedgerStage stage = new LedgerStage(LedgerDisk.SQLITE, folder, null, 3)) {
            stage.measure(
                    LedgerPoint.parse("closed-2-spread"), 2, Duration.ZERO, Duration.ZERO, Duration.ofMillis(200));
            assertThat(stage.fault()).isEmpty();

            stage.write("UPDATE limit_window SET used = used - 1 WHERE used = (SELECT MAX(used) FROM limit_window)");
            assertThat(stage.fault())
                    .hasValueSatisfying(fault -> assertThat(fault).contains("the balances say"));

            stage.write("UPDATE limit_window SET held = 1");
            assertThat(stage.fault())
                    .hasValueSatisfying(fault -> assertThat(fault).contains("still hold"));
        }
    }

    @Test
    void theGoalsAreThoseOfTwoRowsAndSayWhatIsMissed() {
        LedgerReport report = new LedgerReport(
                "m",
                "s",
                List.of(
                        round("sqlite", "open-10000-spread", 2, 99_000, 10.1),
                        round("sqlite", "open-10000-spread", 10, 50_000, 500),
                        round("sqlite+10", "open-10000-spread", 2, 97_000, 55),
                        round("postgresql", "closed-1000-hot", 2, 210_000, 55)),
                List.of());

        assertThat(report.outcomes())
                .extracting(LedgerGoal.Outcome::line)
                .containsExactly(
                        "MISSED sqlite at open-10000-spread, two rows: hold + settle p99 ms 10.1 of at most 10",
                        "met    sqlite at open-10000-spread, two rows: requests/s 9900.0 of at least 9800",
                        "met    sqlite at open-10000-spread, two rows: errors 0.0 of at most 0",
                        "met    postgresql at closed-1000-hot, two rows: requests/s 21000.0 of at least 20000",
                        "met    sqlite+10 at open-10000-spread, two rows: hold + settle p99 ms 55.0 of at most 60",
                        "MISSED sqlite+10 at open-10000-spread, two rows: requests/s 9700.0 of at least 9800",
                        "met    sqlite+10 at open-10000-spread, two rows: errors 0.0 of at most 0");
        assertThat(report.isSound()).isTrue();
        assertThat(JsonMapper.shared().readTree(report.json()).path("goals").size())
                .isEqualTo(7);
    }

    @Test
    void loadsAndStoresAreReadBackFromTheirNames() {
        for (String name : List.of("closed-1000-hot", "open-2000-spread")) {
            assertThat(LedgerPoint.parse(name).name()).isEqualTo(name);
        }
        for (String name : List.of("sqlite", "sqlite+5", "postgresql")) {
            assertThat(LedgerDisk.parse(name).name()).isEqualTo(name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "open", "open-10", "open-0-hot", "open-x-hot", "burst-1-hot", "open-1-warm", "open-1-hot-"})
    void otherLoadsAreRefused(String name) {
        assertThatThrownBy(() -> LedgerPoint.parse(name)).hasMessageContaining("not a load");
    }

    @Test
    void wrongArgumentsAreNamedAndNothingIsStarted() {
        assertThat(run("--store=sqlite+0")).isEqualTo(2);
        assertThat(run("--store=postgresql")).isEqualTo(2);
        assertThat(run("--rows=3")).isEqualTo(2);
        assertThat(run("--points=open-1")).isEqualTo(2);
        assertThat(run("--seconds=0")).isEqualTo(2);
        assertThat(run("--data=/no/such/folder")).isEqualTo(2);
        assertThat(err.toString())
                .contains("not a store", "needs --database", "--rows is", "not a load", "at least 1", "no such folder");
    }
}
