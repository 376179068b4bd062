package dev.faregate.usage;

import dev.faregate.base.Usd;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What analytics can tell of a group of generations, all of it from the sums of the roll-ups: so there
/// are no percentiles. Money is US dollars, latency milliseconds, throughput tokens a second. A rate of
/// nothing is null.
enum Metric {
    REQUEST_COUNT("request_count", "Request Count", Format.NUMBER, count(Figures.REQUESTS)),
    BYOK_REQUEST_COUNT("byok_request_count", "BYOK Request Count", Format.NUMBER, count(Figures.BYOK_REQUESTS)),
    TOKENS_TOTAL(
            "tokens_total", "Total Tokens", Format.NUMBER, count(Figures.PROMPT_TOKENS, Figures.COMPLETION_TOKENS)),
    TOKENS_PROMPT("tokens_prompt", "Prompt Tokens", Format.NUMBER, count(Figures.PROMPT_TOKENS)),
    TOKENS_COMPLETION("tokens_completion", "Completion Tokens", Format.NUMBER, count(Figures.COMPLETION_TOKENS)),
    REASONING_TOKENS("reasoning_tokens", "Reasoning Tokens", Format.NUMBER, count(Figures.REASONING_TOKENS)),
    CACHED_TOKENS("cached_tokens", "Cached Tokens", Format.NUMBER, count(Figures.CACHED_TOKENS)),
    TOTAL_USAGE("total_usage", "Total Usage", Format.CURRENCY, money(Figures.USAGE, Figures.BYOK_USAGE)),
    CREDITS_USAGE("credits_usage", "Credits Usage", Format.CURRENCY, money(Figures.USAGE)),
    BYOK_USAGE("byok_usage", "BYOK Usage", Format.CURRENCY, money(Figures.BYOK_USAGE)),
    CACHE_HIT_RATE(
            "cache_hit_rate",
            "Cache Hit Rate",
            Format.PERCENT,
            rate(Figures.CACHED_TOKENS, 1, Figures.PROMPT_TOKENS, 4)),
    AVG_LATENCY("avg_latency", "Average Latency", Format.LATENCY, rate(Figures.LATENCY, 1, Figures.TIMED_REQUESTS, 1)),
    AVG_THROUGHPUT(
            "avg_throughput",
            "Average Throughput",
            Format.THROUGHPUT,
            rate(Figures.TIMED_TOKENS, 1_000, Figures.GENERATION_TIME, 2));

    /// How a value is shown; the words of the contract. Sums can be added up, rates cannot.
    enum Format {
        NUMBER("number", false),
        CURRENCY("currency", false),
        PERCENT("percent", true),
        LATENCY("latency", true),
        THROUGHPUT("throughput", true);

        private final String word;
        private final boolean rate;

        Format(String word, boolean rate) {
            this.word = word;
            this.rate = rate;
        }

        String word() {
            return word;
        }

        boolean isRate() {
            return rate;
        }
    }

    /// The value that some figures have, null when it is a rate of nothing; and which figures those are.
    private record Value(Function<Figures, @Nullable BigDecimal> of, List<Integer> figures) {}

    private final String word;
    private final String label;
    private final Format format;
    private final Value value;

    Metric(String word, String label, Format format, Value value) {
        this.word = word;
        this.label = label;
        this.format = format;
        this.value = value;
    }

    String word() {
        return word;
    }

    String label() {
        return label;
    }

    Format format() {
        return format;
    }

    @Nullable
    BigDecimal of(Figures figures) {
        return value.of().apply(figures);
    }

    /// The figures that it is made of.
    List<Integer> figures() {
        return value.figures();
    }

    static Optional<Metric> find(String word) {
        return Arrays.stream(values())
                .filter(metric -> metric.word.equals(word))
                .findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Metric::word).toList();
    }

    private static Value count(Integer... figures) {
        return new Value(of -> BigDecimal.valueOf(sum(of, figures)), List.of(figures));
    }

    private static Value money(Integer... figures) {
        return new Value(of -> Usd.ofNanos(sum(of, figures)).dollars(), List.of(figures));
    }

    private static Value rate(int part, long times, int whole, int decimals) {
        return new Value(
                of -> of.get(whole) == 0
                        ? null
                        : BigDecimal.valueOf(of.get(part))
                                .multiply(BigDecimal.valueOf(times))
                                .divide(BigDecimal.valueOf(of.get(whole)), decimals, RoundingMode.HALF_UP),
                List.of(part, whole));
    }

    private static long sum(Figures of, Integer... figures) {
        long sum = 0;
        for (int figure : figures) {
            sum = Math.addExact(sum, of.get(figure));
        }
        return sum;
    }
}
