package dev.faregate.dashboard;

import dev.faregate.base.Usd;
import dev.faregate.models.Measurements;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Rate;
import org.jspecify.annotations.Nullable;

/// A model at one provider, as its page shows it.
public record EndpointFacts(ModelEndpoint endpoint, Measurements.EndpointFigures figures) {
    public boolean isFree() {
        return endpoint.prices().isFree();
    }

    public Usd prompt() {
        return ModelFacts.perMillion(endpoint.prices(), Rate.PROMPT);
    }

    public Usd completion() {
        return ModelFacts.perMillion(endpoint.prices(), Rate.COMPLETION);
    }

    /// What each request costs besides; null where nothing is stated.
    public @Nullable Usd request() {
        return ModelFacts.fee(endpoint.prices(), Rate.REQUEST);
    }

    /// What each image that is made costs besides; null where nothing is stated.
    public @Nullable Usd image() {
        return ModelFacts.fee(endpoint.prices(), Rate.IMAGE_OUTPUT);
    }

    /// What each second of audio that is sent costs besides; null where nothing is stated.
    public @Nullable Usd second() {
        return ModelFacts.fee(endpoint.prices(), Rate.AUDIO_SECOND);
    }

    /// The price of a million tokens that are read from the provider's cache; null where nobody states one.
    public @Nullable Usd cached() {
        return endpoint.prices().base().has(Rate.CACHE_READ)
                ? ModelFacts.perMillion(endpoint.prices(), Rate.CACHE_READ)
                : null;
    }

    /// Whether prices change with the length of the prompt.
    public boolean hasSteps() {
        return !endpoint.prices().overrides().isEmpty();
    }

    /// `99.8 %` of the last 30 minutes, or a dash.
    public String uptime() {
        return told(figures.uptimeLast30m(), MeasuredWords.UNKNOWN);
    }

    /// The uptimes of the three windows, for who looks closer; null where nothing is known.
    public @Nullable String uptimes() {
        return figures.uptimeLast1d() == null
                ? null
                : "5 minutes: " + told(figures.uptimeLast5m(), "not known") + ", 30 minutes: "
                        + told(figures.uptimeLast30m(), "not known") + ", 24 hours: "
                        + told(figures.uptimeLast1d(), "not known");
    }

    private static String told(@Nullable Double percent, String unknown) {
        return percent == null ? unknown : MeasuredWords.percent(percent);
    }

    /// The median of the last 30 minutes, or a dash.
    public String latency() {
        Measurements.Percentiles latency = figures.latency();
        return latency == null ? MeasuredWords.UNKNOWN : MeasuredWords.seconds(latency.p50());
    }

    /// How long nearly all requests took, for who looks closer; null where nothing is known.
    public @Nullable String latencies() {
        Measurements.Percentiles latency = figures.latency();
        return latency == null
                ? null
                : "To the first token, last 30 minutes: median " + MeasuredWords.seconds(latency.p50())
                        + ", 90 % within " + MeasuredWords.seconds(latency.p90())
                        + ", 99 % within " + MeasuredWords.seconds(latency.p99());
    }

    /// The median of the last 30 minutes in tokens per second, or a dash.
    public String throughput() {
        Measurements.Percentiles throughput = figures.throughput();
        return throughput == null ? MeasuredWords.UNKNOWN : MeasuredWords.speed(throughput.p50());
    }

    /// What nearly all requests reached, for who looks closer; null where nothing is known.
    public @Nullable String throughputs() {
        Measurements.Percentiles throughput = figures.throughput();
        return throughput == null
                ? null
                : "Last 30 minutes: median " + MeasuredWords.speed(throughput.p50())
                        + ", 90 % reach " + MeasuredWords.speed(throughput.p90())
                        + ", 99 % reach " + MeasuredWords.speed(throughput.p99());
    }

    /// What its provider does with prompts, as far as it is known.
    public String policy() {
        if (endpoint.provider().policy() == null) {
            return "Data policy not known";
        }
        String keeps = endpoint.provider().mayRetain() ? "Keeps prompts" : "Keeps nothing";
        return endpoint.provider().mayTrain() ? keeps + ", may train" : keeps;
    }
}
