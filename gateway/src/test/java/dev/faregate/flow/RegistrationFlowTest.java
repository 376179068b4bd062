package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Clients that register themselves (RFC 7591), or are known by a document of theirs.
class RegistrationFlowTest extends OneServer {
    private static final String CALLBACK = "\"redirect_uris\":[\"https://app.example/cb\"]";
    static final String DEVICE =
            "\"token_endpoint_auth_method\":\"none\",\"grant_types\":[\"urn:ietf:params:oauth:grant-type:device_code\"]";

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    static HttpResponse<String> register(TestServer server, String fields) {
        return post(server, "/oauth/register", "application/json", "{" + fields + "}");
    }

    static HttpResponse<String> device(TestServer server, String clientId) {
        return post(
                server,
                "/oauth/device_authorization",
                "application/x-www-form-urlencoded",
                "client_id=" + URLEncoder.encode(clientId, StandardCharsets.UTF_8));
    }

    /// Endpoints of OAuth are described by their standards and their metadata, not in our own document.
    static HttpResponse<String> post(TestServer server, String path, String type, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(server.uri(path))
                            .timeout(TestServer.PATIENCE)
                            .header("Content-Type", type)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String error(HttpResponse<String> answer) {
        return TestServer.json(answer).get("error").asString();
    }

    /// "The server responds with an HTTP 201 Created status code" (section 3.2.1).
    @Test
    void answersWithAllThatWasRegistered() {
        HttpResponse<String> answer = register(server, "\"client_name\":\"Editor\"," + CALLBACK);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        ObjectNode made = TestServer.json(answer);
        assertThat(made.get("client_id").asString()).isNotEmpty();
        assertThat(made.get("client_id_issued_at").isInt()
                        || made.get("client_id_issued_at").isLong())
                .isTrue();
        assertThat(made.get("client_secret").asString()).hasSizeGreaterThan(40);
        assertThat(made.get("client_secret_expires_at").asInt()).isZero();
        assertThat(made.get("client_name").asString()).isEqualTo("Editor");
        assertThat(made.get("redirect_uris").get(0).asString()).isEqualTo("https://app.example/cb");
        assertThat(made.get("token_endpoint_auth_method").asString()).isEqualTo("client_secret_basic");
        assertThat(made.get("response_types").get(0).asString()).isEqualTo("code");
        String secret = made.get("client_secret").asString();
        List<String> stored = server.faregate
                .database()
                .read(tx -> tx.sql().fetch("SELECT * FROM oauth_client").map(row -> row.toString()));
        assertThat(stored).isNotEmpty().noneMatch(row -> row.contains(secret));
    }

    @Test
    void aPublicClientHasNoSecret() {
        ObjectNode made = TestServer.json(register(server, "\"token_endpoint_auth_method\":\"none\"," + CALLBACK));
        assertThat(made.has("client_secret")).isFalse();
        assertThat(made.has("client_secret_expires_at")).isFalse();
    }

    /// Section 3.2.2.
    @Test
    void namesTheErrorsOfTheStandard() {
        assertThat(error(register(server, ""))).isEqualTo("invalid_redirect_uri");
        assertThat(error(register(server, "\"redirect_uris\":[\"http://app.example/\"]")))
                .isEqualTo("invalid_redirect_uri");
        assertThat(error(register(server, "\"scope\":\"root\"," + CALLBACK))).isEqualTo("invalid_client_metadata");
        assertThat(error(register(server, "\"software_statement\":\"e30.e30.\"," + CALLBACK)))
                .isEqualTo("invalid_software_statement");
        assertThat(error(register(server, "not json"))).isEqualTo("invalid_client_metadata");
        assertThat(register(server, "").statusCode()).isEqualTo(400);
    }

    @Test
    void anAddressRegistersOnlySoOftenAndWhatNobodyUsesEnds() {
        try (TestServer one = TestServer.start(upstream)) {
            String first = "";
            for (int i = 0; i < 20; i++) {
                HttpResponse<String> answer = register(one, DEVICE);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                first = TestServer.json(answer).get("client_id").asString();
            }
            HttpResponse<String> tooMany = register(one, DEVICE);
            assertThat(tooMany.statusCode()).isEqualTo(429);
            assertThat(tooMany.headers().firstValue("retry-after")).isPresent();
            assertThat(device(one, first).statusCode()).isEqualTo(200);
            // As if a day had gone by.
            one.faregate
                    .database()
                    .write(tx -> tx.sql().execute("UPDATE oauth_client SET expires_at = expires_at - 86400000000"));
            HttpResponse<String> gone = device(one, first);
            assertThat(gone.statusCode()).isEqualTo(401);
            assertThat(error(gone)).isEqualTo("invalid_client");
        }
    }

    @Test
    void canBeSwitchedOff() {
        try (TestServer closed = TestServer.startWith("oauth: {registration: false}\n", upstream)) {
            assertThat(register(closed, CALLBACK).statusCode()).isEqualTo(403);
        }
    }

    /// SSRF: the address of a client's document is set by whoever asks.
    @Test
    void noClientIdLeadsIntoOurOwnNetwork() throws IOException {
        PageClient person = Persons.client(server, Persons.signedIn(server, Role.MEMBER, "curious@example.com"));
        AtomicInteger reached = new AtomicInteger();
        try (ServerSocket inside = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!inside.isClosed()) {
                    try {
                        inside.accept().close();
                        reached.incrementAndGet();
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            String port = ":" + inside.getLocalPort();
            for (String host : List.of(
                    "127.0.0.1" + port,
                    "127.0.0.1",
                    "localhost" + port,
                    "localhost",
                    "[::1]" + port,
                    "0x7f000001" + port,
                    "2130706433",
                    "169.254.169.254",
                    "10.0.0.1",
                    "172.16.0.1",
                    "192.168.0.1",
                    "[fd00:ec2::254]",
                    "[::ffff:127.0.0.1]" + port,
                    InetAddress.getLocalHost().getHostName() + port)) {
                HttpResponse<String> answer = device(server, "https://" + host + "/client.json");
                assertThat(answer.statusCode()).as(host + " " + answer.body()).isEqualTo(401);
                assertThat(error(answer)).as(host).isEqualTo("invalid_client");
                assertThat(answer.body()).as("tells nothing of what is there").doesNotContain("refused the connection");
                HttpResponse<String> page = person.get("/oauth/authorize?response_type=code&client_id="
                        + URLEncoder.encode("https://" + host + "/client.json", StandardCharsets.UTF_8)
                        + "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_challenge=" + OAuthRig.CHALLENGE
                        + "&code_challenge_method=S256");
                assertThat(page.statusCode()).as(host).isEqualTo(400);
                assertThat(PageClient.location(page)).as(host).isEmpty();
            }
        }
        assertThat(reached).hasValue(0);
    }
}
