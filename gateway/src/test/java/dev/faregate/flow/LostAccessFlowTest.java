package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.oauth.TestClients;
import dev.faregate.storage.Database;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whoever lost something has lost it with the next request, in a browser that was open before, and on a node that did
/// not do it: two nodes on PostgreSQL, one on SQLite.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LostAccessFlowTest {
    private static final Pattern SECRET = Pattern.compile("<code id=\"secret\"[^>]*>(sk-fg-[A-Za-z0-9-]+)</code>");
    private static final Pattern DIRECTORY = Pattern.compile("id=\"directory-token\">([A-Za-z0-9_-]{43})<");

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final Map<Database.Kind, List<TestServer>> all = new EnumMap<>(Database.Kind.class);

    /// Those of the running test.
    private List<TestServer> nodes = List.of();

    @BeforeAll
    void start() {
        upstream.forModel("priced", Script.answer().chunks(100).chunkDelay(Duration.ofMillis(100)));
        String url = TestPostgres.freshUrl();
        all.put(Database.Kind.SQLITE, List.of(TestServer.start(upstream)));
        all.put(
                Database.Kind.POSTGRESQL,
                List.of(TestServer.startOn(url, "", upstream), TestServer.startOn(url, "", upstream)));
    }

    private void on(Database.Kind kind) {
        nodes = all.getOrDefault(kind, List.of());
    }

    @AfterAll
    void stop() {
        all.values().forEach(each -> each.forEach(TestServer::close));
        upstream.close();
    }

    /// Where people look; what is taken from them is taken at the other one.
    private TestServer here() {
        return nodes.getLast();
    }

    private TestServer there() {
        return nodes.getFirst();
    }

    private Persons.Person person(Role role) {
        return Persons.signedIn(here(), role, UUID.randomUUID() + "@example.com");
    }

    /// A fresh workspace; its slug is in its name.
    private record Room(String id, String name) {}

    private Room room() {
        String slug = "room-" + UUID.randomUUID().toString().substring(0, 8);
        HttpResponse<String> made = there().manage(
                        "POST", "/api/v1/workspaces", "{\"name\":\"Name of " + slug + "\",\"slug\":\"" + slug + "\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return new Room(TestServer.json(made).get("data").get("id").asString(), "Name of " + slug);
    }

    private void put(Persons.Person person, Room room, String verb, String count) {
        HttpResponse<String> done = there().manage(
                        "POST",
                        "/api/v1/workspaces/" + room.id() + "/members/" + verb,
                        "{\"user_ids\":[\"" + person.userId() + "\"]}");
        assertThat(TestServer.json(done).path(count).asInt()).as(done.body()).isEqualTo(1);
    }

    /// A browser that looks at the room.
    private PageClient lookingAt(Persons.Person person, Room room) {
        PageClient client = Persons.client(here(), person);
        client.get("/settings/workspaces");
        client.post("/settings/workspaces", "workspace", room.id());
        assertThat(client.get("/settings/keys").body()).contains(room.name());
        return client;
    }

    /// Nothing of the room is left to that browser, and the key it makes is made elsewhere.
    private void isOutOf(Room room, PageClient client, Persons.Person person) {
        String page = client.get("/settings/keys").body();
        assertThat(page).doesNotContain(room.name()).contains("Default");
        HttpResponse<String> made = client.post(
                "/settings/keys", "name", "After all", "once", UUID.randomUUID().toString());
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(keysOf(person, room.id())).isZero();
        assertThat(keysOf(person, person.workspaceId())).isOne();
    }

    private long keysOf(Persons.Person person, String workspace) {
        return TestServer.number(
                here().faregate,
                "SELECT COUNT(*) FROM api_key WHERE creator_user_id = '" + person.userId() + "' AND workspace_id = '"
                        + workspace + "'");
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aMemberTakenOutOfAWorkspaceNeitherSeesItNorMakesKeysThere(Database.Kind kind) {
        on(kind);
        Room room = room();
        Persons.Person person = person(Role.MEMBER);
        put(person, room, "add", "added_count");
        PageClient client = lookingAt(person, room);
        put(person, room, "remove", "removed_count");
        isOutOf(room, client, person);
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void whoeverIsMadeAMemberSeesOnlyTheWorkspacesOfAMember(Database.Kind kind) {
        on(kind);
        Room room = room();
        Persons.Person person = person(Role.ADMIN);
        PageClient client = lookingAt(person, room);
        there().faregate.database().write(tx -> {
            new MemberStore().join(tx, person.organizationId(), person.userId(), Role.MEMBER);
            return null;
        });
        isOutOf(room, client, person);
        assertThat(client.get("/settings/members").statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aWorkspaceThatWasDeletedIsLookedAtNoMore(Database.Kind kind) {
        on(kind);
        Room room = room();
        Persons.Person person = person(Role.OWNER);
        PageClient client = lookingAt(person, room);
        assertThat(there().manage("DELETE", "/api/v1/workspaces/" + room.id(), "")
                        .statusCode())
                .isEqualTo(200);
        isOutOf(room, client, person);
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void whoeverIsRemovedFromTheOrganizationIsSignedOut(Database.Kind kind) {
        on(kind);
        Persons.Person person = person(Role.ADMIN);
        PageClient client = Persons.client(here(), person);
        assertThat(client.get("/settings/keys").statusCode()).isEqualTo(200);
        PageClient owner = Persons.client(there(), Persons.signedIn(there(), Role.OWNER, UUID.randomUUID() + "@x.de"));
        String address = address(person);
        owner.get("/settings/members/" + person.userId());
        owner.post("/settings/members/" + person.userId() + "/remove", "email", address, "keys", "on");
        assertThat(PageClient.location(client.get("/settings/keys"))).startsWith("/sign-in");
        assertThat(client.post("/settings/keys", "name", "Never").statusCode()).isNotEqualTo(200);
        assertThat(keysOf(person, person.workspaceId())).isZero();
    }

    private String address(Persons.Person person) {
        return here().faregate
                .database()
                .read(tx -> new MemberStore()
                        .find(tx, person.organizationId(), person.userId())
                        .orElseThrow()
                        .email());
    }

    /// A code that was given before is worth nothing after: neither for who was removed, nor in a workspace that they
    /// were taken out of.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void codesOfWhoeverLostTheirPlaceGiveNoKey(Database.Kind kind) {
        on(kind);
        Room room = room();
        Persons.Person person = person(Role.MEMBER);
        put(person, room, "add", "added_count");
        OAuthRig rig = new OAuthRig(here(), person);
        TestClients.Made client = rig.client(true);
        String path = OAuthRig.authorize(client);
        rig.browser.get(path);
        HttpResponse<String> allowed = rig.browser.post(
                path, "decision", "allow", "name", "App", "reset", "total", "end", "never", "workspace", room.id());
        String ofTheRoom = OAuthRig.codeIn(PageClient.location(allowed));
        String ofThePerson = rig.code(client);
        put(person, room, "remove", "removed_count");
        assertThat(rig.redeem(client, ofTheRoom).body()).contains("invalid_grant");
        there().faregate.database().write(tx -> {
            new MemberStore().join(tx, person.organizationId(), person.userId(), Role.VIEWER);
            return null;
        });
        assertThat(rig.redeem(client, ofThePerson).body())
                .as("a viewer gives no keys")
                .contains("invalid_grant");
        there().faregate.database().write(tx -> {
            new MemberStore().leave(tx, person.organizationId(), person.userId());
            return null;
        });
        assertThat(rig.redeem(client, ofThePerson).body()).contains("invalid_grant");
        assertThat(keysOf(person, room.id())).isZero();
        assertThat(keysOf(person, person.workspaceId())).isZero();
    }

    private PageClient owner() {
        return Persons.client(there(), Persons.signedIn(there(), Role.OWNER, UUID.randomUUID() + "@example.com"));
    }

    private String keyOf(PageClient client) {
        client.get("/settings/keys");
        HttpResponse<String> made = client.post(
                "/settings/keys", "name", "Own", "once", UUID.randomUUID().toString());
        Matcher secret = SECRET.matcher(made.body());
        assertThat(secret.find()).as(made.body()).isTrue();
        return secret.group(1);
    }

    private List<Integer> statusesOf(String key) {
        return nodes.stream()
                .map(node -> node.get("/api/v1/key", key).statusCode())
                .distinct()
                .toList();
    }

    /// What requests that cost something are answered; a look is told from memory, up to a second longer on other
    /// nodes.
    private List<Integer> admissions(String key) {
        return nodes.stream()
                .map(node -> node.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                        .statusCode())
                .distinct()
                .toList();
    }

    private HttpResponse<String> directory(String token, String method, String path, String body) {
        return OAuthRig.send(HttpRequest.newBuilder(there().uri("/scim/v2" + path))
                .timeout(TestServer.PATIENCE)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/scim+json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static String active(boolean value) {
        return "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":\"replace\","
                + "\"path\":\"active\",\"value\":" + value + "}]}";
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void whomADirectoryDeactivatesCanDoNothingUntilItTakesThatBack(Database.Kind kind) throws IOException {
        on(kind);
        Room room = room();
        Persons.Person person = person(Role.MEMBER);
        put(person, room, "add", "added_count");
        PageClient owner = owner();
        owner.get("/settings/sso");
        Matcher token = DIRECTORY.matcher(owner.post("/settings/sso/directory").body());
        assertThat(token.find()).isTrue();
        HttpResponse<String> made =
                directory(token.group(1), "POST", "/Users", "{\"userName\":\"" + address(person) + "\"}");
        String path = "/Users/" + TestServer.json(made).get("id").asString();

        String shared = there().newKey("null");
        OAuthRig rig = new OAuthRig(here(), person);
        String own = keyOf(rig.browser);
        TestClients.Made client = rig.client(true);
        HttpResponse<String> tokens = rig.token(client);
        String access = OAuthRig.text(tokens, "access_token");
        String refresh = OAuthRig.text(tokens, "refresh_token");
        try (RawClient running =
                here().rawChat(TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":2000"), own)) {
            EventReader events = running.events(running.head());
            assertThat(events.next()).isPresent();
            HttpResponse<String> off = directory(token.group(1), "PATCH", path, active(false));
            assertThat(off.statusCode()).as(off.body()).isEqualTo(200);
            assertThat(admissions(own)).containsExactly(401);
            assertThat(admissions(access)).containsExactly(401);
            assertThat(events.all().getLast()).contains("disabled or deleted while");
        }
        assertThat(rig.refresh(client, refresh).body()).contains("invalid_grant");
        assertThat(TestServer.json(rig.introspect(client, refresh))
                        .get("active")
                        .asBoolean(true))
                .isFalse();
        assertThat(PageClient.location(rig.browser.get("/settings/keys"))).startsWith("/sign-in");
        assertThat(statusesOf(shared)).as("nobody's key").containsExactly(200);

        HttpResponse<String> on = directory(token.group(1), "PATCH", path, active(true));
        assertThat(on.statusCode()).as(on.body()).isEqualTo(200);
        for (String key : List.of(own, access)) {
            Cluster.await("it opens again", () -> statusesOf(key).equals(List.of(200)));
        }
        assertThat(statusesOf(OAuthRig.text(rig.refresh(client, refresh), "access_token")))
                .as("the refresh token was not used up")
                .containsExactly(200);
        HttpResponse<String> members = there().manage("GET", "/api/v1/workspaces/" + room.id() + "/members", "");
        assertThat(members.body()).as("the workspace waited").contains(person.userId());
        assertThat(directory(token.group(1), "DELETE", path, "").statusCode()).isEqualTo(204);
        assertThat(admissions(own)).containsExactly(401);
    }

    /// Nobody goes on at the expense of an organization that they left by themselves.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void whoeverLeavesLeavesNoKeyBehind(Database.Kind kind) {
        on(kind);
        Persons.Person person = person(Role.MEMBER);
        PageClient client = Persons.client(here(), person);
        String own = keyOf(client);
        assertThat(client.get("/account").body()).contains("Your keys there are deleted");
        assertThat(PageClient.location(client.post("/account/leave"))).isEqualTo("/sign-in");
        assertThat(admissions(own)).containsExactly(401);
    }
}
