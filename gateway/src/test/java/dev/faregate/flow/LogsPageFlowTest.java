package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The log of requests, with and without a browser.
class LogsPageFlowTest {
    private ScriptedUpstream upstream;
    private TestServer server;

    /// By how much the server's clock is ahead, and how much more with each look at it (milliseconds).
    private final AtomicLong ahead = new AtomicLong();

    private volatile long hurry;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        server = TestServer.startWith(
                "io_logging.enabled: true\n", () -> Instant.now().plusMillis(ahead.addAndGet(hurry)), upstream);
    }

    @AfterEach
    void stop() {
        server.close();
        upstream.close();
    }

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private String asked() {
        return idOf(server.chat(TestServer.chat("test/priced", "")));
    }

    private static String idOf(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Generation-Id").orElseThrow(() -> new AssertionError(answer.body()));
    }

    private JsonNode key(String name, String more) {
        return TestServer.json(server.manage("POST", "/api/v1/keys", "{\"name\":\"" + name + "\"" + more + "}"));
    }

    private String askedWith(JsonNode key) {
        return idOf(server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", ""),
                key.path("key").asString()));
    }

    @Test
    void showsToEachPersonWhatIsTheirs() {
        String id = asked();
        for (Role role : Role.values()) {
            PageClient client = client(role);
            boolean sees = role.seesEverything();
            HttpResponse<String> list = client.get("/logs");
            assertThat(list.statusCode()).as(role.word()).isEqualTo(200);
            assertThat(list.body().contains(id)).as(role.word()).isEqualTo(sees);
            assertThat(client.get("/logs/export").body().contains(id))
                    .as(role.word())
                    .isEqualTo(sees);
            assertThat(client.get("/logs/" + id).statusCode()).as(role.word()).isEqualTo(sees ? 200 : 404);
        }
        assertThat(PageClient.location(new PageClient(server.port()).get("/logs")))
                .startsWith("/sign-in");
    }

    @Test
    void showsMembersWhatTheirOwnKeysAskedFor() {
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "member@example.com");
        JsonNode key = key("of the member", ",\"creator_user_id\":\"" + member.userId() + "\"");
        String other = asked();
        String own = askedWith(key);
        PageClient client = Persons.client(server, member);
        assertThat(client.get("/logs").body()).contains(own, "of the member").doesNotContain(other);
        assertThat(client.get("/logs/export").body()).contains(own).doesNotContain(other);
        assertThat(client.get("/logs/" + own).statusCode()).isEqualTo(200);
        assertThat(client.get("/logs/" + other).statusCode()).isEqualTo(404);
    }

    @Test
    void leadsToTheKeyAsLongAsThereIsOneAndToItsOtherRequests() {
        JsonNode key = key("brief", "");
        String hash = key.path("data").path("hash").asString();
        String id = askedWith(key);
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/logs/" + id).body())
                .contains("href=\"/settings/keys/" + hash + "\"", "href=\"/logs?key=" + hash + "\"");
        assertThat(server.manage("DELETE", "/api/v1/keys/" + hash, "").statusCode())
                .isEqualTo(200);
        assertThat(owner.get("/logs/" + id).body())
                .contains("brief", ">deleted<", "href=\"/logs?key=" + hash + "\"")
                .doesNotContain("href=\"/settings/keys/" + hash);
        assertThat(owner.get("/logs?key=" + hash).body()).contains(id);
    }

    @Test
    void tellsOneRequestInFull() throws InterruptedException {
        upstream.script(Script.saying("<script>alert(1)</script>"));
        String id = asked();
        PageClient owner = client(Role.OWNER);
        String page = owner.get("/logs/" + id).body();
        for (long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
                !page.contains("alert(1)") && System.nanoTime() < end;
                page = owner.get("/logs/" + id).body()) {
            Thread.sleep(20);
        }
        assertThat(page)
                .contains(id, "test/priced", "Attempts", "&lt;script&gt;alert(1)", "Tell me something")
                .doesNotContain("<script>alert(1)", "at list price");
    }

    @Test
    void filtersAndRefusesWhatItDoesNotUnderstand() {
        String id = asked();
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/logs?status=ok&model=test/priced&range=1h&provider=&key=")
                        .body())
                .contains(id);
        assertThat(owner.get("/logs?status=error").body())
                .contains("No request is like that")
                .doesNotContain(id);
        HttpResponse<String> file = owner.get("/logs/export?status=ok");
        assertThat(file.headers().firstValue("Content-Type")).hasValue("text/csv; charset=utf-8");
        assertThat(file.body()).startsWith("id,created_at,").contains("\"" + id + "\"");
        for (String wrong : new String[] {"status=maybe", "range=1y", "before=yesterday", "before=gen-1"}) {
            HttpResponse<String> answer = owner.get("/logs?" + wrong);
            assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
            assertThat(answer.body()).contains(wrong.substring(0, wrong.indexOf('=')));
        }
    }

    @Test
    void leadsToOlderRequests() {
        for (int i = 0; i < 60; i++) {
            asked();
        }
        PageClient owner = client(Role.OWNER);
        String first = owner.get("/logs?range=24h").body();
        String older =
                first.replaceAll("(?s).*rel=\"next\" href=\"([^\"]+)\".*", "$1").replace("&amp;", "&");
        assertThat(older).startsWith("/logs?range=24h&before=");
        String second = owner.get(older).body();
        assertThat(first.split("href=\"/logs/gen-", -1).length - 1).isEqualTo(50);
        assertThat(second.split("href=\"/logs/gen-", -1).length - 1).isEqualTo(10);
        assertThat(second).contains("Newest").doesNotContain("rel=\"next\"");
    }

    @Test
    void saysHowFarItLookedWhenThatTakesTooLong() {
        asked();
        PageClient owner = client(Role.OWNER);
        hurry = 300;
        String address = "/logs?range=1h&model=a%2Fmissing";
        String page = owner.get(address).body();
        assertThat(page).contains("No request is like that so far", "Searched back to", "Search further back");
        for (int pages = 1; page.contains("Search further back") && pages < 20; pages++) {
            address = page.replaceAll("(?s).*rel=\"next\" href=\"([^\"]+)\".*", "$1")
                    .replace("&amp;", "&");
            assertThat(address).startsWith("/logs?range=1h&model=a%2Fmissing&before=");
            page = owner.get(address).body();
        }
        assertThat(page).contains("No request is like that<").doesNotContain("so far", "Searched back");
        assertThat(owner.get(address).statusCode()).isEqualTo(200);
    }

    @Test
    void looksRightInABrowser() throws Exception {
        try (RealBrowser browser = RealBrowser.start()) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                Page page = visitor.page();
                page.navigate("/logs");
                assertThat(page.locator(".fg-empty").textContent()).contains("a first request is one line");
                visitor.looks("logs-none");
                asked();
                page.navigate("/logs");
                visitor.looks("logs");
                page.locator("input[name=model]").fill("a/missing");
                page.locator("button:has-text('Filter')").click();
                assertThat(page.url()).contains("model=a%2Fmissing");
                hurry = 300;
                page.navigate("/logs?model=a%2Fmissing");
                visitor.looks("logs-so-far");
                hurry = 0;
                page.navigate("/logs?model=a%2Fmissing");
                page.locator(".fg-empty a").click();
                page.locator("tbody a").first().click();
                assertThat(page.locator("h1").textContent()).isEqualTo("Request");
                visitor.looks("log");
                assertThat(visitor.complaints()).isEmpty();
            }
        }
    }
}
