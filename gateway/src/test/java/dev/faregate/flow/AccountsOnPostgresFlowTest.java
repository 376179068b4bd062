package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.ScriptedUpstream;
import org.junit.jupiter.api.Test;

/// The main path of accounts with a server on PostgreSQL; each of its steps is tested closely on SQLite.
class AccountsOnPostgresFlowTest {
    private static final String PASSWORD = SetupFlowTest.PASSWORD;
    private static final String OTHER_PASSWORD = "nine slow rivers run";
    private static final String OWNER = "owner@example.com";
    private static final String MEMBER = "new@example.com";

    @Test
    void leadsFromTheSetupLinkOverAnInvitationAndASignInToAReset() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                Mailbox mailbox = Mailbox.start();
                TestServer server = TestServer.startOn(
                        TestPostgres.freshUrl(), "accounts.sign_up: invitation\n" + mailbox.yaml(), upstream)) {
            Entrance entrance = new Entrance(server, mailbox);
            PageClient owner = entrance.client();
            String link = SetupFlowTest.link(server);
            assertThat(PageClient.location(SetupFlowTest.setUp(owner, link, OWNER)))
                    .isEqualTo("/setup/models");
            assertThat(entrance.client().get(link).statusCode()).as("used").isEqualTo(410);
            entrance.confirmed(owner, OWNER, 1);

            PageClient member = entrance.client();
            entrance.joined(member, entrance.invited(owner, MEMBER, "viewer", 1), MEMBER, "New One");
            assertThat(member.get("/settings/members").body()).contains("New One", OWNER);

            PageClient elsewhere = entrance.client();
            assertThat(Entrance.signIn(elsewhere, MEMBER, "not the password").statusCode())
                    .isEqualTo(422);
            assertThat(PageClient.location(Entrance.signIn(elsewhere, MEMBER, PASSWORD)))
                    .isEqualTo("/");

            PageClient asking = entrance.client();
            entrance.reset(asking, MEMBER, 2, OTHER_PASSWORD);
            for (PageClient before : new PageClient[] {member, elsewhere}) {
                assertThat(PageClient.location(before.get("/account"))).startsWith("/sign-in");
            }
            assertThat(Entrance.signIn(asking, MEMBER, PASSWORD).statusCode()).isEqualTo(422);
            assertThat(PageClient.location(Entrance.signIn(asking, MEMBER, OTHER_PASSWORD)))
                    .isEqualTo("/");
            assertThat(owner.get("/settings/members").body()).contains("2 members", "New One");
        }
    }
}
