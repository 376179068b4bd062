package dev.faregate.routing;

import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// By how much endpoints went beyond the bound of a prompt: from then on it is added to their bounds (ledger
/// 2.2). Per node, and forgotten at a restart: the alarm that comes with it asks an operator to state
/// `overhead_tokens` in the catalogue. Safe to share between threads.
public final class BoundMemory {
    private final ConcurrentMap<EndpointHealth.Place, Long> beyond = new ConcurrentHashMap<>();

    /// An answer reported `excess` prompt tokens more than were bounded.
    public void exceeded(Model model, ModelEndpoint endpoint, long excess) {
        long most = Math.min(excess, endpoint.contextLength());
        beyond.merge(EndpointHealth.Place.of(model, endpoint), most, Long::sum);
    }

    /// Tokens to add to the bound of a prompt.
    long learned(Model model, ModelEndpoint endpoint) {
        return beyond.isEmpty() ? 0 : beyond.getOrDefault(EndpointHealth.Place.of(model, endpoint), 0L);
    }
}
