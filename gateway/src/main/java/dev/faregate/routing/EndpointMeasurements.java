package dev.faregate.routing;

import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Measurements;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.routing.EndpointHealth.Place;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Uptime, latency and throughput of model endpoints as `GET /models/{author}/{slug}/endpoints` shows them
/// (contract 2.2), measured from the requests that this node relays; there are no probes. What other nodes see
/// is not in it, and a restart forgets everything.
///
/// - **Uptime** is what was answered whole of what was answered whole or failed. Who calls leaves out what says
///   nothing about the endpoint: requests at fault themselves, rate limits, clients that hang up.
/// - **Latency** runs from sending the request to the first token, so only streams have one. Fallbacks before
///   this endpoint and the time in this server are not part of it.
/// - **Throughput** is what a stream brought per second from its first token to its end. With reasoning it
///   counts from sending, because reasoning may be over, and billed, before the first token that can be seen.
///
/// Windows reach 5 minutes, half an hour and a day back, with the running minute (or ten minutes) part of them.
/// Percentiles are within 6.25 % of what was measured ([LogHistogram]).
///
/// Safe to share between threads: endpoints share no lock, and each has a short one of its own. Recording
/// allocates nothing of size but once per endpoint and minute.
public final class EndpointMeasurements implements Measurements {
    /// Of fewer requests nothing is said, rather than something that chance decided.
    public static final int LEAST_SAMPLES = 10;

    /// So many endpoints are remembered; another one takes the place of that which was quiet for longest.
    static final int MAX_ENDPOINTS = 1_000;

    /// A shorter answer says little about speed: its tokens come in one piece.
    static final int LEAST_TOKENS = 16;

    /// What came in less time was not generated in it but waited somewhere on the way.
    static final long LEAST_NANOS = 10_000_000;

    private static final long UNKNOWN = -1;
    private static final double NANOS_PER_SECOND = 1e9;

    private final ConcurrentMap<Place, EndpointWindow> windows = new ConcurrentHashMap<>();
    private final LongSupplier nanoClock;
    private final ToLongFunction<Model> tokensLastWeek;
    private final long origin;

    /// `nanoClock` is one that never goes back, as `System::nanoTime`. `tokensLastWeek` must not block.
    public EndpointMeasurements(LongSupplier nanoClock, ToLongFunction<Model> tokensLastWeek) {
        this.nanoClock = nanoClock;
        this.tokensLastWeek = tokensLastWeek;
        this.origin = nanoClock.getAsLong();
    }

    /// The endpoint did not answer, or broke off. Times here and below are those of the clock.
    public void failed(Model model, ModelEndpoint endpoint, long nowNanos) {
        long nanos = sinceOrigin(nowNanos);
        window(Place.of(model, endpoint), nanos).failed(nanos);
    }

    /// The endpoint answered in one piece, which tells no times.
    public void answered(Model model, ModelEndpoint endpoint, long nowNanos) {
        long nanos = sinceOrigin(nowNanos);
        window(Place.of(model, endpoint), nanos).answered(nanos, UNKNOWN, UNKNOWN);
    }

    /// The endpoint streamed an answer to its end at `nowNanos`. `usage` is what it says it took, null where it
    /// says nothing; estimates of ours do not belong here.
    public void streamed(
            Model model,
            ModelEndpoint endpoint,
            long sentNanos,
            long firstTokenNanos,
            long nowNanos,
            @Nullable TokenUsage usage) {
        long nanos = sinceOrigin(nowNanos);
        window(Place.of(model, endpoint), nanos)
                .answered(nanos, firstTokenNanos - sentNanos, speed(sentNanos, firstTokenNanos, nowNanos, usage));
    }

    private static double speed(long sentNanos, long firstTokenNanos, long nowNanos, @Nullable TokenUsage usage) {
        if (usage == null || usage.completion() < LEAST_TOKENS) {
            return UNKNOWN;
        }
        long took = nowNanos - (usage.reasoning() > 0 ? sentNanos : firstTokenNanos);
        return took < LEAST_NANOS ? UNKNOWN : usage.completion() * NANOS_PER_SECOND / took;
    }

    @Override
    public EndpointFigures of(Model model, ModelEndpoint endpoint) {
        EndpointWindow known = windows.get(Place.of(model, endpoint));
        return known == null ? EndpointFigures.NONE : known.figures(sinceOrigin(nanoClock.getAsLong()));
    }

    /// A week is longer than this remembers: whoever keeps the generations knows.
    @Override
    public long tokensLastWeek(Model model) {
        return tokensLastWeek.applyAsLong(model);
    }

    private long sinceOrigin(long nanos) {
        return Math.max(0, nanos - origin);
    }

    private EndpointWindow window(Place place, long nanos) {
        EndpointWindow known = windows.get(place);
        return known == null ? made(place, nanos) : known;
    }

    private synchronized EndpointWindow made(Place place, long nanos) {
        if (windows.size() >= MAX_ENDPOINTS && !windows.containsKey(place)) {
            windows.entrySet().stream()
                    .min(Comparator.comparingLong((Map.Entry<Place, EndpointWindow> entry) ->
                            entry.getValue().lastNanos()))
                    .ifPresent(quietest -> windows.remove(quietest.getKey()));
        }
        return windows.computeIfAbsent(place, _ -> new EndpointWindow(nanos));
    }
}
