package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.faregate.base.Json;
import dev.faregate.base.Sha256;
import dev.faregate.keys.KeyText;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// A key is found in public: who may say so, what happens to it, who hears of it, and the one step that mends
/// it. The service that reports is this test, with a key of its own that it publishes as GitHub does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeakFlowTest {
    private static final String OWNER = "owner@example.com";
    private static final String KEY_ID = "f9525bf080f75b35";
    private static final Pattern SECRET = Pattern.compile("<code id=\"secret\"[^>]*>(sk-fg-[A-Za-z0-9-]+)</code>");
    private static final Pattern ONCE = Pattern.compile("name=\"once\" value=\"([^\"]+)\"");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final KeyPair pair = pair();
    private final AtomicInteger keysAsked = new AtomicInteger();
    private HttpServer reporter;
    private ScriptedUpstream upstream;
    private Mailbox mailbox;
    private TestServer server;
    private PageClient owner;

    private static KeyPair pair() {
        try {
            KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
            maker.initialize(256);
            return maker.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    void start() throws IOException {
        reporter = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        reporter.createContext("/keys", exchange -> {
            keysAsked.incrementAndGet();
            String pem = Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
            byte[] body = ("{\"public_keys\":[{\"key_identifier\":\"" + KEY_ID + "\",\"is_current\":true,"
                            + "\"key\":\"-----BEGIN PUBLIC KEY-----\\n" + pem + "\\n-----END PUBLIC KEY-----\\n\"}]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        reporter.start();
        upstream = ScriptedUpstream.start();
        mailbox = Mailbox.start();
        server = TestServer.startWith(
                mailbox.yaml() + "leaks: {github_keys_url: 'http://127.0.0.1:"
                        + reporter.getAddress().getPort() + "/keys'}\n",
                upstream);
        owner = new PageClient(server.port());
        SetupFlowTest.setUp(owner, SetupFlowTest.link(server), OWNER);
        new Entrance(server, mailbox).confirmed(owner, OWNER, 1);
    }

    @AfterAll
    void stop() {
        server.close();
        mailbox.close();
        upstream.close();
        reporter.stop(0);
    }

    private String fresh(String name) {
        return Json.readObject(server.post(
                                "/api/v1/keys", "{\"name\":\"" + name + "\",\"limit\":3}", TestServer.MANAGEMENT_KEY)
                        .body()
                        .getBytes(StandardCharsets.UTF_8))
                .path("key")
                .asString();
    }

    private String sign(byte[] body) {
        try {
            Signature signer = Signature.getInstance("SHA256withECDSA");
            signer.initSign(pair.getPrivate());
            signer.update(body);
            return Base64.getEncoder().encodeToString(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> report(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return post("/hooks/leaks/github", bytes, KEY_ID, sign(bytes));
    }

    private HttpResponse<String> post(String path, byte[] body, String keyId, String signature) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Content-Type", "application/json")
                .timeout(TestServer.PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (!keyId.isEmpty()) {
            request.header("Github-Public-Key-Identifier", keyId);
        }
        if (!signature.isEmpty()) {
            request.header("Github-Public-Key-Signature", signature);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String finding(String token, String url) {
        return "{\"token\":\"" + token + "\",\"type\":\"faregate_api_key\",\"url\":\"" + url
                + "\",\"source\":\"Commit\"}";
    }

    private HttpResponse<String> use(String key) {
        return server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return Json.read(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    @Test
    void anExposedKeyIsShutItsPeopleHearOfItAndOneStepMendsIt() {
        String key = fresh("Leaky");
        String address = "/settings/keys/" + HexFormat.of().formatHex(Sha256.of(key));
        String place = "https://github.com/somebody/something/blob/main/.env";
        assertThat(use(key).statusCode()).isEqualTo(200);

        HttpResponse<String> answer = report("[" + finding(key, place) + "]");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path(0).path("label").asString()).isEqualTo("true_positive");
        assertThat(json(answer).path(0).path("token_hash").asString())
                .isEqualTo(HexFormat.of().formatHex(Sha256.of(key)));
        assertThat(answer.body()).doesNotContain(key);
        HttpResponse<String> refused = use(key);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(json(refused).path("error").path("metadata").path("reason").asString())
                .isEqualTo("disabled");

        // Mails about the keys of other tests may come late, and in between.
        String mail = mailbox.textWith(OWNER, KeyText.label(key));
        assertThat(Mailbox.firstLink(mail)).as("where it was found").isEqualTo(place);
        assertThat(mail)
                .contains("Leaky", KeyText.label(key), place, "GitHub", "The key is disabled", address)
                .doesNotContain(key);

        assertThat(owner.get("/settings/keys?state=exposed").body())
                .contains("Leaky")
                .doesNotContain("First inference key");
        String list = owner.get("/settings/keys").body();
        assertThat(list).contains(">Exposed<", ">disabled<").doesNotContain(key);
        String page = owner.get(address).body();
        assertThat(page)
                .contains("This key is exposed", place, "Revoke and replace")
                .doesNotContain(key);
        HttpResponse<String> replaced = owner.post(address + "/replace", "once", found(ONCE, page));
        assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(200);
        String second = found(SECRET, replaced.body());

        assertThat(use(second).statusCode()).isEqualTo(200);
        assertThat(use(key).statusCode()).isEqualTo(401);
        assertThat(server.keyInfo(second).path("limit").asInt())
                .as("it is the same key")
                .isEqualTo(3);
        assertThat(owner.get(address).body())
                .contains("This key was exposed, and that secret has ended")
                .doesNotContain("Revoke and replace");
    }

    @Test
    void aManagementCallSeesThatAKeyIsExposed() {
        String key = fresh("Seen");
        report("[" + finding(key, "") + "]");
        JsonNode data = Json.readObject(server.get(
                                "/api/v1/keys/" + HexFormat.of().formatHex(Sha256.of(key)), TestServer.MANAGEMENT_KEY)
                        .body()
                        .getBytes(StandardCharsets.UTF_8))
                .path("data");
        assertThat(data.path("exposed_at").isString()).isTrue();
        assertThat(data.path("disabled").asBoolean()).isTrue();
    }

    @Test
    void anOrganizationMayWantOnlyToBeTold() {
        String settings = "/api/v1/organization/settings";
        owner.get("/settings/members");
        owner.post("/settings/organization/exposed-keys");
        assertThat(server.get(settings, TestServer.MANAGEMENT_KEY).body()).contains("\"exposed_keys\":\"notify\"");
        String key = fresh("Told only");
        report("[" + finding(key, "https://example.com/told") + "]");
        assertThat(use(key).statusCode()).isEqualTo(200);
        String page = owner.get("/settings/keys/" + HexFormat.of().formatHex(Sha256.of(key)))
                .body();
        assertThat(page).contains("others can read it, and it still works", "Revoke and replace");
        assertThat(server.manage("PATCH", settings, "{\"exposed_keys\":\"nothing\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.manage("PATCH", settings, "{\"exposed_keys\":\"disable\"}")
                        .body())
                .contains("\"exposed_keys\":\"disable\"");
        assertThat(owner.get("/settings/members").body()).contains("name=\"disable\" value=\"on\" checked");
    }

    @Test
    void tellsRealKeysFromLookAlikesInOneLongReport() {
        String key = fresh("One of many");
        StringBuilder body = new StringBuilder("[");
        for (int i = 0; i < 4_999; i++) {
            body.append(finding("sk-fg-v1-" + i, "https://example.com/" + i)).append(',');
        }
        HttpResponse<String> answer = report(
                body.append(finding(key, "https://example.com/x")).append(']').toString());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer)).hasSize(5_000);
        assertThat(json(answer).path(0).path("label").asString()).isEqualTo("false_positive");
        assertThat(json(answer).path(4_999).path("label").asString()).isEqualTo("true_positive");
        assertThat(use(key).statusCode()).isEqualTo(401);
    }

    @Test
    void onlyASignedReportIsTaken() {
        String key = fresh("Not exposed");
        byte[] body = ("[" + finding(key, "") + "]").getBytes(StandardCharsets.UTF_8);
        byte[] other = ("[" + finding(key, "x") + "]").getBytes(StandardCharsets.UTF_8);
        String path = "/hooks/leaks/github";
        String good = sign(body);
        assertThat(post(path, body, "", good).statusCode()).as("no identifier").isEqualTo(401);
        assertThat(post(path, body, KEY_ID, "").statusCode()).as("no signature").isEqualTo(401);
        assertThat(post(path, body, KEY_ID, sign(other)).statusCode())
                .as("of another body")
                .isEqualTo(401);
        assertThat(post(path, other, KEY_ID, good).statusCode())
                .as("another body")
                .isEqualTo(401);
        assertThat(post(path, body, KEY_ID, "AAAA").statusCode()).as("not DER").isEqualTo(401);
        assertThat(post(path, body, KEY_ID, "?").statusCode()).as("not base64").isEqualTo(401);
        int asked = keysAsked.get();
        for (int i = 0; i < 20; i++) {
            assertThat(post(path, body, "unknown" + i, good).statusCode()).isEqualTo(401);
        }
        assertThat(keysAsked.get())
                .as("a forger makes us ask once a minute at most")
                .isLessThanOrEqualTo(asked + 1);
        assertThat(post("/hooks/leaks/gitlab", body, KEY_ID, good).statusCode())
                .as("not switched on")
                .isEqualTo(404);
        assertThat(post("/hooks/leaks/elsewhere", body, KEY_ID, good).statusCode())
                .isEqualTo(404);
        assertThat(use(key).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[{}]", "[1]", "nothing", "", "[{\"token\":7}]"})
    void aSignedReportThatIsNoneIsRefused(String body) {
        HttpResponse<String> answer = report(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    @Test
    void whoeverHasAKeyMayHandItInAndLearnsNothing() {
        String key = fresh("Handed in");
        String stranger = "sk-fg-v1-" + "0".repeat(46);
        HttpResponse<String> unknown = handIn("{\"credentials\":[\"" + stranger + "\", \"anything\"]}");
        HttpResponse<String> known = handIn("{\"credentials\":[\" " + key + " \"]}");
        assertThat(known.statusCode()).isEqualTo(202);
        assertThat(unknown.statusCode()).isEqualTo(202);
        assertThat(known.body()).isEqualTo(unknown.body());
        assertThat(use(key).statusCode()).isEqualTo(401);
        assertThat(handIn("{\"credentials\":[]}").statusCode()).isEqualTo(400);
        assertThat(handIn("{}").body()).contains("credentials");
        assertThat(handIn("{\"credentials\":\"" + key + "\"}").statusCode()).isEqualTo(400);
    }

    private HttpResponse<String> handIn(String body) {
        return post("/credentials/revoke", body.getBytes(StandardCharsets.UTF_8), "", "");
    }
}
