package dev.faregate.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An OpenID provider on a real socket: discovery, authorization with PKCE, tokens, keys and user information as OpenID
/// Connect Core 1.0 has them, strict about what it is sent. It signs in whoever the test says, without asking, and
/// misbehaves on demand. Thread-safe.
public final class OpenIdProvider implements AutoCloseable {
    private static final int KEY_BITS = 2048;
    private static final int MAX_BODY = 64 * 1024;

    /// What it does wrong.
    public enum Fault {
        NONE,
        WRONG_ISSUER,
        WRONG_AUDIENCE,
        WRONG_NONCE,
        NO_NONCE,
        EXPIRED,
        UNSIGNED,
        /// Signed with the client's secret, as if that were a key.
        SECRET_AS_KEY,
        /// Signed with a key that it does not publish.
        OTHER_KEY,
        /// Its answer names another issuer (RFC 9207).
        WRONG_ISS,
        NO_ISS,
        /// Its discovery document is of another issuer.
        FOREIGN_DISCOVERY,
        /// User information of somebody else.
        OTHER_SUBJECT
    }

    private record Code(String clientId, String redirectUri, String nonce, String challenge, ObjectNode claims) {}

    private final HttpServer server;
    private final String clientId;
    private final String clientSecret;
    private final Map<String, Code> codes = new ConcurrentHashMap<>();
    private final Map<String, ObjectNode> accessTokens = new ConcurrentHashMap<>();
    private volatile KeyPair key = newKey();
    private volatile String keyId = UUID.randomUUID().toString();
    private volatile Fault fault = Fault.NONE;
    private volatile ObjectNode user = JsonNodeFactory.instance.objectNode();
    private volatile boolean thin;
    private volatile @Nullable String refused;

    private OpenIdProvider(HttpServer server, String clientId, String clientSecret) {
        this.server = server;
        this.clientId = clientId;
        this.clientSecret = clientSecret;
    }

    /// Starts one with one client.
    public static OpenIdProvider start(String clientId, String clientSecret) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            OpenIdProvider provider = new OpenIdProvider(server, clientId, clientSecret);
            server.createContext("/", provider::answer);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.start();
            return provider;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/realms/test";
    }

    /// Who signs in from now on: the claims beside those of the protocol; `sub` must be among them.
    public void signsIn(ObjectNode claims) {
        user = claims.deepCopy();
    }

    public void misbehave(Fault wanted) {
        fault = wanted;
    }

    /// With `true`, ID tokens hold the subject only, and the rest is at the userinfo endpoint.
    public void thinTokens(boolean wanted) {
        thin = wanted;
    }

    /// Signs with a new key from now on, and publishes only that.
    public void rotateKey() {
        key = newKey();
        keyId = UUID.randomUUID().toString();
    }

    /// Why the last request was refused, or null.
    public @Nullable String refused() {
        return refused;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath().replaceFirst("^/realms/test", "");
            switch (path) {
                case "/.well-known/openid-configuration" -> json(exchange, 200, discovery());
                case "/authorize" -> authorize(exchange);
                case "/token" -> token(exchange);
                case "/keys" -> json(exchange, 200, keys());
                case "/userinfo" -> userInfo(exchange);
                default -> exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private ObjectNode discovery() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("issuer", fault == Fault.FOREIGN_DISCOVERY ? issuer() + "/other" : issuer())
                .put("authorization_endpoint", issuer() + "/authorize")
                .put("token_endpoint", issuer() + "/token")
                .put("jwks_uri", issuer() + "/keys")
                .put("userinfo_endpoint", issuer() + "/userinfo")
                .put("authorization_response_iss_parameter_supported", true);
        node.putArray("response_types_supported").add("code");
        node.putArray("subject_types_supported").add("public");
        node.putArray("id_token_signing_alg_values_supported").add("RS256");
        node.putArray("code_challenge_methods_supported").add("S256");
        return node;
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> asked = form(exchange.getRequestURI().getRawQuery());
        String problem = null;
        if (!clientId.equals(asked.get("client_id"))) {
            problem = "client_id";
        } else if (!"code".equals(asked.get("response_type"))) {
            problem = "response_type";
        } else if (!"S256".equals(asked.get("code_challenge_method"))) {
            problem = "code_challenge_method";
        } else if (!(" " + asked.get("scope") + " ").contains(" openid ")) {
            problem = "scope";
        }
        if (problem != null) {
            refuse(exchange, problem);
            return;
        }
        String code = UUID.randomUUID().toString();
        String redirect = Objects.requireNonNull(asked.get("redirect_uri"));
        codes.put(
                code,
                new Code(
                        clientId,
                        redirect,
                        Objects.requireNonNullElse(asked.get("nonce"), ""),
                        Objects.requireNonNull(asked.get("code_challenge")),
                        user.deepCopy()));
        Map<String, String> answer = new LinkedHashMap<>();
        answer.put("code", code);
        answer.put("state", Objects.requireNonNullElse(asked.get("state"), ""));
        if (fault != Fault.NO_ISS) {
            answer.put("iss", fault == Fault.WRONG_ISS ? "https://attacker.example" : issuer());
        }
        StringBuilder query = new StringBuilder();
        answer.forEach((name, value) -> query.append(query.isEmpty() ? "?" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        exchange.getResponseHeaders().set("Location", URI.create(redirect) + query.toString());
        exchange.sendResponseHeaders(302, -1);
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> asked =
                form(new String(exchange.getRequestBody().readNBytes(MAX_BODY), StandardCharsets.UTF_8));
        String pair = URLEncoder.encode(clientId, StandardCharsets.UTF_8) + ":"
                + URLEncoder.encode(clientSecret, StandardCharsets.UTF_8);
        String basic = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        // RFC 6749 section 4.1.2: a code is good once.
        Code code = codes.remove(Objects.requireNonNullElse(asked.get("code"), ""));
        if (!basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            refuse(exchange, "invalid_client");
        } else if (code == null || !code.redirectUri().equals(asked.get("redirect_uri"))) {
            refuse(exchange, "invalid_grant");
        } else if (!code.challenge().equals(challenge(Objects.requireNonNullElse(asked.get("code_verifier"), "")))) {
            refuse(exchange, "invalid_grant: code_verifier");
        } else {
            String access = UUID.randomUUID().toString();
            accessTokens.put(access, code.claims());
            json(
                    exchange,
                    200,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("access_token", access)
                            .put("token_type", "Bearer")
                            .put("expires_in", 300)
                            .put("id_token", idToken(code)));
        }
    }

    private void userInfo(HttpExchange exchange) throws IOException {
        String header = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
        ObjectNode claims = accessTokens.get(header.replaceFirst("^Bearer ", ""));
        if (claims == null) {
            refuse(exchange, "invalid_token");
            return;
        }
        ObjectNode info = claims.deepCopy();
        if (fault == Fault.OTHER_SUBJECT) {
            info.put("sub", "somebody-else");
        }
        json(exchange, 200, info);
    }

    private String idToken(Code code) {
        long now = Instant.now().getEpochSecond();
        ObjectNode claims = JsonNodeFactory.instance.objectNode();
        if (thin) {
            claims.set("sub", code.claims().path("sub"));
        } else {
            claims.setAll(code.claims().deepCopy());
        }
        claims.put("iss", fault == Fault.WRONG_ISSUER ? "https://attacker.example" : issuer())
                .put("aud", fault == Fault.WRONG_AUDIENCE ? "another-client" : code.clientId())
                .put("iat", now)
                .put("exp", fault == Fault.EXPIRED ? now - 3_600 : now + 300);
        if (fault != Fault.NO_NONCE) {
            claims.put("nonce", fault == Fault.WRONG_NONCE ? "another" : code.nonce());
        }
        String algorithm = switch (fault) {
            case UNSIGNED -> "none";
            case SECRET_AS_KEY -> "HS256";
            default -> "RS256";
        };
        String head = JsonNodeFactory.instance
                .objectNode()
                .put("alg", algorithm)
                .put("kid", keyId)
                .put("typ", "JWT")
                .toString();
        String signed = base64(head.getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.toString().getBytes(StandardCharsets.UTF_8));
        return signed + "." + signature(signed);
    }

    private String signature(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try {
            return switch (fault) {
                case UNSIGNED -> "";
                case SECRET_AS_KEY -> {
                    Mac mac = Mac.getInstance("HmacSHA256");
                    mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                    yield base64(mac.doFinal(bytes));
                }
                default -> {
                    Signature signature = Signature.getInstance("SHA256withRSA");
                    signature.initSign((fault == Fault.OTHER_KEY ? newKey() : key).getPrivate());
                    signature.update(bytes);
                    yield base64(signature.sign());
                }
            };
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private ObjectNode keys() {
        RSAPublicKey rsa = (RSAPublicKey) key.getPublic();
        ObjectNode set = JsonNodeFactory.instance.objectNode();
        set.putArray("keys")
                .addObject()
                .put("kty", "RSA")
                .put("use", "sig")
                .put("alg", "RS256")
                .put("kid", keyId)
                .put("n", base64(unsigned(rsa.getModulus())))
                .put("e", base64(unsigned(rsa.getPublicExponent())));
        return set;
    }

    private void refuse(HttpExchange exchange, String why) throws IOException {
        refused = why;
        json(exchange, 400, JsonNodeFactory.instance.objectNode().put("error", why));
    }

    private static void json(HttpExchange exchange, int status, ObjectNode node) throws IOException {
        byte[] bytes = node.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> form(@Nullable String text) {
        Map<String, String> fields = new HashMap<>();
        for (String pair : Objects.requireNonNullElse(text, "").split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                fields.put(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return fields;
    }

    private static String challenge(String verifier) {
        try {
            return base64(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes.length > 1 && bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
