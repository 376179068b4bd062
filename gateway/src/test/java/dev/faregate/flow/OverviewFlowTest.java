package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.identity.Role;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The front page without a browser.
class OverviewFlowTest extends FreshServer {
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
    void teachesTheFirstRequestUntilThereWasOne() {
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/").body())
                .contains("Make a first request", "http://127.0.0.1:" + server.port() + "/api/v1", "faregate/echo");
        assertThat(client(Role.MEMBER).get("/").body()).contains("You have no keys yet", "Create New Key");
        upstream.script(Script.answer());
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        assertThat(owner.get("/").body())
                .doesNotContain("Make a first request")
                .contains("<b>1</b><small>last 24 hours</small>", "test/priced", "0.0 %");
    }

    @Test
    void tellsWhatFails() {
        upstream.script(Script.refusing(500));
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(502);
        assertThat(client(Role.OWNER).get("/").body())
                .contains("A provider fails right now", "test/priced at sim", "100.0 %");
    }

    @Test
    void tellsWhichKeysNeedALook() {
        String idle = key("idle", ",\"limit\":1");
        key("soon", ",\"limit\":1,\"expires_at\":\"" + soon() + "\"");
        String exposed = key("<i>exposed</i>", ",\"limit\":1");
        server.faregate.database().write(tx -> {
            tx.sql()
                    .execute(
                            "UPDATE api_key SET created_at = ? WHERE hash = ?",
                            Micros.of(tx.now().minus(Duration.ofDays(91))),
                            idle);
            tx.sql().execute("UPDATE api_key_secret SET exposed_at = ? WHERE hash = ?", Micros.of(tx.now()), exposed);
            return true;
        });
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/").body())
                .contains(
                        "1 key was found where others can read it",
                        "/settings/keys/" + exposed,
                        "&lt;i&gt;exposed",
                        "1 key expires within 7 days",
                        "1 key did nothing for 90 days and is safe to remove",
                        "/settings/keys/" + idle,
                        "1 key has no spend limit")
                .doesNotContain("<i>exposed");
        assertThat(client(Role.MEMBER).get("/").body()).doesNotContain("exposed", "expires within", "Failed requests");
    }

    private String soon() {
        return server.faregate
                .database()
                .read(tx -> tx.now().plus(Duration.ofDays(3)))
                .toString();
    }

    @Test
    void tellsAnEmptyBalance() {
        server.manage("PATCH", "/api/v1/credits", "{\"billing\":\"prepaid\"}");
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/").body()).contains("The balance is used up", "<span>Balance</span>");
        server.post("/api/v1/credits/entries", "{\"amount_usd\":5,\"reason\":\"r\"}", TestServer.MANAGEMENT_KEY);
        assertThat(owner.get("/").body()).contains("$5.00").doesNotContain("The balance is used up");
    }

    @Test
    void showsMembersWhatIsTheirs() {
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "own@example.com");
        String own = key("own", ",\"limit\":1,\"creator_user_id\":\"" + member.userId() + "\"");
        PlantedUsage.plant(server, own, 0, 0, "own/model", "P", 3, 3_000_000);
        PlantedUsage.plant(server, key("other", ""), 0, 0, "other/model", "P", 5, 5_000_000);
        assertThat(Persons.client(server, member).get("/").body())
                .contains("own/model", "yesterday and today", "$0.003")
                .doesNotContain("other/model", ">other<");
        assertThat(client(Role.VIEWER).get("/").body()).contains("own/model", "other/model", ">other<");
    }
}
