package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The page of connected apps: who sees which, and what disconnecting does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConnectedAppsFlowTest {
    /// The promise is one second; this leaves room for a busy machine.
    private static final Duration SOON = Duration.ofSeconds(4);

    private @Nullable ScriptedUpstream upstream;
    private @Nullable TestServer server;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        upstream.forModel("priced", Script.answer().chunks(80).chunkDelay(Duration.ofMillis(100)));
        server = TestServer.start(upstream);
    }

    @AfterAll
    void stop() {
        server().close();
        Objects.requireNonNull(upstream).close();
    }

    private TestServer server() {
        return Objects.requireNonNull(server);
    }

    private Persons.Person person(Role role, String name) {
        return Persons.signedIn(server(), role, name + "@example.com");
    }

    /// A key that an app got for a person, with a limit of two dollars a week.
    static String connect(TestServer server, String host, String label, @Nullable String userId) {
        String code = TestServer.json(server.manage("POST", "/api/v1/auth/keys/code", """
                        {"callback_url": "https://%s/callback", "limit": 2, "usage_limit_type": "weekly", "key_label": %s}\
                        """.formatted(
                        host, tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(label))))
                .get("data")
                .get("id")
                .asString();
        String key = TestServer.json(TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1/auth/keys"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"" + code + "\"}"))
                        .build()))
                .get("key")
                .asString();
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE app_grant SET user_id = ? WHERE user_id IS NULL AND created_at ="
                                        + " (SELECT max(created_at) FROM app_grant)",
                                userId));
        return key;
    }

    private static String revokeAddress(String page, String name) {
        int card = page.indexOf(name);
        assertThat(card).as("on the page: " + name).isPositive();
        int form = page.indexOf("/settings/apps/", card);
        return page.substring(form, page.indexOf('"', form));
    }

    @Test
    void disconnectingEndsTheKeyAtOnceAndCutsWhatRuns() throws Exception {
        Persons.Person ada = person(Role.MEMBER, "ada");
        String key = connect(server(), "stream.example", "Stream app", ada.userId());
        PageClient client = Persons.client(server(), ada);
        try (RawClient chat =
                server().rawChat(TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":2000"), key)) {
            EventReader events = chat.events(chat.head());
            assertThat(events.next()).isPresent();
            String page = client.get("/settings/apps").body();
            assertThat(page).contains("stream.example", "held by running requests");
            assertThat(page.replaceAll("<[^>]*>", "").replaceAll("\\s+", " ")).contains("left of $2.00 a week");
            long since = System.nanoTime();
            assertThat(PageClient.location(client.post(revokeAddress(page, "stream.example"))))
                    .isEqualTo("/settings/apps");
            assertThat(server().get("/api/v1/key", key).statusCode()).isEqualTo(401);
            assertThat(events.all().getLast()).contains("disabled or deleted while");
            assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(SOON);
        }
        assertThat(client.get("/settings/apps").body())
                .contains("is disconnected", "No app is connected")
                .doesNotContain("revoke");
        assertThat(server().manage("GET", "/api/v1/audit-events?action=app.revoke", "")
                        .body())
                .contains("Stream app", ada.userId());
    }

    @Test
    void everybodySeesTheirOwnAndOverseersSeeAll() {
        Persons.Person bob = person(Role.MEMBER, "bob");
        Persons.Person eve = person(Role.MEMBER, "eve");
        Persons.Person viewer = person(Role.VIEWER, "viewer");
        Persons.Person owner = person(Role.OWNER, "owner");
        String key = connect(server(), "bobs.example", "Bob's app", bob.userId());
        assertThat(Persons.client(server(), bob).get("/settings/apps").body()).contains("bobs.example");

        PageClient hers = Persons.client(server(), eve);
        assertThat(hers.get("/settings/apps").body()).doesNotContain("bobs.example");
        String address = revokeAddress(
                Persons.client(server(), owner).get("/settings/apps").body(), "bobs.example");
        hers.get("/rankings");
        assertThat(hers.post(address).statusCode()).isEqualTo(404);

        PageClient views = Persons.client(server(), viewer);
        String seen = views.get("/settings/apps").body();
        assertThat(seen).contains("bobs.example", "bob@example.com").doesNotContain(address);
        assertThat(views.post(address).statusCode()).isEqualTo(403);
        assertThat(server().get("/api/v1/key", key).statusCode()).isEqualTo(200);

        PageClient owns = Persons.client(server(), owner);
        owns.get("/settings/apps");
        assertThat(owns.post(address).statusCode()).isEqualTo(303);
        assertThat(server().get("/api/v1/key", key).statusCode()).isEqualTo(401);
        assertThat(owns.post(address).statusCode()).isEqualTo(404);
    }

    @Test
    void aStrangerIsSentToTheSignInPageAndAForgedFormDoesNothing() {
        PageClient stranger = new PageClient(server().port());
        assertThat(PageClient.location(stranger.get("/settings/apps"))).startsWith("/sign-in?next=");
        Persons.Person carl = person(Role.MEMBER, "carl");
        String key = connect(server(), "carls.example", "Carl's app", carl.userId());
        PageClient client = Persons.client(server(), carl);
        String address = revokeAddress(client.get("/settings/apps").body(), "carls.example");
        HttpResponse<String> forged = client.postAs("cross-site", address, java.util.List.of());
        assertThat(forged.statusCode()).isEqualTo(403);
        assertThat(server().get("/api/v1/key", key).statusCode()).isEqualTo(200);
    }
}
