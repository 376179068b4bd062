package dev.faregate.server;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// `GET /metrics` in the Prometheus text format, version 0.0.4.
public final class MetricsHandler {
    private final PrometheusMeterRegistry registry;

    public MetricsHandler(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    public Response handle(Request request) {
        return new Response(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                List.of(),
                registry.scrape().getBytes(StandardCharsets.UTF_8));
    }
}
