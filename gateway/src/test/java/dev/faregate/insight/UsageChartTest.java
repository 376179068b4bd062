package dev.faregate.insight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Report;
import dev.faregate.usage.UsageReport.Series;
import dev.faregate.usage.UsageReport.Sums;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is drawn of usage.
class UsageChartTest {
    private static Sums spent(String dollars, long requests) {
        return new Sums(requests, 0, 0, 0, 0, Usd.parse(dollars), Usd.ZERO);
    }

    private static UsageChart chart(UsageChart.Measure measure, List<Series> series, String total) {
        return UsageChart.of(
                measure,
                new Report(List.of(Instant.EPOCH, Instant.EPOCH, Instant.EPOCH), series, List.of(), 0, spent(total, 7)),
                List.of("a", "b", "Others").subList(0, series.size()),
                List.of("Mon", "Tue", "Wed"));
    }

    private static final List<Series> THREE = List.of(
            new Series(new Group("a", "a", Sums.NONE), List.of(spent("2", 1), spent("0.000001", 1), spent("0", 0))),
            new Series(new Group("b", "b", Sums.NONE), List.of(spent("1", 2), spent("0", 0), spent("0", 0))),
            new Series(null, List.of(spent("1", 3), spent("0", 0), spent("0", 0))));

    @Test
    void stacksSeriesUpToTheHighestColumn() {
        UsageChart chart = chart(UsageChart.Measure.SPEND, THREE, "4.000001");
        assertThat(chart.columns().getFirst().parts())
                .containsExactly(
                        new UsageChart.Part("fg-s1", 500, 500),
                        new UsageChart.Part("fg-s2", 250, 250),
                        new UsageChart.Part("fg-s0", 0, 250));
        assertThat(chart.columns().get(1).parts())
                .as("what is there is seen")
                .containsExactly(new UsageChart.Part("fg-s1", 980, 20));
        assertThat(chart.columns().get(2).parts()).isEmpty();
        assertThat(chart.highest()).isEqualTo("$4.00");
        assertThat(chart.sum()).isEqualTo("$4.00");
        assertThat(chart.exactSum()).isEqualTo("$4.000001 USD");
    }

    @Test
    void saysTheSameInWords() {
        UsageChart chart = chart(UsageChart.Measure.REQUESTS, THREE, "0");
        assertThat(chart.columns().getFirst().words()).isEqualTo("Mon: 6\nOthers: 3\nb: 2\na: 1");
        assertThat(chart.columns().getFirst().cells()).containsExactly("1", "2", "3");
        assertThat(chart.columns().getLast().words()).isEqualTo("Wed: 0");
        assertThat(chart.legend())
                .extracting(UsageChart.Entry::name, UsageChart.Entry::sum)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("a", "2"),
                        org.assertj.core.api.Assertions.tuple("b", "2"),
                        org.assertj.core.api.Assertions.tuple("Others", "3"));
    }

    @Test
    void drawsNothingWhereNothingWas() {
        UsageChart chart = chart(UsageChart.Measure.TOKENS, THREE, "0");
        assertThat(chart.columns()).allMatch(column -> column.parts().isEmpty());
        assertThat(chart.highest()).isEqualTo("0");
        assertThat(chart(UsageChart.Measure.SPEND, List.of(), "0").columns()).hasSize(3);
    }

    @Test
    void drawsTheLargestSums() {
        Sums most = new Sums(Long.MAX_VALUE, 0, 0, 0, 0, Usd.ZERO, Usd.ZERO);
        UsageChart chart = chart(
                UsageChart.Measure.REQUESTS,
                List.of(new Series(new Group("a", "a", most), List.of(most, Sums.NONE, Sums.NONE))),
                "0");
        assertThat(chart.columns().getFirst().parts())
                .containsExactly(new UsageChart.Part("fg-s1", 0, UsageChart.HEIGHT));
    }
}
