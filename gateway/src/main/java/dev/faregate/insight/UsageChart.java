package dev.faregate.insight;

import dev.faregate.base.Usd;
import dev.faregate.pages.Amounts;
import dev.faregate.pages.Counts;
import dev.faregate.usage.UsageReport.Report;
import dev.faregate.usage.UsageReport.Series;
import dev.faregate.usage.UsageReport.Sums;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// One figure over time as columns, each a stack of what the groups had of it, and the same in words for whoever does
/// not see columns. The highest column is [#HEIGHT] high.
public record UsageChart(
        Measure measure, String sum, String exactSum, String highest, List<Column> columns, List<Entry> legend) {
    public static final int HEIGHT = 1_000;

    /// What is there at all is seen.
    private static final int LEAST = 20;

    /// What is drawn.
    public enum Measure {
        SPEND("Spend"),
        REQUESTS("Requests"),
        TOKENS("Tokens");

        private final String title;

        Measure(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }

        public String id() {
            return "chart-" + title.toLowerCase(Locale.ROOT);
        }

        long of(Sums sums) {
            return switch (this) {
                case SPEND -> sums.spent().nanos();
                case REQUESTS -> sums.requests();
                case TOKENS -> sums.tokens();
            };
        }

        String shown(long value) {
            return this == SPEND ? Amounts.shown(Usd.ofNanos(value)) : Counts.shown(value);
        }

        String exact(long value) {
            return this == SPEND ? Amounts.exact(Usd.ofNanos(value)) : Counts.exact(value);
        }
    }

    /// One piece of time, the lowest part first. `cells` are the values of the series in the order of the legend.
    public record Column(int place, String when, String sum, String words, List<Part> parts, List<String> cells) {}

    /// A part of a column. `style` is the class that gives the color of its series.
    public record Part(String style, int y, int height) {}

    /// A series in the legend, with its sum.
    public record Entry(String style, String name, String sum, String exactSum) {}

    public UsageChart {
        columns = List.copyOf(columns);
        legend = List.copyOf(legend);
    }

    /// The class of the color of a series: what is left over is always the same.
    static String style(Series series, int place) {
        return series.group() == null ? "fg-s0" : "fg-s" + (place + 1);
    }

    /// `names` are those of the series, `whens` those of the pieces of time.
    static UsageChart of(Measure measure, Report report, List<String> names, List<String> whens) {
        List<Series> all = report.series();
        List<Entry> legend = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            long sum = all.get(i).pieces().stream().mapToLong(measure::of).sum();
            legend.add(new Entry(style(all.get(i), i), names.get(i), measure.shown(sum), measure.exact(sum)));
        }
        List<long[]> stacks = new ArrayList<>();
        long highest = 0;
        for (int i = 0; i < whens.size(); i++) {
            int at = i;
            long[] stack = all.stream()
                    .mapToLong(series -> Math.max(0, measure.of(series.pieces().get(at))))
                    .toArray();
            stacks.add(stack);
            highest = Math.max(highest, sum(stack));
        }
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < whens.size(); i++) {
            columns.add(column(measure, i, whens.get(i), stacks.get(i), highest, legend));
        }
        long total = measure.of(report.total());
        return new UsageChart(
                measure, measure.shown(total), measure.exact(total), measure.shown(highest), columns, legend);
    }

    private static Column column(
            Measure measure, int place, String when, long[] stack, long highest, List<Entry> legend) {
        long sum = sum(stack);
        int height = sum == 0 ? 0 : Math.max(LEAST, share(sum, highest, HEIGHT));
        List<Part> parts = new ArrayList<>();
        List<String> cells = new ArrayList<>();
        List<String> words = new ArrayList<>();
        long below = 0;
        int reached = 0;
        for (int i = 0; i < stack.length; i++) {
            cells.add(measure.shown(stack[i]));
            below += stack[i];
            int top = sum == 0 ? 0 : share(below, sum, height);
            if (top > reached) {
                parts.add(new Part(legend.get(i).style(), HEIGHT - top, top - reached));
                reached = top;
            }
            if (stack[i] > 0) {
                words.add(legend.get(i).name() + ": " + measure.shown(stack[i]));
            }
        }
        String told = when + ": " + measure.shown(sum)
                + words.reversed().stream().map(line -> "\n" + line).collect(Collectors.joining());
        return new Column(place, when, measure.shown(sum), told, parts, cells);
    }

    private static long sum(long[] stack) {
        long sum = 0;
        for (long part : stack) {
            sum = Math.addExact(sum, part);
        }
        return sum;
    }

    private static int share(long part, long whole, int height) {
        return BigInteger.valueOf(part)
                .multiply(BigInteger.valueOf(height))
                .divide(BigInteger.valueOf(whole))
                .intValueExact();
    }

    /// Whether nothing of it was used.
    public boolean isEmpty() {
        return columns.stream().allMatch(column -> column.parts().isEmpty());
    }
}
