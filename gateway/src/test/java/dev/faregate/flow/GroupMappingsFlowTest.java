package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A directory fills a group, and the group a workspace: by the API, by SCIM and on the page.
class GroupMappingsFlowTest extends OneServer {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String MAPPINGS = "/api/v1/scim/group-mappings";
    private static final String MAPPING = "{\"scim_group_id\":\"" + TestDirectory.GROUP + "\",\"workspace_id\":\""
            + TestDirectory.WORKSPACE + "\",\"role\":\"member\"}";

    private String token = "";
    private PageClient owner;

    @BeforeAll
    void prepare() {
        token = TestDirectory.make(server.faregate.database());
        owner = new PageClient(server.port());
        owner.cookies.put(
                "faregate_session",
                Persons.signedIn(server, Role.OWNER, "owner@example.com").token());
    }

    private HttpResponse<String> scim(String method, String path, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(server.uri("/scim/v2" + path))
                            .timeout(TestServer.PATIENCE)
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/scim+json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String user(String name) {
        HttpResponse<String> made =
                scim("POST", "/Users", "{\"userName\":\"" + name + "\",\"emails\":[{\"value\":\"" + name + "\"}]}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).path("id").asString();
    }

    private void patchGroup(String operation) {
        HttpResponse<String> patched =
                scim("PATCH", "/Groups/" + TestDirectory.GROUP, "{\"Operations\":[" + operation + "]}");
        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    }

    private JsonNode members() {
        return TestServer.json(server.manage("GET", "/api/v1/workspaces/" + TestDirectory.WORKSPACE + "/members", ""))
                .path("data");
    }

    private String mapped() {
        HttpResponse<String> made = server.manage("POST", MAPPINGS, MAPPING);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).path("data").path("id").asString();
    }

    @Test
    void membersFollowTheDirectory() {
        String mapping = mapped();
        String ada = user("ada@example.com");
        patchGroup("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" + ada + "\"}]}");
        assertThat(members()).hasSize(1);
        assertThat(server.manage("PATCH", MAPPINGS + "/" + mapping, "{\"role\":\"admin\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(members().get(0).path("role").asString()).isEqualTo("admin");
        scim("PATCH", "/Users/" + ada, "{\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]}");
        assertThat(members()).isEmpty();
        scim("PATCH", "/Users/" + ada, "{\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":true}]}");
        assertThat(members()).hasSize(1);
        patchGroup("{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + ada + "\\\"]\"}");
        assertThat(members()).isEmpty();
        HttpResponse<String> unsaid = server.manage("DELETE", MAPPINGS + "/" + mapping, "");
        assertThat(unsaid.statusCode()).isEqualTo(400);
        assertThat(unsaid.body()).contains("keep_members");
        assertThat(server.manage("DELETE", MAPPINGS + "/" + mapping + "?keep_members=false", "")
                        .body())
                .isEqualTo("{\"deleted\":true}");
    }

    @Test
    void refusalsNameTheField() {
        for (List<String> wrong : List.of(
                List.of("{}", "scim_group_id"),
                List.of(MAPPING.replace(TestDirectory.WORKSPACE, "mapped"), "workspace_id"),
                List.of(MAPPING.replace("member\"}", "owner\"}"), "role"))) {
            HttpResponse<String> refused = server.manage("POST", MAPPINGS, wrong.getFirst());
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
            assertThat(refused.body()).contains("`" + wrong.getLast() + "`");
        }
        String mapping = mapped();
        HttpResponse<String> twice = server.manage("POST", MAPPINGS, MAPPING);
        assertThat(twice.statusCode()).isEqualTo(409);
        server.manage("DELETE", MAPPINGS + "/" + mapping + "?keep_members=true", "");
        assertThat(server.manage("GET", MAPPINGS + "/" + mapping, "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void thePageMapsAndRemoves() {
        assertThat(owner.get("/settings/sso").body())
                .contains("/settings/sso/groups", "Groups and their roles")
                .doesNotContain("directory.made");
        PageClient admin = new PageClient(server.port());
        admin.cookies.put(
                "faregate_session",
                Persons.signedIn(server, Role.ADMIN, "admin@example.com").token());
        assertThat(admin.get("/settings/sso").body())
                .contains("/settings/sso/groups")
                .doesNotContain("Groups and their roles");
        assertThat(owner.get("/settings/sso/groups").body()).contains("Platform team", "Mapped", "None yet");
        HttpResponse<String> made = owner.post(
                "/settings/sso/groups",
                "group",
                TestDirectory.GROUP,
                "workspace",
                TestDirectory.WORKSPACE,
                "role",
                "admin");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(303);
        assertThat(owner.get("/settings/sso/groups").body()).contains("1 mapping", "in the workspace Mapped");
        HttpResponse<String> twice =
                owner.post("/settings/sso/groups", "group", TestDirectory.GROUP, "workspace", TestDirectory.WORKSPACE);
        assertThat(twice.statusCode()).isEqualTo(422);
        assertThat(twice.body()).contains("This group is mapped to this workspace already.");
        String mapping = TestServer.json(server.manage("GET", MAPPINGS, ""))
                .path("data")
                .get(0)
                .path("id")
                .asString();
        assertThat(owner.post("/settings/sso/groups/" + mapping + "/remove").statusCode())
                .isEqualTo(303);
        assertThat(owner.get("/settings/sso/groups").body()).contains("None yet");

        PageClient member = new PageClient(server.port());
        member.cookies.put(
                "faregate_session",
                Persons.signedIn(server, Role.MEMBER, "member@example.com").token());
        assertThat(member.get("/settings/sso/groups").statusCode()).isEqualTo(403);
    }

    @Test
    void whoeverAcceptsAnInvitationIsInTheWorkspacesOfTheirGroups() {
        String mapping = mapped();
        String grace = user("grace@example.com");
        patchGroup("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" + grace + "\"}]}");
        String person = members().get(0).path("user_id").asString();
        // Removed by hand, and elsewhere by now: what the directory says waits for them.
        Database database = server.faregate.database();
        Rig other = new Rig(database);
        String session = database.write(tx -> {
            String organization = new OrganizationStore()
                    .findBySlug(tx, OrganizationStore.DEFAULT_SLUG)
                    .orElseThrow()
                    .id();
            other.members.leave(tx, organization, person);
            other.members.join(tx, other.organizationId, person, Role.MEMBER);
            return new Sessions(database)
                    .open(
                            tx,
                            person,
                            other.organizationId,
                            other.workspaceId,
                            Session.Method.PASSWORD,
                            false,
                            Persons.head())
                    .reveal();
        });
        assertThat(members()).isEmpty();
        owner.get("/settings/members");
        String link = owner.post("/settings/members/invite", "email", "grace@example.com", "role", "member")
                .body()
                .replaceAll("(?s).*>[^<]*(/invitation\\?token=[A-Za-z0-9_-]{43})<.*", "$1");
        PageClient invited = new PageClient(server.port());
        invited.cookies.put("faregate_session", session);
        invited.get(link);
        assertThat(invited.post("/invitation", "token", Entrance.token(link)).statusCode())
                .isEqualTo(303);
        assertThat(members()).hasSize(1);
        server.manage("DELETE", MAPPINGS + "/" + mapping + "?keep_members=false", "");
    }
}
