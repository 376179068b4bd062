package dev.faregate.inference;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// What the request path counts. Safe to share between threads.
public final class InferenceMetrics {
    private final Counter completed;
    private final Counter failed;
    private final Counter cancelled;
    private final Counter revoked;
    private final Counter refused;
    private final Counter fallbacks;

    public InferenceMetrics(MeterRegistry registry) {
        this.completed = ended(registry, "completed");
        this.failed = ended(registry, "failed");
        this.cancelled = ended(registry, "cancelled");
        this.revoked = Counter.builder("faregate.inference.revoked")
                .description("Requests that were cut because their key was disabled or deleted")
                .register(registry);
        this.refused = ended(registry, "refused");
        this.fallbacks = Counter.builder("faregate.inference.fallbacks")
                .description("Attempts at another endpoint after a failed one")
                .register(registry);
    }

    private static Counter ended(MeterRegistry registry, String outcome) {
        return Counter.builder("faregate.inference.requests")
                .description("Chat requests by how they ended")
                .tag("outcome", outcome)
                .register(registry);
    }

    void completed() {
        completed.increment();
    }

    void failed() {
        failed.increment();
    }

    void cancelled() {
        cancelled.increment();
    }

    void revoked() {
        revoked.increment();
    }

    void refused() {
        refused.increment();
    }

    void fellBack() {
        fallbacks.increment();
    }
}
