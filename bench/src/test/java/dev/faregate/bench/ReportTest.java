package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
    private static final LoadPoint POINT = new LoadPoint.Closed(128);
    private static final OptionalDouble NONE = OptionalDouble.empty();

    private static Round round(double cpuSeconds, double p50, double p99) {
        OptionalDouble cpu = cpuSeconds == 0 ? NONE : OptionalDouble.of(cpuSeconds);
        return new Round(10, 100_000, 0, "", cpu, p50, p99, NONE, NONE, NONE, OptionalDouble.of(40), NONE);
    }

    private static Result result(String subject, Round... rounds) {
        return new Result(subject, POINT, List.of(rounds));
    }

    private static final Report REPORT = new Report(
            "a machine",
            "some settings",
            List.of(
                    result("direct", round(0, 1.0, 2.0)),
                    result("nginx", round(2.0, 1.1, 2.5), round(9.9, 9, 9), round(1.8, 1.0, 2.4)),
                    result("free", round(3.0, 1.2, 3.0)),
                    result("priced", round(10.0, 1.9, 5.0))));

    @Test
    void the_median_of_the_rounds_counts() {
        assertThat(REPORT.find("nginx", POINT).orElseThrow().medianIfKnown(Round::cpuPer10k))
                .hasValue(0.2);
        assertThat(result("x", round(1, 1, 1), round(3, 3, 3)).median(Round::p50))
                .isEqualTo(2.0);
    }

    @Test
    void cpu_is_compared_with_nginx_and_latency_with_the_mock_alone() {
        Result priced = REPORT.find("priced", POINT).orElseThrow();

        assertThat(REPORT.cpuRatio(priced).getAsDouble()).isCloseTo(5.0, within(1e-9));
        assertThat(REPORT.addedP50(priced).getAsDouble()).isCloseTo(0.9, within(1e-9));
        assertThat(REPORT.addedP99(priced).getAsDouble()).isCloseTo(3.0, within(1e-9));
    }

    @Test
    void what_is_not_known_is_a_dash_and_not_a_zero() {
        Report alone = new Report("m", "s", List.of(result("peer", round(0, 1, 2))));

        assertThat(alone.cpuRatio(alone.results().getFirst())).isEmpty();
        assertThat(alone.table().lines().filter(line -> line.contains("peer")).findFirst())
                .hasValueSatisfying(line ->
                        assertThat(line.split(" +")).containsSubsequence("peer", "10000", "-", "-", "1.000", "-"));
    }

    @Test
    void goals_are_met_or_missed_by_the_same_figures() {
        assertThat(REPORT.outcomes())
                .extracting(outcome -> outcome.goal().words(), Goal.Outcome::met)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("free at closed-128: CPU x nginx", true),
                        org.assertj.core.groups.Tuple.tuple("priced at closed-128: CPU x nginx", false));
        assertThat(REPORT.outcomes().getLast().line()).startsWith("MISSED").contains("5.00 of at most 4.00");
    }

    @Test
    void the_ledgers_share_is_what_a_priced_request_takes_longer_than_a_free_one() {
        LoadPoint open = new LoadPoint.Open(2000);
        Report report = new Report(
                "m",
                "s",
                List.of(
                        new Result("free", open, List.of(round(1, 0.4, 2.0))),
                        new Result("priced", open, List.of(round(1, 1.1, 8.0)))));

        assertThat(report.outcomes())
                .extracting(Goal.Outcome::line)
                .containsExactly(
                        "met    priced at open-2000: ledger's share p50 ms      0.70 of at most 1.00",
                        "MISSED priced at open-2000: ledger's share p99 ms      6.00 of at most 5.00");
    }

    @Test
    void errors_are_counted_and_the_first_is_shown() {
        Round bad = new Round(10, 5, 7, "status 429 slow down", NONE, 1, 1, NONE, NONE, NONE, NONE, NONE);
        Report report = new Report("m", "s", List.of(new Result("free", POINT, List.of(round(1, 1, 1), bad))));

        assertThat(report.table()).contains("first error of free at closed-128: status 429 slow down");
        assertThat(report.results().getFirst().errors()).isEqualTo(7);
    }

    @Test
    void the_json_holds_every_round_and_null_for_what_is_unknown() {
        JsonNode json = JsonMapper.shared().readTree(REPORT.json());

        JsonNode nginx = json.path("results").path(1);
        assertThat(nginx.path("rounds").size()).isEqualTo(3);
        assertThat(nginx.path("cpu_ratio_to_nginx").asDouble()).isEqualTo(1.0);
        assertThat(json.path("results").path(0).path("cpu_seconds_per_10k").isNull())
                .isTrue();
        assertThat(json.path("targets").path(1).path("met").asBoolean()).isFalse();
    }
}
