package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.identity.Member;
import dev.faregate.identity.Role;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Database;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A directory that keeps people and groups by SCIM 2.0, on both databases. Section numbers are RFC 7644's.
/// Long because each rule of the protocol that a directory relies on is a test.
@ParameterizedClass
@EnumSource
class ScimFlowTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern TOKEN = Pattern.compile("id=\"directory-token\">([A-Za-z0-9_-]{43})<");

    private final SecurityServer server;
    private final PageClient owner;
    private final String ownerId;
    private final String token;

    ScimFlowTest(Database.Kind kind) {
        server = SecurityServer.start(kind);
        ownerId = server.person(Role.OWNER);
        owner = server.withPassword(ownerId);
        token = makeToken(owner);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private static String makeToken(PageClient client) {
        client.get("/settings/sso");
        String page = client.post("/settings/sso/directory").body();
        Matcher found = TOKEN.matcher(page);
        assertThat(found.find()).as(page).isTrue();
        return found.group(1);
    }

    private HttpResponse<String> call(String method, String path, String body) {
        return call(server, token, method, path, body);
    }

    private static HttpResponse<String> call(
            SecurityServer server, String token, String method, String path, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/scim/v2" + path))
                            .timeout(TestServer.PATIENCE)
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/scim+json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return Json.read(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static String user(String name) {
        return "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"" + name
                + "\",\"name\":{\"givenName\":\"Ada\",\"familyName\":\"Lovelace\"},\"externalId\":\"x-" + name
                + "\",\"title\":\"Countess\",\"emails\":[{\"value\":\"" + name
                + "\",\"type\":\"work\",\"primary\":true}],\"active\":true}";
    }

    private static String name() {
        return UUID.randomUUID() + "@example.com";
    }

    private JsonNode made(String name) {
        HttpResponse<String> made = call("POST", "/Users", user(name));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return json(made);
    }

    private static String patch(String operations) {
        return "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[" + operations + "]}";
    }

    private Optional<Member> member(String email) {
        return server.rig.database.read(tx -> server.rig.members.list(tx, server.rig.organizationId, 0, 100).stream()
                .filter(member -> member.email().equals(email))
                .findFirst());
    }

    private JsonNode find(String filter) {
        HttpResponse<String> found =
                call("GET", "/Users?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8), "");
        assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
        return json(found);
    }

    @Test
    void asksForItsOwnTokenAndShowsItOnce() {
        HttpResponse<String> stranger = call(server, "A".repeat(43), "GET", "/Users", "");
        assertThat(stranger.statusCode()).isEqualTo(401);
        assertThat(stranger.headers().firstValue("content-type")).contains("application/scim+json");
        assertThat(json(stranger).path("status").asString()).isEqualTo("401");
        assertThat(call(server, server.rig.management.reveal(), "GET", "/Users", "")
                        .statusCode())
                .as("an API key is no directory")
                .isEqualTo(401);
        assertThat(owner.get("/settings/sso").body())
                .contains("Replace the token")
                .doesNotContain(token);
        String stored = server.rig.database.read(
                tx -> tx.sql().fetch("SELECT * FROM scim_directory").formatCSV());
        assertThat(stored).doesNotContain(token);
        String fresh = makeToken(owner);
        assertThat(call("GET", "/Users", "").statusCode())
                .as("the former token")
                .isEqualTo(401);
        assertThat(call(server, fresh, "GET", "/Users", "").statusCode()).isEqualTo(200);
    }

    @Test
    void tellsWhatItCanDo() {
        JsonNode config = json(call("GET", "/ServiceProviderConfig", ""));
        assertThat(config.path("patch").path("supported").asBoolean()).isTrue();
        assertThat(config.path("bulk").path("supported").asBoolean(true)).isFalse();
        assertThat(json(call("GET", "/ResourceTypes", "")).path("totalResults").asInt())
                .isEqualTo(2);
        assertThat(json(call("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", ""))
                        .path("name")
                        .asString())
                .isEqualTo("User");
        assertThat(call("GET", "/ResourceTypes/Robot", "").statusCode()).isEqualTo(404);
    }

    @Test
    void makesPeopleThatAreMembersAndFindsThem() {
        String name = name();
        JsonNode made = made(name);
        assertThat(made.path("meta").path("location").asString())
                .isEqualTo(server.url() + "/scim/v2/Users/" + made.path("id").asString());
        assertThat(member(name)).get().satisfies(member -> {
            assertThat(member.role()).isEqualTo(Role.MEMBER);
            assertThat(member.firstName()).isEqualTo("Ada");
        });
        HttpResponse<String> again = call("POST", "/Users", user(name.toUpperCase(Locale.ROOT)));
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(json(again).path("scimType").asString()).isEqualTo("uniqueness");
        for (String filter : List.of(
                "userName eq \"" + name.toUpperCase(Locale.ROOT) + "\"",
                "externalId eq \"x-" + name + "\"",
                "emails[type eq \"work\"].value eq \"" + name + "\"",
                "urn:ietf:params:scim:schemas:core:2.0:User:userName Eq \"" + name + "\" and active eq true")) {
            assertThat(find(filter).path("Resources").path(0).path("userName").asString())
                    .as(filter)
                    .isEqualTo(name);
        }
        assertThat(find("userName eq \"nobody\"").path("totalResults").asInt(-1))
                .isZero();
        assertThat(call("GET", "/Users?filter=userName%20sw%20%22a%22", "").body())
                .contains("invalidFilter");
        assertThat(json(call("GET", "/Users?attributes=userName&filter=active%20eq%20true", ""))
                        .path("Resources")
                        .path(0)
                        .propertyNames())
                .containsExactlyInAnyOrder("schemas", "id", "userName");
    }

    /// However an address is written, it is one person: the one who has it already.
    @Test
    void findsThePersonOfAnAddressHoweverItIsWritten() {
        String local = UUID.randomUUID().toString();
        String known = Ids.next().toString();
        server.rig.database.write(tx -> {
            server.rig.members.createPerson(tx, known, local + "@xn--bcher-kva.example", null, null);
            return null;
        });
        String written = " " + local.toUpperCase(Locale.ROOT) + "@B\u00dccher.Example ";
        HttpResponse<String> made = call(
                "POST",
                "/Users",
                "{\"userName\":\"by-name-" + local + "\",\"emails\":[{\"value\":\"" + written + "\"}]}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(member(local + "@xn--bcher-kva.example").orElseThrow().userId())
                .isEqualTo(known);
        assertThat(find("emails eq \"" + written.strip() + "\"")
                        .path("totalResults")
                        .asInt())
                .isEqualTo(1);
        HttpResponse<String> second =
                call("POST", "/Users", "{\"userName\":\"" + written.strip() + "\",\"active\":true}");
        assertThat(second.statusCode()).as(second.body()).isEqualTo(409);
        String id = made(name()).path("id").asString();
        HttpResponse<String> taken = call(
                "PATCH",
                "/Users/" + id,
                patch("{\"op\":\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"" + written + "\"}]}"));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(409);
    }

    @Test
    void pagesFromOneAndSaysHowManyThereAre() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(made(name()).path("id").asString());
        }
        List<String> seen = new ArrayList<>();
        for (int start = 1; start <= 5; start += 2) {
            JsonNode page = json(call("GET", "/Users?startIndex=" + start + "&count=2", ""));
            assertThat(page.path("totalResults").asInt()).isEqualTo(5);
            assertThat(page.path("startIndex").asInt()).isEqualTo(start);
            page.path("Resources").forEach(it -> seen.add(it.path("id").asString()));
        }
        assertThat(seen).containsExactlyElementsOf(ids);
        JsonNode none = json(call("GET", "/Users?count=0", ""));
        assertThat(none.path("totalResults").asInt()).isEqualTo(5);
        assertThat(none.path("Resources").isEmpty()).isTrue();
    }

    @Test
    void endsMembershipAndSessionsOfWhomItDeactivates() {
        String name = name();
        String id = made(name).path("id").asString();
        String person = member(name).orElseThrow().userId();
        PageClient browser = server.withPassword(person);
        assertThat(browser.get("/account/security").statusCode()).isEqualTo(200);
        // As Entra writes it: a capital operation, the truth value as a text.
        HttpResponse<String> off =
                call("PATCH", "/Users/" + id, patch("{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}"));
        assertThat(off.statusCode()).as(off.body()).isEqualTo(200);
        assertThat(json(off).path("active").asBoolean(true)).isFalse();
        assertThat(browser.get("/account/security").statusCode()).isEqualTo(303);
        assertThat(member(name)).isEmpty();
        long sessions = server.rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT COUNT(*) FROM session WHERE person_id = ?", person)
                .get(0, Long.class));
        assertThat(sessions).isZero();

        call("PATCH", "/Users/" + id, patch("{\"op\":\"replace\",\"value\":{\"active\":true}}"));
        assertThat(member(name)).isPresent();
        assertThat(browser.get("/account/security").statusCode())
                .as("the old session stays ended")
                .isEqualTo(303);
        PageClient anew = server.withPassword(person);
        assertThat(call("DELETE", "/Users/" + id, "").statusCode()).isEqualTo(204);
        assertThat(anew.get("/account/security").statusCode()).isEqualTo(303);
        assertThat(call("GET", "/Users/" + id, "").statusCode()).isEqualTo(404);
    }

    private void setActive(String id, boolean active) {
        HttpResponse<String> done = call(
                "PATCH", "/Users/" + id, patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":" + active + "}"));
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    }

    /// RFC 7643 section 4.1.1, `active`: "a value of false implies that the user's account has been suspended".
    @Test
    void theKeysOfWhomItDeactivatesAreDisabledUntilTheyAreActive() {
        String name = name();
        String id = made(name).path("id").asString();
        String person = member(name).orElseThrow().userId();
        server.rig.database.write(tx -> {
            server.rig.members.join(tx, server.rig.organizationId, person, Role.BILLING);
            return null;
        });
        Secret key = server.rig.keyOf(person, KeyKind.INFERENCE);
        Secret management = server.rig.keyOf(person, KeyKind.MANAGEMENT);
        String hash = server.rig.caller(key).key().hash();
        setActive(id, false);
        assertThat(server.rig.reason(key)).isEqualTo("disabled");
        assertThat(server.rig.reason(management)).isEqualTo("disabled");
        assertThat(server.rig.reason(server.rig.inference)).as("nobody's").isEqualTo("known");

        server.rig.patch(server.rig.management, hash, "{\"disabled\":false}");
        call("PUT", "/Users/" + id, user(name).replace("\"active\":true", "\"active\":false"));
        assertThat(server.rig.reason(key)).as("an owner enabled it").isEqualTo("known");
        assertThat(server.rig.reason(management)).isEqualTo("disabled");

        setActive(id, true);
        assertThat(server.rig.reason(management)).isEqualTo("known");
        assertThat(member(name).orElseThrow().role()).as("what they were").isEqualTo(Role.BILLING);
        assertThat(call("DELETE", "/Users/" + id, "").statusCode()).isEqualTo(204);
        assertThat(server.rig.reason(key)).isEqualTo("deleted");
        assertThat(server.rig.reason(management)).isEqualTo("deleted");
    }

    @Test
    void aDirectoryThatIsGivenUpLeavesWhomItDeactivatedOut() {
        String name = name();
        String id = made(name).path("id").asString();
        String person = member(name).orElseThrow().userId();
        Secret key = server.rig.keyOf(person, KeyKind.INFERENCE);
        setActive(id, false);
        owner.get("/settings/sso");
        assertThat(owner.post("/settings/sso/directory/delete").statusCode()).isEqualTo(303);
        assertThat(member(name)).isEmpty();
        assertThat(server.rig.reason(key)).isEqualTo("disabled");
        long left = server.rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT COUNT(*) FROM suspended_key WHERE person_id = ?", person)
                .get(0, Long.class));
        assertThat(left).isZero();
    }

    @Test
    void whoeverIsInactiveAndCameBackAnotherWayIsPutOutAgain() {
        String name = name();
        String id = made(name).path("id").asString();
        String person = member(name).orElseThrow().userId();
        setActive(id, false);
        server.rig.database.write(tx -> {
            server.rig.members.join(tx, server.rig.organizationId, person, Role.MEMBER);
            return null;
        });
        setActive(id, false);
        assertThat(member(name)).isEmpty();
        String other = server.rig.tenant().organizationId();
        server.rig.database.write(tx -> {
            server.rig.members.join(tx, other, person, Role.MEMBER);
            return null;
        });
        setActive(id, true);
        assertThat(member(name)).as("they were here before").isPresent();
    }

    @Test
    void changesPeopleByPutAndPatch() {
        String name = name();
        String id = made(name).path("id").asString();
        HttpResponse<String> patched = call(
                "PATCH",
                "/Users/" + id,
                patch("{\"op\":\"replace\",\"path\":\"name.givenName\",\"value\":\"Augusta\"},"
                        + "{\"op\":\"remove\",\"path\":\"externalId\"},"
                        + "{\"op\":\"add\",\"path\":\"phoneNumbers\",\"value\":[{\"value\":\"1\"}]}"));
        assertThat(json(patched).path("name").path("givenName").asString()).isEqualTo("Augusta");
        assertThat(json(patched).has("externalId")).isFalse();
        assertThat(member(name).orElseThrow().firstName()).isEqualTo("Augusta");
        String renamed = name();
        HttpResponse<String> put = call("PUT", "/Users/" + id, user(renamed));
        assertThat(put.statusCode()).isEqualTo(200);
        assertThat(member(renamed)).isPresent();
        assertThat(member(name)).isEmpty();
        for (String wrong : List.of(
                "{}",
                patch("{\"op\":\"erase\",\"path\":\"active\"}"),
                patch("{\"op\":\"remove\"}"),
                patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":\"maybe\"}"),
                patch("{\"op\":\"remove\",\"path\":\"userName\"}"))) {
            assertThat(call("PATCH", "/Users/" + id, wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(call("POST", "/Users", "{\"userName\":\"no address\"}").body())
                .contains("invalidValue");
    }

    @Test
    void givesPeopleTheRolesOfTheirGroups() {
        owner.get("/settings/sso");
        assertThat(owner.post(
                                "/settings/sso/directory/roles",
                                "roles",
                                "Platform Team = admin\nFinance = billing",
                                "fallback",
                                "viewer")
                        .statusCode())
                .isEqualTo(303);
        String name = name();
        String id = made(name).path("id").asString();
        assertThat(member(name).orElseThrow().role()).isEqualTo(Role.VIEWER);
        HttpResponse<String> group =
                call("POST", "/Groups", "{\"displayName\":\"Platform Team\",\"members\":[{\"value\":\"" + id + "\"}]}");
        assertThat(group.statusCode()).as(group.body()).isEqualTo(201);
        assertThat(member(name).orElseThrow().role()).isEqualTo(Role.ADMIN);
        String groupId = json(group).path("id").asString();
        assertThat(json(call("GET", "/Users/" + id, ""))
                        .path("groups")
                        .path(0)
                        .path("display")
                        .asString())
                .isEqualTo("Platform Team");
        assertThat(json(call(
                                "GET",
                                "/Groups?filter=displayName%20eq%20%22platform%20team%22&excludedAttributes=members",
                                ""))
                        .path("Resources")
                        .path(0)
                        .has("members"))
                .isFalse();

        call(
                "PATCH",
                "/Groups/" + groupId,
                patch("{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + id + "\\\"]\"}"));
        assertThat(member(name).orElseThrow().role()).isEqualTo(Role.VIEWER);
        call(
                "PATCH",
                "/Groups/" + groupId,
                patch("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" + id + "\"}]},"
                        + "{\"op\":\"replace\",\"value\":{\"displayName\":\"Finance\"}}"));
        assertThat(member(name).orElseThrow().role()).isEqualTo(Role.BILLING);
        assertThat(call("PUT", "/Groups/" + groupId, "{\"displayName\":\"Finance\",\"members\":[]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(member(name).orElseThrow().role()).isEqualTo(Role.VIEWER);
        assertThat(call(
                                "PATCH",
                                "/Groups/" + groupId,
                                patch("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"nobody\"}]}"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(call("DELETE", "/Groups/" + groupId, "").statusCode()).isEqualTo(204);
        assertThat(call("GET", "/Groups/" + groupId, "").statusCode()).isEqualTo(404);
    }

    @Test
    void leavesTheLastOwnerAndPeopleOfOtherOrganizationsAlone() {
        JsonNode known = made(ownerId + "@example.com");
        assertThat(member(ownerId + "@example.com").orElseThrow().role()).isEqualTo(Role.OWNER);
        HttpResponse<String> off = call(
                "PATCH",
                "/Users/" + known.path("id").asString(),
                patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":false}"));
        assertThat(off.statusCode()).isEqualTo(409);
        assertThat(off.body()).contains("last owner");
        assertThat(owner.get("/account/security").statusCode()).isEqualTo(200);

        String person = server.person(Role.MEMBER);
        String other = server.rig.tenant().organizationId();
        server.rig.database.write(tx -> {
            server.rig.members.join(tx, other, person, Role.OWNER);
            return null;
        });
        String id = made(person + "@example.com").path("id").asString();
        call("PUT", "/Users/" + id, user(name()));
        assertThat(member(person + "@example.com"))
                .as("their address stays theirs")
                .isPresent();
        call("DELETE", "/Users/" + id, "");
        assertThat(server.rig.database.<Boolean>read(
                        tx -> server.rig.members.find(tx, other, person).isPresent()))
                .isTrue();
        HttpResponse<String> uninvited = call("POST", "/Users", user(person + "@example.com"));
        assertThat(uninvited.statusCode()).as(uninvited.body()).isEqualTo(409);
        assertThat(uninvited.body()).contains("invite them here first");
    }

    @Test
    void knowsOnlyTheOrganizationOfItsToken() throws Exception {
        String id = made(name()).path("id").asString();
        try (SecurityServer stranger = SecurityServer.start(server.rig.database.kind())) {
            String other = makeToken(stranger.withPassword(stranger.person(Role.OWNER)));
            for (String method : List.of("GET", "DELETE")) {
                assertThat(call(stranger, other, method, "/Users/" + id, "").statusCode())
                        .isEqualTo(404);
            }
            assertThat(call(
                                    stranger,
                                    other,
                                    "PATCH",
                                    "/Users/" + id,
                                    patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":false}"))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(json(call(stranger, other, "GET", "/Users", ""))
                            .path("totalResults")
                            .asInt())
                    .isZero();
        }
    }

    @Test
    void aDeactivationIsNotUndoneByAnotherChangeAtTheSameTime() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 15; round++) {
                String path = "/Users/" + made(name()).path("id").asString();
                Future<?> renamed = threads.submit(() ->
                        call("PATCH", path, patch("{\"op\":\"replace\",\"path\":\"externalId\",\"value\":\"other\"}")));
                Future<?> out = threads.submit(
                        () -> call("PATCH", path, patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":false}")));
                renamed.get();
                out.get();
                JsonNode after = json(call("GET", path, ""));
                assertThat(after.path("active").asBoolean(true)).isFalse();
                assertThat(after.path("externalId").asString()).isEqualTo("other");
            }
        }
    }
}
