package dev.faregate.workspaces;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `/workspaces` on both databases, with the fields that SDK 1.3.19 insists on.
@ParameterizedClass
@EnumSource
class WorkspacesContract {
    private static final String EVERYTHING = """
            {"name":"My Team","slug":"my-team","description":"What we do,\\nin two lines","default_text_model":"a/b",
             "default_image_model":"c/d","default_provider_sort":"latency","io_logging_sampling_rate":0.2500,
             "io_logging_api_key_ids":[7,3,3],"is_observability_io_logging_enabled":true,
             "is_observability_broadcast_enabled":true,"is_data_discount_logging_enabled":true,
             "disabled_server_tools":["openrouter:web_search","openrouter:bash"],"unaffordable":"clamp"}
            """;

    private final SpacesRig spaces;
    private final Rig rig;

    WorkspacesContract(Database.Kind kind) {
        spaces = new SpacesRig(kind);
        rig = spaces.rig;
    }

    private static void assertShape(JsonNode workspace) {
        assertThat(Rig.typesOf(
                        workspace,
                        "id",
                        "name",
                        "slug",
                        "created_at",
                        "default_guardrail_id",
                        "io_logging_sampling_rate",
                        "is_observability_io_logging_enabled",
                        "is_observability_broadcast_enabled",
                        "is_data_discount_logging_enabled",
                        "include_byok_in_budgets"))
                .isEqualTo("sssssnbbbb");
        assertThat(Rig.typesOf(
                        workspace,
                        "description",
                        "created_by",
                        "updated_at",
                        "default_text_model",
                        "default_image_model",
                        "default_provider_sort",
                        "io_logging_api_key_ids",
                        "disabled_server_tools",
                        "unaffordable"))
                .doesNotContain("-");
    }

    @Test
    void givesBackWhatWasWritten() {
        JsonNode made = spaces.create(EVERYTHING);
        assertShape(made);
        JsonNode written = dev.faregate.base.Json.read(EVERYTHING.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        written.properties().forEach(field -> {
            if (field.getKey().equals("io_logging_sampling_rate")) {
                assertThat(made.path(field.getKey()).decimalValue()).isEqualByComparingTo("0.25");
            } else {
                assertThat(made.path(field.getKey()))
                        .as(field.getKey())
                        .hasToString(field.getValue().toString());
            }
        });
        assertThat(made.path("updated_at").isNull()).isTrue();
        for (String reference : List.of("my-team", made.path("id").asString())) {
            assertThat(spaces.get(reference)).isEqualTo(made);
        }
        // Writing again what was read plans no change and makes no event.
        long events = events();
        assertThat(spaces.patch("my-team", made.toString())).isEqualTo(made);
        assertThat(events()).isEqualTo(events);
    }

    @Test
    void changesOnlyWhatIsNamedAndClearsWithNull() {
        JsonNode made = spaces.create(EVERYTHING);
        JsonNode named = spaces.patch("my-team", "{\"name\":\"Other\",\"ignored\":1}");
        assertThat(named.path("name").asString()).isEqualTo("Other");
        assertThat(named.path("updated_at").isString()).isTrue();
        assertThat(without(named, "name", "updated_at")).isEqualTo(without(made, "name", "updated_at"));
        JsonNode cleared = spaces.patch("my-team", """
                {"description":null,"default_text_model":null,"default_image_model":null,"default_provider_sort":null,
                 "io_logging_api_key_ids":null,"disabled_server_tools":null,"unaffordable":null,
                 "slug":"other","io_logging_sampling_rate":1,"is_observability_io_logging_enabled":false}
                """);
        assertThat(Rig.typesOf(
                        cleared,
                        "description",
                        "default_text_model",
                        "default_image_model",
                        "default_provider_sort",
                        "io_logging_api_key_ids",
                        "disabled_server_tools",
                        "unaffordable"))
                .isEqualTo("0000000");
        assertThat(cleared.path("io_logging_sampling_rate").toString()).isEqualTo("1");
        assertThat(spaces.get("other")).isEqualTo(cleared);
        assertThat(Rig.errorOf(() -> spaces.get("my-team"))).isInstanceOf(ApiError.NotFound.class);
    }

    private static JsonNode without(JsonNode object, String... names) {
        var copy = Rig.object(object.deepCopy());
        List.of(names).forEach(copy::remove);
        return copy;
    }

    @Test
    void namesWhatIsWrong() {
        spaces.create("{\"name\":\"n\",\"slug\":\"taken\"}");
        String id = rig.workspaceId;
        List<String> bodies = List.of(
                "name|{\"slug\":\"a\"}",
                "name|{\"name\":\"" + "x".repeat(101) + "\",\"slug\":\"a\"}",
                "slug|{\"name\":\"n\"}",
                "slug|{\"name\":\"n\",\"slug\":\"Upper\"}",
                "slug|{\"name\":\"n\",\"slug\":\"a--b\"}",
                "slug|{\"name\":\"n\",\"slug\":\"-a\"}",
                "slug|{\"name\":\"n\",\"slug\":\"" + "x".repeat(51) + "\"}",
                "slug|{\"name\":\"n\",\"slug\":\"" + id + "\"}",
                "slug|{\"name\":\"n\",\"slug\":\"taken\"}",
                "description|{\"name\":\"n\",\"slug\":\"a\",\"description\":\"" + "x".repeat(501) + "\"}",
                "default_provider_sort|{\"name\":\"n\",\"slug\":\"a\",\"default_provider_sort\":\"fast\"}",
                "io_logging_sampling_rate|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_sampling_rate\":0}",
                "io_logging_sampling_rate|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_sampling_rate\":1.1}",
                "io_logging_sampling_rate|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_sampling_rate\":1e-9999999}",
                "io_logging_sampling_rate|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_sampling_rate\":0.12345678901}",
                "io_logging_sampling_rate|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_sampling_rate\":null}",
                "io_logging_api_key_ids[1]|{\"name\":\"n\",\"slug\":\"a\",\"io_logging_api_key_ids\":[1,\"x\"]}",
                "is_observability_io_logging_enabled|{\"name\":\"n\",\"slug\":\"a\","
                        + "\"is_observability_io_logging_enabled\":null}",
                "disabled_server_tools[0]|{\"name\":\"n\",\"slug\":\"a\",\"disabled_server_tools\":[1]}",
                "unaffordable|{\"name\":\"n\",\"slug\":\"a\",\"unaffordable\":\"maybe\"}");
        for (String body : bodies) {
            String field = body.substring(0, body.indexOf('|'));
            assertThat(Rig.errorOf(() -> spaces.create(body.substring(body.indexOf('|') + 1))))
                    .as(body)
                    .isInstanceOfSatisfying(ApiError.BadRequest.class, error -> {
                        assertThat(error.param()).isEqualTo(field);
                        assertThat(error.message()).contains(field);
                    });
        }
        assertThat(Rig.errorOf(() -> spaces.patch(id, "{\"slug\":\"taken\"}"))).isInstanceOf(ApiError.BadRequest.class);
        assertThat(list(Map.of()).path("total_count").asInt()).isEqualTo(2);
    }

    @Test
    void pagesThroughWorkspacesOldestFirst() {
        List<String> slugs = new ArrayList<>(List.of("default"));
        for (int i = 0; i < 4; i++) {
            slugs.add(spaces.create("{\"name\":\"n\",\"slug\":\"room-" + i + "\"}")
                    .path("slug")
                    .asString());
        }
        List<String> seen = new ArrayList<>();
        for (int offset = 0; offset < 5; offset += 2) {
            JsonNode page = list(Map.of("offset", String.valueOf(offset), "limit", "2"));
            assertThat(page.path("total_count").asInt()).isEqualTo(5);
            page.path("data").forEach(workspace -> {
                assertShape(workspace);
                seen.add(workspace.path("slug").asString());
            });
        }
        assertThat(seen).isEqualTo(slugs);
        assertThat(Rig.errorOf(() -> list(Map.of("limit", "101")))).isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void makesAWorkspaceOnceForEachIdempotencyKey() {
        String body = "{\"name\":\"n\",\"slug\":\"once\"}";
        JsonNode first = create(body, "idem-1");
        assertThat(create(body, "idem-1")).isEqualTo(first);
        assertThat(Rig.errorOf(() -> create("{\"name\":\"n\",\"slug\":\"twice\"}", "idem-1")))
                .isInstanceOf(ApiError.Conflict.class);
        assertThat(list(Map.of()).path("total_count").asInt()).isEqualTo(2);
    }

    private JsonNode create(String body, String idempotencyKey) {
        return spaces.call(
                spaces.workspaces::create, rig.management, Map.of(), Map.of(), body, "Idempotency-Key", idempotencyKey);
    }

    @Test
    void refusesToDeleteAWorkspaceWithKeys() {
        JsonNode made = spaces.create("{\"name\":\"n\",\"slug\":\"room\"}");
        JsonNode key = rig.create(rig.management, "{\"name\":\"k\",\"workspace_id\":\"room\"}");
        assertThat(Rig.errorOf(() -> delete("room", false)))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        error -> assertThat(error.message()).contains("1 API key."));
        rig.delete(rig.management, key.path("data").path("hash").asString());
        assertThat(delete("room", false).path("deleted").booleanValue()).isTrue();
        for (String reference : List.of("room", made.path("id").asString())) {
            assertThat(Rig.errorOf(() -> spaces.get(reference))).isInstanceOf(ApiError.NotFound.class);
            assertThat(Rig.errorOf(() -> delete(reference, false))).isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(Rig.errorOf(() -> rig.create(rig.management, "{\"name\":\"k\",\"workspace_id\":\"room\"}")))
                .isInstanceOf(ApiError.BadRequest.class);
        // Its history stays, and its slug is free.
        String id = made.path("id").asString();
        assertThat((boolean) rig.database.read(tx -> rig.organizations
                        .findWorkspaceEver(tx, rig.organizationId, id)
                        .isPresent()))
                .isTrue();
        assertThat(spaces.create("{\"name\":\"n\",\"slug\":\"room\"}").path("id"))
                .isNotEqualTo(made.path("id"));
    }

    @Test
    void deletesTheDefaultWorkspaceOnlyWhenThatIsConfirmed() {
        assertThat(Rig.errorOf(() -> delete("default", false))).isInstanceOf(ApiError.Forbidden.class);
        rig.delete(rig.management, rig.caller(rig.inference).key().hash());
        assertThat(Rig.errorOf(() -> delete("default", true)))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        error -> assertThat(error.message()).contains("at least one workspace"));
        JsonNode next = spaces.create("{\"name\":\"n\",\"slug\":\"next\"}");
        assertThat(delete("default", true).path("deleted").booleanValue()).isTrue();
        // Management goes on, in the workspace that is the default now.
        assertThat(rig.caller(rig.management).workspaceId())
                .isEqualTo(next.path("id").asString());
        assertThat(rig.create(rig.management, "{\"name\":\"k\"}").path("data").path("workspace_id"))
                .isEqualTo(next.path("id"));
    }

    private JsonNode delete(String reference, boolean confirmed) {
        Map<String, String> query = confirmed ? Map.of("confirm_default_workspace_deletion", "true") : Map.of();
        return spaces.call(spaces.workspaces::delete, rig.management, Map.of("id", reference), query, "");
    }

    @Test
    void tellsCallersOfTheirWorkspaceAnew() {
        assertThat(rig.caller(rig.inference).defaults().textModel()).isNull();
        spaces.patch("default", "{\"default_text_model\":\"a/b\",\"default_provider_sort\":\"price\"}");
        Caller caller = rig.caller(rig.inference);
        assertThat(caller.defaults().textModel()).isEqualTo("a/b");
        assertThat(caller.defaults().providerSort()).isEqualTo("price");
        assertThat(caller.clampsUnaffordable()).isFalse();
        spaces.patch("default", "{\"unaffordable\":\"clamp\"}");
        assertThat(rig.caller(rig.inference).clampsUnaffordable()).isTrue();
    }

    @Test
    void keepsTheSettingsOfTheOrganization() {
        JsonNode before =
                spaces.call(spaces.organization::settings, Map.of(), "").path("data");
        assertThat(before.toString())
                .isEqualTo("{\"id\":\"" + rig.organizationId + "\",\"is_filtered_model_catalog_enabled\":false,"
                        + "\"is_spend_alert_enabled\":true,\"exposed_keys\":\"disable\"}");
        assertThat(rig.caller(rig.inference).seesOnlyUsableModels()).isFalse();
        JsonNode after = spaces.call(
                spaces.organization::update, Map.of(), "{\"is_filtered_model_catalog_enabled\":true,\"x\":1}");
        assertThat(after.path("data").path("is_filtered_model_catalog_enabled").booleanValue())
                .isTrue();
        assertThat(spaces.call(spaces.organization::settings, Map.of(), "")).isEqualTo(after);
        assertThat(rig.caller(rig.inference).seesOnlyUsableModels()).isTrue();
        for (String body : List.of("{}", "{\"is_filtered_model_catalog_enabled\":null}")) {
            assertThat(Rig.errorOf(() -> spaces.call(spaces.organization::update, Map.of(), body)))
                    .isInstanceOf(ApiError.BadRequest.class);
        }
    }

    /// Everything on a path with an id, asked for by the management key of another organization.
    @Test
    void hidesTheWorkspacesOfOthers() {
        JsonNode own = spaces.create("{\"name\":\"n\",\"slug\":\"mine\"}");
        spaces.putBudget("mine", "daily", "{\"limit_usd\":1}");
        Secret stranger = rig.tenant().management();
        String users = "{\"user_ids\":[\"" + rig.workspaceId + "\"]}";
        for (String reference : List.of("mine", own.path("id").asString())) {
            Map<String, String> path = Map.of("id", reference, "interval", "daily");
            List<Runnable> calls = List.of(
                    () -> spaces.call(spaces.workspaces::get, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.workspaces::update, stranger, path, Map.of(), "{\"name\":\"x\"}"),
                    () -> spaces.call(spaces.workspaces::delete, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.budgets::list, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.budgets::get, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.budgets::put, stranger, path, Map.of(), "{\"limit_usd\":1}"),
                    () -> spaces.call(spaces.budgets::delete, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.members::list, stranger, path, Map.of(), ""),
                    () -> spaces.call(spaces.members::add, stranger, path, Map.of(), users),
                    () -> spaces.call(spaces.members::remove, stranger, path, Map.of(), users));
            calls.forEach(call -> assertThat(Rig.errorOf(call)).isInstanceOf(ApiError.NotFound.class));
        }
        assertThat(spaces.get("mine")).isEqualTo(own);
        assertThat(spaces.call(spaces.workspaces::list, stranger, Map.of(), Map.of(), "")
                        .path("data"))
                .noneMatch(workspace -> workspace.path("slug").asString().equals("mine"));
        // The same slug is nobody's business of the other.
        assertThat(spaces.call(
                                spaces.workspaces::create,
                                stranger,
                                Map.of(),
                                Map.of(),
                                "{\"name\":\"n\",\"slug\":\"mine\"}")
                        .path("data")
                        .path("id"))
                .isNotEqualTo(own.path("id"));
    }

    private JsonNode list(Map<String, String> query) {
        return spaces.call(spaces.workspaces::list, rig.management, Map.of(), query, "");
    }

    private long events() {
        return rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT count(*) FROM audit_event WHERE organization_id = ?", rig.organizationId)
                .get(0, Long.class));
    }
}
