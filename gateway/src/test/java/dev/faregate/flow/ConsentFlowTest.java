package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `/auth`, OpenRouter's way to a key: consent in a browser, the exchange by the app (contract 3.4).
class ConsentFlowTest extends OneServer {
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    private static final String PKCE = "code_challenge=" + CHALLENGE + "&code_challenge_method=S256";
    private static final String CALLBACK = "https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1";

    private Persons.Person person;
    private PageClient browser;

    @BeforeAll
    void prepare() {
        person = Persons.signedIn(server, Role.MEMBER, "consents@example.com");
        browser = Persons.client(server, person);
    }

    private HttpResponse<String> allow(String path, String... more) {
        assertThat(browser.get(path).statusCode()).isEqualTo(200);
        String[] fields = {
            "decision",
            "allow",
            "name",
            "My app",
            "limit",
            "2.50",
            "reset",
            "daily",
            "end",
            "30",
            "workspace",
            person.workspaceId()
        };
        for (int i = 0; i < more.length; i += 2) {
            for (int j = 0; j < fields.length; j += 2) {
                if (fields[j].equals(more[i])) {
                    fields[j + 1] = more[i + 1];
                }
            }
        }
        return browser.post(path, fields);
    }

    private HttpResponse<String> exchange(String code) {
        return TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1/auth/keys"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"" + code + "\",\"code_verifier\":\"" + VERIFIER
                        + "\",\"code_challenge_method\":\"S256\"}"))
                .build());
    }

    private static String code(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return PageClient.location(answer).replaceAll(".*[?&]code=([A-Za-z0-9_-]+).*", "$1");
    }

    @Test
    void handsTheAppAKeyWithTheBoundsThatThePersonChose() {
        HttpResponse<String> answer = allow("/auth?callback_url=" + CALLBACK + "&state=a%20b%26c&" + PKCE);
        assertThat(PageClient.location(answer))
                .startsWith("https://app.example/cb?x=1&code=auth_code_")
                .endsWith("&state=a+b%26c");
        assertThat(answer.headers().firstValue("referrer-policy")).contains("no-referrer");
        HttpResponse<String> exchanged = exchange(code(answer));
        assertThat(exchanged.statusCode()).as(exchanged.body()).isEqualTo(200);
        assertThat(TestServer.json(exchanged).get("user_id").asString()).isEqualTo(person.userId());
        String key = TestServer.json(exchanged).get("key").asString();
        var info = server.keyInfo(key);
        assertThat(info.get("limit").decimalValue()).isEqualByComparingTo("2.5");
        assertThat(info.get("limit_reset").asString()).isEqualTo("daily");
        assertThat(info.get("expires_at").isNull()).isFalse();
        assertThat(info.get("creator_user_id").asString()).isEqualTo(person.userId());
        assertThat(server.post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aRepeatedConsentReplacesTheKeyAndSaysSoBefore() {
        String path = "/auth?callback_url=https%3A%2F%2Fagain.example%2Fcb&" + PKCE;
        String first = TestServer.json(exchange(code(allow(path)))).get("key").asString();
        assertThat(browser.get(path).body()).contains("The new one takes its place");
        String second = TestServer.json(exchange(code(allow(path)))).get("key").asString();
        assertThat(server.get("/api/v1/key", first).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/key", second).statusCode()).isEqualTo(200);
    }

    @Test
    void tellsTheAppOfANo() {
        String path = "/auth?callback_url=" + CALLBACK + "&state=s1&" + PKCE;
        browser.get(path);
        assertThat(PageClient.location(browser.post(path, "decision", "deny")))
                .isEqualTo("https://app.example/cb?x=1&error=access_denied&state=s1");
    }

    @Test
    void showsTheCodeWhereThereIsNoCallback() {
        String path = "/auth?key_label=Shell%20%3Cscript%3E&" + PKCE;
        HttpResponse<String> page = browser.get(path);
        assertThat(page.body())
                .contains("Shell &lt;script&gt;", "carry its code over")
                .doesNotContain("Shell <script>");
        HttpResponse<String> answer = allow(path);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        String code = answer.body().replaceAll("(?s).*value=\"(auth_code_[A-Za-z0-9_-]+)\".*", "$1");
        assertThat(exchange(code).statusCode()).isEqualTo(200);
        assertThat(browser.get("/auth").statusCode())
                .as("headless needs a challenge")
                .isEqualTo(400);
    }

    @Test
    void saysBesideTheFieldWhatIsWrongAndKeepsWhatWasTyped() {
        String path = "/auth?callback_url=" + CALLBACK + "&" + PKCE;
        HttpResponse<String> again = allow(path, "limit", "lots", "name", "Kept \"name\"");
        assertThat(again.statusCode()).isEqualTo(422);
        assertThat(again.body())
                .contains("must be an amount such as 5", "value=\"lots\"", "value=\"Kept &#34;name&#34;\"");
        for (Map.Entry<String, String> bad : Map.of(
                        "name", "", "reset", "yearly", "end", "1000", "workspace", "somebody-elses", "limit", "-1")
                .entrySet()) {
            assertThat(allow(path, bad.getKey(), bad.getValue()).statusCode())
                    .as(bad.toString())
                    .isEqualTo(422);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "callback_url=" + CALLBACK,
                "callback_url=" + CALLBACK + "&code_challenge=" + VERIFIER + "&code_challenge_method=plain",
                "callback_url=" + CALLBACK + "&code_challenge=" + VERIFIER,
                "callback_url=" + CALLBACK + "&code_challenge_method=none&code_challenge=" + CHALLENGE,
                "callback_url=http%3A%2F%2Fevil.example%2F&" + PKCE,
                "callback_url=javascript%3Aalert(1)&" + PKCE,
                "callback_url=https%3A%2F%2Fa%40b.example%2F&" + PKCE,
                "callback_url=" + CALLBACK + "&callback_url=https%3A%2F%2Fevil.example%2F&" + PKCE,
            })
    void refusesWeakChallengesAndBadCallbacksHereAndNotThere(String query) {
        HttpResponse<String> page = browser.get("/auth?" + query);
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(PageClient.location(page)).isEmpty();
        assertThat(browser.post("/auth?" + query, "decision", "deny").statusCode())
                .isEqualTo(400);
    }

    /// RFC 9700 section 4.16: "Authorization servers MUST prevent clickjacking attacks", and a page's own
    /// token keeps other sites from sending the form.
    @Test
    void noOtherSiteCanFrameThePageOrSendItsForm() {
        String path = "/auth?callback_url=" + CALLBACK + "&" + PKCE;
        HttpResponse<String> page = browser.get(path);
        assertThat(page.headers().firstValue("x-frame-options")).contains("DENY");
        assertThat(page.headers().allValues("content-security-policy")).hasSize(1);
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .contains("frame-ancestors 'none'")
                .endsWith("form-action 'self' https://app.example");
        assertThat(browser.postAs("cross-site", path, List.of("decision", "allow"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(browser.postAs("same-origin", path, List.of("decision", "allow", "csrf", "guessed"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(page.headers().firstValue("access-control-allow-origin")).isEmpty();
    }

    @Test
    void asksStrangersToSignInFirstAndComesBack() {
        HttpResponse<String> answer = new PageClient(server.port()).get("/auth?callback_url=" + CALLBACK + "&" + PKCE);
        assertThat(PageClient.location(answer)).startsWith("/sign-in?next=%2Fauth%3Fcallback_url%3D");
    }

    @Test
    void whoMayMakeNoKeysGivesNone() {
        Persons.Person viewer = Persons.signedIn(server, Role.VIEWER, "looks@example.com");
        HttpResponse<String> page = Persons.client(server, viewer).get("/auth?callback_url=" + CALLBACK + "&" + PKCE);
        assertThat(page.statusCode()).isEqualTo(403);
    }

    @Test
    void warnsOfProgramsOnThePersonsOwnMachine() {
        String page = browser.get("/auth?callback_url=http%3A%2F%2Flocalhost%3A3000%2Fcb&" + PKCE)
                .body();
        assertThat(page).contains("A program on your own machine asks", "localhost:3000");
    }

    /// Design D3: for apps that know no S256, where the operator allows it; a code that is carried over by
    /// hand needs a challenge in any case.
    @Test
    void takesWeakChallengesOnlyWhereTheOperatorSaysSo() {
        try (TestServer lax = TestServer.startWith("oauth: {legacy_pkce: true}\n", upstream)) {
            Persons.Person somebody = Persons.signedIn(lax, Role.OWNER, "owner@example.com");
            PageClient client = Persons.client(lax, somebody);
            String plain = "&code_challenge=" + VERIFIER + "&code_challenge_method=plain";
            assertThat(client.get("/auth?callback_url=" + CALLBACK + plain).statusCode())
                    .isEqualTo(200);
            assertThat(client.get("/auth").statusCode()).isEqualTo(400);
            String bare = "/auth?callback_url=" + CALLBACK;
            assertThat(client.get(bare).statusCode()).isEqualTo(200);
            HttpResponse<String> answer = client.post(
                    bare,
                    "decision",
                    "allow",
                    "name",
                    "Bare",
                    "limit",
                    "",
                    "reset",
                    "daily",
                    "end",
                    "never",
                    "workspace",
                    somebody.workspaceId());
            HttpResponse<String> key = TestServer.send(HttpRequest.newBuilder(lax.uri("/api/v1/auth/keys"))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"" + code(answer) + "\"}"))
                    .build());
            assertThat(key.statusCode()).as(key.body()).isEqualTo(200);
            assertThat(lax.keyInfo(TestServer.json(key).get("key").asString())
                            .get("limit")
                            .isNull())
                    .isTrue();
        }
    }
}
