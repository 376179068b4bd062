package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Members and roles on a server as it is at first: no new accounts, no mail.
class MembersFlowTest extends OneServer {
    private static final String OWNER = "owner@example.com";

    private PageClient owner;

    @BeforeAll
    void prepare() {
        owner = new PageClient(server.port());
        SetupFlowTest.setUp(owner, SetupFlowTest.link(server), OWNER);
        owner.get("/account");
    }

    private String newKey(PageClient client) {
        client.get("/setup/key");
        return client.post("/setup/key", "name", "k", "limit", "1", "reset", "never")
                .body()
                .replaceAll("(?s).*(sk-fg-v1-[A-Za-z0-9]{46}).*", "$1");
    }

    private int status(String key) {
        return server.get("/v1/key", key).statusCode();
    }

    @Test
    void changesARoleAtOnce() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "rolf@example.com");
        PageClient client = Persons.client(server, person);
        assertThat(client.get("/settings/members").statusCode()).isEqualTo(403);
        String page = "/settings/members/" + person.userId();
        assertThat(owner.get(page).body()).contains("rolf@example.com");
        assertThat(PageClient.location(owner.post(page + "/role", "role", "viewer")))
                .isEqualTo("/settings/members");
        assertThat(owner.get("/settings/members").body()).contains("rolf@example.com is viewer now.");
        assertThat(client.get("/settings/members").statusCode()).isEqualTo(200);
        assertThat(server.faregate
                        .database()
                        .<String>read(tx -> String.valueOf(
                                tx.sql().fetchValue("SELECT detail FROM audit_event WHERE action = 'member.role'"))))
                .contains("viewer");
    }

    @Test
    void removingSomebodyEndsTheirSessionsAndTheirKeys() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "gone@example.com");
        PageClient client = Persons.client(server, person);
        String key = newKey(client);
        assertThat(status(key)).isEqualTo(200);
        String page = "/settings/members/" + person.userId();
        assertThat(owner.get(page).body()).contains("Delete the 1 key they made");
        assertThat(owner.post(page + "/remove", "keys", "on", "email", "gone@example.org")
                        .statusCode())
                .isEqualTo(422);
        assertThat(PageClient.location(owner.post(page + "/remove", "keys", "on", "email", "gone@example.com")))
                .isEqualTo("/settings/members");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in");
        assertThat(status(key)).isEqualTo(401);
        assertThat(owner.get(page).statusCode()).isEqualTo(404);
    }

    @Test
    void keysMayOutliveTheMembershipOfTheirMaker() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "left@example.com");
        PageClient client = Persons.client(server, person);
        String key = newKey(client);
        String page = "/settings/members/" + person.userId();
        owner.get(page);
        owner.post(page + "/remove", "email", "left@example.com");
        assertThat(PageClient.location(client.get("/account"))).startsWith("/sign-in");
        assertThat(status(key)).isEqualTo(200);
    }

    @Test
    void theLastOwnerStays() {
        String self = server.faregate
                .database()
                .<String>read(
                        tx -> String.valueOf(tx.sql().fetchValue("SELECT id FROM person WHERE email = ?", OWNER)));
        String page = "/settings/members/" + self;
        owner.get(page);
        HttpResponse<String> demoted = owner.post(page + "/role", "role", "member");
        assertThat(demoted.statusCode()).isEqualTo(422);
        assertThat(demoted.body()).contains("The last owner stays");
        assertThat(owner.post(page + "/remove", "email", OWNER).body()).contains("The last owner stays");
        assertThat(owner.post("/account/leave").body()).contains("The last owner stays");
        assertThat(owner.get("/account").statusCode()).isEqualTo(200);
    }

    @Test
    void withoutMailAnInvitationIsALinkToHandOver() {
        owner.get("/settings/members");
        HttpResponse<String> made =
                owner.post("/settings/members/invite", "email", "hand@example.com", "role", "member");
        assertThat(made.statusCode()).isEqualTo(200);
        assertThat(made.headers().firstValue("cache-control")).contains("no-store");
        String link = made.body().replaceAll("(?s).*>[^<]*(/invitation\\?token=[A-Za-z0-9_-]{43})<.*", "$1");
        HttpResponse<String> list = owner.get("/settings/members");
        assertThat(list.body()).contains("hand@example.com").doesNotContain(link);
        PageClient stranger = new PageClient(server.port());
        awaitPage(stranger, link, "it takes no new ones just now");
        assertThat(stranger.post(
                                "/invitation",
                                "token",
                                Entrance.token(link),
                                "name",
                                "Hand",
                                "password",
                                SetupFlowTest.PASSWORD)
                        .statusCode())
                .isEqualTo(403);
        String revoke = list.body()
                .replaceAll("(?s).*?hand@example\\.com.*?(/settings/invitations/[0-9a-f-]{36}/revoke).*", "$1");
        assertThat(PageClient.location(owner.post(revoke))).isEqualTo("/settings/members");
        assertThat(stranger.get(link).statusCode()).isEqualTo(410);
        assertThat(owner.post(revoke).statusCode()).isEqualTo(404);
    }

    private static String linkIn(HttpResponse<String> page) {
        return page.body().replaceAll("(?s).*>[^<]*(/invitation\\?token=[A-Za-z0-9_-]{43})<.*", "$1");
    }

    @Test
    void anInvitationThatIsSentAgainHasANewLinkAndTheFormerOneEnds() {
        owner.get("/settings/members");
        String former = linkIn(owner.post("/settings/members/invite", "email", "again@example.com", "role", "viewer"));
        HttpResponse<String> list = owner.get("/settings/members");
        String resend = list.body()
                .replaceAll("(?s).*?again@example\\.com.*?(/settings/invitations/[0-9a-f-]{36}/resend).*", "$1");
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE invitation SET expires_at = ? WHERE email = 'again@example.com'",
                                Micros.of(tx.now().plus(Duration.ofMinutes(1)))));
        HttpResponse<String> made = owner.post(resend);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(made.headers().firstValue("cache-control")).contains("no-store");
        String next = linkIn(made);
        assertThat(next).isNotEqualTo(former);
        PageClient stranger = new PageClient(server.port());
        assertThat(stranger.get(former).statusCode()).as("ended").isEqualTo(410);
        awaitPage(stranger, next, "it takes no new ones just now");
        assertThat(TestServer.number(
                        server.faregate,
                        "SELECT COUNT(*) FROM invitation WHERE email = 'again@example.com' AND role = 'viewer'"
                                + " AND expires_at - created_at = "
                                + Duration.ofDays(7).toNanos() / 1_000))
                .as("one, of the same role, as long as a first one")
                .isOne();
        assertThat(TestServer.number(
                        server.faregate, "SELECT COUNT(*) FROM audit_event WHERE action = 'invitation.resend'"))
                .isOne();
        assertThat(owner.post(resend).statusCode()).as("that one is gone").isEqualTo(404);
        assertThat(owner.get("/settings/members").body()).doesNotContain(next).doesNotContain(former);
    }

    @Test
    void anAdminSendsNoInvitationOfAnOwnerAgain() {
        owner.get("/settings/members");
        owner.post("/settings/members/invite", "email", "high@example.com", "role", "owner");
        String resend = owner.get("/settings/members")
                .body()
                .replaceAll("(?s).*?high@example\\.com.*?(/settings/invitations/[0-9a-f-]{36}/resend).*", "$1");
        PageClient admin = Persons.client(server, Persons.signedIn(server, Role.ADMIN, "admin-again@example.com"));
        admin.get("/settings/members");
        assertThat(admin.post(resend).statusCode()).isEqualTo(404);
        PageClient member = Persons.client(server, Persons.signedIn(server, Role.MEMBER, "member-again@example.com"));
        member.get("/account");
        assertThat(member.post(resend).statusCode()).isEqualTo(403);
    }

    @Test
    void anOwnerGivesTheOrganizationAnotherName() {
        String path = "/settings/organization/name";
        String before = server.faregate
                .database()
                .<String>read(tx -> String.valueOf(tx.sql().fetchValue("SELECT name FROM organization")));
        PageClient admin = Persons.client(server, Persons.signedIn(server, Role.ADMIN, "renames@example.com"));
        assertThat(admin.get("/settings/members").body()).doesNotContain(path);
        assertThat(admin.post(path, "organization", "Taken over").statusCode()).isEqualTo(403);
        owner.get("/settings/members");
        HttpResponse<String> wrong = owner.post(path, "organization", " ");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body()).contains("organization-wrong");
        try {
            assertThat(PageClient.location(owner.post(path, "organization", "Difference <b>Engines</b>")))
                    .isEqualTo("/settings/members");
            assertThat(admin.get("/settings/members").body())
                    .as("with the next page of everybody")
                    .contains("Difference &lt;b&gt;Engines&lt;/b&gt;");
            assertThat(server.faregate
                            .database()
                            .<String>read(tx -> String.valueOf(tx.sql()
                                    .fetchValue(
                                            "SELECT detail FROM audit_event WHERE action = 'organization.rename'"))))
                    .contains(before, "Difference");
        } finally {
            owner.get("/settings/members");
            owner.post(path, "organization", before);
        }
    }

    @Test
    void signUpIsClosedAtFirst() {
        PageClient stranger = new PageClient(server.port());
        assertThat(stranger.get("/sign-up").statusCode()).isEqualTo(403);
        assertThat(stranger.get("/sign-in").body()).doesNotContain("/sign-up");
        assertThat(stranger.post("/sign-up", "email", "x@example.com").statusCode())
                .isEqualTo(403);
        assertThat(stranger.get("/reset").body()).contains("This server sends no mail");
    }

    @Test
    void somebodyLooksOnlyAtOrganizationsTheyAreIn() {
        String other = server.faregate
                .database()
                .write(tx -> new dev.faregate.identity.OrganizationStore()
                        .create(tx, "Others", dev.faregate.identity.Organization.Billing.POSTPAID)
                        .organization()
                        .id());
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "two@example.com");
        PageClient client = Persons.client(server, person);
        client.get("/account");
        assertThat(client.post("/account/organization", "organization", other).statusCode())
                .isEqualTo(404);
        server.faregate.database().write(tx -> {
            new MemberStore().join(tx, other, person.userId(), Role.VIEWER);
            return null;
        });
        assertThat(PageClient.location(client.post("/account/organization", "organization", other)))
                .isEqualTo("/account");
        assertThat(client.get("/account").body()).contains("You are looking at Others now.");
    }

    @Test
    void lettingPeopleInIsTakenUpWhileTheServerRuns() throws IOException {
        owner.get("/settings/members");
        String link = owner.post("/settings/members/invite", "email", "later@example.com", "role", "member")
                .body()
                .replaceAll("(?s).*>[^<]*(/invitation\\?token=[A-Za-z0-9_-]{43})<.*", "$1");
        PageClient fresh = new PageClient(server.port());
        Path file = server.folder.resolve("faregate.yaml");
        String closed = Files.readString(file);
        Files.writeString(file, closed + "accounts.sign_up: invitation\n");
        try {
            awaitPage(fresh, link, "Create the account");
            HttpResponse<String> made = fresh.post(
                    "/invitation", "token", Entrance.token(link), "name", "Later", "password", SetupFlowTest.PASSWORD);
            assertThat(PageClient.location(made)).as(made.body()).isEqualTo("/");
            assertThat(fresh.get("/account").body()).contains("Later", "not confirmed");
        } finally {
            Files.writeString(file, closed);
        }
        owner.get("/settings/members");
        String next = owner.post("/settings/members/invite", "email", "never@example.com", "role", "member")
                .body()
                .replaceAll("(?s).*>[^<]*(/invitation\\?token=[A-Za-z0-9_-]{43})<.*", "$1");
        awaitPage(new PageClient(server.port()), next, "it takes no new ones");
    }

    private static void awaitPage(PageClient client, String path, String text) {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (!client.get(path).body().contains(text)) {
            assertThat(System.nanoTime()).as(text).isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }
}
