package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.oauth.TestClients;
import dev.faregate.storage.Database;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The standard way to a key, rule by rule; each test quotes the section that it holds the server to.
/// Long because the rules are many and read best in one place.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OAuthFlowTest {
    private final Map<Database.Kind, OAuthRig> rigs = new EnumMap<>(Database.Kind.class);
    private ScriptedUpstream upstream;

    /// The one that the running test asks.
    private OAuthRig rig;

    private TestClients.Made open;
    private TestClients.Made proven;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        String many = "limits: {unauthorized_per_minute: 100000}\n";
        for (Database.Kind kind : Database.Kind.values()) {
            TestServer server = kind == Database.Kind.SQLITE
                    ? TestServer.startWith(many, upstream)
                    : TestServer.startOn(TestPostgres.freshUrl(), many, upstream);
            rigs.put(kind, new OAuthRig(server, Persons.signedIn(server, Role.MEMBER, "person@example.com")));
        }
    }

    @BeforeEach
    void ask() {
        on(Database.Kind.SQLITE);
    }

    private void on(Database.Kind kind) {
        rig = Objects.requireNonNull(rigs.get(kind));
        open = rig.client(false);
        proven = rig.client(true);
    }

    @AfterAll
    void stop() {
        rigs.values().forEach(rig -> rig.server.close());
        upstream.close();
    }

    private static void isError(HttpResponse<String> answer, int status, String error) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(TestServer.json(answer).get("error").asString()).isEqualTo(error);
        assertThat(TestServer.json(answer).get("error_description").isString()).isTrue();
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
    }

    /// What a client is told at its redirect.
    private Map<String, String> told(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        assertThat(PageClient.location(answer)).startsWith(OAuthRig.REDIRECT + "?");
        return OAuthRig.query(PageClient.location(answer));
    }

    /// RFC 6749 section 4.1: the whole way, and the key is an ordinary one with what the person chose.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void theWholeWayEndsInAKey(Database.Kind kind) {
        on(kind);
        HttpResponse<String> answer = rig.token(proven);
        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        String key = OAuthRig.text(answer, "access_token");
        assertThat(OAuthRig.text(answer, "token_type")).isEqualTo("Bearer");
        assertThat(OAuthRig.text(answer, "scope")).isEqualTo("read write");
        assertThat(rig.server.keyInfo(key).get("limit").decimalValue()).isEqualByComparingTo("5");
        assertThat(rig.server.keyInfo(key).get("name").asString()).isEqualTo("Its key");
        assertThat(rig.server
                        .post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key)
                        .statusCode())
                .isEqualTo(200);
    }

    // RFC 6749, codes

    /// RFC 6749 section 4.1.2: "The client MUST NOT use the authorization code more than once. If an
    /// authorization code is used more than once, the authorization server MUST deny the request and SHOULD
    /// revoke (when possible) all tokens previously issued based on that authorization code."
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aReplayedCodeRevokesWhatItGave(Database.Kind kind) {
        on(kind);
        String code = rig.code(open);
        HttpResponse<String> answer = rig.redeem(open, code);
        String key = OAuthRig.text(answer, "access_token");
        rig.later("auth_code", "used_at", 30);
        isError(rig.redeem(open, code), 400, "invalid_grant");
        assertThat(rig.statusOf(key)).isEqualTo(401);
        isError(rig.refresh(open, OAuthRig.text(answer, "refresh_token")), 400, "invalid_grant");
    }

    /// The same section: of any number at once, one is answered, and the key that it got is good.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void fiftyExchangesAtOnceGiveOneKey(Database.Kind kind) throws Exception {
        on(kind);
        String code = rig.code(proven);
        long before = keys();
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> running = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                running.add(pool.submit(() -> rig.redeem(proven, code)));
            }
            for (Future<HttpResponse<String>> one : running) {
                answers.add(one.get());
            }
        }
        assertThat(answers).filteredOn(answer -> answer.statusCode() == 400).hasSize(49);
        HttpResponse<String> good = answers.stream()
                .filter(answer -> answer.statusCode() == 200)
                .findFirst()
                .orElseThrow();
        assertThat(rig.statusOf(OAuthRig.text(good, "access_token"))).isEqualTo(200);
        assertThat(keys()).isEqualTo(before + 1);
    }

    private long keys() {
        return TestServer.number(rig.server.faregate, "SELECT COUNT(*) FROM api_key");
    }

    /// RFC 6749 section 4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"; ours
    /// is a minute.
    @Test
    void aCodeIsOverAfterAMinute() {
        String code = rig.code(open);
        rig.later("auth_code", "expires_at", 60);
        isError(rig.redeem(open, code), 400, "invalid_grant");
    }

    /// RFC 6749 section 4.1.2: "The authorization code is bound to the client identifier and redirection
    /// URI."
    @Test
    void aCodeIsGoodForItsClientOnly() {
        String code = rig.code(open);
        isError(rig.redeem(rig.client(false), code), 400, "invalid_grant");
        isError(rig.redeem(proven, code), 400, "invalid_grant");
        HttpResponse<String> openRouters = TestServer.send(HttpRequest.newBuilder(rig.server.uri("/api/v1/auth/keys"))
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"code\":\"" + code + "\",\"code_verifier\":\"" + OAuthRig.VERIFIER + "\"}"))
                .build());
        assertThat(openRouters.statusCode()).as("not by the other door either").isEqualTo(403);
        assertThat(rig.redeem(open, code).statusCode()).isEqualTo(200);
    }

    /// RFC 6749 section 4.1.3: "ensure that the redirect_uri parameter is present if the redirect_uri
    /// parameter was included in the initial authorization request [...], and if included ensure that their
    /// values are identical."
    @Test
    void aCodeIsGoodForItsRedirectOnly() {
        TestClients.Made two = rig.client(false, OAuthRig.REDIRECT, "https://app.example/other");
        String code = rig.code(two);
        isError(rig.redeem(two, code, "redirect_uri", "https://app.example/other"), 400, "invalid_grant");
        isError(rig.redeem(two, code, "-redirect_uri", ""), 400, "invalid_grant");
        assertThat(rig.redeem(two, code).statusCode()).isEqualTo(200);
        String unnamed = rig.code(open, "-redirect_uri", "");
        assertThat(rig.redeem(open, unnamed, "-redirect_uri", "").statusCode())
                .as("the only one that is registered need not be named")
                .isEqualTo(200);
    }

    // RFC 6749, the authorization endpoint

    /// RFC 6749 section 4.1.2.1: the server "MUST NOT automatically redirect the user-agent to the invalid
    /// redirection URI", nor anywhere for a client that it does not know.
    @Test
    void anUnknownClientOrRedirectIsToldToThePersonOnly() {
        TestClients.Made two = rig.client(false, OAuthRig.REDIRECT, "https://app.example/other");
        for (String path : List.of(
                OAuthRig.authorize(open, "client_id", "nobody"),
                OAuthRig.authorize(open, "-client_id", ""),
                OAuthRig.authorize(open, "client_id", "https://nobody.example/client"),
                OAuthRig.authorize(two, "-redirect_uri", ""),
                OAuthRig.authorize(open) + "&client_id=" + two.id(),
                OAuthRig.authorize(open) + "&redirect_uri=https%3A%2F%2Fevil.example",
                OAuthRig.authorize(open, "redirect_uri", "https://evil.example/cb"),
                OAuthRig.authorize(open, "redirect_uri", "https://evil.example/cb", "scope", "nonsense"),
                OAuthRig.authorize(open, "redirect_uri", "javascript:alert(1)"))) {
            HttpResponse<String> page = rig.browser.get(path);
            assertThat(page.statusCode()).as(path).isEqualTo(400);
            assertThat(PageClient.location(page)).isEmpty();
            // Its own address may stand in a form of the page, as a path of ours; nothing on it leads elsewhere.
            assertThat(page.body()).contains("cannot be answered").doesNotContain("\"https://evil.example");
            assertThat(rig.browser.post(path, "decision", "deny").statusCode()).isEqualTo(400);
        }
    }

    /// RFC 6749 section 4.1.2.1: anything else is told to the client "by adding the following parameters to
    /// the query component of the redirection URI", with `state` as it came; and with `iss` (RFC 9207
    /// section 2).
    @ParameterizedTest
    @CsvSource({
        "response_type, token, unsupported_response_type",
        "response_type, '', invalid_request",
        "response_mode, fragment, invalid_request",
        "scope, admin, invalid_scope",
        "resource, https://other.example/, invalid_target",
        "code_challenge_method, plain, invalid_request",
        "request, x.y.z, request_not_supported",
    })
    void otherMistakesAreToldToTheClient(String parameter, String value, String error) {
        Map<String, String> told =
                told(rig.browser.get(OAuthRig.authorize(open, parameter, value, "state", "a b&c=\"d\"")));
        assertThat(told).containsEntry("error", error).containsEntry("state", "a b&c=\"d\"");
        assertThat(told).containsEntry("iss", rig.issuer()).containsKey("error_description");
    }

    /// RFC 6749 section 4.1.2.1: "access_denied: The resource owner or authorization server denied the
    /// request."
    @Test
    void aNoIsToldToTheClient() {
        String path = OAuthRig.authorize(open);
        rig.browser.get(path);
        assertThat(told(rig.browser.post(path, "decision", "deny")))
                .containsEntry("error", "access_denied")
                .containsEntry("state", "s-1")
                .containsEntry("iss", rig.issuer());
    }

    /// RFC 6749 section 3.1: "Parameters sent without a value MUST be treated as if they were omitted from
    /// the request. The authorization server MUST ignore unrecognized request parameters. Request and
    /// response parameters MUST NOT be included more than once."
    @Test
    void parametersCountOnceAndEmptyOnesNotAtAll() {
        assertThat(told(rig.browser.get(OAuthRig.authorize(open) + "&scope=read&scope=write")))
                .containsEntry("error", "invalid_request");
        assertThat(told(rig.browser.get(OAuthRig.authorize(open) + "&state=again")))
                .as("which state would it be?")
                .doesNotContainKey("state");
        assertThat(rig.browser
                        .get(OAuthRig.authorize(open) + "&unknown=1&scope=")
                        .statusCode())
                .isEqualTo(200);
        String code = rig.code(open);
        isError(rig.form("/oauth/token", "", "grant_type=authorization_code&code=a&code=b"), 400, "invalid_request");
        assertThat(rig.redeem(open, code, "client_secret", "", "unknown", "1").statusCode())
                .isEqualTo(200);
    }

    // RFC 6749, the token endpoint

    /// RFC 6749 sections 3.2 and 5.1: "The client MUST use the HTTP POST method", and the answer MUST have
    /// `Cache-Control: no-store`.
    @Test
    void tokensAreAskedForByPostAndNeverKept() {
        assertThat(rig.get("/oauth/token?code=x").statusCode()).isEqualTo(405);
        assertThat(rig.token(open).headers().firstValue("cache-control")).contains("no-store");
    }

    /// RFC 6749 section 5.2: 400 with `error` and `error_description`; "invalid_client: [...] If the client
    /// attempted to authenticate via the Authorization request header field, the authorization server MUST
    /// respond with an HTTP 401 (Unauthorized) status code and include the WWW-Authenticate response header
    /// field".
    @Test
    void failuresHaveTheirWords() {
        isError(rig.form("/oauth/token", "", ""), 400, "invalid_request");
        isError(rig.form("/oauth/token", "", "grant_type=authorization_code"), 400, "invalid_request");
        isError(rig.form("/oauth/token", "", "grant_type=magic&client_id=" + open.id()), 400, "unsupported_grant_type");
        isError(rig.redeem(open, "auth_code_nothing"), 400, "invalid_grant");
        HttpResponse<String> basic =
                rig.form("/oauth/token", OAuthRig.basic(proven.id(), "wrong"), "grant_type=authorization_code&code=x");
        isError(basic, 401, "invalid_client");
        assertThat(basic.headers().firstValue("www-authenticate").orElse("")).startsWith("Basic realm=");
        HttpResponse<String> posted = rig.form(
                "/oauth/token",
                "",
                "grant_type=authorization_code&code=x&client_secret=wrong&client_id=" + proven.id());
        isError(posted, 401, "invalid_client");
        assertThat(posted.headers().firstValue("www-authenticate")).isEmpty();
        isError(rig.redeem(new TestClients.Made("nobody", ""), "x"), 401, "invalid_client");
        isError(json("/oauth/token", "{}"), 415, "invalid_request");
    }

    /// RFC 6749 section 2.3: "The client MUST NOT use more than one authentication method in each
    /// request."; section 2.3.1: identifier and secret in the header are form-encoded; RFC 8252 section
    /// 8.5: a public client is trusted no secret.
    @Test
    void aClientShowsItselfInOneWay() {
        String code = rig.code(proven);
        String basic = OAuthRig.basic(proven.id(), proven.secret());
        String body = "grant_type=authorization_code&code_verifier=" + OAuthRig.VERIFIER + "&redirect_uri="
                + OAuthRig.REDIRECT + "&code=" + code;
        isError(rig.form("/oauth/token", basic, body + "&client_secret=" + proven.secret()), 400, "invalid_request");
        isError(rig.form("/oauth/token", basic, body + "&client_id=" + open.id()), 400, "invalid_request");
        isError(rig.form("/oauth/token", "", body + "&client_id=" + proven.id()), 401, "invalid_client");
        isError(
                rig.form("/oauth/token", "", body + "&client_secret=any&client_id=" + open.id()),
                401,
                "invalid_client");
        isError(rig.form("/oauth/token", "Basic !", body), 401, "invalid_client");
        String escaped = Base64.getEncoder()
                .encodeToString(
                        (proven.id().replace("-", "%2D") + ":" + proven.secret()).getBytes(StandardCharsets.UTF_8));
        assertThat(rig.form("/oauth/token", "Basic " + escaped, body).statusCode())
                .as("form-decoded")
                .isEqualTo(200);
        String second = rig.code(proven);
        assertThat(rig.form(
                                "/oauth/token",
                                "",
                                body.replace(code, second) + "&client_id=" + proven.id() + "&client_secret="
                                        + proven.secret())
                        .statusCode())
                .as("in the body alone")
                .isEqualTo(200);
    }

    /// RFC 6749 section 5.2: "unauthorized_client: The authenticated client is not authorized to use this
    /// authorization grant type."; section 1.5: refresh tokens only for those who ask, and then the access
    /// token is short.
    @Test
    void aClientUsesWhatItIsRegisteredFor() {
        TestClients.Made plain = TestClients.make(
                rig.server.faregate.database(),
                rig.person.organizationId(),
                false,
                List.of("authorization_code"),
                OAuthRig.REDIRECT);
        HttpResponse<String> answer = rig.token(plain);
        assertThat(TestServer.json(answer).has("refresh_token")).isFalse();
        assertThat(TestServer.json(answer).has("expires_in")).isFalse();
        isError(rig.refresh(plain, "x"), 400, "unauthorized_client");
        assertThat(TestServer.json(rig.token(open)).get("expires_in").asInt()).isEqualTo(3_600);
        TestClients.Made refreshes = TestClients.make(
                rig.server.faregate.database(),
                rig.person.organizationId(),
                false,
                List.of("refresh_token"),
                OAuthRig.REDIRECT);
        assertThat(told(rig.browser.get(OAuthRig.authorize(refreshes)))).containsEntry("error", "unauthorized_client");
    }

    // Refresh

    /// RFC 6749 section 6, RFC 9700 section 4.14.2: each refresh gives a new token, and the key goes on:
    /// what it spent stays spent.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aRefreshRenewsTheSameKey(Database.Kind kind) {
        on(kind);
        HttpResponse<String> first = rig.token(proven);
        String key = OAuthRig.text(first, "access_token");
        assertThat(rig.server
                        .post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> second = rig.refresh(proven, OAuthRig.text(first, "refresh_token"));
        assertThat(second.statusCode()).as(second.body()).isEqualTo(200);
        String renewed = OAuthRig.text(second, "access_token");
        assertThat(renewed).isNotEqualTo(key);
        assertThat(OAuthRig.text(second, "refresh_token")).isNotEqualTo(OAuthRig.text(first, "refresh_token"));
        assertThat(rig.server.usage(renewed)).isPositive();
        assertThat(rig.server.keyInfo(renewed).get("hash"))
                .isEqualTo(rig.server.keyInfo(key).get("hash"));
        assertThat(isActive(key)).as("what is on its way still arrives").isTrue();
        rig.later("api_key_secret", "expires_at", 61);
        assertThat(isActive(key)).isFalse();
        assertThat(isActive(renewed)).isTrue();
        rig.later("api_key_secret", "expires_at", 3_600);
        assertThat(isActive(renewed)).isFalse();
    }

    private boolean isActive(String token) {
        return TestServer.json(rig.introspect(proven, token)).get("active").asBoolean();
    }

    /// RFC 9700 section 4.14.2: "If a refresh token is compromised and subsequently used by both the
    /// attacker and the legitimate client, one of them will present an invalidated refresh token, which
    /// will inform the authorization server of the breach. [...] it will revoke the active refresh token."
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aReplayedRefreshTokenEndsTheFamily(Database.Kind kind) {
        on(kind);
        HttpResponse<String> first = rig.token(open);
        HttpResponse<String> second = rig.refresh(open, OAuthRig.text(first, "refresh_token"));
        String renewed = OAuthRig.text(second, "access_token");
        assertThat(rig.statusOf(renewed)).isEqualTo(200);
        isError(rig.refresh(open, OAuthRig.text(first, "refresh_token")), 400, "invalid_grant");
        assertThat(rig.statusOf(renewed)).isEqualTo(401);
        assertThat(rig.statusOf(OAuthRig.text(first, "access_token"))).isEqualTo(401);
        isError(rig.refresh(open, OAuthRig.text(second, "refresh_token")), 400, "invalid_grant");
    }

    /// RFC 6749 section 6: "ensure that the refresh token was issued to the authenticated client".
    @Test
    void aRefreshTokenIsGoodForItsClientOnly() {
        HttpResponse<String> first = rig.token(proven);
        String token = OAuthRig.text(first, "refresh_token");
        isError(rig.refresh(open, token), 400, "invalid_grant");
        isError(
                rig.form(
                        "/oauth/token",
                        "",
                        "grant_type=refresh_token&refresh_token=" + token + "&client_id=" + proven.id()),
                401,
                "invalid_client");
        assertThat(rig.refresh(proven, token).statusCode()).isEqualTo(200);
        HttpResponse<String> late = rig.token(proven);
        rig.later("refresh_token", "expires_at", Duration.ofDays(90).toSeconds());
        isError(rig.refresh(proven, OAuthRig.text(late, "refresh_token")), 400, "invalid_grant");
    }

    /// RFC 6749 section 6: "The requested scope MUST NOT include any scope not originally granted by the
    /// resource owner, and if omitted is treated as equal to the scope originally granted".
    @Test
    void aRefreshMayNarrowAndNeverWiden() {
        HttpResponse<String> wide = rig.token(open);
        HttpResponse<String> narrow = rig.refresh(open, OAuthRig.text(wide, "refresh_token"), "scope", "read");
        assertThat(OAuthRig.text(narrow, "scope")).isEqualTo("read");
        assertThat(chat(OAuthRig.text(narrow, "access_token")).statusCode()).isEqualTo(403);
        HttpResponse<String> again = rig.refresh(open, OAuthRig.text(narrow, "refresh_token"));
        assertThat(OAuthRig.text(again, "scope")).isEqualTo("read write");
        TestClients.Made other = rig.client(false);
        HttpResponse<String> reads = rig.token(other, "scope", "read");
        isError(rig.refresh(other, OAuthRig.text(reads, "refresh_token"), "scope", "read write"), 400, "invalid_scope");
        assertThat(rig.refresh(other, OAuthRig.text(reads, "refresh_token")).statusCode())
                .as("what was refused did not use it")
                .isEqualTo(200);
    }

    private HttpResponse<String> chat(String key) {
        return rig.server.post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key);
    }

    // RFC 6750

    /// RFC 6750 section 3: "If the request lacks any authentication information [...], the resource server
    /// SHOULD NOT include an error code"; section 3.1: `invalid_token` with 401, `insufficient_scope` with
    /// 403 and the scope needed.
    @Test
    void challengesSayWhatIsWrongWithAToken() {
        HttpResponse<String> none = rig.server.get("/api/v1/key", null);
        assertThat(none.headers().firstValue("www-authenticate")).contains("Bearer");
        HttpResponse<String> bad = rig.server.get("/api/v1/key", "sk-nobody-has-this-key-0123456789");
        assertThat(bad.statusCode()).isEqualTo(401);
        assertThat(bad.headers().firstValue("www-authenticate")).contains("Bearer error=\"invalid_token\"");
        String reads = OAuthRig.text(rig.token(open, "scope", "read"), "access_token");
        HttpResponse<String> low = chat(reads);
        assertThat(low.statusCode()).isEqualTo(403);
        assertThat(low.headers().firstValue("www-authenticate"))
                .contains("Bearer error=\"insufficient_scope\", scope=\"read write\"");
    }

    /// S50, RFC 6749 section 3.3: `read` looks and nothing else, `write` includes it; the answer says what
    /// was granted.
    @Test
    void scopesMeanWhatTheConsentPageSays() {
        String page = rig.browser.get(OAuthRig.authorize(open, "scope", "read")).body();
        assertThat(page).contains("It cannot send prompts or change anything");
        HttpResponse<String> answer = rig.token(open, "scope", "read");
        assertThat(OAuthRig.text(answer, "scope")).isEqualTo("read");
        String reads = OAuthRig.text(answer, "access_token");
        for (String path : List.of("/api/v1/key", "/api/v1/models", "/api/v1/models/user", "/api/v1/presets")) {
            assertThat(rig.server.get(path, reads).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(chat(reads).statusCode()).isEqualTo(403);
        assertThat(rig.server
                        .post("/api/v1/presets/mine/chat/completions", TestServer.chat("test/free", ""), reads)
                        .statusCode())
                .isEqualTo(403);
        assertThat(OAuthRig.text(rig.token(open, "scope", "write"), "scope")).isEqualTo("read write");
        assertThat(OAuthRig.text(rig.token(open, "scope", "read write offline_access"), "scope"))
                .isEqualTo("read write");
    }

    // RFC 7636

    /// RFC 7636 section 4.4.1: "If the server requires Proof Key for Code Exchange (PKCE) by OAuth public
    /// clients and the client does not send the code_challenge in the request, the authorization endpoint
    /// MUST return the authorization error response with the error value set to invalid_request."; section
    /// 4.3: an absent method means `plain`, which we do not take.
    @Test
    void publicClientsNeedAChallengeByS256() {
        for (String[] change : List.of(
                new String[] {"-code_challenge", "", "-code_challenge_method", ""},
                new String[] {"-code_challenge_method", ""},
                new String[] {"-code_challenge", ""},
                new String[] {"code_challenge_method", "plain"},
                new String[] {"code_challenge_method", "none"},
                new String[] {"code_challenge", "short"})) {
            assertThat(told(rig.browser.get(OAuthRig.authorize(open, change))))
                    .as(Arrays.toString(change))
                    .containsEntry("error", "invalid_request");
        }
    }

    /// RFC 7636 section 4.6: "If the values are not equal, an error response indicating invalid_grant MUST
    /// be returned."
    @Test
    void aWrongOrMissingVerifierGivesNothing() {
        String code = rig.code(open);
        isError(rig.redeem(open, code, "code_verifier", "x".repeat(43)), 400, "invalid_grant");
        isError(rig.redeem(open, code, "code_verifier", OAuthRig.CHALLENGE), 400, "invalid_grant");
        isError(rig.redeem(open, code, "-code_verifier", ""), 400, "invalid_grant");
        isError(rig.redeem(open, code, "code_verifier", "short"), 400, "invalid_grant");
        assertThat(rig.redeem(open, code).statusCode()).isEqualTo(200);
    }

    // RFC 9700

    /// RFC 9700 section 4.8.2: "Authorization servers MUST mitigate this attack [PKCE downgrade]. [...]
    /// reject token requests containing a code_verifier parameter for an authorization request that did not
    /// contain a code_challenge".
    @Test
    void noDowngradeOfTheChallenge() {
        String code = rig.code(proven, "-code_challenge", "", "-code_challenge_method", "");
        isError(rig.redeem(proven, code), 400, "invalid_grant");
        assertThat(rig.redeem(proven, code, "-code_verifier", "").statusCode())
                .as("a client with a secret may do without (page 003)")
                .isEqualTo(200);
    }

    /// RFC 9700 sections 2.1.2 and 2.4: no implicit grant, "the resource owner password credentials grant
    /// MUST NOT be used".
    @Test
    void thereIsNoImplicitAndNoPasswordGrant() {
        for (String type : List.of("token", "id_token", "code token")) {
            assertThat(told(rig.browser.get(OAuthRig.authorize(open, "response_type", type))))
                    .containsEntry("error", "unsupported_response_type");
        }
        for (String grant : List.of("password", "client_credentials", "implicit")) {
            isError(
                    rig.form("/oauth/token", OAuthRig.basic(proven.id(), proven.secret()), "grant_type=" + grant),
                    400,
                    "unsupported_grant_type");
        }
    }

    /// RFC 9700 section 4.1.3: "Authorization servers MUST utilize exact matching of client redirect URIs";
    /// "The only exception is native apps using a localhost URI: In this case, the authorization server
    /// MUST allow variable port numbers as described in Section 7.3 of [RFC8252]".
    @ParameterizedTest
    @CsvSource({
        "https://app.example/cb, https://app.example/cb, true",
        "https://app.example/cb, https://app.example/cb/, false",
        "https://app.example/cb, https://app.example/cb?x=1, false",
        "https://app.example/cb, https://app.example/cb%2F, false",
        "https://app.example/cb, https://app.example:443/cb, false",
        "https://app.example/cb, https://APP.example/cb, false",
        "https://app.example/cb, https://app.example.evil.example/cb, false",
        "https://app.example/cb, https://app.example@evil.example/cb, false",
        "https://app.example/cb, http://app.example/cb, false",
        "https://app.example/cb, https://app.example/cb#x, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51234/cb, true",
        "http://[::1]/cb, http://[::1]:51234/cb, true",
        "http://127.0.0.1:1/cb, http://127.0.0.1:2/cb, true",
        "http://127.0.0.1/cb, http://127.0.0.1:51234/other, false",
        "http://127.0.0.1/cb, http://localhost:51234/cb, false",
        "http://127.0.0.1/cb, http://127.0.0.1:80@evil.example/cb, false",
        "http://127.0.0.1/cb, http://127.0.0.1.evil.example:80/cb, false",
        "http://localhost:3000/cb, http://localhost:51234/cb, true",
        "com.example.app:/cb, com.example.app:/cb, true",
        "com.example.app:/cb, com.example.app:/other, false",
    })
    void redirectsAreComparedCharacterByCharacter(String registered, String asked, boolean good) {
        TestClients.Made client = rig.client(false, registered);
        HttpResponse<String> page = rig.browser.get(OAuthRig.authorize(client, "redirect_uri", asked));
        assertThat(page.statusCode()).isEqualTo(good ? 200 : 400);
        assertThat(PageClient.location(page)).isEmpty();
    }

    /// RFC 8252 section 7.3: "The authorization server MUST allow any port to be specified at the time of
    /// the request for loopback IP redirect URIs": and the code goes there, to a program that the page
    /// warns of.
    @Test
    void aProgramOnThisMachineGetsItsCodeAtItsPort() {
        TestClients.Made client = rig.client(false, "http://127.0.0.1/cb");
        String redirect = "http://127.0.0.1:51234/cb";
        String path = OAuthRig.authorize(client, "redirect_uri", redirect);
        assertThat(rig.browser.get(path).body()).contains("A program on your own machine asks");
        HttpResponse<String> answer = rig.allow(path);
        assertThat(PageClient.location(answer)).startsWith(redirect + "?code=");
        String code = OAuthRig.codeIn(PageClient.location(answer));
        assertThat(rig.redeem(client, code, "redirect_uri", redirect).statusCode())
                .isEqualTo(200);
    }

    /// RFC 9700 section 4.12: a redirect after a form "MUST NOT use 307"; 303 makes it a GET without the
    /// form.
    @Test
    void leadsBackByA303() {
        HttpResponse<String> answer = rig.allow(OAuthRig.authorize(open));
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("referrer-policy")).contains("no-referrer");
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
    }

    /// RFC 9700 section 4.11.2: a made-up request of a client that registered itself must not lead anywhere
    /// without the person's doing: "the authorization server MUST NOT redirect the user agent to URIs that
    /// are not trusted".
    @Test
    void isNoOpenRedirectorForClientsThatRegisteredThemselves() {
        TestClients.Made own =
                TestClients.make(rig.server.faregate.database(), null, false, "https://phishing.example/cb");
        HttpResponse<String> page = rig.browser.get(
                OAuthRig.authorize(own, "redirect_uri", "https://phishing.example/cb", "scope", "nonsense"));
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(PageClient.location(page)).isEmpty();
        assertThat(page.body()).contains("Go back to phishing.example", "invalid_scope");
        assertThat(rig.browser
                        .get(OAuthRig.authorize(own, "redirect_uri", "https://phishing.example/cb"))
                        .body())
                .contains("This app registered itself");
    }

    /// RFC 9700 section 4.16 (clickjacking), section 2.6: "the authorization endpoint MUST NOT support
    /// CORS"; and a form of another site is no consent. The page shows the client and where the answer
    /// goes.
    @Test
    void nobodyElseSpeaksForThePerson() {
        String path = OAuthRig.authorize(open);
        HttpResponse<String> page = rig.browser.get(path);
        assertThat(page.headers().firstValue("x-frame-options")).contains("DENY");
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .contains("frame-ancestors 'none'")
                .endsWith("form-action 'self' https://app.example");
        assertThat(page.body())
                .contains("Test &lt;b&gt;client&lt;/b&gt;", "app.example")
                .doesNotContain("<b>client");
        assertThat(rig.browser
                        .postAs("cross-site", path, List.of("decision", "allow"))
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> fetched = rig.get(path, "Origin", "https://evil.example");
        assertThat(fetched.headers().firstValue("access-control-allow-origin")).isEmpty();
    }

    /// RFC 9700 section 2.6: "Authorization servers MAY support CORS for endpoints that are directly
    /// accessed" by scripts.
    @Test
    void scriptsOfAnyPageMayExchange() {
        for (String path : List.of("/oauth/token", "/oauth/revoke", "/api/v1/oauth/token")) {
            HttpResponse<String> answer = rig.form(path, "", "a=b", "Origin", "https://app.example");
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.headers().firstValue("access-control-allow-origin"))
                    .contains("*");
            assertThat(answer.headers().firstValue("access-control-allow-credentials"))
                    .isEmpty();
        }
    }

    // RFC 8414, 9207, 9728, 8707

    /// RFC 8414 sections 2 and 3.3: "The issuer value returned MUST be identical to the authorization
    /// server's issuer identifier value into which the well-known URI string was inserted"; what is told
    /// exists.
    @Test
    void tellsClientsWhereEverythingIs() {
        for (String path : List.of("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")) {
            HttpResponse<String> answer = rig.get(path, "Origin", "https://app.example");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("access-control-allow-origin"))
                    .contains("*");
            var metadata = TestServer.json(answer);
            assertThat(metadata.get("issuer").asString()).isEqualTo(rig.issuer());
            assertThat(metadata.get("code_challenge_methods_supported").toString())
                    .isEqualTo("[\"S256\"]");
            assertThat(metadata.get("response_types_supported").toString()).isEqualTo("[\"code\"]");
            assertThat(metadata.get("authorization_response_iss_parameter_supported")
                            .asBoolean())
                    .isTrue();
            assertThat(metadata.get("grant_types_supported").toString())
                    .contains("authorization_code", "refresh_token")
                    .doesNotContain("password", "implicit");
            for (String name : metadata.propertyNames()) {
                assertThat(metadata.get(name).isArray() && metadata.get(name).isEmpty())
                        .as("empty arrays are left out: " + name)
                        .isFalse();
                if (name.endsWith("_endpoint")) {
                    String url = metadata.get(name).asString();
                    assertThat(url).startsWith(rig.issuer());
                    assertThat(rig.get(url.substring(rig.issuer().length())).statusCode())
                            .as(name)
                            .isNotEqualTo(404);
                }
            }
        }
        assertThat(rig.get("/.well-known/oauth-authorization-server/other").statusCode())
                .as("no such issuer")
                .isEqualTo(404);
    }

    /// RFC 8414 section 3.1: the well-known name stands before the path of the issuer (and clients of
    /// OpenID look behind it too); RFC 9728 section 5.1: a challenge says where to find the metadata of the
    /// resource.
    @Test
    void anIssuerWithAPathIsFoundWhereClientsLook() {
        String url = "https://llm.example.com/gate";
        try (TestServer server = TestServer.startWith("public_url: " + url + "\n", upstream)) {
            OAuthRig behind = new OAuthRig(server, Persons.signedIn(server, Role.MEMBER, "person@example.com"));
            for (String path : List.of(
                    "/.well-known/oauth-authorization-server/gate",
                    "/.well-known/openid-configuration/gate",
                    "/gate/.well-known/openid-configuration")) {
                assertThat(OAuthRig.text(behind.get(path), "issuer")).as(path).isEqualTo(url);
            }
            assertThat(behind.get("/.well-known/oauth-authorization-server/other")
                            .statusCode())
                    .isEqualTo(404);
            HttpResponse<String> refused = server.get("/api/v1/key", null);
            assertThat(refused.headers().firstValue("www-authenticate"))
                    .contains("Bearer resource_metadata=\"" + url + "/.well-known/oauth-protected-resource/api/v1\"");
            HttpResponse<String> bad = server.get("/api/v1/key", "sk-nobody-has-this-key-0123456789");
            assertThat(bad.headers().firstValue("www-authenticate").orElse(""))
                    .startsWith("Bearer error=\"invalid_token\", resource_metadata=\"https://");
        }
    }

    /// The issuer is what the operator says, whatever a request says: nobody is led astray by a Host
    /// header.
    @Test
    void believesNoHostHeader() throws Exception {
        for (String path : List.of(
                "/.well-known/oauth-authorization-server",
                "/.well-known/oauth-protected-resource",
                "/auth?callback_url=https%3A%2F%2Fapp.example%2F")) {
            try (RawClient client = RawClient.connect("127.0.0.1", rig.server.port())) {
                client.send(
                        "GET " + path + " HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n");
                RawClient.Response answer = client.response();
                assertThat(answer.text()).doesNotContain("evil.example");
                assertThat(answer.head().header("location").orElse("")).doesNotContain("evil.example");
            }
        }
    }

    /// RFC 9207 section 2: "the value of the iss parameter [is] the issuer identifier of the authorization
    /// server that created the authorization response": byte for byte that of the metadata, so a client
    /// that mixes servers up sees it.
    @Test
    void everyAnswerNamesItsIssuer() {
        Map<String, String> told = OAuthRig.query(PageClient.location(rig.allow(OAuthRig.authorize(open))));
        HttpResponse<String> metadata = rig.get("/.well-known/oauth-authorization-server");
        assertThat(told).containsEntry("iss", OAuthRig.text(metadata, "issuer")).containsEntry("state", "s-1");
    }

    /// RFC 9728 sections 3.1 and 3.3: the metadata of a resource lies at the well-known name before its
    /// path, and names that very resource.
    @Test
    void tellsOfTheApiAsAResource() {
        for (String base : List.of("", "/api/v1", "/v1")) {
            HttpResponse<String> answer = rig.get("/.well-known/oauth-protected-resource" + base);
            assertThat(OAuthRig.text(answer, "resource")).isEqualTo(rig.issuer() + base);
            assertThat(TestServer.json(answer).get("authorization_servers").toString())
                    .isEqualTo("[\"" + rig.issuer() + "\"]");
        }
    }

    /// RFC 8707 section 2: "invalid_target: The requested resource is invalid, missing, unknown, or
    /// malformed."; section 2.2: what is asked for at the token endpoint is part of what was granted; the
    /// audience is that.
    @Test
    void keysAreForThisServersResources() {
        String api = rig.issuer() + "/api/v1";
        String code = rig.code(proven, "resource", api);
        isError(rig.redeem(proven, code, "resource", "https://other.example/"), 400, "invalid_target");
        isError(rig.redeem(proven, code, "resource", rig.issuer() + "/v1"), 400, "invalid_target");
        HttpResponse<String> answer = rig.redeem(proven, code, "resource", api);
        HttpResponse<String> told = rig.introspect(proven, OAuthRig.text(answer, "access_token"));
        assertThat(TestServer.json(told).get("aud").toString()).isEqualTo("[\"" + api + "\"]");
        isError(
                rig.refresh(proven, OAuthRig.text(answer, "refresh_token"), "resource", "https://other.example/"),
                400,
                "invalid_target");
    }

    // RFC 7009

    /// RFC 7009 section 2.1: revoking a refresh token ends "all access tokens based on the same
    /// authorization grant"; section 2.2: "The authorization server responds with HTTP status code 200 if
    /// the token has been revoked successfully or if the client submitted an invalid token."
    @ParameterizedTest
    @ValueSource(strings = {"access_token", "refresh_token"})
    void revokingEndsTheKey(String which) {
        HttpResponse<String> answer = rig.token(open);
        String key = OAuthRig.text(answer, "access_token");
        HttpResponse<String> revoked =
                rig.revoke(open, OAuthRig.text(answer, which), "token_type_hint", "whatever_it_is");
        assertThat(revoked.statusCode()).isEqualTo(200);
        assertThat(rig.statusOf(key)).isEqualTo(401);
        isError(rig.refresh(open, OAuthRig.text(answer, "refresh_token")), 400, "invalid_grant");
        assertThat(rig.revoke(open, OAuthRig.text(answer, which)).statusCode()).isEqualTo(200);
        assertThat(rig.revoke(open, "nothing").statusCode()).isEqualTo(200);
    }

    /// RFC 7009 section 2.1: the server "verifies whether the token was issued to the client making the
    /// revocation request. If this validation fails, the request is refused"; section 2.2.1:
    /// `unsupported_token_type`.
    @Test
    void revokesOwnTokensOnly() {
        String key = OAuthRig.text(rig.token(open), "access_token");
        isError(rig.revoke(proven, key), 400, "invalid_grant");
        isError(rig.form("/oauth/revoke", "", "token=" + key), 400, "invalid_request");
        isError(rig.form("/oauth/revoke", "", "client_id=" + open.id()), 400, "invalid_request");
        isError(rig.revoke(open, "sk-fg-adm-" + "x".repeat(46)), 400, "unsupported_token_type");
        assertThat(rig.revoke(open, TestServer.INFERENCE_KEY).statusCode())
                .as("a key that no app has is unknown here")
                .isEqualTo(200);
        assertThat(rig.statusOf(TestServer.INFERENCE_KEY)).isEqualTo(200);
        assertThat(rig.statusOf(key)).isEqualTo(200);
    }

    /// The access token is a key, so what runs for it ends with it, within the second.
    @Test
    void revokingCutsARunningStream() throws Exception {
        upstream.forModel("free", Script.answer().chunks(600).chunkDelay(Duration.ofMillis(50)));
        String key = OAuthRig.text(rig.token(open), "access_token");
        try (RawClient stream = rig.server.rawChat(TestServer.chat("test/free", "\"stream\":true"), key)) {
            RawClient.Head head = stream.head();
            assertThat(head.status()).isEqualTo(200);
            EventReader events = stream.events(head);
            assertThat(events.next()).isPresent();
            assertThat(rig.revoke(open, key).statusCode()).isEqualTo(200);
            assertThat(events.all().getLast()).contains("disabled or deleted while");
        }
    }

    // RFC 7662

    /// RFC 7662 section 2.1: "the authorization server MUST also require some form of authorization to
    /// access this endpoint"; section 2.2: an inactive token says nothing but `{"active": false}`.
    @Test
    void tellsAClientOfItsOwnTokensOnly() {
        HttpResponse<String> answer = rig.token(proven);
        String key = OAuthRig.text(answer, "access_token");
        var told = TestServer.json(rig.introspect(proven, key));
        assertThat(told.get("active").asBoolean()).isTrue();
        assertThat(told.get("scope").asString()).isEqualTo("read write");
        assertThat(told.get("client_id").asString()).isEqualTo(proven.id());
        assertThat(told.get("sub").asString()).isEqualTo(rig.person.userId());
        assertThat(told.get("iss").asString()).isEqualTo(rig.issuer());
        assertThat(told.get("exp").asLong() - told.get("iat").asLong()).isEqualTo(3_600);
        assertThat(TestServer.json(rig.introspect(proven, OAuthRig.text(answer, "refresh_token")))
                        .get("active")
                        .asBoolean())
                .isTrue();
        isError(rig.introspect(open, key), 401, "invalid_client");
        isError(rig.form("/oauth/introspect", "", "token=" + key), 400, "invalid_request");
        TestClients.Made other = rig.client(true);
        String inactive = "{\"active\":false}";
        assertThat(rig.introspect(other, key).body()).isEqualTo(inactive);
        assertThat(rig.introspect(proven, TestServer.INFERENCE_KEY).body()).isEqualTo(inactive);
        assertThat(rig.introspect(proven, "nothing").body()).isEqualTo(inactive);
        rig.revoke(proven, key);
        assertThat(rig.introspect(proven, key).body()).isEqualTo(inactive);
        assertThat(rig.introspect(proven, OAuthRig.text(answer, "refresh_token"))
                        .body())
                .isEqualTo(inactive);
        assertThat(rig.get("/oauth/introspect").statusCode()).as("never GET").isEqualTo(405);
    }

    // RFC 8628

    /// RFC 8628 sections 3.4 and 3.5: the device asks until a person has decided; "authorization_pending",
    /// "slow_down" for one that asks too often; then the key, once.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aDeviceGetsItsKeyOnceAPersonSaidYes(Database.Kind kind) {
        on(kind);
        String grant = "urn:ietf:params:oauth:grant-type:device_code";
        TestClients.Made device =
                TestClients.make(rig.server.faregate.database(), rig.person.organizationId(), false, List.of(grant));
        HttpResponse<String> codes = rig.form("/oauth/device_authorization", "", "client_id=" + device.id());
        String poll = "grant_type=" + grant + "&client_id=" + device.id() + "&device_code="
                + OAuthRig.text(codes, "device_code");
        isError(rig.form("/oauth/token", "", poll), 400, "authorization_pending");
        isError(rig.form("/oauth/token", "", poll), 400, "slow_down");
        isError(rig.form("/oauth/token", "", poll.replace(device.id(), open.id())), 400, "unauthorized_client");
        assertThat(rig.allow("/device?user_code=" + OAuthRig.text(codes, "user_code"))
                        .statusCode())
                .isEqualTo(200);
        rig.later("device_code", "polled_at", 60);
        HttpResponse<String> answer = rig.form("/oauth/token", "", poll);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(chat(OAuthRig.text(answer, "access_token")).statusCode()).isEqualTo(200);
        rig.later("device_code", "polled_at", 60);
        isError(rig.form("/oauth/token", "", poll), 400, "invalid_grant");
    }

    // Page 003

    private HttpResponse<String> json(String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(rig.server.uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return path.startsWith("/api/") ? TestServer.send(request) : OAuthRig.send(request);
    }

    /// S48, S49: page 003 as printed: JSON with a secret and no challenge, and `api_key` in the answer.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void page003WorksAsPrinted(Database.Kind kind) {
        on(kind);
        HttpResponse<String> lodged = json(
                "/api/v1/oauth/authorization",
                "{\"client_id\":\"" + proven.id() + "\",\"redirect_uri\":\"" + OAuthRig.REDIRECT
                        + "\",\"scope\":\"read write\",\"state\":\"s-2\"}");
        assertThat(lodged.statusCode()).as(lodged.body()).isEqualTo(201);
        assertThat(TestServer.json(lodged).get("expires_in").asInt()).isEqualTo(600);
        String url = OAuthRig.text(lodged, "authorization_url");
        assertThat(url).startsWith(rig.issuer()).contains("request_uri=urn").doesNotContain("app.example");
        String location =
                PageClient.location(rig.allow(url.substring(rig.issuer().length())));
        assertThat(OAuthRig.query(location)).containsEntry("state", "s-2");
        HttpResponse<String> answer = json(
                "/api/v1/oauth/token",
                "{\"client_id\":\"" + proven.id() + "\",\"client_secret\":\"" + proven.secret() + "\",\"code\":\""
                        + OAuthRig.codeIn(location) + "\",\"redirect_uri\":\"" + OAuthRig.REDIRECT + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(OAuthRig.text(answer, "api_key")).isEqualTo(OAuthRig.text(answer, "access_token"));
        assertThat(chat(OAuthRig.text(answer, "api_key")).statusCode()).isEqualTo(200);
    }

    /// S48: an unknown client or redirect is a 400 for the program, and no redirect; a lodged request ends,
    /// and is its client's alone.
    @Test
    void aRequestIsCheckedWhenItIsLodged() {
        String good = "\"client_id\":\"" + proven.id() + "\",\"redirect_uri\":\"" + OAuthRig.REDIRECT + "\"";
        for (String body : List.of(
                "{\"client_id\":\"nobody\",\"redirect_uri\":\"https://app.example/cb\"}",
                "{\"client_id\":\"" + proven.id() + "\",\"redirect_uri\":\"https://evil.example/cb\"}",
                "{\"client_id\":\"" + open.id() + "\",\"redirect_uri\":\"" + OAuthRig.REDIRECT + "\"}",
                "{" + good + ",\"scope\":\"everything\"}",
                "{" + good + ",\"scope\":7}",
                "{" + good + ",\"client_secret\":\"" + proven.secret() + "\"}",
                "{}")) {
            HttpResponse<String> answer = json("/api/v1/oauth/authorization", body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(TestServer.json(answer).get("error").isString()).isTrue();
        }
        String url = OAuthRig.text(json("/api/v1/oauth/authorization", "{" + good + "}"), "authorization_url")
                .substring(rig.issuer().length());
        assertThat(rig.browser.get(url.replace(proven.id(), open.id())).statusCode())
                .isEqualTo(400);
        assertThat(rig.browser.get(url).statusCode()).isEqualTo(200);
        rig.later("oauth_request", "expires_at", 601);
        assertThat(rig.browser.get(url).body()).contains("This request has ended");
    }

    // What is kept

    /// Design section 7: codes, refresh tokens, keys, secrets and requests are kept as their hashes.
    @Test
    void keepsNoSecretInTheClear() {
        String code = rig.code(proven);
        HttpResponse<String> answer = rig.redeem(proven, code);
        List<String> secrets = List.of(
                code, proven.secret(), OAuthRig.text(answer, "access_token"), OAuthRig.text(answer, "refresh_token"));
        for (String table : List.of(
                "auth_code",
                "oauth_client",
                "refresh_token",
                "app_grant",
                "api_key",
                "api_key_secret",
                "audit_event",
                "oauth_request")) {
            List<String> rows = rig.server
                    .faregate
                    .database()
                    .read(tx -> tx.sql().fetch("SELECT * FROM " + table).map(row -> Arrays.toString(row.intoArray())));
            for (String secret : secrets) {
                assertThat(rows).as(table).noneMatch(row -> row.contains(secret));
            }
        }
    }

    /// Repeated consent replaces instead of piling up, whatever port a program on this machine has this
    /// time.
    @Test
    void consentAnewReplacesTheClientsKey() {
        String first = OAuthRig.text(rig.token(open), "access_token");
        assertThat(rig.browser.get(OAuthRig.authorize(open)).body()).contains("The new one takes its place");
        String second = OAuthRig.text(rig.token(open), "access_token");
        assertThat(rig.statusOf(first)).isEqualTo(401);
        assertThat(rig.statusOf(second)).isEqualTo(200);
    }
}
