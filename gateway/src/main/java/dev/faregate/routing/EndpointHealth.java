package dev.faregate.routing;

import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;

/// What this node has lately seen of each endpoint: outages, rate limits, time to the first byte, tokens per
/// second. It only reorders routes, so it is soft: per node, of a bounded number of endpoints, forgotten on
/// restart. Safe to share between threads.
public final class EndpointHealth {
    /// An endpoint that failed this recently goes to the end of the line (contract 3.7).
    public static final Duration OUTAGE_MEMORY = Duration.ofSeconds(30);

    /// So long at least an endpoint that limits its rate goes to the end of the line: many say no time.
    static final Duration LEAST_COOLING = Duration.ofSeconds(5);

    /// Whatever it asks for, it is asked again after this.
    static final Duration MOST_COOLING = Duration.ofMinutes(5);

    /// With more endpoints than this everything is forgotten and seen anew: only a catalogue that is replaced again and
    /// again gets there, and each answer would pay for something cleverer.
    static final int MAX_ENDPOINTS = 10_000;

    /// The newest observation counts for an eighth.
    private static final int SMOOTHING_SHIFT = 3;

    /// Immutable; `lastFailureNanos` counts only when `failed`, `coolUntilNanos` only when `cooling`. Times in
    /// microseconds, speed in tokens per 1,000 s.
    private record State(
            boolean failed,
            long lastFailureNanos,
            boolean cooling,
            long coolUntilNanos,
            long latencyMicros,
            long tokensPerKilosecond) {
        private static final State NEW = new State(false, 0, false, 0, 0, 0);

        State failedAt(long nowNanos) {
            return new State(true, nowNanos, cooling, coolUntilNanos, latencyMicros, tokensPerKilosecond);
        }

        State coolUntil(long nanos) {
            return new State(failed, lastFailureNanos, true, nanos, latencyMicros, tokensPerKilosecond);
        }

        /// An answer ends an outage. A rate limit goes on: the answer may have been asked for before it.
        State answered(long micros, long speed) {
            return new State(
                    false,
                    0,
                    cooling,
                    coolUntilNanos,
                    smoothed(latencyMicros, micros),
                    smoothed(tokensPerKilosecond, speed));
        }

        boolean hadOutage(long nowNanos) {
            return failed && nowNanos - lastFailureNanos < OUTAGE_MEMORY.toNanos();
        }

        boolean cools(long nowNanos) {
            return cooling && nowNanos - coolUntilNanos < 0;
        }

        private static long smoothed(long known, long seen) {
            return known == 0 ? seen : known + ((seen - known) >> SMOOTHING_SHIFT);
        }
    }

    /// A model at a provider, by their names: both may be replaced by newer ones of the same name.
    record Place(String model, String endpoint) {
        static Place of(Model model, ModelEndpoint endpoint) {
            return new Place(model.id(), endpoint.tag());
        }
    }

    /// A model endpoint that failed of late, by the names of the model and of its endpoint, and how long ago.
    public record Outage(String model, String endpoint, Duration ago) {}

    private final ConcurrentMap<Place, State> states = new ConcurrentHashMap<>();

    /// The endpoint did not answer, or broke off.
    public void failed(Model model, ModelEndpoint endpoint, long nowNanos) {
        change(Place.of(model, endpoint), known -> known.failedAt(nowNanos));
    }

    /// The endpoint takes no more requests for `retryAfter`, by its own word: no outage, but others are asked
    /// first until it is over, for [#LEAST_COOLING] at least and [#MOST_COOLING] at most.
    public void limited(Model model, ModelEndpoint endpoint, Duration retryAfter, long nowNanos) {
        long until = nowNanos + Math.clamp(retryAfter.toNanos(), LEAST_COOLING.toNanos(), MOST_COOLING.toNanos());
        change(Place.of(model, endpoint), known -> known.coolUntil(until));
    }

    /// `latency` to the first byte; `completionTokens` generated during `generation`.
    public void succeeded(
            Model model, ModelEndpoint endpoint, Duration latency, Duration generation, long completionTokens) {
        long micros = latency.toNanos() / 1_000;
        long generationMillis = Math.max(1, generation.toMillis());
        long speed = completionTokens * 1_000_000 / generationMillis;
        change(Place.of(model, endpoint), known -> known.answered(micros, speed));
    }

    private void change(Place place, UnaryOperator<State> change) {
        states.compute(place, (_, known) -> change.apply(known == null ? State.NEW : known));
        if (states.size() > MAX_ENDPOINTS) {
            states.clear();
        }
    }

    /// Whether others are to be asked first: it failed of late, or limits its rate.
    boolean shunned(Model model, ModelEndpoint endpoint, long nowNanos) {
        State state = states.get(Place.of(model, endpoint));
        return state != null && (state.hadOutage(nowNanos) || state.cools(nowNanos));
    }

    /// The model endpoints that failed of late, as `model at provider`, in the order of their names.
    public List<String> failing(long nowNanos) {
        return outages(nowNanos).stream()
                .map(outage -> outage.model() + " at " + outage.endpoint())
                .toList();
    }

    /// The same, one by one.
    public List<Outage> outages(long nowNanos) {
        return states.entrySet().stream()
                .filter(entry -> entry.getValue().hadOutage(nowNanos))
                .map(entry -> new Outage(
                        entry.getKey().model(),
                        entry.getKey().endpoint(),
                        Duration.ofNanos(Math.max(0, nowNanos - entry.getValue().lastFailureNanos()))))
                .sorted(Comparator.comparing(Outage::model).thenComparing(Outage::endpoint))
                .toList();
    }

    /// Endpoints that are remembered, for tests of the bound.
    int size() {
        return states.size();
    }

    /// Smoothed time to the first byte in microseconds; unknown counts as 0, so that a new endpoint gets
    /// its chance.
    long latencyMicros(Model model, ModelEndpoint endpoint) {
        State state = states.get(Place.of(model, endpoint));
        return state == null ? 0 : state.latencyMicros();
    }

    /// Smoothed speed in tokens per 1,000 seconds; unknown counts as the fastest, for the same reason.
    long tokensPerKilosecond(Model model, ModelEndpoint endpoint) {
        State state = states.get(Place.of(model, endpoint));
        return state == null || state.tokensPerKilosecond() == 0 ? Long.MAX_VALUE : state.tokensPerKilosecond();
    }
}
