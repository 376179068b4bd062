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

    /// The same for somebody who did not say who they are: they are not shown how fast endpoints are
    /// (contract: `PercentileStats`).
    default Measurements forStrangers() {
        Measurements all = this;
        return new Measurements() {
            @Override
            public EndpointFigures of(Model model, ModelEndpoint endpoint) {
                return all.of(model, endpoint).withoutSpeed();
            }

            @Override
            public long tokensLastWeek(Model model) {
                return all.tokensLastWeek(model);
            }
        };
    }

    /// Four percentiles of the last 30 minutes, of latencies in milliseconds or of tokens per second. Each is what
    /// so many of 100 requests did no worse than: latencies rise with the percentile, and throughput falls.
    record Percentiles(double p50, double p75, double p90, double p99) {}

    /// `status` is 0 when healthy (contract 2.2); uptimes are percentages. Latency is the time to the first token
    /// in milliseconds, as the `PercentileStats` of the contract have it, throughput in tokens per second.
    record EndpointFigures(
            int status,
            @Nullable Double uptimeLast5m,
            @Nullable Double uptimeLast30m,
            @Nullable Double uptimeLast1d,
            @Nullable Percentiles latency,
            @Nullable Percentiles throughput) {
        /// The status of an endpoint that nothing is known against.
        public static final int HEALTHY = 0;

        public static final EndpointFigures NONE = new EndpointFigures(HEALTHY, null, null, null, null, null);

        EndpointFigures withoutSpeed() {
            return new EndpointFigures(status, uptimeLast5m, uptimeLast30m, uptimeLast1d, null, null);
        }
    }
}
