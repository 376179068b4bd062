package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.accounts.TestCodes;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Sign-up, sign-in, reset, invitations and the own account, on a server that is open and sends mail.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsFlowTest {
    private static final String PASSWORD = SetupFlowTest.PASSWORD;
    private static final String OWNER = "owner@example.com";

    private ScriptedUpstream upstream;
    private Mailbox mailbox;
    private TestServer server;
    private Entrance entrance;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        mailbox = Mailbox.start();
        server = TestServer.startWith("accounts.sign_up: open\n" + mailbox.yaml(), upstream);
        entrance = new Entrance(server, mailbox);
        SetupFlowTest.setUp(client(), SetupFlowTest.link(server), OWNER);
    }

    @AfterAll
    void stop() {
        server.close();
        mailbox.close();
        upstream.close();
    }

    private PageClient client() {
        return entrance.client();
    }

    @Test
    void aNewcomerGetsAPrepaidOrganizationWithNothingInIt() {
        PageClient client = entrance.signedUp("grace@example.com");
        client.get("/setup/key");
        String page = client.post("/setup/key", "name", "k", "limit", "", "reset", "never")
                .body();
        String key = page.replaceAll("(?s).*(sk-fg-v1-[A-Za-z0-9]{46}).*", "$1");
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                        .statusCode())
                .isEqualTo(402);
        assertThat(server.post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key)
                        .statusCode())
                .isEqualTo(200);
        assertThat(client.get("/account").body()).contains("Grace's organization", "confirmed");
    }

    @Test
    void signsInAndOut() {
        PageClient client = entrance.signedUp("linus@example.com");
        client.get("/account");
        HttpResponse<String> out = client.post("/sign-out");
        assertThat(PageClient.location(out)).isEqualTo("/sign-in");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in?next=");
        assertThat(Entrance.signIn(client, "linus@example.com", "not the password")
                        .statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(Entrance.signIn(client, " LINUS@example.com ", PASSWORD)))
                .isEqualTo("/");
        assertThat(client.get("/account").body()).contains("linus@example.com");
    }

    @Test
    void tellsOnlyTheOwnerOfAnAddressThatItHasAnAccount() {
        PageClient client = client();
        client.get("/sign-up");
        String known = client.post("/sign-up", "email", OWNER).body();
        String unknown = client.post("/sign-up", "email", "fresh@example.com").body();
        assertThat(known.replace(OWNER, "X")).isEqualTo(unknown.replace("fresh@example.com", "X"));
        mailbox.link("fresh@example.com", 1);
        mailbox.link(OWNER, 2);
        assertThat(mailbox.textsTo(OWNER).getLast())
                .contains("There is one already")
                .doesNotContain("token=");
    }

    @Test
    void aResetEndsEverySessionAndWorksOnce() {
        String email = "margaret@example.com";
        PageClient client = entrance.signedUp(email);
        PageClient elsewhere = client();
        assertThat(PageClient.location(Entrance.signIn(elsewhere, email, PASSWORD)))
                .isEqualTo("/");
        PageClient asking = client();
        entrance.reset(asking, email, 2, "nine slow rivers run");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in");
        assertThat(PageClient.location(elsewhere.get("/account"))).startsWith("/sign-in");
        assertThat(Entrance.signIn(asking, email, PASSWORD).statusCode()).isEqualTo(422);
        assertThat(PageClient.location(Entrance.signIn(asking, email, "nine slow rivers run")))
                .isEqualTo("/");
        mailbox.link(email, 3);
        assertThat(mailbox.textsTo(email).getLast()).contains("was changed just now");
    }

    @Test
    void invitesWhoHasNoAccountAndWhoHasOne() {
        PageClient owner = client();
        Entrance.signIn(owner, OWNER, PASSWORD);
        PageClient fresh = client();
        entrance.joined(fresh, entrance.invited(owner, "new@example.com", "viewer", 1), "new@example.com", "New One");
        assertThat(fresh.get("/settings/members").body())
                .contains("New One", "viewer")
                .doesNotContain("Invite somebody");

        PageClient other = entrance.signedUp("other@example.com");
        String invitation = entrance.invited(owner, "other@example.com", "admin", 2);
        assertThat(fresh.get(invitation).statusCode()).as("somebody else's").isEqualTo(403);
        assertThat(fresh.post("/invitation", "token", Entrance.token(invitation))
                        .statusCode())
                .isEqualTo(403);
        assertThat(client().get(invitation).body()).contains("Sign in as other@example.com");
        assertThat(other.get(invitation).body()).contains("You were invited to Analytical Engines");
        assertThat(PageClient.location(other.post("/invitation", "token", Entrance.token(invitation))))
                .isEqualTo("/account");
        assertThat(other.get("/settings/members").body()).contains("Invite somebody");
    }

    @Test
    void sendsAnInvitationAgainWithALinkThatTakesThePlaceOfTheFormerOne() {
        PageClient owner = client();
        Entrance.signIn(owner, OWNER, PASSWORD);
        owner.get("/settings/members");
        owner.post("/settings/members/invite", "email", "twice@example.com", "role", "member");
        String first = mailbox.path("twice@example.com", 1);
        String resend = owner.get("/settings/members")
                .body()
                .replaceAll("(?s).*?twice@example\\.com.*?(/settings/invitations/[0-9a-f-]{36}/resend).*", "$1");
        assertThat(PageClient.location(owner.post(resend))).isEqualTo("/settings/members");
        assertThat(owner.get("/settings/members").body()).contains("twice@example.com is sent a new link");
        String second = mailbox.path("twice@example.com", 2);
        PageClient fresh = client();
        assertThat(fresh.get(first).statusCode()).isEqualTo(410);
        fresh.get(second);
        assertThat(PageClient.location(fresh.post(
                        "/invitation", "token", Entrance.token(second), "name", "Twice", "password", PASSWORD)))
                .isEqualTo("/");
    }

    @Test
    void anAddressChangesOnlyWhenTheNewOneAnswers() {
        String email = "barbara@example.com";
        PageClient client = entrance.signedUp(email);
        client.get("/account");
        assertThat(client.post("/account/email", "email", "b@example.org", "current", "wrong password")
                        .statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(client.post("/account/email", "email", "b@example.org", "current", PASSWORD)))
                .isEqualTo("/account");
        assertThat(client.get("/account").body()).contains(email);
        String path = mailbox.path("b@example.org", 1);
        assertThat(client.get(path).body()).contains("b@example.org");
        assertThat(client.get("/account").body())
                .as("opening it changes nothing")
                .contains(email);
        client.get(path);
        assertThat(PageClient.location(client.post("/account/email/confirm", "token", Entrance.token(path))))
                .isEqualTo("/account");
        assertThat(client.get("/account").body()).contains("b@example.org");
        mailbox.link(email, 2);
        assertThat(mailbox.textsTo(email).getLast()).contains("goes by another e-mail address");
        assertThat(PageClient.location(Entrance.signIn(client(), "b@example.org", PASSWORD)))
                .isEqualTo("/");
    }

    /// Makes the last proof of a person an old one.
    private void age(String email) {
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE session SET authenticated_at = authenticated_at - 3600000000 WHERE person_id ="
                                        + " (SELECT id FROM person WHERE email = ?)",
                                email));
    }

    @Test
    void whoHasOnlyAPasswordShowsItAgainBeforeADangerousChange() {
        String email = "katherine@example.com";
        String change = "/account/security/totp";
        String proof = "/account/security/proof";
        PageClient client = entrance.signedUp(email);
        age(email);
        client.get("/account/security");
        String asked = PageClient.location(client.post(change));
        assertThat(asked).isEqualTo(proof + "?next=%2Faccount%2Fsecurity");
        assertThat(client.get(asked).body()).contains("name=\"password\"", "Sign in again");
        HttpResponse<String> wrong = client.post(proof + "/password", "password", "not the password");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body()).contains("This is not your password").doesNotContain("not the password");
        assertThat(client.post(proof + "/password").body()).contains("Write your password");
        assertThat(PageClient.location(client.post(change)))
                .as("nothing is proved")
                .isEqualTo(asked);
        assertThat(PageClient.location(
                        client.post(proof + "/password", "password", PASSWORD, "next", "/account/security")))
                .isEqualTo("/account/security");

        client.get("/account/security");
        String secret = client.post(change).body().replaceAll("(?s).*id=\"totp-secret\">([A-Z2-7 ]+)<.*", "$1");
        assertThat(client.post(change + "/confirm", "code", TestCodes.code(secret, -1))
                        .statusCode())
                .isEqualTo(200);
        age(email);
        assertThat(client.get(asked).body())
                .as("with a factor the password is not enough")
                .contains("name=\"code\"")
                .doesNotContain("name=\"password\"");
        assertThat(client.post(proof + "/password", "password", PASSWORD).statusCode())
                .isEqualTo(200);
        assertThat(PageClient.location(client.post(change + "/remove"))).isEqualTo(asked);
    }

    @Test
    void aNewPasswordEndsTheOtherSessions() {
        String email = "dorothy@example.com";
        PageClient here = entrance.signedUp(email);
        PageClient there = client();
        Entrance.signIn(there, email, PASSWORD);
        here.get("/account");
        assertThat(here.post("/account/password", "current", PASSWORD, "password", "dorothy@example.com")
                        .body())
                .contains("guessed from who you are");
        assertThat(PageClient.location(
                        here.post("/account/password", "current", PASSWORD, "password", "twelve green bottles")))
                .isEqualTo("/account");
        assertThat(here.get("/account").statusCode()).isEqualTo(200);
        assertThat(PageClient.location(there.get("/account"))).startsWith("/sign-in");
        assertThat(PageClient.location(here.post("/account/name", "name", "Dorothy V.")))
                .isEqualTo("/account");
        assertThat(here.get("/account").body()).contains("Dorothy V.");
    }
}
