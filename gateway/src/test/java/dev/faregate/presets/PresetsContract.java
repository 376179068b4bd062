package dev.faregate.presets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.chat.RequestReader;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `/presets` on both databases, with the fields that SDK 1.3.19 insists on.
@ParameterizedClass
@EnumSource
class PresetsContract {
    private static final String BODY = "{\"model\":\"a/b\",\"temperature\":0.7,\"messages\":["
            + "{\"role\":\"system\",\"content\":\"Be kind.\"},{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private final Rig rig;
    private final Presets presets;
    private final ManagedPresets managed;
    private final PresetsHandler handler;

    PresetsContract(Database.Kind kind) {
        rig = new Rig(kind);
        presets = new Presets(rig.database);
        managed = new ManagedPresets(
                rig.database, rig.organizations, new Writes(new AuditLog()), presets, RequestReader.Limits.DEFAULTS);
        handler = new PresetsHandler(managed);
    }

    private JsonNode call(
            Handler.Blocking on,
            Secret key,
            Map<String, String> path,
            Map<String, String> query,
            String body,
            String... headers) {
        Map<String, List<String>> parameters = new HashMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        return rig.call(on, key, Rig.head("POST", "/presets" + path, path, parameters, headers), body);
    }

    private JsonNode write(String slug, String body, String... headers) {
        return call(handler::fromChat, rig.inference, Map.of("slug", slug), Map.of(), body, headers)
                .path("data");
    }

    private JsonNode get(String slug) {
        return call(handler::get, rig.inference, Map.of("slug", slug), Map.of(), "")
                .path("data");
    }

    private JsonNode patch(String slug, String body) {
        return call(handler::update, rig.management, Map.of("slug", slug), Map.of(), body)
                .path("data");
    }

    private static List<String> texts(JsonNode page, String field) {
        return StreamSupport.stream(page.path("data").spliterator(), false)
                .map(item -> item.path(field).asString())
                .toList();
    }

    @Test
    void makesAPresetAndThenVersionsOfIt() {
        JsonNode made = write("my-preset", BODY);
        assertThat(Rig.typesOf(
                        made,
                        "created_at",
                        "creator_user_id",
                        "description",
                        "designated_version_id",
                        "id",
                        "name",
                        "slug",
                        "status",
                        "status_updated_at",
                        "updated_at",
                        "workspace_id",
                        "designated_version"))
                .isEqualTo("s00sssss0sso");
        assertThat(made.path("name").asString()).isEqualTo("my-preset");
        assertThat(made.path("status").asString()).isEqualTo("active");
        JsonNode version = made.path("designated_version");
        assertThat(Rig.typesOf(
                        version,
                        "config",
                        "created_at",
                        "creator_id",
                        "id",
                        "preset_id",
                        "system_prompt",
                        "updated_at",
                        "version"))
                .isEqualTo("ossssssn");
        assertThat(version.path("config").toString()).isEqualTo("{\"model\":\"a/b\",\"temperature\":0.7}");
        assertThat(version.path("system_prompt").asString()).isEqualTo("Be kind.");
        assertThat(version.path("id")).isEqualTo(made.path("designated_version_id"));
        assertThat(get("my-preset")).isEqualTo(made);

        JsonNode second = write("my-preset", "{\"temperature\":1}");
        assertThat(second.path("id")).isEqualTo(made.path("id"));
        assertThat(second.path("designated_version").path("version").asInt()).isEqualTo(2);
        assertThat(second.path("designated_version").path("system_prompt").isNull())
                .isTrue();
        assertThat(one("my-preset", "1")).isEqualTo(version);
        JsonNode versions = call(
                handler::versions, rig.inference, Map.of("slug", "my-preset"), Map.of("limit", "1", "offset", "1"), "");
        assertThat(versions.path("total_count").asInt()).isEqualTo(2);
        assertThat(versions.path("data").get(0)).isEqualTo(second.path("designated_version"));
        for (String wrong : List.of("3", "0", "999999999")) {
            assertThat(Rig.errorOf(() -> one("my-preset", wrong))).isInstanceOf(ApiError.NotFound.class);
        }
        for (String wrong : List.of("x", "-1", "9999999999")) {
            assertThat(Rig.errorOf(() -> one("my-preset", wrong))).isInstanceOf(ApiError.BadRequest.class);
        }
    }

    private Request asked(String slug, String body) {
        return new Request(
                Rig.head("POST", "/presets", Map.of("slug", slug), Map.of()),
                body.getBytes(StandardCharsets.UTF_8),
                rig.caller(rig.inference));
    }

    @Test
    void tellsOfEachItsVersionInUseAndTheNewestVersionsFirst() {
        write("first", "{\"temperature\":1}");
        write("second", "{\"temperature\":2}");
        write("first", "{\"temperature\":0}");
        write("first", "{\"temperature\":0.5}");
        List<ManagedPresets.Whole> wholes =
                managed.wholes(asked("first", ""), 0, 10).items();
        assertThat(wholes).extracting(whole -> whole.preset().slug()).containsExactly("first", "second");
        assertThat(wholes)
                .extracting(whole -> Objects.requireNonNull(whole.designated()).config())
                .containsExactly("{\"temperature\":0.5}", "{\"temperature\":2}");
        ManagedPresets.Page<Preset.Version> newest = managed.newestVersions(asked("first", ""), 2);
        assertThat(newest.total()).isEqualTo(3);
        assertThat(newest.items()).extracting(Preset.Version::version).containsExactly(3, 2);
    }

    @Test
    void createsOnlyWhatIsNotThere() {
        assertThat(managed.create(asked("", "{\"temperature\":1}"), "mine")
                        .preset()
                        .slug())
                .isEqualTo("mine");
        assertThat(Rig.errorOf(() -> managed.create(asked("", "{}"), "mine")))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        error -> assertThat(error.param()).isEqualTo("slug"));
        assertThat(get("mine").path("designated_version").path("version").asInt())
                .isEqualTo(1);
    }

    private JsonNode one(String slug, String version) {
        return call(handler::version, rig.inference, Map.of("slug", slug, "version", version), Map.of(), "")
                .path("data");
    }

    @Test
    void listsThatChangedLastFirst() {
        write("one", BODY);
        write("two", BODY);
        write("three", BODY);
        write("one", BODY);
        JsonNode page = call(handler::list, rig.inference, Map.of(), Map.of(), "");
        assertThat(texts(page, "slug")).containsExactly("one", "three", "two");
        assertThat(page.path("total_count").asInt()).isEqualTo(3);
        JsonNode rest = call(handler::list, rig.inference, Map.of(), Map.of("offset", "2", "limit", "2"), "");
        assertThat(texts(rest, "slug")).containsExactly("two");
    }

    @Test
    void changesNameDescriptionAndStatus() {
        JsonNode made = write("one", BODY);
        JsonNode changed = patch("one", "{\"name\":\"One\",\"description\":\"d\",\"status\":\"disabled\"}");
        assertThat(changed.path("name").asString()).isEqualTo("One");
        assertThat(changed.path("status").asString()).isEqualTo("disabled");
        assertThat(changed.path("status_updated_at").isString()).isTrue();
        assertThat(changed.path("designated_version")).isEqualTo(made.path("designated_version"));
        assertThat(get("one")).isEqualTo(changed);
        // Writing again what is there changes nothing.
        assertThat(patch("one", "{\"name\":\"One\",\"status\":\"disabled\"}")).isEqualTo(changed);
        assertThat(patch("one", "{\"description\":null}").path("description").isNull())
                .isTrue();
        for (String body : List.of("{\"status\":\"gone\"}", "{\"status\":null}", "{\"name\":\"\"}")) {
            assertThat(Rig.errorOf(() -> patch("one", body))).isInstanceOf(ApiError.BadRequest.class);
        }
        assertThat(Rig.errorOf(() -> patch("none", "{}"))).isInstanceOf(ApiError.NotFound.class);
    }

    @Test
    void refusesSlugsThatCannotStandInAUrl() {
        for (String slug : List.of("-a", "a-", "a b", "a/b", "ä", "x".repeat(51), "a@b")) {
            assertThat(Rig.errorOf(() -> write(slug, BODY))).as(slug).isInstanceOf(ApiError.BadRequest.class);
        }
        for (String slug : List.of("none", "a\u0000", "\ud800", "x".repeat(500))) {
            assertThat(Rig.errorOf(() -> get(slug))).isInstanceOf(ApiError.NotFound.class);
            assertThat(presets.lookUp(rig.workspaceId, slug)).isInstanceOf(Presets.Found.Unusable.class);
        }
    }

    @Test
    void makesAVersionOnceForEachIdempotencyKey() {
        JsonNode first = write("one", BODY, "Idempotency-Key", "p-1");
        assertThat(write("one", BODY, "Idempotency-Key", "p-1")).isEqualTo(first);
        assertThat(first.path("designated_version").path("version").asInt()).isEqualTo(1);
    }

    @Test
    void numbersTheVersionsOfManyWritersWithoutAGap() throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                running.add(pool.submit(() -> write("busy", BODY)
                        .path("designated_version")
                        .path("version")
                        .asInt()));
            }
            List<Integer> versions = new ArrayList<>();
            for (Future<Integer> one : running) {
                versions.add(one.get());
            }
            assertThat(versions).doesNotHaveDuplicates().hasSize(24).contains(1, 24);
        }
    }

    @Test
    void keepsPresetsToTheirWorkspace() {
        rig.database.write(tx -> rig.organizations.createWorkspace(tx, rig.organizationId, "room", "Room"));
        JsonNode made = write("mine", BODY);
        // A management key reaches every workspace of its organization, an inference key only its own.
        Map<String, String> path = Map.of("slug", "mine");
        assertThat(call(handler::get, rig.management, path, Map.of("workspace_id", "default"), "")
                        .path("data"))
                .isEqualTo(made);
        JsonNode other = call(handler::fromChat, rig.management, path, Map.of("workspace_id", "room"), BODY)
                .path("data");
        assertThat(other.path("id")).isNotEqualTo(made.path("id"));
        assertThat(Rig.errorOf(() -> call(handler::get, rig.inference, path, Map.of("workspace_id", "room"), "")))
                .isInstanceOf(ApiError.NotFound.class);

        Rig.Tenant stranger = rig.tenant();
        for (Secret key : List.of(stranger.inference(), stranger.management())) {
            for (Map<String, String> query :
                    List.of(Map.<String, String>of(), Map.of("workspace_id", rig.workspaceId))) {
                List<Runnable> calls = List.of(
                        () -> call(handler::get, key, path, query, ""),
                        () -> call(handler::versions, key, path, query, ""),
                        () -> call(handler::version, key, Map.of("slug", "mine", "version", "1"), query, ""),
                        () -> call(handler::update, key, path, query, "{\"name\":\"x\"}"));
                calls.forEach(call -> assertThat(Rig.errorOf(call)).isInstanceOf(ApiError.NotFound.class));
            }
            assertThat(call(handler::list, key, Map.of(), Map.of(), "").path("data"))
                    .isEmpty();
            assertThat(Rig.errorOf(
                            () -> call(handler::fromChat, key, path, Map.of("workspace_id", rig.workspaceId), BODY)))
                    .isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(get("mine")).isEqualTo(made);
    }

    @Test
    void remembersWhatRequestsNameUntilItChanges() {
        String workspace = rig.workspaceId;
        assertThat(presets.recall(workspace, "one")).isNull();
        assertThat(presets.lookUp(workspace, "one")).isInstanceOf(Presets.Found.Unusable.class);
        assertThat(presets.recall(workspace, "one")).isInstanceOf(Presets.Found.Unusable.class);
        String id = write("one", BODY).path("id").asString();
        assertThat(presets.recall(workspace, "one")).isNull();
        Presets.Found found = presets.lookUp(workspace, "one");
        assertThat(found)
                .isInstanceOfSatisfying(
                        Presets.Found.Usable.class,
                        usable -> assertThat(usable.id()).isEqualTo(id));
        assertThat(presets.recall(workspace, "one")).isSameAs(found);
        patch("one", "{\"status\":\"archived\"}");
        assertThat(presets.recall(workspace, "one")).isNull();
        assertThat(presets.lookUp(workspace, "one")).isInstanceOf(Presets.Found.Unusable.class);
        // News of another node, and times when there are none.
        presets.changed(new dev.faregate.storage.ChangeFeed.Change("presets:other", false));
        assertThat(presets.recall(workspace, "one")).isNotNull();
        presets.trustOnlyWhile(() -> false);
        assertThat(presets.recall(workspace, "one")).isNull();
        presets.trustOnlyWhile(() -> true);
        presets.changed(new dev.faregate.storage.ChangeFeed.Change("presets:" + workspace, false));
        assertThat(presets.recall(workspace, "one")).isNull();
    }
}
