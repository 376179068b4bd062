package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.accounts.TestCodes;
import dev.faregate.identity.Role;
import dev.faregate.storage.Database;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Authenticator apps, recovery codes, the second step and sessions, as a browser meets them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityFlowTest {
    private static final Pattern SECRET = Pattern.compile("id=\"totp-secret\">([A-Z2-7 ]+)<");
    private static final Pattern RECOVERY = Pattern.compile("(?<![\\w-])[a-z2-7]{4}(-[a-z2-7]{4}){3}(?![\\w-])");

    private SecurityServer server;

    @BeforeAll
    void start() {
        server = SecurityServer.start(Database.Kind.SQLITE);
    }

    @AfterAll
    void stop() throws Exception {
        server.close();
    }

    /// Somebody with an authenticator app: who, its secret, and the recovery codes.
    private record Owner(String person, String secret, List<String> codes) {}

    private Owner withApp() {
        String person = server.person(Role.MEMBER);
        PageClient client = server.withPassword(person);
        client.get("/account/security");
        String page = client.post("/account/security/totp").body();
        Matcher secret = SECRET.matcher(page);
        assertThat(secret.find()).as(page).isTrue();
        HttpResponse<String> done =
                client.post("/account/security/totp/confirm", "code", TestCodes.code(secret.group(1), -1));
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        List<String> codes = new ArrayList<>();
        Matcher code = RECOVERY.matcher(done.body());
        while (code.find()) {
            codes.add(code.group());
        }
        assertThat(codes).hasSize(10);
        assertThat(server.session(client).secondFactor()).isTrue();
        return new Owner(person, secret.group(1), codes);
    }

    private static boolean signedIn(PageClient client) {
        return client.get("/account/security").statusCode() == 200;
    }

    @Test
    void signsInWithAPasswordAloneWhoHasNoFactor() {
        PageClient client = server.withPassword(server.person(Role.VIEWER));
        assertThat(signedIn(client)).isTrue();
        assertThat(server.session(client).secondFactor()).isFalse();
    }

    @Test
    void asksForACodeAfterThePasswordAndOpensNothingBefore() {
        Owner owner = withApp();
        PageClient client = server.withPassword(owner.person());
        assertThat(client.cookies).containsKey("faregate_step").doesNotContainKey("faregate_session");
        assertThat(signedIn(client)).isFalse();
        client.cookies.put("faregate_session", client.cookies.getOrDefault("faregate_step", ""));
        assertThat(signedIn(client)).as("the cookie of the step is no session").isFalse();
        client.cookies.remove("faregate_session");

        client.get("/sign-in/step");
        HttpResponse<String> right = client.post("/sign-in/step", "code", TestCodes.code(owner.secret(), 0));
        assertThat(PageClient.location(right)).isEqualTo("/account/security");
        assertThat(client.cookies).doesNotContainKey("faregate_step");
        assertThat(signedIn(client)).isTrue();
        assertThat(server.session(client).secondFactor()).isTrue();
    }

    @Test
    void refusesACodeThatWasUsed() {
        Owner owner = withApp();
        String code = TestCodes.code(owner.secret(), 0);
        PageClient first = server.withPassword(owner.person());
        first.get("/sign-in/step");
        assertThat(first.post("/sign-in/step", "code", code).statusCode()).isEqualTo(303);
        PageClient second = server.withPassword(owner.person());
        second.get("/sign-in/step");
        HttpResponse<String> again = second.post("/sign-in/step", "code", code);
        assertThat(again.statusCode()).isEqualTo(422);
        assertThat(again.body()).contains("was used before").doesNotContain(code);
        assertThat(signedIn(second)).isFalse();
    }

    @Test
    void limitsTheAttemptsOfASignInAndOfAPerson() {
        Owner owner = withApp();
        PageClient client = server.withPassword(owner.person());
        client.get("/sign-in/step");
        for (int i = 0; i < 5; i++) {
            assertThat(client.post("/sign-in/step", "code", "000000").statusCode())
                    .isEqualTo(422);
        }
        HttpResponse<String> over = client.post("/sign-in/step", "code", TestCodes.code(owner.secret(), 0));
        assertThat(PageClient.location(over)).isEqualTo("/sign-in");

        PageClient anew = server.withPassword(owner.person());
        anew.get("/sign-in/step");
        HttpResponse<String> locked = anew.post("/sign-in/step", "code", TestCodes.code(owner.secret(), 0));
        assertThat(locked.statusCode()).isEqualTo(422);
        assertThat(locked.body()).contains("too many wrong codes in a row");
        assertThat(anew.post("/sign-in/step/recovery", "recovery", owner.codes().getFirst())
                        .statusCode())
                .as("a recovery code works meanwhile")
                .isEqualTo(303);
    }

    @Test
    void takesARecoveryCodeOnce() {
        Owner owner = withApp();
        PageClient client = server.withPassword(owner.person());
        client.get("/sign-in/step");
        assertThat(client.post("/sign-in/step/recovery", "recovery", "aaaa-bbbb-cccc-dddd")
                        .body())
                .contains("not one of your recovery codes");
        assertThat(client.post(
                                "/sign-in/step/recovery",
                                "recovery",
                                owner.codes().get(3))
                        .statusCode())
                .isEqualTo(303);
        assertThat(client.get("/account/security").body()).contains("9 left");
        PageClient second = server.withPassword(owner.person());
        second.get("/sign-in/step");
        assertThat(second.post(
                                "/sign-in/step/recovery",
                                "recovery",
                                owner.codes().get(3))
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void makesANewSessionAtEachSignInAndEndsTheFormer() {
        String person = server.person(Role.MEMBER);
        PageClient client = server.withPassword(person);
        String before = client.cookies.getOrDefault("faregate_session", "");
        client.get("/account/security");
        client.post("/test/sign-in", "person", person);
        assertThat(client.cookies.get("faregate_session")).isNotEqualTo(before);
        assertThat(signedIn(client)).isTrue();
        client.cookies.put("faregate_session", before);
        assertThat(signedIn(client)).isFalse();
    }

    @Test
    void signsARevokedBrowserOutWithItsNextRequest() {
        String person = server.person(Role.MEMBER);
        PageClient here = server.withPassword(person);
        PageClient there = server.withPassword(person);
        assertThat(here.get("/account/security").body()).contains("This browser", "Sign out everywhere else");
        String id = server.session(there).id();
        assertThat(here.post("/account/security/sessions/" + id + "/end").statusCode())
                .isEqualTo(303);
        assertThat(signedIn(there)).isFalse();
        assertThat(signedIn(here)).isTrue();

        PageClient third = server.withPassword(person);
        here.get("/account/security");
        here.post("/account/security/sessions/end-others");
        assertThat(signedIn(third)).isFalse();
        assertThat(signedIn(here)).isTrue();
    }

    @Test
    void leavesTheSessionsOfOthersAlone() {
        PageClient mine = server.withPassword(server.person(Role.OWNER));
        PageClient theirs = server.withPassword(server.person(Role.MEMBER));
        mine.get("/account/security");
        assertThat(mine.post("/account/security/sessions/"
                                + server.session(theirs).id() + "/end")
                        .statusCode())
                .isEqualTo(404);
        assertThat(signedIn(theirs)).isTrue();
    }

    @Test
    void asksAgainBeforeDangerousChangesWhenTheLastProofIsOld() {
        Owner owner = withApp();
        PageClient client = server.withPassword(owner.person());
        client.get("/sign-in/step");
        client.post("/sign-in/step", "code", TestCodes.code(owner.secret(), 0));
        client.get("/account/security");
        age(owner.person());
        for (String change : List.of("/account/security/totp/remove", "/account/security/recovery")) {
            assertThat(PageClient.location(client.post(change)))
                    .as(change)
                    .isEqualTo("/account/security/proof?next=%2Faccount%2Fsecurity");
        }
        assertThat(client.get("/account/security/proof?next=/account/security").statusCode())
                .isEqualTo(200);
        assertThat(client.post("/account/security/proof", "code", "000000", "next", "/account/security")
                        .statusCode())
                .isEqualTo(422);
        HttpResponse<String> proved = client.post(
                "/account/security/proof", "code", TestCodes.code(owner.secret(), 1), "next", "/account/security");
        assertThat(PageClient.location(proved)).isEqualTo("/account/security");
        client.get("/account/security");
        assertThat(PageClient.location(client.post("/account/security/totp/remove")))
                .isEqualTo("/account/security");
        assertThat(signedIn(server.withPassword(owner.person())))
                .as("no second step any more")
                .isTrue();
    }

    @Test
    void leadsWhoHasNoFactorToSignInAgain() {
        String person = server.person(Role.MEMBER);
        PageClient client = server.withPassword(person);
        client.get("/account/security");
        age(person);
        assertThat(PageClient.location(client.post("/account/security/totp"))).startsWith("/account/security/proof");
        client.get("/account/security/proof?next=/account/security");
        assertThat(PageClient.location(client.post("/account/security/proof/again", "next", "/account/security")))
                .isEqualTo("/sign-in?next=%2Faccount%2Fsecurity");
        assertThat(signedIn(client)).isFalse();
    }

    @Test
    void showsTheSecretInOneAnswerOnly() {
        PageClient client = server.withPassword(server.person(Role.MEMBER));
        client.get("/account/security");
        HttpResponse<String> page = client.post("/account/security/totp");
        Matcher secret = SECRET.matcher(page.body());
        assertThat(secret.find()).isTrue();
        assertThat(page.headers().firstValue("cache-control")).contains("no-store");
        HttpResponse<String> wrong = client.post("/account/security/totp/confirm", "code", "000000");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body())
                .contains("That code is not right")
                .doesNotContain(secret.group(1))
                .doesNotContain("<svg class=\"fg-qr\"");
        assertThat(client.get("/account/security").body()).doesNotContain(secret.group(1));
    }

    /// Makes the last proof of a person an old one.
    private void age(String person) {
        server.rig.database.write(tx -> tx.sql()
                .execute(
                        "UPDATE session SET authenticated_at = authenticated_at - 3600000000 WHERE person_id = ?",
                        person));
    }
}
