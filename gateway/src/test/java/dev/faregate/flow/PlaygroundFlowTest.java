package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.keys.KeyText;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The Playground without a browser: who gets a key, and what the page says.
class PlaygroundFlowTest extends OneServer {
    private static final String PAGE = "/playground";
    private static final String KEY = "/playground/key";

    private int people;

    PlaygroundFlowTest() {
        super("playground: {daily_limit: 0.01}\n");
    }

    @BeforeAll
    void prepare() {
        server.post("/api/v1/workspaces", "{\"name\":\"Research\",\"slug\":\"research\"}", TestServer.MANAGEMENT_KEY);
    }

    private Persons.Person person(Role role) {
        return Persons.signedIn(server, role, "player" + people++ + "@example.com");
    }

    private PageClient client(Persons.Person person) {
        PageClient client = Persons.client(server, person);
        assertThat(client.get(PAGE).statusCode()).isEqualTo(200);
        return client;
    }

    private static JsonNode lent(PageClient client) {
        HttpResponse<String> answer = client.post(KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private static String text(JsonNode lent) {
        return lent.get("key").asString();
    }

    private long keysOf(Persons.Person person) {
        return TestServer.number(
                server.faregate,
                "SELECT count(*) FROM api_key WHERE creator_user_id = '" + person.userId()
                        + "' AND deleted_at IS NULL");
    }

    private long audited(String action, Persons.Person person) {
        return TestServer.number(
                server.faregate,
                "SELECT count(*) FROM audit_event WHERE actor_kind = 'user' AND actor_id = '" + person.userId()
                        + "' AND action = '" + action + "'");
    }

    @Test
    void strangersAreSentToSignInAndMakeNothing() {
        long before = TestServer.number(server.faregate, "SELECT count(*) FROM api_key");
        PageClient stranger = new PageClient(server.port());
        assertThat(PageClient.location(stranger.get(PAGE + "?model=test/priced")))
                .isEqualTo("/sign-in?next=%2Fplayground%3Fmodel%3Dtest%252Fpriced");
        HttpResponse<String> refused = stranger.post(KEY);
        assertThat(refused.statusCode()).isEqualTo(303);
        assertThat(PageClient.location(refused)).isEqualTo("/sign-in");
        assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM api_key"))
                .isEqualTo(before);
    }

    @Test
    void aKeyWhoseSecretHasEndedIsExpiredUntilItIsRenewed() {
        Persons.Person person = person(Role.MEMBER);
        PageClient client = client(person);
        String address = lent(client).get("address").asString();
        assertThat(client.get("/settings/keys").body()).contains("Active").doesNotContain("its secret has ended");
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE api_key_secret SET expires_at = 5 WHERE api_key_id IN"
                                        + " (SELECT id FROM api_key WHERE creator_user_id = ?)",
                                person.userId()));
        assertThat(client.get("/settings/keys?state=expired").body()).contains("its secret has ended");
        assertThat(client.get("/settings/keys?state=active").body()).doesNotContain("Playground of");
        assertThat(client.get(address).body()).contains(">Expired</span>", "nothing opens it now");
        lent(client);
        assertThat(client.get(address).body()).contains(">Active</span>").doesNotContain("nothing opens it now");
    }

    @Test
    void onlyAPageOfOursGetsAKey() {
        Persons.Person person = person(Role.MEMBER);
        PageClient client = client(person);
        assertThat(client.postAs("same-origin", KEY, List.of()).statusCode()).isEqualTo(403);
        assertThat(client.postAs("same-origin", KEY, List.of("csrf", "guessed")).statusCode())
                .isEqualTo(403);
        for (String site : List.of("cross-site", "same-site", "none")) {
            assertThat(client.postAs(site, KEY, List.of("csrf", client.csrf())).statusCode())
                    .as(site)
                    .isEqualTo(403);
        }
        assertThat(client.get(KEY).statusCode()).isEqualTo(405);
        assertThat(keysOf(person)).isZero();
    }

    @Test
    void lendsAKeyThatWorksOnceAndNowhereElse() {
        Persons.Person person = person(Role.MEMBER);
        PageClient client = client(person);
        assertThat(client.get(PAGE).body())
                .contains("Your first message here makes one", "$0.01", "Playground of player");
        HttpResponse<String> answer = client.post(KEY);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/json");
        JsonNode lent = TestServer.json(answer);
        assertThat(lent.get("expires_in").asLong()).isEqualTo(3_600);
        String secret = text(lent);
        JsonNode info = server.keyInfo(secret);
        assertThat(info.path("limit").decimalValue()).isEqualByComparingTo("0.01");
        assertThat(info.path("limit_reset").asString()).isEqualTo("daily");
        assertThat(server.post("/api/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":20"), secret)
                        .statusCode())
                .isEqualTo(200);
        String address = lent.get("address").asString();
        String pages = client.get("/settings/keys").body()
                + client.get(address).body()
                + client.get(PAGE).body();
        assertThat(pages)
                .contains("Playground of player", KeyText.label(secret), "or the Playground, holds this key")
                .doesNotContain(secret, "This key was rotated");
        assertThat(client.get(PAGE).body()).contains("href=\"" + address + "\"", "fg-bar");
        assertThat(audited("key.create", person)).isEqualTo(1);
        assertThat(audited("key.rotate", person)).isZero();
    }

    @Test
    void theNextKeyEndsTheOneBeforeAndKeepsTheLimitThatSomebodySet() {
        Persons.Person person = person(Role.MEMBER);
        PageClient client = client(person);
        JsonNode first = lent(client);
        String address = first.get("address").asString();
        client.get(address);
        client.post(address, "name", "Play", "limit", "3", "limit_reset", "weekly");
        JsonNode second = lent(client);
        assertThat(second.get("address").asString()).isEqualTo(address);
        HttpResponse<String> refused =
                server.post("/api/v1/chat/completions", TestServer.chat("faregate/echo", ""), text(first));
        assertThat(refused.statusCode()).isEqualTo(401);
        JsonNode info = server.keyInfo(text(second));
        assertThat(info.path("limit").decimalValue()).isEqualByComparingTo("3");
        assertThat(info.path("limit_reset").asString()).isEqualTo("weekly");
        assertThat(client.get(PAGE).body()).contains(">Play</a>", "$3");
        assertThat(keysOf(person)).isEqualTo(1);
        assertThat(audited("key.rotate", person)).isEqualTo(1);
        HttpResponse<String> rotated = client.post(address + "/rotate", "grace", "0");
        assertThat(rotated.statusCode()).isEqualTo(422);
        assertThat(rotated.body()).contains("or the Playground, holds this key").doesNotContain("Two secrets");
        assertThat(server.get("/api/v1/key", text(second)).statusCode()).isEqualTo(200);
    }

    @Test
    void eachWorkspaceHasAKeyOfItsOwnAndWhoLeftItGetsNone() {
        Persons.Person person = person(Role.MEMBER);
        PageClient client = client(person);
        String research = server.faregate
                .database()
                .read(tx -> tx.sql()
                        .fetchSingle("SELECT id FROM workspace WHERE slug = 'research'")
                        .get("id", String.class));
        String here = lent(client).get("address").asString();
        client.post("/settings/workspaces", "workspace", research);
        assertThat(client.get(PAGE).body()).as("not a member there").contains("href=\"" + here + "\"");
        assertThat(lent(client).get("address").asString()).isEqualTo(here);

        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "INSERT INTO workspace_member (id, workspace_id, person_id, created_at) VALUES (?, ?, ?, 0)",
                                dev.faregate.base.Ids.next().toString(),
                                research,
                                person.userId()));
        client.post("/settings/workspaces", "workspace", research);
        assertThat(client.get(PAGE).body()).contains("Your first message here makes one");
        JsonNode there = lent(client);
        assertThat(there.get("address").asString()).isNotEqualTo(here);
        assertThat(keysOf(person)).isEqualTo(2);
        assertThat(TestServer.number(
                        server.faregate,
                        "SELECT count(*) FROM api_key WHERE creator_user_id = '" + person.userId()
                                + "' AND workspace_id = '" + research + "'"))
                .isEqualTo(1);
    }

    @Test
    void whoMakesNoKeysIsToldWhyAndGetsNone() {
        for (Role role : List.of(Role.VIEWER, Role.BILLING)) {
            Persons.Person person = person(role);
            PageClient client = client(person);
            assertThat(client.get(PAGE).body())
                    .contains("You can look, but not send", "(" + role.word() + ")", "FAREGATE_API_KEY")
                    .doesNotContain("id=\"playground\"");
            HttpResponse<String> refused = client.post(KEY);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.headers().firstValue("cache-control")).contains("no-store");
            assertThat(TestServer.json(refused).at("/error/message").asString())
                    .contains("may not make keys in this workspace");
            assertThat(keysOf(person)).isZero();
        }
        Persons.Person demoted = person(Role.ADMIN);
        PageClient client = client(demoted);
        lent(client);
        server.faregate.database().write(tx -> {
            new MemberStore().join(tx, demoted.organizationId(), demoted.userId(), Role.VIEWER);
            return true;
        });
        assertThat(client.post(KEY).statusCode()).isEqualTo(403);
    }

    @Test
    void aDisabledKeySaysSoAndWhichOne() {
        PageClient client = client(person(Role.MEMBER));
        String address = lent(client).get("address").asString();
        client.get(address);
        client.post(address + "/state", "state", "off");
        HttpResponse<String> refused = client.post(KEY);
        assertThat(refused.statusCode()).isEqualTo(403);
        JsonNode error = TestServer.json(refused).get("error");
        assertThat(error.get("message").asString()).contains("disabled");
        assertThat(address).endsWith(error.at("/metadata/key_hash").asString());
    }

    @Test
    void itsLimitHoldsAsThatOfAnyKey() {
        PageClient client = client(person(Role.MEMBER));
        String secret = text(lent(client));
        upstream.script(Script.answer().promptTokens(10).completionTokens(10));
        HttpResponse<String> dear =
                server.post("/api/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":2000"), secret);
        assertThat(dear.statusCode()).isEqualTo(402);
        assertThat(TestServer.json(dear).at("/error/metadata/limit_source").asString())
                .isEqualTo("openrouter_key_limit");
    }

    @Test
    void beginsWithTheModelOfItsAddressAndWithNoneThatCannotChat() {
        PageClient client = client(person(Role.MEMBER));
        assertThat(client.get(PAGE + "?model=test/priced").body())
                .contains("name=\"model\" list=\"models\" value=\"test/priced\"", "\"model\": \"test/priced\"");
        for (String other : List.of("no/such", "\"><script>alert(1)</script>", "test/unpriced")) {
            String page = client.get(PAGE + "?model="
                            + java.net.URLEncoder.encode(other, java.nio.charset.StandardCharsets.UTF_8))
                    .body();
            assertThat(page).contains("list=\"models\" value=\"\"").doesNotContain("<script>alert");
        }
        assertThat(client.get(PAGE).body())
                .contains("<option value=\"test/priced\">", "<noscript>", "http://127.0.0.1:" + server.port())
                .doesNotContain("<option value=\"test/unpriced\">");
        assertThat(client.get("/models/test/priced").body()).contains("href=\"/playground?model=test/priced\"");
    }
}
