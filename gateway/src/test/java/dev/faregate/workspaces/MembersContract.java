package dev.faregate.workspaces;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.identity.Role;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Members of workspaces and of the organization, on both databases.
@ParameterizedClass
@EnumSource
class MembersContract {
    private final SpacesRig spaces;
    private final Rig rig;
    private final String admin;
    private final String member;

    MembersContract(Database.Kind kind) {
        spaces = new SpacesRig(kind);
        rig = spaces.rig;
        admin = spaces.person(rig.organizationId, Role.OWNER);
        member = spaces.person(rig.organizationId, Role.VIEWER);
    }

    @BeforeEach
    void room() {
        spaces.create("{\"name\":\"n\",\"slug\":\"room\"}");
    }

    private JsonNode add(String workspace, String... users) {
        return spaces.call(spaces.members::add, Map.of("id", workspace), users(users));
    }

    private JsonNode remove(String workspace, String... users) {
        return spaces.call(spaces.members::remove, Map.of("id", workspace), users(users));
    }

    private static String users(String... users) {
        return users.length == 0 ? "{\"user_ids\":[]}" : "{\"user_ids\":[\"" + String.join("\",\"", users) + "\"]}";
    }

    private JsonNode list(String workspace, Map<String, String> query) {
        return spaces.call(spaces.members::list, rig.management, Map.of("id", workspace), query, "");
    }

    private static List<String> userIds(JsonNode answer) {
        return StreamSupport.stream(answer.path("data").spliterator(), false)
                .map(one -> one.path("user_id").asString())
                .toList();
    }

    @Test
    void addsAndRemovesMembersWithTheirRole() {
        JsonNode added = add("room", member, admin, member);
        assertThat(added.path("added_count").asInt()).isEqualTo(2);
        assertThat(userIds(added)).containsExactly(member, admin);
        JsonNode first = added.path("data").get(0);
        assertThat(Rig.typesOf(first, "id", "workspace_id", "user_id", "role", "created_at"))
                .isEqualTo("sssss");
        assertThat(first.path("role").asString()).isEqualTo("member");
        assertThat(added.path("data").get(1).path("role").asString()).isEqualTo("admin");
        // Again is no error and makes nobody anew.
        assertThat(add("room", member).path("data").get(0)).isEqualTo(first);
        JsonNode page = list("room", Map.of("limit", "1", "offset", "1"));
        assertThat(page.path("total_count").asInt()).isEqualTo(2);
        assertThat(page.path("data")).hasSize(1);
        assertThat(remove("room", member, "nobody").path("removed_count").asInt())
                .isEqualTo(1);
        assertThat(userIds(list("room", Map.of()))).containsExactly(admin);
        // The role is that of now.
        rig.database.write(tx -> {
            spaces.people.join(tx, rig.organizationId, admin, Role.MEMBER);
            return null;
        });
        assertThat(list("room", Map.of()).path("data").get(0).path("role").asString())
                .isEqualTo("member");
    }

    @Test
    void refusesWhoIsNotInTheOrganization() {
        String foreign = spaces.person(rig.tenant().organizationId(), Role.MEMBER);
        for (String user : List.of(foreign, "nobody")) {
            assertThat(Rig.errorOf(() -> add("room", member, user)))
                    .isInstanceOfSatisfying(
                            ApiError.BadRequest.class,
                            error -> assertThat(error.message()).contains("not members of the organization"));
        }
        assertThat(list("room", Map.of()).path("data")).isEmpty();
        String[] many = IntStream.rangeClosed(0, 100).mapToObj(i -> "u" + i).toArray(String[]::new);
        for (Runnable call : List.<Runnable>of(
                () -> add("room"),
                () -> remove("room"),
                () -> add("room", many),
                () -> spaces.call(spaces.members::add, Map.of("id", "room"), "{}"))) {
            assertThat(Rig.errorOf(call))
                    .isInstanceOfSatisfying(
                            ApiError.BadRequest.class,
                            error -> assertThat(error.param()).isEqualTo("user_ids"));
        }
    }

    @Test
    void keepsMembersWhoHaveKeys() {
        add("room", member, admin);
        String workspace = spaces.get("room").path("id").asString();
        Keys.NewKey plain = Keys.NewKey.plain(rig.organizationId, workspace, KeyKind.INFERENCE, "k");
        Keys.CreatedKey key = rig.keys.create(new Keys.NewKey(
                plain.organizationId(),
                plain.workspaceId(),
                plain.kind(),
                plain.name(),
                null,
                plain.limitReset(),
                false,
                null,
                null,
                null,
                member,
                plain.rules()));
        assertThat(Rig.errorOf(() -> remove("room", admin, member)))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        error -> assertThat(error.message())
                                .contains("have active API keys", member)
                                .doesNotContain(admin));
        rig.delete(rig.management, key.record().hash());
        assertThat(remove("room", admin, member).path("removed_count").asInt()).isEqualTo(2);
    }

    @Test
    void hasEverybodyInTheDefaultWorkspace() {
        JsonNode everybody = list("default", Map.of());
        assertThat(userIds(everybody)).containsExactlyInAnyOrder(admin, member);
        assertThat(everybody).isEqualTo(list("default", Map.of()));
        assertThat(Rig.errorOf(() -> add("default", member))).isInstanceOf(ApiError.Forbidden.class);
        assertThat(Rig.errorOf(() -> remove("default", member))).isInstanceOf(ApiError.Forbidden.class);
    }

    @Test
    void listsTheMembersOfTheOrganization() {
        JsonNode page = spaces.call(spaces.organization::members, rig.management, Map.of(), Map.of("limit", "1"), "");
        assertThat(page.path("total_count").asInt()).isEqualTo(2);
        JsonNode one = page.path("data").get(0);
        assertThat(Rig.typesOf(one, "id", "email", "first_name", "last_name", "role"))
                .isEqualTo("sss0s");
        assertThat(one.path("role").asString()).isEqualTo("org:admin");
        assertThat(spaces.call(spaces.organization::members, rig.tenant().management(), Map.of(), Map.of(), "")
                        .path("total_count")
                        .asInt())
                .isZero();
    }
}
