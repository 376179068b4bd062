package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// The page of activity without a browser.
class ActivityPageFlowTest extends FreshServer {
    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private String key(String name, String more) {
        HttpResponse<String> made =
                server.post("/api/v1/keys", "{\"name\":\"" + name + "\"" + more + "}", TestServer.MANAGEMENT_KEY);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).path("data").path("hash").asString();
    }

    @Test
    void showsARequestAsSoonAsItIsPaidFor() {
        upstream.script(Script.answer());
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        PageClient owner = client(Role.OWNER);
        for (String address : new String[] {
            "/activity",
            "/activity?range=24h",
            "/activity?by=provider",
            "/activity?by=key&range=7d",
            "/activity?by=environment&range=24h",
            "/activity?by=app",
            "/activity?scope=organization"
        }) {
            HttpResponse<String> page = owner.get(address);
            assertThat(page.statusCode()).as(address).isEqualTo(200);
            assertThat(page.body())
                    .as(address)
                    .contains(
                            "role=\"img\" aria-label=\"Spend of each ", "As a table", "data-label=\"Requests\">1</td>");
        }
        assertThat(owner.get("/activity").body()).contains("test/priced");
        assertThat(owner.get("/activity?by=provider").body()).contains("SIM");
        assertThat(owner.get("/activity?by=environment").body()).contains("No environment");
        assertThat(owner.get("/activity?by=app").body()).contains("No app");
        assertThat(owner.get("/activity?range=24h").body()).contains("Spend of each hour");
        assertThat(owner.get("/activity?range=24h&by=key").body())
                .contains("Spend of each day", "days are the finest: yesterday and today");
    }

    @Test
    void showsMembersWhatTheirOwnKeysDid() {
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "member@example.com");
        String own = key("of the member", ",\"creator_user_id\":\"" + member.userId() + "\"");
        String other = key("of nobody", "");
        PlantedUsage.plant(server, own, 1, 9, "own/model", "P", 3, 3_000_000);
        PlantedUsage.plant(server, other, 1, 9, "other/model", "P", 5, 5_000_000);
        PageClient client = Persons.client(server, member);
        assertThat(client.get("/activity").body())
                .contains("own/model")
                .doesNotContain("other/model", "of nobody", "value=\"app\"");
        assertThat(client.get("/activity?by=key&scope=organization").body())
                .contains("of the member")
                .doesNotContain("of nobody");
        assertThat(client.get("/activity?by=app").body())
                .contains("Apps are not told apart", "own/model")
                .doesNotContain("other/model");
        assertThat(client.get("/activity/export?by=key").body())
                .contains("of the member")
                .doesNotContain("of nobody");
        assertThat(client.get("/activity?key=" + own).statusCode()).isEqualTo(200);
        assertThat(client.get("/activity?key=" + other).statusCode()).isEqualTo(404);
        assertThat(client.get("/activity/export?key=" + other).statusCode()).isEqualTo(404);
        for (Role role : new Role[] {Role.OWNER, Role.ADMIN, Role.BILLING, Role.VIEWER}) {
            assertThat(client(role).get("/activity").body()).as(role.word()).contains("own/model", "other/model");
        }
        assertThat(PageClient.location(new PageClient(server.port()).get("/activity")))
                .startsWith("/sign-in");
    }

    @Test
    void showsTheWorkspaceThatOneLooksAtOrAllOfThem() {
        server.post("/api/v1/workspaces", "{\"name\":\"Research\",\"slug\":\"research\"}", TestServer.MANAGEMENT_KEY);
        String here = key("here", "");
        String there = key("there", ",\"workspace_id\":\"research\"");
        PlantedUsage.plant(server, here, 2, 9, "home/model", "P", 3, 3_000_000);
        PlantedUsage.plant(server, there, 2, 9, "there/model", "P", 5, 5_000_000);
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/activity").body()).contains("home/model").doesNotContain("there/model");
        assertThat(owner.get("/activity?scope=organization").body()).contains("home/model", "there/model");
        assertThat(owner.get("/activity?key=" + there).body())
                .as("a key tells where it is")
                .contains("there/model")
                .doesNotContain("home/model");
        assertThat(owner.get("/activity?by=key&scope=organization").body())
                .contains("href=\"/activity?by=model&amp;range=30d&amp;scope=organization&amp;key=" + there + "\"");
    }

    @Test
    void exportsWhatItShows() {
        String name = "=1+<script>alert(1)</script>";
        String hash = key(name, "");
        PlantedUsage.plant(server, hash, 3, 9, "a/model", "P", 3, 3_000_001);
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/activity?by=key").body())
                .contains("=1+&lt;script&gt;alert(1)")
                .doesNotContain(name);
        HttpResponse<String> file = owner.get("/activity/export?by=key");
        assertThat(file.headers().firstValue("Content-Type")).hasValue("text/csv; charset=utf-8");
        assertThat(file.body())
                .startsWith("begin,key,key_id,requests,")
                .contains(
                        "T00:00:00Z\",\"'=1+<script>alert(1)</script>\",\"" + hash + "\",3,2436,720,0,0,0.003000001,0");
        assertThat(owner.get("/activity").body()).contains("href=\"/activity/export?by=model&amp;range=30d\"");
    }

    @Test
    void saysWhatIsWrongWithAnAddress() {
        PageClient owner = client(Role.OWNER);
        for (String query : new String[] {"range=1y", "by=user", "scope=x", "from=yesterday", "from=2001-01-01"}) {
            HttpResponse<String> page = owner.get("/activity?" + query);
            assertThat(page.statusCode()).as(query).isEqualTo(400);
            assertThat(page.body()).contains("`" + query.split("=")[0] + "`");
        }
        assertThat(owner.get("/activity?key=" + "0".repeat(64)).statusCode()).isEqualTo(404);
        assertThat(owner.get("/activity?key=nonsense").statusCode()).isEqualTo(404);
        assertThat(owner.get("/activity?by=&range=&from=&to=&scope=&key=").statusCode())
                .isEqualTo(200);
        assertThat(owner.get("/activity?from=2026-01-01&to=2026-01-02").body())
                .contains("Nothing was used in this time");
    }
}
