package dev.faregate.flow;

import dev.faregate.Faregate;
import dev.faregate.base.Json;
import dev.faregate.contract.Answer;
import dev.faregate.contract.Answers;
import dev.faregate.contract.ApiDocument;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A whole server on a free port with a data folder of its own, in front of scripted upstreams.
///
/// Providers are called `sim`, `sim2`, ... in the order given. Models: `test/priced` (2.50 / 10.00 USD
/// per million, at every provider), `test/free`, `test/unpriced`, `test/stops` (at `simstop`, which stops
/// billing on cancel).
final class TestServer implements AutoCloseable {
    static final String INFERENCE_KEY = "flow-test-inference-key-0123456789abcdef";
    static final String MANAGEMENT_KEY = "flow-test-management-key-0123456789abcd";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final Path folder;
    final Faregate faregate;

    private TestServer(Path folder, Faregate faregate) {
        this.folder = folder;
        this.faregate = faregate;
    }

    static TestServer start(ScriptedUpstream... upstreams) {
        return startIn(temporaryFolder(), "", upstreams);
    }

    static TestServer startWith(String moreYaml, ScriptedUpstream... upstreams) {
        return startIn(temporaryFolder(), moreYaml, upstreams);
    }

    static TestServer startWith(String moreYaml, InstantSource clock, ScriptedUpstream... upstreams) {
        return start(temporaryFolder(), moreYaml, List.of(), null, clock, upstreams);
    }

    static TestServer startIn(Path folder, String moreYaml, ScriptedUpstream... upstreams) {
        return startIn(folder, moreYaml, List.of(), upstreams);
    }

    /// `moreProviders` are lines of the `providers:` list.
    static TestServer startIn(Path folder, String moreYaml, List<String> moreProviders, ScriptedUpstream... upstreams) {
        return start(folder, moreYaml, moreProviders, null, InstantSource.system(), upstreams);
    }

    /// A node with a data folder of its own on a PostgreSQL database.
    static TestServer startOn(String databaseUrl, String moreYaml, ScriptedUpstream... upstreams) {
        return startOn(databaseUrl, moreYaml, InstantSource.system(), upstreams);
    }

    static TestServer startOn(String databaseUrl, String moreYaml, InstantSource clock, ScriptedUpstream... upstreams) {
        return start(temporaryFolder(), moreYaml, List.of(), databaseUrl, clock, upstreams);
    }

    /// The same with more variables.
    static TestServer startOn(
            String databaseUrl, String moreYaml, Map<String, String> variables, ScriptedUpstream... upstreams) {
        return start(temporaryFolder(), moreYaml, List.of(), databaseUrl, variables, InstantSource.system(), upstreams);
    }

    /// The next life of a node that was drained: the same data folder.
    TestServer restarted(String databaseUrl, String moreYaml, ScriptedUpstream... upstreams) {
        return start(folder, moreYaml, List.of(), databaseUrl, InstantSource.system(), upstreams);
    }

    private static TestServer start(
            Path folder,
            String moreYaml,
            List<String> moreProviders,
            @Nullable String databaseUrl,
            InstantSource clock,
            ScriptedUpstream... upstreams) {
        return start(folder, moreYaml, moreProviders, databaseUrl, Map.of(), clock, upstreams);
    }

    private static TestServer start(
            Path folder,
            String moreYaml,
            List<String> moreProviders,
            @Nullable String databaseUrl,
            Map<String, String> variables,
            InstantSource clock,
            ScriptedUpstream... upstreams) {
        try {
            String yaml = yaml(upstreams).replace("models:\n", String.join("", moreProviders) + "models:\n");
            Files.writeString(folder.resolve("faregate.yaml"), yaml + moreYaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("FAREGATE_BOOTSTRAP_KEY", INFERENCE_KEY);
        environment.put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", MANAGEMENT_KEY);
        if (databaseUrl != null) {
            environment.put("FAREGATE_DATABASE_URL", databaseUrl);
        }
        Map<String, String> flags =
                Map.of("port", "0", "admin.port", "0", "data", "data", "timeouts.balancer", "1ms", "disk.reserve", "0");
        Config config = Config.load(new Config.Sources(flags, new Environment(environment), folder));
        TestServer server = new TestServer(folder, Faregate.start(config, clock));
        if (!Answers.knowsOwn()) {
            Answers.learnOwn(server.openApi());
        }
        return server;
    }

    static String yaml(ScriptedUpstream... upstreams) {
        StringBuilder providers = new StringBuilder("providers:\n");
        StringBuilder priced = new StringBuilder();
        for (int i = 0; i < upstreams.length; i++) {
            String slug = i == 0 ? "sim" : "sim" + (i + 1);
            providers.append(provider(slug, upstreams[i], ""));
            priced.append("      - {provider: " + slug
                    + ", upstream_model: priced, max_completion_tokens: 4096,\n         pricing: {prompt: \"2.50\","
                    + " completion: \"10.00\", input_cache_read: \"1.25\"}}\n");
        }
        providers.append(provider("simstop", upstreams[0], ", stops_billing_on_cancel: true"));
        return providers + """
                models:
                  - id: test/priced
                    context_length: 128000
                    endpoints:
                """ + priced + """
                  - id: test/stops
                    context_length: 128000
                    endpoints:
                      - {provider: simstop, upstream_model: stops, max_completion_tokens: 4096,
                         pricing: {prompt: "2.50", completion: "10.00"}}
                  - id: test/free
                    context_length: 128000
                    free: true
                    endpoints:
                      - {provider: sim, upstream_model: free}
                  - id: test/unpriced
                    context_length: 128000
                    endpoints:
                      - {provider: sim, upstream_model: unpriced}
                """;
    }

    private static String provider(String slug, ScriptedUpstream upstream, String more) {
        return "  - {slug: " + slug + ", name: " + slug.toUpperCase(java.util.Locale.ROOT)
                + ", format: openai, base_url: \"" + upstream.baseUrl() + "\", api_key: sk-upstream-secret-" + slug
                + more + "}\n";
    }

    /// A folder that goes with the server that has it, or else with this process.
    static Path temporaryFolder() {
        try {
            Path folder = Files.createTempDirectory("faregate-flow");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return faregate.port();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    // ---- requests -----------------------------------------------------------------------------------------------

    static String chat(String model, String more) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me something\"}]"
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    HttpResponse<String> post(String path, String body, String key, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    HttpResponse<String> chat(String body) {
        return post("/v1/chat/completions", body, INFERENCE_KEY);
    }

    HttpResponse<String> get(String path, @Nullable String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(PATIENCE);
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return send(request.build());
    }

    HttpResponse<String> manage(String method, String path, String body) {
        return send(HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + MANAGEMENT_KEY)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    /// Our own document as this server gives it.
    byte[] openApi() {
        HttpResponse<String> answer = get("/openapi.json", null);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.body());
        }
        return answer.body().getBytes(StandardCharsets.UTF_8);
    }

    /// Calls an operation of our own document with the kind of key that it needs. `values` are for the parameters of
    /// its path, where one that is not there gets a word that is no id; `query` follows the path.
    HttpResponse<String> send(ApiDocument.Operation operation, Map<String, String> values, String query, String body) {
        String key = operation.needs("inferenceKey") ? INFERENCE_KEY : MANAGEMENT_KEY;
        return send("/api/v1", operation, values, query, body, key);
    }

    HttpResponse<String> send(
            String base,
            ApiDocument.Operation operation,
            Map<String, String> values,
            String query,
            String body,
            String key) {
        boolean root = operation.node().path("root").asBoolean(false);
        String path = operation.path();
        for (Map.Entry<String, String> value : values.entrySet()) {
            path = path.replace("{" + value.getKey() + "}", value.getValue());
        }
        path = path.replace("{interval}", "daily").replace("{version}", "1").replaceAll("\\{[^}]*}", "nobody-has-this");
        HttpRequest.Builder request = HttpRequest.newBuilder(uri((root ? "" : base) + path + query))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(operation.method(), HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return send(request.build());
    }

    static HttpResponse<String> send(HttpRequest request) {
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            Answers.check(Answer.of(
                    request.method(),
                    request.uri().getRawPath(),
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(null),
                    response.body()));
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A raw connection on which a chat request was sent.
    RawClient rawChat(String body) throws IOException {
        return rawChat(body, INFERENCE_KEY);
    }

    RawClient rawChat(String body, String key) throws IOException {
        RawClient client = WatchedClient.connect(port(), PATIENCE);
        client.post("/v1/chat/completions", body, new Header("Authorization", "Bearer " + key));
        return client;
    }

    static ObjectNode json(HttpResponse<String> response) {
        return Json.readObject(response.body().getBytes(StandardCharsets.UTF_8));
    }

    /// A fresh inference key with this limit in USD (or "null").
    String newKey(String limit) {
        HttpResponse<String> made = manage("POST", "/api/v1/keys", "{\"name\":\"flow\",\"limit\":" + limit + "}");
        if (made.statusCode() != 201) {
            throw new AssertionError(made.body());
        }
        return json(made).get("key").asString();
    }

    /// What the key has spent and what is held on it, as `GET /key` says it.
    BigDecimal usage(String key) {
        return json(get("/api/v1/key", key)).get("data").get("usage").decimalValue();
    }

    /// What running requests hold, over all limits.
    BigDecimal held() {
        long nanos = number(faregate, "SELECT COALESCE(SUM(held), 0) FROM limit_window");
        return BigDecimal.valueOf(nanos, 9);
    }

    /// One whole number from the database, read as it is: 64 bits.
    static long number(Faregate faregate, String sql) {
        return faregate.database().read(tx -> {
            try (Statement statement = tx.connection().createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                return rows.next() ? rows.getLong(1) : 0L;
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    JsonNode keyInfo(String key) {
        return json(get("/api/v1/key", key)).get("data");
    }

    /// The generation of an answer, once it is recorded.
    JsonNode generation(String id) {
        HttpResponse<String> answer = get("/api/v1/generation?id=" + id, INFERENCE_KEY);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.body());
        }
        return json(answer).get("data");
    }

    @Override
    public void close() {
        faregate.close();
        delete(folder);
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
