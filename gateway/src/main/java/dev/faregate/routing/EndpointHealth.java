package dev.faregate.routing;

import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// What this node has lately seen of each endpoint: outages, time to the first byte, tokens per second.
/// It only reorders routes, so it is soft: per node, forgotten on restart, updated without locks. Safe to
/// share between threads.
public final class EndpointHealth {
    /// An endpoint that failed this recently goes to the end of the line (contract 3.7).
    public static final Duration OUTAGE_MEMORY = Duration.ofSeconds(30);

    /// The newest observation counts for an eighth.
    private static final int SMOOTHING_SHIFT = 3;

    /// Immutable; `lastFailureNanos` counts only when `failed`. Times in microseconds, speed in tokens
    /// per 1,000 s.
    private record State(boolean failed, long lastFailureNanos, long latencyMicros, long tokensPerKilosecond) {
        private static final State NEW = new State(false, 0, 0, 0);
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

    public void failed(Model model, ModelEndpoint endpoint, long nowNanos) {
        states.compute(Place.of(model, endpoint), (_, known) -> {
            State state = known == null ? State.NEW : known;
            return new State(true, nowNanos, state.latencyMicros(), state.tokensPerKilosecond());
        });
    }

    /// `latency` to the first byte; `completionTokens` generated during `generation`.
    public void succeeded(
            Model model, ModelEndpoint endpoint, Duration latency, Duration generation, long completionTokens) {
        long micros = latency.toNanos() / 1_000;
        long generationMillis = Math.max(1, generation.toMillis());
        long speed = completionTokens * 1_000_000 / generationMillis;
        states.compute(Place.of(model, endpoint), (_, known) -> {
            State state = known == null ? State.NEW : known;
            return new State(
                    false, 0, smoothed(state.latencyMicros(), micros), smoothed(state.tokensPerKilosecond(), speed));
        });
    }

    boolean hadOutage(Model model, ModelEndpoint endpoint, long nowNanos) {
        State state = states.get(Place.of(model, endpoint));
        return state != null && hadOutage(state, nowNanos);
    }

    private static boolean hadOutage(State state, long nowNanos) {
        return state.failed() && nowNanos - state.lastFailureNanos() < OUTAGE_MEMORY.toNanos();
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
                .filter(entry -> hadOutage(entry.getValue(), nowNanos))
                .map(entry -> new Outage(
                        entry.getKey().model(),
                        entry.getKey().endpoint(),
                        Duration.ofNanos(Math.max(0, nowNanos - entry.getValue().lastFailureNanos()))))
                .sorted(Comparator.comparing(Outage::model).thenComparing(Outage::endpoint))
                .toList();
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

    private static long smoothed(long known, long seen) {
        return known == 0 ? seen : known + ((seen - known) >> SMOOTHING_SHIFT);
    }
}
