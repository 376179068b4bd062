package dev.faregate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One process of the product with a data folder of its own, on a free port of the loopback interface.
/// For one thread at a time.
final class Node implements AutoCloseable {
    /// A checkout may have to be built first.
    private static final Duration READY = Duration.ofMinutes(5);

    private static final Duration CALL = Duration.ofSeconds(10);

    private final Options options;
    private final int port = ChildProcess.freePort();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(CALL).build();
    private ChildProcess process;

    /// `folder` takes the data, the log and `yaml`, the configuration. `managementKey` is set up when the
    /// store is new; nodes on one database are given the same. `environment` is added to our own.
    record Options(
            Launch launch,
            Path folder,
            String yaml,
            Optional<String> database,
            String managementKey,
            Map<String, String> environment) {}

    private Node(Options options) {
        this.options = options;
        this.process = launch();
    }

    /// Starts a node and returns when it answers.
    static Node start(Options options) {
        try {
            Files.createDirectories(options.folder());
            Files.writeString(options.folder().resolve("faregate.yaml"), options.yaml());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Node node = new Node(options);
        node.awaitReady();
        return node;
    }

    /// A text that may become a key of the product.
    static String randomKey() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return "bench-" + HexFormat.of().formatHex(bytes);
    }

    private ChildProcess launch() {
        Path folder = options.folder();
        List<String> command = new ArrayList<>(options.launch().command());
        command.addAll(List.of("serve", "--host", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(
                List.of("--admin-port", "0", "--data", folder.resolve("data").toString()));
        command.addAll(List.of("--config", folder.resolve("faregate.yaml").toString()));
        Map<String, String> environment = new HashMap<>(options.environment());
        environment.put("FAREGATE_BOOTSTRAP_KEY", randomKey());
        environment.put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", options.managementKey());
        // The start cache is trained by a process in the background, which would take part of the machine.
        environment.put("FAREGATE_AOT", "off");
        options.database().ifPresent(url -> environment.put("FAREGATE_DATABASE_URL", url));
        return ChildProcess.start("faregate", folder.resolve("faregate.log"), environment, command);
    }

    private void awaitReady() {
        try {
            process.await(READY, this::ready);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private boolean ready() {
        try {
            return client.send(get("/health/ready", options.managementKey()), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false; // Not listening yet.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// Ends the process with SIGKILL, as a crash would.
    void kill() {
        process.kill();
    }

    /// Starts the process again on the same port and data, and returns when it answers.
    void restart() {
        process.close();
        process = launch();
        awaitReady();
    }

    String host() {
        return "http://127.0.0.1:" + port;
    }

    long pid() {
        return process.pid();
    }

    /// Makes a key with a limit in USD and returns its text.
    String createKey(String name, BigDecimal limit) {
        String body = "{\"name\":\"" + name + "\",\"limit\":" + limit.toPlainString() + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(host() + "/api/v1/keys"))
                .timeout(CALL)
                .header("Authorization", "Bearer " + options.managementKey())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return json(request).path("key").asString();
    }

    private HttpRequest get(String path, String key) {
        return HttpRequest.newBuilder(URI.create(host() + path))
                .timeout(CALL)
                .header("Authorization", "Bearer " + key)
                .build();
    }

    /// What the key was charged so far, in USD.
    double charged(String key) {
        return json(get("/api/v1/key", key)).path("data").path("usage").asDouble();
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

    @Override
    public void close() {
        client.close();
        process.close();
    }
}
