package dev.faregate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The product, started as its users start it, with a scratch data folder and the mock as its only
/// provider.
final class Gateway implements AutoCloseable {
    static final String FREE_MODEL = "bench/free";
    static final String PRICED_MODEL = "bench/priced";

    /// More than one, so that a key's own limit on concurrency (256) is not what 1,000 connections
    /// measure.
    private static final int KEYS = 16;
    private static final int KEY_LIMIT_USD = 1_000_000;
    /// A checkout may have to be built first.
    private static final Duration READY = Duration.ofMinutes(5);
    private static final Duration CALL = Duration.ofSeconds(10);

    private final ChildProcess process;
    private final String host;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(CALL).build();
    private final String managementKey;
    private final List<String> keys = new ArrayList<>();

    private Gateway(ChildProcess process, int port, String managementKey) {
        this.process = process;
        this.host = "http://127.0.0.1:" + port;
        this.managementKey = managementKey;
    }

    static boolean present(Path home) {
        return Files.isExecutable(home.resolve("faregate"));
    }

    /// Starts `home/faregate serve` and makes keys with a limit each; returns when all is ready for load.
    static Gateway start(Path home, Path scratch, int upstreamPort, Optional<String> database) {
        int port = ChildProcess.freePort();
        Path config = scratch.resolve("faregate.yaml");
        String managementKey = randomKey();
        try {
            Files.writeString(config, config(upstreamPort));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> command = new ArrayList<>(List.of(
                home.resolve("faregate").toString(), "serve", "--host", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(
                List.of("--admin-port", "0", "--data", scratch.resolve("data").toString()));
        command.addAll(List.of("--config", config.toString()));
        Map<String, String> environment = new java.util.HashMap<>(Map.of(
                "FAREGATE_BOOTSTRAP_KEY",
                randomKey(),
                "FAREGATE_BOOTSTRAP_MANAGEMENT_KEY",
                managementKey,
                // The start cache is trained by a process in the background, which would take part of the machine.
                "FAREGATE_AOT",
                "off"));
        database.ifPresent(url -> environment.put("FAREGATE_DATABASE_URL", url));
        Gateway gateway = new Gateway(
                ChildProcess.start("faregate", scratch.resolve("faregate.log"), environment, command),
                port,
                managementKey);
        try {
            gateway.process.await(READY, gateway::ready);
            for (int i = 0; i < KEYS; i++) gateway.keys.add(gateway.createKey(i));
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
        return Target.of(host + "/api/v1", keys, model);
    }

    long pid() {
        return process.pid();
    }

    /// What all keys together were charged so far, in USD.
    double charged() {
        double sum = 0;
        for (String key : keys)
            sum += json(get("/api/v1/key", key)).path("data").path("usage").asDouble();
        return sum;
    }

    private boolean ready() {
        try {
            return client.send(get("/health/ready", managementKey), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false; // Not listening yet.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private String createKey(int number) {
        String body = "{\"name\":\"bench " + number + "\",\"limit\":" + KEY_LIMIT_USD + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(host + "/api/v1/keys"))
                .timeout(CALL)
                .header("Authorization", "Bearer " + managementKey)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return json(request).path("key").asString();
    }

    private HttpRequest get(String path, String key) {
        return HttpRequest.newBuilder(URI.create(host + path))
                .timeout(CALL)
                .header("Authorization", "Bearer " + key)
                .build();
    }

    private JsonNode json(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new IllegalStateException(
                        request.method() + " " + request.uri() + ": " + response.statusCode() + " " + response.body());
            }
            return JsonMapper.shared().readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String randomKey() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return "bench-" + HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        client.close();
        process.close();
    }
}
