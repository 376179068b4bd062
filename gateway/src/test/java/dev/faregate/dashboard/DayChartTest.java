package dev.faregate.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is drawn of days.
class DayChartTest {
    @Test
    void drawsDaysByTheHighest() {
        DayChart chart = DayChart.of(
                List.of(Usd.ZERO, Usd.parse("0.0001"), Usd.parse("2"), Usd.parse("4")),
                Instant.parse("2026-11-26T01:00:00Z"));
        assertThat(chart.columns()).extracting(DayChart.Column::height).containsExactly(0, 3, 50, 100);
        assertThat(chart.columns().getFirst().words()).isEqualTo("23 Nov 2026: $0.00");
        assertThat(chart.columns().getLast().words()).isEqualTo("26 Nov 2026: $4.00");
        assertThat(chart.sum()).isEqualTo(Usd.parse("6.0001"));
    }

    @Test
    void drawsNothingOfDaysWithoutSpending() {
        DayChart chart = DayChart.of(List.of(Usd.ZERO, Usd.ZERO), Instant.parse("2026-11-26T01:00:00Z"));
        assertThat(chart.columns()).extracting(DayChart.Column::height).containsOnly(0);
    }
}
