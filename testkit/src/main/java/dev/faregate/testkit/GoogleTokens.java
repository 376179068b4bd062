package dev.faregate.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The token endpoint of Google on a real socket ("Using OAuth 2.0 for Server to Server Applications"), with
/// one service account, strict about the assertion that it is sent. It misbehaves on demand. Thread-safe.
public final class GoogleTokens implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    private static final int MAX_BODY = 64 * 1024;

    /// What it does wrong.
    public enum Fault {
        NONE,
        /// Says that it does not know the account.
        REFUSES,
        DOWN,
        NO_JSON,
        /// Answers well, without a token.
        NO_TOKEN
    }

    private final HttpServer server;
    private final KeyPair key;
    private final String email;
    private final String project;
    private final List<String> given = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private volatile Fault fault = Fault.NONE;
    private volatile long lifeSeconds = 3_600;

    private GoogleTokens(HttpServer server, String project) {
        this.server = server;
        this.project = project;
        this.email = "gateway@" + project + ".iam.gserviceaccount.com";
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2_048);
            this.key = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Starts one with an account of that project.
    public static GoogleTokens start(String project) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            GoogleTokens tokens = new GoogleTokens(server, project);
            server.createContext("/token", tokens::answer);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.start();
            return tokens;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
    }

    /// The key file of the account, with this endpoint in it.
    public ObjectNode keyFile() {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(key.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "service_account")
                .put("project_id", project)
                .put("private_key_id", "0123456789abcdef")
                .put("private_key", pem)
                .put("client_email", email)
                .put("client_id", "123456789012345678901")
                .put("token_uri", uri().toString());
    }

    /// Tokens that were given, in order.
    public List<String> given() {
        return List.copyOf(given);
    }

    /// What was wrong with requests, in order.
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    public void misbehave(Fault wanted) {
        fault = wanted;
    }

    /// How long tokens live that are given from now on.
    public void life(long seconds) {
        lifeSeconds = seconds;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> asked =
                    form(new String(exchange.getRequestBody().readNBytes(MAX_BODY), StandardCharsets.UTF_8));
            String problem = problem(exchange.getRequestMethod(), asked);
            if (problem != null) {
                complaints.add(problem);
                refuse(exchange, problem);
                return;
            }
            switch (fault) {
                case NONE -> give(exchange);
                case REFUSES -> refuse(exchange, "Invalid grant: account not found");
                case DOWN -> send(exchange, 503, "{\"error\":\"backend_error\"}");
                case NO_JSON -> send(exchange, 200, "<html>Sign in to the network</html>");
                case NO_TOKEN -> send(exchange, 200, "{\"expires_in\":3599,\"token_type\":\"Bearer\"}");
            }
        }
    }

    private void give(HttpExchange exchange) throws IOException {
        String token = "ya29." + project + "." + (given.size() + 1);
        given.add(token);
        send(
                exchange,
                200,
                "{\"access_token\":\"" + token + "\",\"expires_in\":" + lifeSeconds + ",\"token_type\":\"Bearer\"}");
    }

    /// Why the assertion is not one of the account (RFC 7523 section 3), or null.
    private @Nullable String problem(String method, Map<String, String> asked) {
        List<String> parts =
                new ArrayList<>(List.of(asked.getOrDefault("assertion", "").split("\\.")));
        if (!method.equals("POST") || !GRANT.equals(asked.get("grant_type")) || parts.size() != 3) {
            return "not a grant of a signed assertion";
        }
        try {
            JsonNode head = JSON.readTree(Base64.getUrlDecoder().decode(parts.get(0)));
            JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(parts.get(1)));
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(key.getPublic());
            signature.update((parts.get(0) + "." + parts.get(1)).getBytes(StandardCharsets.US_ASCII));
            if (!signature.verify(Base64.getUrlDecoder().decode(parts.get(2)))) {
                return "Invalid JWT Signature.";
            }
            long now = Instant.now().getEpochSecond();
            long issued = claims.path("iat").asLong(0);
            long expires = claims.path("exp").asLong(0);
            boolean right = head.path("alg").asString("").equals("RS256")
                    && head.path("kid").asString("").equals("0123456789abcdef")
                    && claims.path("iss").asString("").equals(email)
                    && claims.path("aud").asString("").equals(uri().toString())
                    && claims.path("scope").asString("").equals(SCOPE)
                    && issued <= now + 5
                    && expires > now
                    && expires - issued <= 3_600;
            return right ? null : "Invalid JWT: " + head + " " + claims;
        } catch (GeneralSecurityException | IllegalArgumentException | JacksonException e) {
            return "Invalid JWT";
        }
    }

    private static void refuse(HttpExchange exchange, String why) throws IOException {
        send(
                exchange,
                400,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("error", "invalid_grant")
                        .put("error_description", why)
                        .toString());
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> form(String text) {
        Map<String, String> fields = new HashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                fields.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return fields;
    }
}
