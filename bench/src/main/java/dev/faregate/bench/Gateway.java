package dev.faregate.bench;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The product, started as its users start it, with a scratch data folder and the mock as its only
/// provider.
final class Gateway implements AutoCloseable {
    static final String FREE_MODEL = "bench/free";
    static final String PRICED_MODEL = "bench/priced";

    /// More than one, so that a key's own limit on concurrency (256) is not what 1,000 connections
    /// measure.
    private static final int KEYS = 16;

    private static final BigDecimal KEY_LIMIT_USD = new BigDecimal(1_000_000);

    private final Node node;
    private final List<String> keys = new ArrayList<>();

    private Gateway(Node node) {
        this.node = node;
    }

    /// Starts `home/faregate serve` and makes keys with a limit each; returns when all is ready for load.
    static Gateway start(Path home, Path scratch, int upstreamPort, Optional<String> database) {
        Gateway gateway = new Gateway(Node.start(new Node.Options(
                Launch.launcher(home), scratch, config(upstreamPort), database, Node.randomKey(), Map.of())));
        try {
            for (int i = 0; i < KEYS; i++) gateway.keys.add(gateway.node.createKey("bench " + i, KEY_LIMIT_USD));
            return gateway;
        } catch (RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    /// The configuration of both scenarios: the same upstream once free, once with a price.
    static String config(int upstreamPort) {
        return """
                providers:
                  - slug: bench
                    format: openai
                    base_url: http://127.0.0.1:%d/v1
                    api_key: sk-bench
                models:
                  - id: %s
                    context_length: 128000
                    free: true
                    endpoints:
                      - {provider: bench, upstream_model: bench, max_completion_tokens: 4096}
                  - id: %s
                    context_length: 128000
                    endpoints:
                      - {provider: bench, upstream_model: bench, max_completion_tokens: 4096,
                         pricing: {prompt: "2.50", completion: "10.00"}}
                """.formatted(upstreamPort, FREE_MODEL, PRICED_MODEL);
    }

    Target target(String model) {
        return Target.of(node.host() + "/api/v1", keys, model);
    }

    long pid() {
        return node.pid();
    }

    /// What all keys together were charged so far, in USD.
    double charged() {
        return keys.stream().mapToDouble(node::charged).sum();
    }

    @Override
    public void close() {
        node.close();
    }
}
