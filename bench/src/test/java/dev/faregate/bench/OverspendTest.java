package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Usd;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OverspendTest {
    private static final Experiment EXPERIMENT =
            new Experiment(40, 50, Usd.parse("0.5"), Usd.parse("0.1"), Duration.ofMillis(300));
    private static final Overspending.Waits SHORT =
            new Overspending.Waits(Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofMillis(50));

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Bench.commandLine(Launch.classPath());
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "overspend";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return line.execute(all);
    }

    private static Overspent overspent(String bill, String figure, int answers, int refused) {
        return new Overspent(
                "x",
                false,
                EXPERIMENT,
                answers + refused,
                refused == 0 ? Map.of() : Map.of("402 no", refused),
                Map.of(),
                answers,
                answers,
                Usd.parse(bill),
                Optional.of(Usd.parse(figure)),
                bill.equals(figure) ? OptionalDouble.of(0.1) : OptionalDouble.empty());
    }

    @Test
    void ourGatewayHoldsTheCapThroughABurstAndThroughACrash(@TempDir Path folder) throws Exception {
        Path json = folder.resolve("out.json");

        int code = run("--requests=40", "--cap=0.50", "--latency=400", "--kill", "--wait=3", "--json=" + json);

        assertThat(code).as(out.toString() + err).isZero();
        JsonNode runs = JsonMapper.shared().readTree(Files.readString(json)).path("runs");
        JsonNode burst = runs.path(0);
        assertThat(burst.path("answers").asInt()).isEqualTo(5);
        assertThat(burst.path("own_figure_usd").asString()).isEqualTo("0.5");
        assertThat(burst.path("bill_usd").asString()).isEqualTo("0.5");
        assertThat(burst.path("refused_wrongly").asInt()).isZero();
        assertThat(burst.path("refusals").propertyNames()).allMatch(why -> why.startsWith("402 "));
        assertThat(burst.path("refusals")
                        .valueStream()
                        .mapToInt(JsonNode::asInt)
                        .sum())
                .isEqualTo(35);
        JsonNode crash = runs.path(1);
        assertThat(crash.path("killed").asBoolean()).isTrue();
        assertThat(crash.path("overspend_usd").asString()).isEqualTo("0");
        assertThat(crash.path("lost_usd").asString()).isEqualTo("0");
        assertThat(out.toString()).contains("holds  faregate", "holds  faregate kill -9");
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    /// The provider itself has no limit at all: who takes it for a gateway must see the cap passed.
    @Test
    void aGatewayWithoutALimitIsCaughtOverspending() {
        try (Overspending running = new Overspending(EXPERIMENT, 0, SHORT)) {
            Overspent result = running.run(new Contestant(
                    "none",
                    List.of("http://127.0.0.1:" + running.port() + "/v1"),
                    "key",
                    "bench",
                    () -> Optional.of(Usd.parse("0.3")),
                    Optional.empty()));

            assertThat(result.answers()).isEqualTo(40);
            assertThat(result.overspend()).isEqualTo(Usd.parse("3.5"));
            assertThat(result.lost()).contains(Usd.parse("3.7"));
            assertThat(result.fault())
                    .hasValueSatisfying(fault -> assertThat(fault).contains("the cap was passed by $3.5"));
        }
    }

    @Test
    void eachWayOfNotHoldingHasItsName() {
        assertThat(overspent("0.5", "0.5", 5, 35).fault()).isEmpty();
        assertThat(overspent("0.6", "0.6", 6, 34).fault())
                .hasValueSatisfying(f -> assertThat(f).contains("cap"));
        assertThat(overspent("0.5", "0.4", 5, 35).fault())
                .hasValueSatisfying(f -> assertThat(f).contains("missing"));
        assertThat(overspent("0.3", "0.3", 3, 37).refusedWrongly()).isEqualTo(2);
        assertThat(overspent("0.3", "0.3", 3, 37).fault())
                .hasValueSatisfying(f -> assertThat(f).contains("money left"));
        assertThat(overspent("0.5", "0.6", 5, 35).fault())
                .hasValueSatisfying(f -> assertThat(f).contains("never"));
    }

    @Test
    void theReportShowsTheFiguresAndTheReasons() {
        OverspendReport report = new OverspendReport(
                "a machine", EXPERIMENT, List.of(overspent("0.5", "0.5", 5, 35), overspent("0.7", "0.6", 7, 33)));

        assertThat(report.holds()).isFalse();
        assertThat(report.table())
                .startsWith("a machine\n40 requests at once, 50% streams, $0.1 each, on a limit of $0.5\n")
                .containsPattern("OVERSPEND +\\$0 +\\$0.2\n")
                .contains("35 x 402 no", "holds  x", "FAILED x: the cap was passed by $0.2");
        assertThat(JsonMapper.shared()
                        .readTree(report.json())
                        .path("runs")
                        .path(1)
                        .path("lost_usd")
                        .asString())
                .isEqualTo("0.1");
    }

    @Test
    void refusalsThatAreNotAboutMoneyAreCountedApart() {
        Overspent run = new Overspent(
                "x",
                false,
                EXPERIMENT,
                40,
                Map.of("402 no", 30, "503 later", 5),
                Map.of(),
                5,
                5,
                Usd.parse("0.5"),
                Optional.of(Usd.parse("0.5")),
                OptionalDouble.of(0.1));

        assertThat(run.refused()).isEqualTo(35);
        assertThat(run.refusedForService()).isEqualTo(5);
    }

    @Test
    void theShareOfStreamsIsExactAndSpreadOut() {
        assertThat(IntStream.range(0, 40).filter(EXPERIMENT::streams)).hasSize(20);
        assertThat(IntStream.range(0, 4).filter(EXPERIMENT::streams)).hasSize(2);
    }

    @Test
    void theConfigurationPricesAHundredTokensAtThePriceToTheNanoDollar() {
        assertThat(EXPERIMENT.yaml(8002, "m")).contains("prompt: \"0.000001\", completion: \"999.99999\"");
        assertThat(EXPERIMENT.bill(100)).isEqualTo(Usd.parse("0.1"));
        assertThat(EXPERIMENT.affordable()).isEqualTo(5);
    }

    @Test
    void aReplyIsAnAnswerOnlyWhenItIsWhole() {
        assertThat(Reply.of(200, "{\"choices\":[]}", false).kind()).isEqualTo(Reply.Kind.ANSWERED);
        assertThat(Reply.of(200, "data: {}\n\ndata: [DONE]\n\n", true).kind()).isEqualTo(Reply.Kind.ANSWERED);
        assertThat(Reply.of(200, "data: {}\n\n", true).kind()).isEqualTo(Reply.Kind.BROKEN);
        assertThat(Reply.of(402, "{\"error\":{\"message\":\"limit 5.00 of key 7\"}}", true))
                .isEqualTo(new Reply(Reply.Kind.REFUSED, "402 limit N of key N"));
        assertThat(Reply.of(429, "slow down", false).why()).isEqualTo("429 slow down");
    }

    @Test
    void anOwnFigureIsReadToTheNanoDollar() {
        assertThat(SpendFigure.parse("4.999999999999998")).contains(Usd.parse("5"));
        assertThat(SpendFigure.parse("nothing")).isEmpty();
        assertThat(SpendFigure.command("echo \"$BENCH_KEY more\"", Map.of("BENCH_KEY", "1.25"))
                        .read())
                .contains(Usd.parse("1.25"));
    }

    @Test
    void anotherGatewayNeedsAKeyAPortAndForAKillAWayBack() {
        assertThat(run("--url=http://127.0.0.1:1/v1")).isEqualTo(2);
        assertThat(run("--url=http://127.0.0.1:1/v1", "--key=k")).isEqualTo(2);
        assertThat(run("--url=http://127.0.0.1:1/v1", "--key=k", "--mock-port=9555", "--kill"))
                .isEqualTo(2);
        assertThat(run("--nodes=2")).isEqualTo(2);
        assertThat(err.toString())
                .contains("needs the --key", "need --mock-port", "--restart-command", "need a --database");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--requests=0", "--streams=101", "--cap=0", "--price=0.0000000001", "--price=0.000000123"})
    void anExperimentThatMakesNoSenseIsRefused(String argument) {
        assertThat(run(argument)).isEqualTo(2);
    }

    @Test
    void aCommandThatFailsSaysSo() {
        assertThatThrownBy(() -> Shell.run("exit 3", Map.of())).hasMessageContaining("ended with 3");
    }
}
