package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// The page of the audit log without a browser.
class AuditPageFlowTest extends FreshServer {
    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    @Test
    void isForWhoManagesTheOrganization() {
        for (Role role : Role.values()) {
            int expected = role.managesOrganization() ? 200 : 403;
            PageClient client = client(role);
            assertThat(client.get("/settings/audit").statusCode())
                    .as(role.word())
                    .isEqualTo(expected);
            assertThat(client.get("/settings/audit/export").statusCode())
                    .as(role.word())
                    .isEqualTo(expected);
        }
        assertThat(PageClient.location(new PageClient(server.port()).get("/settings/audit")))
                .startsWith("/sign-in");
    }

    @Test
    void showsFiltersAndExportsWhatWasChanged() {
        String name = "<script>alert(1)</script>";
        server.post("/api/v1/keys", "{\"name\":\"" + name + "\"}", TestServer.MANAGEMENT_KEY);
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/settings/audit").body())
                .contains("key.create", "A management key", "&lt;script&gt;alert(1)")
                .doesNotContain(name);
        assertThat(owner.get("/settings/audit?action=key.delete").body())
                .contains("No event is like that")
                .doesNotContain("key.create</code>");
        HttpResponse<String> file = owner.get("/settings/audit/export?action=key.create");
        assertThat(file.headers().firstValue("Content-Type")).hasValue("text/csv; charset=utf-8");
        assertThat(file.body()).startsWith("seq,created_at,").contains("\"key.create\"");
        assertThat(owner.get("/settings/audit?action=&actor=&since=2030-01-01&until=")
                        .body())
                .as("fields that were left empty, and a day")
                .contains("No event is like that", "type=\"date\" name=\"since\" value=\"2030-01-01\"");
        assertThat(owner.get("/settings/audit?action=key.create&since=2020-01-01")
                        .body())
                .contains("key.create</code>");
        assertThat(owner.get("/settings/audit?until=2020-01-01").body()).contains("No event is like that");
        HttpResponse<String> wrong = owner.get("/settings/audit?since=yesterday");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("since");
    }

    @Test
    void leadsToOlderEventsAndMissesNone() {
        for (int i = 0; i < 60; i++) {
            server.post("/api/v1/keys", "{\"name\":\"k" + i + "\"}", TestServer.MANAGEMENT_KEY);
        }
        PageClient owner = client(Role.OWNER);
        String first = owner.get("/settings/audit?action=key.create").body();
        String older =
                first.replaceAll("(?s).*rel=\"next\" href=\"([^\"]+)\".*", "$1").replace("&amp;", "&");
        assertThat(older).startsWith("/settings/audit?action=key.create&cursor=");
        String second = owner.get(older).body();
        assertThat(first.split("<summary>Event ", -1).length - 1).isEqualTo(50);
        assertThat(second.split("<summary>Event ", -1).length - 1).isGreaterThanOrEqualTo(10);
        assertThat(second).contains("Newest").doesNotContain("rel=\"next\"");
    }
}
