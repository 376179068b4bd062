package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

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

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        mailbox = Mailbox.start();
        server = TestServer.startWith("accounts.sign_up: open\n" + mailbox.yaml(), upstream);
        SetupFlowTest.setUp(client(), SetupFlowTest.link(server), OWNER);
    }

    @AfterAll
    void stop() {
        server.close();
        mailbox.close();
        upstream.close();
    }

    private PageClient client() {
        return new PageClient(server.port());
    }

    static String token(String path) {
        return path.substring(path.indexOf('=') + 1);
    }

    static HttpResponse<String> signIn(PageClient client, String email, String password) {
        client.get("/sign-in");
        return client.post("/sign-in", "email", email, "password", password);
    }

    private PageClient signedUp(String email) {
        PageClient client = client();
        client.get("/sign-up");
        assertThat(client.post("/sign-up", "email", email).statusCode()).isEqualTo(200);
        String path = mailbox.path(email, 1);
        assertThat(client.get(path).body()).contains(email);
        HttpResponse<String> made =
                client.post("/sign-up/confirm", "token", token(path), "name", "Grace", "password", PASSWORD);
        assertThat(PageClient.location(made)).as(made.body()).isEqualTo("/setup/models");
        return client;
    }

    @Test
    void aNewcomerGetsAPrepaidOrganizationWithNothingInIt() {
        PageClient client = signedUp("grace@example.com");
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
        PageClient client = signedUp("linus@example.com");
        client.get("/account");
        HttpResponse<String> out = client.post("/sign-out");
        assertThat(PageClient.location(out)).isEqualTo("/sign-in");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in?next=");
        assertThat(signIn(client, "linus@example.com", "not the password").statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(signIn(client, " LINUS@example.com ", PASSWORD)))
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
        PageClient client = signedUp(email);
        PageClient elsewhere = client();
        assertThat(PageClient.location(signIn(elsewhere, email, PASSWORD))).isEqualTo("/");
        PageClient asking = client();
        asking.get("/reset");
        asking.post("/reset", "email", email);
        String path = mailbox.path(email, 2);
        asking.get(path);
        assertThat(asking.post("/reset/choose", "token", token(path), "password", "short")
                        .statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(
                        asking.post("/reset/choose", "token", token(path), "password", "nine slow rivers run")))
                .isEqualTo("/sign-in");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in");
        assertThat(PageClient.location(elsewhere.get("/account"))).startsWith("/sign-in");
        assertThat(asking.get(path).statusCode()).isEqualTo(410);
        assertThat(asking.post("/reset/choose", "token", token(path), "password", "nine slow rivers go")
                        .statusCode())
                .isEqualTo(410);
        assertThat(signIn(asking, email, PASSWORD).statusCode()).isEqualTo(422);
        assertThat(PageClient.location(signIn(asking, email, "nine slow rivers run")))
                .isEqualTo("/");
        mailbox.link(email, 3);
        assertThat(mailbox.textsTo(email).getLast()).contains("was changed just now");
    }

    @Test
    void invitesWhoHasNoAccountAndWhoHasOne() {
        PageClient owner = client();
        signIn(owner, OWNER, PASSWORD);
        owner.get("/settings/members");
        assertThat(owner.post("/settings/members/invite", "email", "new@example.com", "role", "viewer")
                        .statusCode())
                .isEqualTo(303);
        String path = mailbox.path("new@example.com", 1);
        PageClient fresh = client();
        assertThat(fresh.get(path).body()).contains("Join Analytical Engines", "new@example.com");
        assertThat(PageClient.location(
                        fresh.post("/invitation", "token", token(path), "name", "New One", "password", PASSWORD)))
                .isEqualTo("/");
        assertThat(fresh.get("/settings/members").body())
                .contains("New One", "viewer")
                .doesNotContain("Invite somebody");
        assertThat(fresh.get(path).statusCode()).as("used").isEqualTo(410);

        PageClient other = signedUp("other@example.com");
        owner.get("/settings/members");
        owner.post("/settings/members/invite", "email", "other@example.com", "role", "admin");
        String invitation = mailbox.path("other@example.com", 2);
        assertThat(fresh.get(invitation).statusCode()).as("somebody else's").isEqualTo(403);
        assertThat(fresh.post("/invitation", "token", token(invitation)).statusCode())
                .isEqualTo(403);
        assertThat(client().get(invitation).body()).contains("Sign in as other@example.com");
        assertThat(other.get(invitation).body()).contains("You were invited to Analytical Engines");
        assertThat(PageClient.location(other.post("/invitation", "token", token(invitation))))
                .isEqualTo("/account");
        assertThat(other.get("/settings/members").body()).contains("Invite somebody");
    }

    @Test
    void anAddressChangesOnlyWhenTheNewOneAnswers() {
        String email = "barbara@example.com";
        PageClient client = signedUp(email);
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
        assertThat(PageClient.location(client.post("/account/email/confirm", "token", token(path))))
                .isEqualTo("/account");
        assertThat(client.get("/account").body()).contains("b@example.org");
        mailbox.link(email, 2);
        assertThat(mailbox.textsTo(email).getLast()).contains("goes by another e-mail address");
        assertThat(PageClient.location(signIn(client(), "b@example.org", PASSWORD)))
                .isEqualTo("/");
    }

    @Test
    void aNewPasswordEndsTheOtherSessions() {
        String email = "dorothy@example.com";
        PageClient here = signedUp(email);
        PageClient there = client();
        signIn(there, email, PASSWORD);
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
