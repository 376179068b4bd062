package dev.faregate.dashboard;

import dev.faregate.base.Usd;
import dev.faregate.pages.Amounts;
import dev.faregate.pages.Moments;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What was spent day by day, as columns of at most a hundred. Today is the last.
public record DayChart(List<Column> columns, String firstDay, Usd highest, Usd sum) {
    static final int HEIGHT = 100;

    /// A day on which something was spent is seen.
    private static final int LEAST = 3;

    /// One day. `place` counts from the first.
    public record Column(int place, int height, String words) {}

    static DayChart of(List<Usd> days, Instant now) {
        Usd highest = days.stream().reduce(Usd.ZERO, Usd::max);
        Instant first = now.minus(Duration.ofDays(days.size() - 1L));
        List<Column> columns = new ArrayList<>(days.size());
        for (int i = 0; i < days.size(); i++) {
            Usd spent = days.get(i);
            String words = Moments.date(first.plus(Duration.ofDays(i))) + ": " + Amounts.shown(spent);
            columns.add(new Column(i, height(spent, highest), words));
        }
        return new DayChart(
                List.copyOf(columns),
                Moments.date(first),
                highest,
                days.stream().reduce(Usd.ZERO, Usd::plus));
    }

    private static int height(Usd spent, Usd highest) {
        if (spent.nanos() <= 0) {
            return 0;
        }
        int exact = BigInteger.valueOf(spent.nanos())
                .multiply(BigInteger.valueOf(HEIGHT))
                .divide(BigInteger.valueOf(highest.nanos()))
                .intValue();
        return Math.max(LEAST, exact);
    }
}
