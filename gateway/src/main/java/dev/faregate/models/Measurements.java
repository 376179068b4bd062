package dev.faregate.models;

import org.jspecify.annotations.Nullable;

/// What has been seen of endpoints and models while they worked. The catalogue only shows it; whoever
/// measures supplies it. A figure that is not there is null and is shown as null.
public interface Measurements {
    /// Nothing measured.
    Measurements NONE = new Measurements() {
        @Override
        public EndpointFigures of(Model model, ModelEndpoint endpoint) {
            return EndpointFigures.NONE;
        }

        @Override
        public long tokensLastWeek(Model model) {
            return 0;
        }
    };

    EndpointFigures of(Model model, ModelEndpoint endpoint);

    /// Prompt and completion tokens of the last seven days.
    long tokensLastWeek(Model model);

    /// Seconds or tokens per second at four percentiles, over the last 30 minutes.
    record Percentiles(double p50, double p75, double p90, double p99) {}

    /// `status` is 0 when healthy (contract 2.2); uptimes are percentages; latency is in seconds,
    /// throughput in tokens per second.
    record EndpointFigures(
            int status,
            @Nullable Double uptimeLast5m,
            @Nullable Double uptimeLast30m,
            @Nullable Double uptimeLast1d,
            @Nullable Percentiles latency,
            @Nullable Percentiles throughput) {
        public static final EndpointFigures NONE = new EndpointFigures(0, null, null, null, null, null);
    }
}
