package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The page on which an organization registers OAuth clients.
class ClientsPageFlowTest extends OneServer {
    private static final String PATH = "/settings/clients";

    private PageClient owner;

    @BeforeAll
    void prepare() {
        owner = person(Role.OWNER, "owns");
    }

    private PageClient person(Role role, String name) {
        return Persons.client(server, Persons.signedIn(server, role, name + "@example.com"));
    }

    private HttpResponse<String> register(String name, String kind, String redirects, String... more) {
        owner.get(PATH);
        String[] fields = {"name", name, "kind", kind, "redirect_uris", redirects, "scope", "read write"};
        String[] all = java.util.Arrays.copyOf(fields, fields.length + more.length);
        System.arraycopy(more, 0, all, fields.length, more.length);
        return owner.post(PATH, all);
    }

    private static String value(HttpResponse<String> page, String id) {
        String marked = "id=\"" + id + "\" readonly value=\"";
        int begin = page.body().indexOf(marked);
        assertThat(begin).as(page.body()).isPositive();
        return page.body().substring(begin + marked.length(), page.body().indexOf('"', begin + marked.length()));
    }

    @Test
    void showsASecretOnceAndNeverAgain() {
        HttpResponse<String> made =
                register("Books", "confidential", "https://books.example/cb\r\nhttp://127.0.0.1/cb");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(made.headers().firstValue("cache-control")).contains("no-store");
        String secret = value(made, "client-secret");
        String id = value(made, "client-id");
        String list = owner.get(PATH).body();
        assertThat(list)
                .contains("Books", id, "https://books.example/cb", "http://127.0.0.1/cb")
                .doesNotContain(secret);

        owner.get(PATH);
        HttpResponse<String> rotated = owner.post(PATH + "/" + id + "/secret");
        String other = value(rotated, "client-secret");
        assertThat(other).isNotEqualTo(secret);
        assertThat(server.manage("GET", "/api/v1/audit-events?subject=" + id, "")
                        .body())
                .contains("client.create", "client.rotate")
                .doesNotContain(secret, other);
    }

    @Test
    void aConfidentialDeviceShowsItsSecret() {
        HttpResponse<String> made = register("Kiosk", "confidential", "", "device", "on");
        String id = value(made, "client-id");
        assertThat(RegistrationFlowTest.device(server, id).statusCode()).isEqualTo(401);
        String secret = "client_id=" + id + "&client_secret=" + value(made, "client-secret");
        String form = "application/x-www-form-urlencoded";
        assertThat(RegistrationFlowTest.post(server, "/oauth/device_authorization", form, secret)
                        .statusCode())
                .isEqualTo(200);
        owner.get(PATH);
        owner.post(PATH + "/" + id + "/secret", "grace", "0");
        assertThat(RegistrationFlowTest.post(server, "/oauth/device_authorization", form, secret)
                        .statusCode())
                .as("the old secret ended at once")
                .isEqualTo(401);
    }

    private int asks(String id, String secret) {
        return RegistrationFlowTest.post(
                        server,
                        "/oauth/device_authorization",
                        "application/x-www-form-urlencoded",
                        "client_id=" + id + "&client_secret=" + secret)
                .statusCode();
    }

    @Test
    void theOldSecretWorksOnBesideTheNewOneUntilItEnds() {
        HttpResponse<String> made = register("Turning", "confidential", "", "device", "on");
        String id = value(made, "client-id");
        String first = value(made, "client-secret");
        owner.get(PATH);
        HttpResponse<String> turned = owner.post(PATH + "/" + id + "/secret");
        String second = value(turned, "client-secret");
        assertThat(turned.body()).contains("the old one works until");
        assertThat(asks(id, first)).as("for a day").isEqualTo(200);
        assertThat(asks(id, second)).isEqualTo(200);
        assertThat(owner.get(PATH).body()).contains("The secret before it works until");

        String third = value(owner.post(PATH + "/" + id + "/secret", "grace", "3600"), "client-secret");
        assertThat(asks(id, first)).as("two at most").isEqualTo(401);
        assertThat(asks(id, second)).isEqualTo(200);
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE oauth_client SET old_secret_ends_at = ? WHERE client_id = ?",
                                Micros.of(tx.now()),
                                id));
        assertThat(asks(id, second)).as("from the moment it ends").isEqualTo(401);
        assertThat(asks(id, third)).isEqualTo(200);
        owner.get(PATH);
        assertThat(owner.post(PATH + "/" + id + "/secret", "grace", "forever").statusCode())
                .isEqualTo(400);
        assertThat(asks(id, third)).isEqualTo(200);
    }

    @Test
    void aPublicClientHasNoSecret() {
        HttpResponse<String> made = register("Cli", "public", "", "device", "on");
        assertThat(made.body()).contains("it has no secret").doesNotContain("client-secret");
        String id = value(made, "client-id");
        assertThat(RegistrationFlowTest.device(server, id).statusCode()).isEqualTo(200);
        assertThat(owner.post(PATH + "/" + id + "/secret").statusCode()).isEqualTo(400);
    }

    @Test
    void saysBesideTheFieldWhatIsWrongAndKeepsWhatWasTyped() {
        HttpResponse<String> page = register("Kept name", "public", "http://app.example/cb");
        assertThat(page.statusCode()).isEqualTo(422);
        assertThat(page.body()).contains("Kept name", "http://app.example/cb", "must begin with https://");
        assertThat(register("No address", "confidential", "").body()).contains("is required, unless");
        assertThat(register("\u200b", "public", "https://app.example/").statusCode())
                .isEqualTo(422);
    }

    @Test
    void deletingEndsEveryKeyThatItWasGiven() {
        HttpResponse<String> made = register("Doomed", "public", "https://doomed.example/cb");
        String id = value(made, "client-id");
        String key = ConnectedAppsFlowTest.connect(server, "doomed.example", "Doomed", null);
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE app_grant SET client_id = ? WHERE created_at = (SELECT max(created_at) FROM app_grant)",
                                id));
        owner.get(PATH);
        assertThat(PageClient.location(owner.post(PATH + "/" + id + "/delete", "name", "doomed")))
                .isEqualTo(PATH);
        assertThat(owner.get(PATH).body()).contains("Nothing was deleted", "Doomed");
        assertThat(server.get("/api/v1/key", key).statusCode()).isEqualTo(200);
        owner.post(PATH + "/" + id + "/delete", "name", "Doomed");
        assertThat(owner.get(PATH).body()).contains("Doomed is deleted").doesNotContain(id);
        assertThat(server.get("/api/v1/key", key).statusCode()).isEqualTo(401);
        assertThat(owner.post(PATH + "/" + id + "/delete", "name", "Doomed").statusCode())
                .isEqualTo(404);
    }

    @Test
    void onlyWhoManagesTheOrganizationChangesAny() {
        String id = value(register("Guarded", "confidential", "https://guarded.example/cb"), "client-id");
        PageClient member = person(Role.MEMBER, "member");
        assertThat(member.get(PATH).statusCode()).isEqualTo(403);
        member.get("/settings/apps");
        for (String path : new String[] {PATH, PATH + "/" + id + "/secret", PATH + "/" + id + "/delete"}) {
            member.get("/rankings");
            assertThat(member.post(path, "name", "Guarded").statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
        PageClient viewer = person(Role.VIEWER, "views");
        assertThat(viewer.get(PATH).body()).contains("Guarded").doesNotContain("New secret", "Register a client");
        server.faregate.database().write(tx -> {
            tx.sql()
                    .execute("INSERT INTO organization (id, slug, name, billing, created_at, hidden_from_rankings)"
                            + " VALUES ('other', 'other', 'Other', 'postpaid', 0, 0)");
            return tx.sql().execute("UPDATE oauth_client SET organization_id = 'other' WHERE client_id = ?", id);
        });
        owner.get(PATH);
        assertThat(owner.post(PATH + "/" + id + "/secret").statusCode())
                .as("of another organization")
                .isEqualTo(404);
        assertThat(owner.get(PATH).body()).doesNotContain("Guarded");
    }
}
