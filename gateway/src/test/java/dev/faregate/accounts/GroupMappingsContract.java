package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.accounts.ScimGroups.Wanted;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.credits.Window;
import dev.faregate.http.Handler;
import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.Role;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import dev.faregate.workspaces.WorkspaceMembersHandler;
import dev.faregate.workspaces.WorkspacesHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Groups of a directory that mean workspaces, on both databases.
///
/// Long because each way to be in a workspace, and each way out of it, is a test over the same people and groups.
@ParameterizedClass
@EnumSource
class GroupMappingsContract {
    private static final MemberEnd NOTHING = new MemberEnd() {
        @Override
        public void end(Tx tx, String organizationId, String userId) {}

        @Override
        public void ended(String organizationId) {}
    };

    private final Rig rig;
    private final Departures departures;
    private final GroupMappings mappings;
    private final GroupMappingsHandler handler;
    private final ScimStore store = new ScimStore();
    private final ScimPeople people;
    private final ScimGroups groups;
    private final WorkspaceMembersHandler byHand;
    private final WorkspacesHandler workspaces;
    private final ScimStore.Directory directory;
    private final String room;

    GroupMappingsContract(Database.Kind kind) {
        rig = new Rig(kind);
        departures = new Departures(rig.store, rig.keys, NOTHING);
        mappings = new GroupMappings(departures);
        handler = new GroupMappingsHandler(rig.database, rig.writes, mappings);
        people = new ScimPeople(departures, mappings);
        groups = new ScimGroups(people, mappings);
        byHand = new WorkspaceMembersHandler(rig.database, rig.members, rig.writes);
        workspaces = new WorkspacesHandler(
                rig.database, rig.limits, rig.directory, rig.organizations, rig.writes, List.of(mappings));
        directory = rig.database.write(tx -> directory(tx, rig.organizationId));
        room = room("room");
    }

    private ScimStore.Directory directory(Tx tx, String organizationId) {
        store.setToken(tx, organizationId, Tokens.generate().reveal(), Role.MEMBER);
        return store.of(tx, organizationId).orElseThrow();
    }

    private String room(String slug) {
        return rig.database.write(tx -> rig.organizations
                .createWorkspace(tx, rig.organizationId, slug, slug)
                .id());
    }

    /// Somebody whom the directory made.
    private ScimUser user() {
        String name = Ids.next() + "@example.com";
        ScimUser.Draft draft = ScimUser.Draft.of(
                Json.read(("{\"userName\":\"" + name + "\",\"emails\":[{\"value\":\"" + name + "\"}],\"active\":true}")
                        .getBytes(StandardCharsets.UTF_8)));
        return rig.database.write(
                tx -> people.create(tx, directory, draft, "test").user());
    }

    private ScimUser setActive(ScimUser user, boolean active) {
        JsonNode patch =
                Json.read(("{\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":" + active + "}]}")
                        .getBytes(StandardCharsets.UTF_8));
        ScimPeople.Saved saved = rig.database.write(
                tx -> people.change(tx, directory, user, ScimUser.Draft.of(user).patch(patch), "test"));
        people.finish(saved.departure());
        return saved.user();
    }

    private String group(String name, ScimUser... members) {
        ScimGroups.Saved made =
                rig.database.write(tx -> groups.create(tx, directory, new Wanted(name, null, ids(members)), "test"));
        groups.finish(made.keys());
        return made.group().id();
    }

    private static Set<String> ids(ScimUser... users) {
        Set<String> ids = new LinkedHashSet<>();
        for (ScimUser user : users) {
            ids.add(user.id());
        }
        return ids;
    }

    private void fill(String group, ScimUser... members) {
        groups.finish(rig.database
                .write(tx -> groups.change(
                        tx,
                        directory,
                        group,
                        (before, _) -> new Wanted(before.displayName(), null, ids(members)),
                        "test"))
                .keys());
    }

    /// A PATCH that adds one.
    private void add(String group, ScimUser user) {
        groups.finish(rig.database
                .write(tx -> groups.change(
                        tx,
                        directory,
                        group,
                        (before, members) -> {
                            Set<String> all = new LinkedHashSet<>(members);
                            all.add(user.id());
                            return new Wanted(before.displayName(), null, all);
                        },
                        "test"))
                .keys());
    }

    private JsonNode call(Handler.Blocking call, Secret key, String id, Map<String, String> query, String body) {
        Map<String, List<String>> parameters = new TreeMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        return rig.call(call, key, Rig.head("POST", "/scim/" + id, Map.of("id", id), parameters), body);
    }

    private static String mapping(String group, String workspace, String role) {
        return "{\"scim_group_id\":\"" + group + "\",\"workspace_id\":\"" + workspace + "\",\"role\":\"" + role + "\"}";
    }

    private String map(String group, String workspace, String role) {
        return call(handler::create, rig.management, "", Map.of(), mapping(group, workspace, role))
                .path("data")
                .path("id")
                .asString();
    }

    private void unmap(String mapping, boolean keep) {
        call(handler::delete, rig.management, mapping, Map.of("keep_members", Boolean.toString(keep)), "");
    }

    private void addByHand(String workspace, String person) {
        call(byHand::add, rig.management, workspace, Map.of(), "{\"user_ids\":[\"" + person + "\"]}");
    }

    /// Who is in a workspace, and as what.
    private Map<String, String> members(String workspace) {
        Map<String, String> roles = new TreeMap<>();
        JsonNode page = call(byHand::list, rig.management, workspace, Map.of("limit", "100"), "");
        page.path("data")
                .forEach(member -> roles.put(
                        member.path("user_id").asString(), member.path("role").asString()));
        assertThat(page.path("total_count").asInt()).isEqualTo(roles.size());
        return roles;
    }

    private Secret keyIn(String workspace, ScimUser user) {
        return rig.keys
                .create(new Keys.NewKey(
                        rig.organizationId,
                        workspace,
                        KeyKind.INFERENCE,
                        "theirs",
                        null,
                        Window.TOTAL,
                        false,
                        null,
                        null,
                        null,
                        user.personId(),
                        KeyRules.NONE))
                .text();
    }

    private List<String> events(String... actions) {
        return rig.database.read(tx -> tx
                .sql()
                .fetch(
                        "SELECT action, detail FROM audit_event WHERE organization_id = ? ORDER BY seq",
                        rig.organizationId)
                .map(row -> row.get(0, String.class) + " " + row.get(1, String.class))
                .stream()
                .filter(event -> List.of(actions).contains(event.substring(0, event.indexOf(' '))))
                .toList());
    }

    private static void refused(Runnable call, Class<? extends ApiError> error, String words) {
        assertThat(Rig.errorOf(call)).isInstanceOf(error);
        assertThat(String.valueOf(Rig.errorOf(call))).contains(words);
    }

    @Test
    void whoeverIsInTheGroupIsInTheWorkspaceForAsLong() {
        ScimUser ada = user();
        ScimUser bob = user();
        ScimUser eve = user();
        String group = group("Research", ada);
        String mapping = map(group, room, "member");
        assertThat(members(room)).containsExactly(Map.entry(ada.personId(), "member"));
        add(group, bob);
        assertThat(members(room)).containsOnlyKeys(ada.personId(), bob.personId());
        fill(group, eve, bob);
        assertThat(members(room)).containsOnlyKeys(eve.personId(), bob.personId());
        call(handler::update, rig.management, mapping, Map.of(), "{\"role\":\"admin\"}");
        assertThat(members(room).values()).containsOnly("admin");
        unmap(mapping, false);
        assertThat(members(room)).isEmpty();
        assertThat(events("workspace_member.add", "workspace_member.update", "workspace_member.remove"))
                .hasSize(6)
                .allSatisfy(event -> assertThat(event).contains("\"by\":\"scim_group\""));
        assertThat(events("workspace_member.update").getFirst())
                .contains("\"count\":2", eve.personId(), bob.personId());
        assertThat(events("scim_group_mapping.create", "scim_group_mapping.update", "scim_group_mapping.delete"))
                .hasSize(3);
    }

    @Test
    void whoeverWasAddedByHandStays() {
        ScimUser ada = user();
        ScimUser bob = user();
        addByHand(room, ada.personId());
        String group = group("Research", ada, bob);
        String mapping = map(group, room, "admin");
        assertThat(members(room).values()).containsExactly("admin", "admin");
        unmap(mapping, false);
        assertThat(members(room)).as("with the role of before").containsExactly(Map.entry(ada.personId(), "member"));

        String again = map(group, room, "member");
        addByHand(room, bob.personId());
        fill(group);
        assertThat(members(room)).containsOnlyKeys(ada.personId(), bob.personId());
        unmap(again, false);
        assertThat(members(room)).containsOnlyKeys(ada.personId(), bob.personId());
    }

    @Test
    void aMappingThatEndsCanLeaveItsMembers() {
        ScimUser ada = user();
        ScimUser bob = user();
        String one = group("One", ada);
        String other = group("Other", bob);
        String mapping = map(one, room, "member");
        String second = map(other, room, "member");
        unmap(mapping, true);
        fill(one);
        assertThat(members(room)).containsOnlyKeys(ada.personId(), bob.personId());
        unmap(second, false);
        assertThat(members(room)).as("only its own are kept").containsOnlyKeys(ada.personId());
        call(byHand::remove, rig.management, room, Map.of(), "{\"user_ids\":[\"" + ada.personId() + "\"]}");
        assertThat(members(room)).isEmpty();
    }

    @Test
    void theStrongestRoleOfSeveralMappingsCounts() {
        ScimUser ada = user();
        map(group("One", ada), room, "member");
        String strong = map(group("Other", ada), room, "admin");
        assertThat(members(room)).containsExactly(Map.entry(ada.personId(), "admin"));
        unmap(strong, false);
        assertThat(members(room)).containsExactly(Map.entry(ada.personId(), "member"));
    }

    @Test
    void whomAGroupPutThereNobodyRemovesByHand() {
        ScimUser ada = user();
        map(group("One", ada), room, "member");
        refused(
                () -> call(
                        byHand::remove, rig.management, room, Map.of(), "{\"user_ids\":[\"" + ada.personId() + "\"]}"),
                ApiError.BadRequest.class,
                "by a group of your directory");
        assertThat(members(room)).hasSize(1);
    }

    @Test
    void keysWaitForWhoeverLosesTheirWorkspace() {
        ScimUser ada = user();
        String group = group("Research", ada);
        map(group, room, "member");
        Secret key = keyIn(room, ada);
        Secret elsewhere = keyIn(rig.workspaceId, ada);
        fill(group);
        assertThat(rig.reason(key)).isEqualTo("disabled");
        assertThat(rig.reason(elsewhere))
                .as("everybody is in the default workspace")
                .isEqualTo("known");
        fill(group, ada);
        assertThat(rig.reason(key)).isEqualTo("known");

        // Out while deactivated: what they come back to is what their groups say then.
        ScimUser out = setActive(ada, false);
        assertThat(members(room)).isEmpty();
        assertThat(rig.reason(elsewhere)).isEqualTo("disabled");
        fill(group);
        out = setActive(out, true);
        assertThat(rig.reason(elsewhere)).isEqualTo("known");
        assertThat(rig.reason(key)).isEqualTo("disabled");
        fill(group, out);
        assertThat(rig.reason(key)).isEqualTo("known");
        ScimUser back = setActive(setActive(out, false), true);
        assertThat(rig.reason(key)).isEqualTo("known");
        assertThat(members(room)).containsOnlyKeys(back.personId());
    }

    @Test
    void keysStayWithWhoeverHasTheWorkspaceInAnotherWay() {
        ScimUser ada = user();
        ScimUser bob = user();
        rig.database.write(tx -> {
            rig.members.join(tx, rig.organizationId, ada.personId(), Role.ADMIN);
            return null;
        });
        addByHand(room, bob.personId());
        String group = group("Research", ada, bob);
        map(group, room, "member");
        Secret one = keyIn(room, ada);
        Secret other = keyIn(room, bob);
        fill(group);
        assertThat(rig.reason(one)).isEqualTo("known");
        assertThat(rig.reason(other)).isEqualTo("known");
    }

    @Test
    void whatHangsOnAGroupOrAWorkspaceEndsWithIt() {
        ScimUser ada = user();
        String group = group("Research", ada);
        String second = room("second");
        map(group, room, "member");
        String mapping = map(group, second, "member");
        call(workspaces::delete, rig.management, room, Map.of(), "");
        assertThat(call(handler::list, rig.management, "", Map.of(), "")
                        .path("total_count")
                        .asInt())
                .isEqualTo(1);
        groups.finish(rig.database.write(tx -> groups.delete(tx, directory, group, "test")));
        assertThat(members(second)).isEmpty();
        refused(
                () -> call(handler::get, rig.management, mapping, Map.of(), ""),
                ApiError.NotFound.class,
                "Group mapping not found");
        assertThat(events("scim.group.delete").getFirst()).contains("\"mappings\":1");
    }

    @Test
    void peopleWhoComeBackByAnotherDoorFindTheWorkspacesOfTheirGroups() {
        ScimUser ada = user();
        map(group("Research", ada), room, "member");
        departures.finish(rig.database.write(tx -> departures.leave(tx, rig.organizationId, ada.personId(), false)));
        assertThat(members(room)).isEmpty();
        mappings.finish(rig.database.write(tx -> {
            rig.members.join(tx, rig.organizationId, ada.personId(), Role.MEMBER);
            return mappings.arrive(tx, rig.organizationId, ada.personId(), ScimPeople.author("test"));
        }));
        assertThat(members(room)).containsOnlyKeys(ada.personId());
    }

    @Test
    void aDirectoryThatIsGivenUpLeavesPeopleWhereTheyAre() {
        ScimUser ada = user();
        map(group("Research", ada), room, "admin");
        rig.database.write(tx -> {
            mappings.lock(tx, rig.organizationId);
            mappings.forget(tx, rig.organizationId);
            store.forget(tx, rig.organizationId);
            return null;
        });
        assertThat(members(room)).containsExactly(Map.entry(ada.personId(), "member"));
        assertThat(call(handler::list, rig.management, "", Map.of(), "")
                        .path("total_count")
                        .asInt())
                .isZero();
    }

    @Test
    void refusesWhatIsNotThereTwiceOrEverybodys() {
        String group = group("Research");
        String mapping = map(group, room, "member");
        Secret key = rig.management;
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping(group, room, "admin")),
                ApiError.Conflict.class,
                "already");
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping(room, room, "admin")),
                ApiError.NotFound.class,
                "scim_group_id");
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping(group, group, "admin")),
                ApiError.NotFound.class,
                "workspace_id");
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping(group, rig.workspaceId, "admin")),
                ApiError.BadRequest.class,
                "default workspace");
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping("x", room, "admin")),
                ApiError.BadRequest.class,
                "must be a UUID");
        refused(
                () -> call(handler::create, key, "", Map.of(), mapping(group, room, "owner")),
                ApiError.BadRequest.class,
                "`role`");
        refused(
                () -> call(handler::delete, key, mapping, Map.of(), ""),
                ApiError.BadRequest.class,
                "`keep_members` is required");
        refused(() -> call(handler::get, key, "x", Map.of(), ""), ApiError.NotFound.class, "not found");
    }

    @Test
    void anotherOrganizationHasNoneOfIt() {
        Rig.Tenant stranger = rig.tenant();
        rig.database.write(tx -> directory(tx, stranger.organizationId()));
        ScimUser ada = user();
        String group = group("Research", ada);
        String mapping = map(group, room, "member");
        Secret key = stranger.management();
        assertThat(call(handler::groups, key, "", Map.of(), "").path("data")).isEmpty();
        assertThat(call(handler::list, key, "", Map.of(), "").path("data")).isEmpty();
        for (Runnable call : List.<Runnable>of(
                () -> call(handler::get, key, mapping, Map.of(), ""),
                () -> call(handler::update, key, mapping, Map.of(), "{\"role\":\"admin\"}"),
                () -> call(handler::delete, key, mapping, Map.of("keep_members", "false"), ""),
                () -> call(handler::create, key, "", Map.of(), mapping(group, stranger.workspaceId(), "admin")),
                () -> call(handler::create, key, "", Map.of(), mapping(group, room, "admin")))) {
            assertThat(Rig.errorOf(call)).isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(members(room)).containsExactly(Map.entry(ada.personId(), "member"));
    }

    @Test
    void listsPagesOfGroupsAndMappings() {
        String first = group("First");
        group("Second");
        String mapping = map(first, room, "member");
        JsonNode page = call(handler::groups, rig.management, "", Map.of("limit", "1"), "");
        assertThat(page.path("total_count").asInt()).isEqualTo(2);
        assertThat(page.path("data")).hasSize(1);
        JsonNode one = page.path("data").get(0);
        assertThat(one.path("id").asString()).isEqualTo(first);
        assertThat(one.path("external_id").isNull()).isTrue();
        assertThat(Rig.typesOf(one, "id", "organization_id", "display_name", "created_at", "updated_at"))
                .isEqualTo("sssss");
        JsonNode shown =
                call(handler::get, rig.management, mapping, Map.of(), "").path("data");
        assertThat(Rig.typesOf(
                        shown,
                        "id",
                        "organization_id",
                        "scim_group_id",
                        "workspace_id",
                        "role",
                        "created_at",
                        "updated_at"))
                .isEqualTo("sssssss");
        assertThat(call(handler::list, rig.management, "", Map.of("offset", "1"), "")
                        .path("data"))
                .isEmpty();
        assertThat(call(handler::list, rig.management, "", Map.of(), "")
                        .path("data")
                        .get(0))
                .isEqualTo(shown);
    }

    @Test
    void aRepeatedRequestMakesOneMapping() {
        String group = group("Research");
        List<JsonNode> answers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            answers.add(rig.call(
                    handler::create,
                    rig.management,
                    Rig.head("POST", "/scim/group-mappings", Map.of(), Map.of(), "Idempotency-Key", "once"),
                    mapping(group, room, "member")));
        }
        assertThat(answers.get(1)).isEqualTo(answers.get(0));
        assertThat(events("scim_group_mapping.create")).hasSize(1);
    }

    @Test
    void oneChangeMakesOnlySoManyMembers() {
        GroupMappings narrow = new GroupMappings(departures, 1);
        ScimGroups through = new ScimGroups(new ScimPeople(departures, narrow), narrow);
        ScimUser ada = user();
        ScimUser bob = user();
        String group = group("Research");
        map(group, room, "member");
        assertThatThrownBy(() -> rig.database.write(tx -> through.change(
                        tx, directory, group, (_, _) -> new Wanted("Research", null, ids(ada, bob)), "test")))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.error().toString()).contains("at most 1"));
        assertThat(members(room)).isEmpty();
        assertThat(rig.database.<Integer>read(tx -> store.members(tx, group).size()))
                .as("nothing half done")
                .isZero();
        fill(group, ada, bob);
        rig.database.write(
                tx -> through.change(tx, directory, group, (_, _) -> new Wanted("Research", null, Set.of()), "test"));
        assertThat(members(room)).as("an end is never refused").isEmpty();
    }

    @Test
    void changesAtTheSameTimeLoseAndDoubleNothing() throws Exception {
        String group = group("Research");
        String other = group("Other");
        map(group, room, "member");
        List<ScimUser> users = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            users.add(user());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<?>> all = new ArrayList<>();
            for (ScimUser user : users) {
                all.add(threads.submit(() -> add(group, user)));
                all.add(threads.submit(() -> add(other, user)));
                all.add(threads.submit(() -> addByHand(room, user.personId())));
                all.add(threads.submit(() -> unmap(map(other, room, "admin"), false)));
            }
            for (Future<?> each : all) {
                try {
                    each.get();
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e.getCause())
                            .as("two mappings of one group cannot be")
                            .isInstanceOfSatisfying(
                                    ApiException.class,
                                    refused -> assertThat(refused.error()).isInstanceOf(ApiError.Conflict.class));
                }
            }
        }
        assertThat(members(room)).hasSize(users.size());
        assertThat(members(room).values()).containsOnly("member");
        assertThat(rig.database.<Integer>read(tx -> store.members(tx, group).size()))
                .isEqualTo(users.size());
        assertThat(rig.database.<Integer>read(tx -> store.members(tx, other).size()))
                .isEqualTo(users.size());
    }
}
