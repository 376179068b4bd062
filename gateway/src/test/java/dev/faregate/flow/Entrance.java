package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;

/// The ways in, step by step as a browser goes them, on a server that sends mail. `mail` numbers count the
/// mails to an address, from 1.
record Entrance(TestServer server, Mailbox mailbox) {
    PageClient client() {
        return new PageClient(server.port());
    }

    static String token(String path) {
        return path.substring(path.indexOf('=') + 1);
    }

    static HttpResponse<String> signIn(PageClient client, String email, String password) {
        client.get("/sign-in");
        return client.post("/sign-in", "email", email, "password", password);
    }

    /// Somebody who made an account of their own, and is signed in.
    PageClient signedUp(String email) {
        PageClient client = client();
        client.get("/sign-up");
        assertThat(client.post("/sign-up", "email", email).statusCode()).isEqualTo(200);
        String path = mailbox.path(email, 1);
        assertThat(client.get(path).body()).contains(email);
        HttpResponse<String> made = client.post(
                "/sign-up/confirm", "token", token(path), "name", "Grace", "password", SetupFlowTest.PASSWORD);
        assertThat(PageClient.location(made)).as(made.body()).isEqualTo("/setup/models");
        return client;
    }

    /// Confirms an address by the link in that mail.
    void confirmed(PageClient client, String email, int mail) {
        String path = mailbox.path(email, mail);
        assertThat(client.get(path).body()).contains(email);
        assertThat(client.post("/account/email/confirm", "token", token(path)).statusCode())
                .isEqualTo(303);
    }

    /// Invites; the path of the link in that mail.
    String invited(PageClient owner, String email, String role, int mail) {
        owner.get("/settings/members");
        assertThat(owner.post("/settings/members/invite", "email", email, "role", role)
                        .statusCode())
                .isEqualTo(303);
        return mailbox.path(email, mail);
    }

    /// Accepts an invitation by making an account.
    void joined(PageClient fresh, String path, String email, String name) {
        assertThat(fresh.get(path).body()).contains("Join Analytical Engines", email);
        assertThat(PageClient.location(fresh.post(
                        "/invitation", "token", token(path), "name", name, "password", SetupFlowTest.PASSWORD)))
                .isEqualTo("/");
        assertThat(fresh.get(path).statusCode()).as("used").isEqualTo(410);
    }

    /// Asks for a reset and chooses a password behind the link in that mail, which is then dead.
    void reset(PageClient asking, String email, int mail, String password) {
        asking.get("/reset");
        asking.post("/reset", "email", email);
        String path = mailbox.path(email, mail);
        asking.get(path);
        assertThat(asking.post("/reset/choose", "token", token(path), "password", "short")
                        .statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(asking.post("/reset/choose", "token", token(path), "password", password)))
                .isEqualTo("/sign-in");
        assertThat(asking.get(path).statusCode()).isEqualTo(410);
        assertThat(asking.post("/reset/choose", "token", token(path), "password", password + " again")
                        .statusCode())
                .isEqualTo(410);
    }
}
