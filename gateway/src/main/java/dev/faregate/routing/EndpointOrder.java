package dev.faregate.routing;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ProviderPreferences;
import dev.faregate.chat.ProviderPreferences.Side;
import dev.faregate.models.Measurements;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Rate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Puts the endpoints of one model in the order to try them (contract 3.7).
final class EndpointOrder {
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final List<String> SOFT_PREFERENCES = List.of("tools", "response_format", "verbosity");

    private final Model model;
    private final EndpointHealth health;
    private final RandomGenerator random;
    private final long nowNanos;

    EndpointOrder(Model model, EndpointHealth health, RandomGenerator random, long nowNanos) {
        this.model = model;
        this.health = health;
        this.random = random;
        this.nowNanos = nowNanos;
    }

    List<ModelEndpoint> byPrice(List<ModelEndpoint> endpoints) {
        return sorted(endpoints, Comparator.comparingLong(EndpointOrder::price));
    }

    List<ModelEndpoint> byThroughput(List<ModelEndpoint> endpoints) {
        return sorted(
                endpoints,
                Comparator.<ModelEndpoint>comparingLong(e -> health.tokensPerKilosecond(model, e))
                        .reversed());
    }

    List<ModelEndpoint> byLatency(List<ModelEndpoint> endpoints) {
        return sorted(endpoints, Comparator.comparingLong(e -> health.latencyMicros(model, e)));
    }

    /// Load balancing: those with an outage in the last 30 s, or a rate limit that goes on, go to the end; of
    /// the others the first is drawn with weight 1 / price², the rest follow from cheap to dear.
    List<ModelEndpoint> balanced(List<ModelEndpoint> endpoints) {
        List<ModelEndpoint> byPrice = byPrice(endpoints);
        List<ModelEndpoint> ordered = new ArrayList<>(byPrice);
        ordered.removeIf(e -> health.shunned(model, e, nowNanos));
        if (ordered.size() > 1) {
            ModelEndpoint drawn = draw(ordered);
            ordered.remove(drawn);
            ordered.addFirst(drawn);
        }
        for (ModelEndpoint endpoint : byPrice) {
            if (!ordered.contains(endpoint)) {
                ordered.add(endpoint);
            }
        }
        return ordered;
    }

    private ModelEndpoint draw(List<ModelEndpoint> endpoints) {
        // Weights are ratios, not money: floating point is the right tool.
        double cheapest = Math.max(1, price(endpoints.getFirst()));
        double[] weights = new double[endpoints.size()];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            double ratio = cheapest / Math.max(1, price(endpoints.get(i)));
            weights[i] = ratio * ratio;
            sum += weights[i];
        }
        double point = random.nextDouble() * sum;
        for (int i = 0; i < weights.length; i++) {
            point -= weights[i];
            if (point < 0) {
                return endpoints.get(i);
            }
        }
        return endpoints.getFirst();
    }

    /// Endpoints that miss a preferred throughput or latency go behind the others. One of which nothing is known gets
    /// its chance.
    static List<ModelEndpoint> fastFirst(
            List<ModelEndpoint> endpoints, Model model, ProviderPreferences preferences, Measurements measured) {
        if (preferences.minThroughput().isNone() && preferences.maxLatency().isNone()) {
            return endpoints;
        }
        return partitioned(endpoints, e -> isFast(measured.of(model, e), preferences));
    }

    private static boolean isFast(Measurements.EndpointFigures seen, ProviderPreferences preferences) {
        Measurements.Percentiles speed = seen.throughput();
        if (speed != null
                && !preferences
                        .minThroughput()
                        .metBy(Side.AT_LEAST, speed.p50(), speed.p75(), speed.p90(), speed.p99())) {
            return false;
        }
        Measurements.Percentiles millis = seen.latency();
        return millis == null
                || preferences
                        .maxLatency()
                        .metBy(
                                Side.AT_MOST,
                                millis.p50() / MILLIS_PER_SECOND,
                                millis.p75() / MILLIS_PER_SECOND,
                                millis.p90() / MILLIS_PER_SECOND,
                                millis.p99() / MILLIS_PER_SECOND);
    }

    /// Endpoints that know the tools, format or verbosity asked for go first, if any do.
    static List<ModelEndpoint> supportingFirst(List<ModelEndpoint> endpoints, ChatRequest request) {
        List<String> wanted = SOFT_PREFERENCES.stream().filter(request::has).toList();
        if (wanted.isEmpty()) {
            return endpoints;
        }
        return partitioned(endpoints, e -> wanted.stream().allMatch(e::supports));
    }

    /// Endpoints in the order the caller listed their providers; the others follow only when fallbacks
    /// are allowed.
    static List<ModelEndpoint> listed(List<ModelEndpoint> endpoints, ProviderPreferences preferences) {
        List<ModelEndpoint> ordered = new ArrayList<>(endpoints.size());
        for (String slug : preferences.order()) {
            for (ModelEndpoint endpoint : endpoints) {
                if (EndpointFilter.matches(slug, endpoint) && !ordered.contains(endpoint)) {
                    ordered.add(endpoint);
                }
            }
        }
        if (ordered.isEmpty() && !preferences.allowFallbacks()) {
            // None of the listed providers serves this model: the best of the others is the primary one.
            return List.of(endpoints.getFirst());
        }
        if (preferences.allowFallbacks()) {
            for (ModelEndpoint endpoint : endpoints) {
                if (!ordered.contains(endpoint)) {
                    ordered.add(endpoint);
                }
            }
        }
        return ordered;
    }

    private static List<ModelEndpoint> partitioned(List<ModelEndpoint> endpoints, Predicate<ModelEndpoint> first) {
        List<ModelEndpoint> ordered = new ArrayList<>(endpoints.size());
        endpoints.stream().filter(first).forEach(ordered::add);
        endpoints.stream().filter(first.negate()).forEach(ordered::add);
        return ordered;
    }

    private static List<ModelEndpoint> sorted(List<ModelEndpoint> endpoints, Comparator<ModelEndpoint> by) {
        return endpoints.stream().sorted(by).toList();
    }

    private static long price(ModelEndpoint endpoint) {
        return endpoint.prices().picos(Rate.PROMPT, 0) + endpoint.prices().picos(Rate.COMPLETION, 0);
    }
}
