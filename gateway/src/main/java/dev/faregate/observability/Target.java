package dev.faregate.observability;

import dev.faregate.base.Secret;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Where a destination that is delivered to is, opened: in memory only. It prints none of its headers.
final class Target {
    private static final String TRACES = "/v1/traces";

    private final Destination destination;
    private final FilterRules rules;
    private final String method;
    private final URI url;
    private final Map<String, Secret> headers;

    private Target(Destination destination, String method, URI url, Map<String, Secret> headers) {
        this.destination = destination;
        this.rules = destination.rules();
        this.method = method;
        this.url = url;
        this.headers = Map.copyOf(headers);
    }

    /// Null when the configuration cannot be delivered to.
    static @Nullable Target of(Destination destination, ObjectNode config) {
        boolean webhook = destination.type() == DestinationType.WEBHOOK;
        URI url = Addresses.find(config.path(webhook ? "url" : "endpoint").asString(""));
        if (url == null) {
            return null;
        }
        Map<String, Secret> headers = new LinkedHashMap<>();
        config.path("headers")
                .properties()
                .forEach(header ->
                        headers.put(header.getKey(), Secret.of(header.getValue().asString(""))));
        String method = webhook ? config.path("method").asString("POST") : "POST";
        return new Target(destination, method, webhook ? url : collector(url), headers);
    }

    /// A collector that is named without a path listens where the protocol says (OTLP/HTTP, "/v1/traces").
    private static URI collector(URI url) {
        String path = url.getRawPath();
        return path == null || path.isEmpty() || path.equals("/") ? url.resolve(TRACES) : url;
    }

    Destination destination() {
        return destination;
    }

    String method() {
        return method;
    }

    URI url() {
        return url;
    }

    Map<String, String> headers() {
        Map<String, String> plain = new LinkedHashMap<>();
        headers.forEach((name, value) -> plain.put(name, value.reveal()));
        return plain;
    }

    /// Whether this trace goes there: its key, its rules and its share.
    boolean wants(Trace trace) {
        Destination.Terms terms = destination.terms();
        return (terms.keyHashes() == null
                        || terms.keyHashes().contains(trace.owner().keyHash()))
                && Sampling.takes(
                        destination.id(), terms.samplingRate(), trace.client().sessionId(), trace.wireId())
                && rules.wants(trace);
    }
}
