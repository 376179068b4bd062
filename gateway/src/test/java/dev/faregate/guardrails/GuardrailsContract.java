package dev.faregate.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Handler;
import dev.faregate.http.Response;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Rig;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// The management calls on guardrails, on both databases: what is read back is what was written, who holds what, and
/// what binds whom.
///
/// Long because all of it is told through the same few calls, which stand first.
@ParameterizedClass
@EnumSource
class GuardrailsContract {
    private final Rig rig;
    private final MemberStore members = new MemberStore();
    private final GuardrailParts parts;

    GuardrailsContract(Database.Kind kind) {
        rig = new Rig(kind);
        parts = parts();
    }

    private GuardrailParts parts() {
        return GuardrailRig.parts(rig);
    }

    @AfterEach
    void close() {
        parts.close();
    }

    // ---- calls --------------------------------------------------------------------------------------------------

    private JsonNode call(
            Handler.Blocking handler,
            Secret key,
            String method,
            @Nullable String id,
            Map<String, String> query,
            String body,
            String... headers) {
        Map<String, List<String>> parameters = new HashMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        Map<String, String> path = id == null ? Map.of() : Map.of("id", id);
        String where = "/guardrails/" + id + handler.getClass();
        Response response = rig.respond(handler, key, Rig.head(method, where, path, parameters, headers), body);
        assertThat(response.status()).isEqualTo(method.equals("POST") && id == null ? 201 : 200);
        return Json.read(response.body());
    }

    private JsonNode create(String body, String... headers) {
        return call(parts.handler()::create, rig.management, "POST", null, Map.of(), body, headers)
                .get("data");
    }

    private JsonNode get(String id) {
        return call(parts.handler()::get, rig.management, "GET", id, Map.of(), "")
                .get("data");
    }

    private JsonNode patch(String id, String body) {
        return call(parts.handler()::update, rig.management, "PATCH", id, Map.of(), body)
                .get("data");
    }

    private JsonNode list(Map<String, String> query) {
        return call(parts.handler()::list, rig.management, "GET", null, query, "");
    }

    private String delete(String id) {
        return call(parts.handler()::delete, rig.management, "DELETE", id, Map.of(), "")
                .toString();
    }

    private int assign(String id, Handler.Blocking handler, String field, String... ids) {
        StringBuilder items = new StringBuilder();
        for (String each : ids) {
            items.append(items.isEmpty() ? "" : ",").append(JsonWriter.quoted(each));
        }
        JsonNode answer = call(handler, rig.management, "POST", id, Map.of(), "{\"" + field + "\":[" + items + "]}");
        return answer.path("assigned_count").isMissingNode()
                ? answer.get("unassigned_count").asInt()
                : answer.get("assigned_count").asInt();
    }

    private int assignKeys(String id, String... hashes) {
        return assign(id, parts.assignments().assigning(SubjectKind.KEY), "key_hashes", hashes);
    }

    private int removeKeys(String id, String... hashes) {
        return assign(id, parts.assignments().removing(SubjectKind.KEY), "key_hashes", hashes);
    }

    private int assignMembers(String id, String... users) {
        return assign(id, parts.assignments().assigning(SubjectKind.MEMBER), "member_user_ids", users);
    }

    private static @Nullable String wrong(Runnable call) {
        return Rig.errorOf(call) instanceof ApiError.BadRequest(String message, String param)
                ? param + ": " + message
                : null;
    }

    private String hash(Secret key) {
        return rig.caller(key).key().hash();
    }

    private String defaultOf(String workspace) {
        return rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT default_guardrail_id FROM workspace WHERE id = ?", workspace)
                .get(0, String.class));
    }

    private String member() {
        String id = UUID.randomUUID().toString();
        rig.database.write(tx -> {
            members.createPerson(tx, id, id + "@test", null, null);
            members.join(tx, rig.organizationId, id, Role.MEMBER);
            return id;
        });
        return id;
    }

    private List<String> applying(Secret key) {
        return parts.guardrails().policy(rig.caller(key)).filters().stream()
                .map(filter -> filter.guardrail().name())
                .toList();
    }

    /// A guardrail that shows in [#applying].
    private String flagging(String name) {
        return create("{\"name\":\"" + name + "\",\"content_filters\":[{\"pattern\":\"x\",\"action\":\"flag\"}]}")
                .get("id")
                .asString();
    }

    // ---- reading and writing ------------------------------------------------------------------------------------

    @Test
    void whatIsReadBackIsWhatWasWritten() {
        JsonNode made = create("""
                {"name":"All","description":"line\\nline","limit_usd":12.5,"reset_interval":"weekly","include_byok_in_budgets":true,
                 "allowed_models":["openai/one","acme/two:free","openai/one-20260102","one:nitro"],"ignored_models":["acme/two"],
                 "allowed_providers":["safe","Nowhere-2"],"ignored_providers":["quiet"],"allowed_data_regions":["us","global"],
                 "enforce_zdr":true,"enforce_zdr_google":false,"enable_free_model_training":false,"enable_paid_model_training":true,
                 "content_filters":[{"pattern":"\\\\b(sk-[a-z]{4})\\\\b","action":"redact","label":"[KEY]"},{"pattern":"x","action":"flag"}],
                 "content_filter_builtins":[{"slug":"email","action":"redact","label":"ignored"},
                   {"slug":"regex-prompt-injection","action":"block","scan_scope":"user_only"}],
                 "unknown":1}""");
        assertThat(made).isEqualTo(get(made.get("id").asString()));
        assertThat(made.get("workspace_id").asString()).isEqualTo(rig.workspaceId);
        assertThat(made.get("allowed_models").toString())
                .isEqualTo("[\"openai/one-20260102\",\"acme/two:free\",\"openai/one-20260102:nitro\"]");
        assertThat(made.get("allowed_providers").toString()).isEqualTo("[\"safe\",\"Nowhere-2\"]");
        assertThat(made.get("allowed_data_regions").toString()).isEqualTo("[\"us\",\"global\"]");
        assertThat(made.get("limit_usd").toString()).isEqualTo("12.5");
        assertThat(made.get("description").asString()).isEqualTo("line\nline");
        assertThat(made.get("enforce_zdr").asBoolean()).isTrue();
        assertThat(made.get("enforce_zdr_openai").asBoolean()).isTrue();
        assertThat(made.get("enforce_zdr_google").asBoolean()).isFalse();
        assertThat(made.get("enable_free_model_publication").isNull()).isTrue();
        assertThat(made.get("content_filters").toString())
                .isEqualTo("[{\"pattern\":\"\\\\b(sk-[a-z]{4})\\\\b\",\"action\":\"redact\",\"label\":\"[KEY]\"},"
                        + "{\"pattern\":\"x\",\"action\":\"flag\",\"label\":null}]");
        assertThat(made.get("content_filter_builtins").toString())
                .isEqualTo("[{\"slug\":\"email\",\"action\":\"redact\",\"label\":\"[EMAIL]\"},"
                        + "{\"slug\":\"regex-prompt-injection\",\"action\":\"block\",\"label\":\"[PROMPT_INJECTION]\","
                        + "\"scan_scope\":\"user_only\"}]");
        assertThat(made.get("updated_at").isNull()).isTrue();
        assertThat(made.path("unknown").isMissingNode()).isTrue();
    }

    @Test
    void aPatchReplacesWhatItNamesWholeAndNothingElse() {
        String id = create(
                        "{\"name\":\"P\",\"limit_usd\":5,\"reset_interval\":\"daily\",\"allowed_models\":[\"openai/one\"],"
                                + "\"content_filter_builtins\":[{\"slug\":\"ssn\",\"action\":\"block\"}],\"enforce_zdr_xai\":true}")
                .get("id")
                .asString();
        JsonNode changed =
                patch(id, "{\"limit_usd\":7,\"allowed_models\":[\"acme/two\"],\"workspace_id\":\"elsewhere\"}");
        assertThat(changed.get("name").asString()).isEqualTo("P");
        assertThat(changed.get("reset_interval").asString()).isEqualTo("daily");
        assertThat(changed.get("limit_usd").asInt()).isEqualTo(7);
        assertThat(changed.get("allowed_models").toString()).isEqualTo("[\"acme/two\"]");
        assertThat(changed.get("content_filter_builtins").size()).isEqualTo(1);
        assertThat(changed.get("workspace_id").asString()).isEqualTo(rig.workspaceId);
        assertThat(changed.get("updated_at").isNull()).isFalse();
        JsonNode cleared = patch(
                id,
                "{\"limit_usd\":null,\"reset_interval\":null,\"allowed_models\":null,\"content_filter_builtins\":[],"
                        + "\"enforce_zdr\":false,\"enforce_zdr_xai\":null}");
        assertThat(cleared.get("limit_usd").isNull()).isTrue();
        assertThat(cleared.get("allowed_models").isNull()).isTrue();
        assertThat(cleared.get("content_filter_builtins").toString()).isEqualTo("[]");
        assertThat(cleared.get("enforce_zdr_openai").asBoolean()).isFalse();
        assertThat(cleared.get("enforce_zdr_xai").isNull()).isTrue();
        assertThat(get(id)).isEqualTo(cleared);
    }

    @Test
    void everythingWrongIsA400ThatNamesIt() {
        String id = create("{\"name\":\"W\",\"limit_usd\":5,\"reset_interval\":\"daily\"}")
                .get("id")
                .asString();
        Map<String, String> bodies = new HashMap<>();
        bodies.put("{}", "name");
        bodies.put("{\"name\":\"\"}", "name");
        bodies.put("{\"name\":\"n\",\"limit_usd\":5}", "reset_interval");
        bodies.put("{\"name\":\"n\",\"reset_interval\":\"daily\"}", "limit_usd");
        bodies.put("{\"name\":\"n\",\"limit_usd\":-1,\"reset_interval\":\"daily\"}", "limit_usd");
        bodies.put("{\"name\":\"n\",\"limit_usd\":1,\"reset_interval\":\"hourly\"}", "reset_interval");
        bodies.put("{\"name\":\"n\",\"allowed_models\":[\"no/such\"]}", "allowed_models");
        bodies.put("{\"name\":\"n\",\"ignored_models\":[]}", "ignored_models");
        bodies.put("{\"name\":\"n\",\"allowed_providers\":[]}", "allowed_providers");
        bodies.put("{\"name\":\"n\",\"ignored_providers\":[\"<x>\"]}", "ignored_providers[0]");
        bodies.put("{\"name\":\"n\",\"allowed_data_regions\":[]}", "allowed_data_regions");
        bodies.put("{\"name\":\"n\",\"allowed_data_regions\":[\"mars\"]}", "allowed_data_regions[0]");
        bodies.put("{\"name\":\"n\",\"enforce_zdr_other\":\"yes\"}", "enforce_zdr_other");
        bodies.put(
                "{\"name\":\"n\",\"content_filters\":[{\"pattern\":\"(a\",\"action\":\"block\"}]}",
                "content_filters[0].pattern");
        bodies.put(
                "{\"name\":\"n\",\"content_filters\":[{\"pattern\":\"\",\"action\":\"block\"}]}",
                "content_filters[0].pattern");
        bodies.put(
                "{\"name\":\"n\",\"content_filters\":[{\"pattern\":\"a\",\"action\":\"eat\"}]}",
                "content_filters[0].action");
        bodies.put("{\"name\":\"n\",\"content_filters\":[{\"pattern\":\"a\"}]}", "content_filters[0].action");
        bodies.put(
                "{\"name\":\"n\",\"content_filter_builtins\":[{\"slug\":\"person-name\",\"action\":\"flag\"}]}",
                "content_filter_builtins[0].slug");
        bodies.put(
                "{\"name\":\"n\",\"content_filter_builtins\":[{\"slug\":\"nope\",\"action\":\"flag\"}]}",
                "content_filter_builtins[0].slug");
        bodies.put(
                "{\"name\":\"n\",\"content_filter_builtins\":[{\"slug\":\"ssn\",\"action\":\"flag\",\"scan_scope\":\"x\"}]}",
                "content_filter_builtins[0].scan_scope");
        bodies.put("{\"name\":\"n\",\"workspace_id\":\"nowhere\"}", "workspace_id");
        bodies.forEach(
                (body, field) -> assertThat(wrong(() -> create(body))).as(body).startsWith(field + ": "));
        assertThat(wrong(() -> create("{\"name\":\"n\",\"allowed_models\":[\"no/such\"]}")))
                .isEqualTo("allowed_models: Invalid allowed_models: no/such");
        assertThat(wrong(() ->
                        create("{\"name\":\"n\",\"content_filters\":[{\"pattern\":\"(?=a)\",\"action\":\"block\"}]}")))
                .contains("invalid_regex_pattern");
        assertThat(wrong(() -> patch(id, "{\"limit_usd\":null}"))).startsWith("limit_usd: ");
        assertThat(wrong(() -> patch(id, "{\"reset_interval\":null}"))).startsWith("reset_interval: ");
        assertThat(get(id).get("limit_usd").asInt()).isEqualTo(5);
    }

    @Test
    void listsByPagesAndByWorkspace() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(create("{\"name\":\"L" + i + "\"}").get("id").asString());
        }
        String other = rig.database.write(tx -> rig.organizations
                .createWorkspace(tx, rig.organizationId, "other", "Other")
                .id());
        create("{\"name\":\"there\",\"workspace_id\":\"other\"}");
        assertThat(list(Map.of()).get("total_count").asInt()).isEqualTo(6);
        assertThat(list(Map.of("workspace_id", rig.workspaceId))
                        .get("total_count")
                        .asInt())
                .isEqualTo(5);
        assertThat(list(Map.of("workspace_id", other))
                        .get("data")
                        .get(0)
                        .get("name")
                        .asString())
                .isEqualTo("there");
        JsonNode page = list(Map.of("offset", "2", "limit", "2", "workspace_id", rig.workspaceId));
        assertThat(page.get("data").valueStream().map(g -> g.get("id").asString()))
                .containsExactly(ids.get(2), ids.get(3));
        assertThat(wrong(() -> list(Map.of("limit", "101")))).startsWith("limit: ");
        assertThat(wrong(() -> list(Map.of("workspace_id", "nowhere")))).startsWith("workspace_id: ");
    }

    @Test
    void aForeignGuardrailIsNotThere() {
        Rig.Tenant stranger = rig.tenant();
        String id = flagging("mine");
        List<Handler.Blocking> calls = List.of(
                parts.handler()::get,
                parts.handler()::update,
                parts.handler()::delete,
                parts.handler()::hits,
                parts.assignments().ofOne(SubjectKind.KEY),
                parts.assignments().ofOne(SubjectKind.MEMBER));
        for (Handler.Blocking handler : calls) {
            assertThat(Rig.errorOf(() -> call(handler, stranger.management(), "PATCH", id, Map.of(), "{}")))
                    .isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(Rig.errorOf(() -> call(
                        parts.assignments().assigning(SubjectKind.KEY),
                        stranger.management(),
                        "POST",
                        id,
                        Map.of(),
                        "{\"key_hashes\":[\"" + hash(stranger.inference()) + "\"]}")))
                .isInstanceOf(ApiError.NotFound.class);
        assertThat(wrong(() -> assignKeys(id, hash(stranger.inference())))).startsWith("key_hashes[0]: ");
        assertThat(wrong(() -> assignMembers(id, "nobody"))).startsWith("member_user_ids[0]: ");
        assertThat(wrong(() -> assign(id, parts.assignments().assigning(SubjectKind.KEY), "key_hashes")))
                .startsWith("key_hashes: ");
    }

    @Test
    void aRepeatedCreateMakesOne() {
        JsonNode first = create("{\"name\":\"once\"}", "Idempotency-Key", "one");
        assertThat(create("{\"name\":\"once\"}", "Idempotency-Key", "one").get("id"))
                .isEqualTo(first.get("id"));
        assertThat(list(Map.of()).get("total_count").asInt()).isEqualTo(1);
    }

    // ---- the default of a workspace -----------------------------------------------------------------------------

    @Test
    void theDefaultOfAWorkspaceIsThereOnceItIsWritten() {
        String id = defaultOf(rig.workspaceId);
        assertThat(Rig.errorOf(() -> get(id))).isInstanceOf(ApiError.NotFound.class);
        assertThat(list(Map.of()).get("total_count").asInt()).isZero();
        JsonNode made = patch(id, "{\"content_filters\":[{\"pattern\":\"x\",\"action\":\"flag\"}]}");
        assertThat(made.get("id").asString()).isEqualTo(id);
        assertThat(made.get("name").asString()).isEqualTo("Workspace " + rig.workspaceId + " Default");
        assertThat(get(id)).isEqualTo(made);
        assertThat(list(Map.of()).get("total_count").asInt()).isEqualTo(1);
        assertThat(applying(rig.inference)).containsExactly(made.get("name").asString());
        assertThat(applying(rig.keyOf(null, KeyKind.INFERENCE))).hasSize(1);
        assertThat(Rig.errorOf(() -> delete(id))).isInstanceOf(ApiError.Forbidden.class);
        patch(id, "{\"content_filters\":null}");
        assertThat(applying(rig.inference)).isEmpty();
        assertThat(Rig.errorOf(() -> patch(UUID.randomUUID().toString(), "{}"))).isInstanceOf(ApiError.NotFound.class);
    }

    // ---- assignments --------------------------------------------------------------------------------------------

    @Test
    void aKeyHoldsOneGuardrailAndAssigningReplaces() {
        String one = flagging("one");
        String two = flagging("two");
        Secret key = rig.keyOf(null, KeyKind.INFERENCE);
        Secret other = rig.keyOf(null, KeyKind.INFERENCE);
        assertThat(assignKeys(one, hash(key), hash(other), hash(key))).isEqualTo(2);
        assertThat(applying(key)).containsExactly("one");
        assertThat(assignKeys(two, hash(key))).isEqualTo(1);
        assertThat(applying(key)).containsExactly("two");
        assertThat(applying(other)).containsExactly("one");
        JsonNode all = call(parts.assignments().all(SubjectKind.KEY), rig.management, "GET", null, Map.of(), "");
        assertThat(all.get("total_count").asInt()).isEqualTo(2);
        JsonNode ofTwo = call(parts.assignments().ofOne(SubjectKind.KEY), rig.management, "GET", two, Map.of(), "")
                .get("data")
                .get(0);
        assertThat(ofTwo.get("key_hash").asString()).isEqualTo(hash(key));
        assertThat(ofTwo.get("guardrail_id").asString()).isEqualTo(two);
        assertThat(Rig.typesOf(ofTwo, "id", "key_name", "key_label", "assigned_by", "created_at"))
                .isEqualTo("sss0s");
        assertThat(removeKeys(one, hash(key), hash(other))).isEqualTo(1);
        assertThat(applying(other)).isEmpty();
        assertThat(removeKeys(one, hash(other))).isZero();
        assertThat(delete(two)).isEqualTo("{\"deleted\":true}");
        assertThat(applying(key)).isEmpty();
        assertThat(call(parts.assignments().all(SubjectKind.KEY), rig.management, "GET", null, Map.of(), "")
                        .get("total_count")
                        .asInt())
                .isZero();
        assertThat(Rig.errorOf(() -> delete(two))).isInstanceOf(ApiError.NotFound.class);
    }

    @Test
    void workspaceMemberAndKeyAllApply() {
        String member = member();
        Secret key = rig.keyOf(member, KeyKind.INFERENCE);
        patch(
                defaultOf(rig.workspaceId),
                "{\"name\":\"workspace\",\"content_filters\":[{\"pattern\":\"x\",\"action\":\"flag\"}]}");
        String ofMember = flagging("member");
        String ofKey = flagging("key");
        assertThat(assignMembers(ofMember, member)).isEqualTo(1);
        assignKeys(ofKey, hash(key));
        assertThat(applying(key)).containsExactly("workspace", "member", "key");
        assertThat(applying(rig.keyOf(null, KeyKind.INFERENCE))).containsExactly("workspace");
        JsonNode shown = call(parts.assignments().all(SubjectKind.MEMBER), rig.management, "GET", null, Map.of(), "");
        assertThat(shown.get("total_count").asInt()).isEqualTo(1);
        assertThat(Rig.typesOf(
                        shown.get("data").get(0),
                        "id",
                        "user_id",
                        "organization_id",
                        "guardrail_id",
                        "assigned_by",
                        "created_at"))
                .isEqualTo("ssss0s");
        assertThat(assign(ofMember, parts.assignments().removing(SubjectKind.MEMBER), "member_user_ids", member))
                .isEqualTo(1);
        assertThat(applying(key)).containsExactly("workspace", "key");
    }

    // ---- budgets ------------------------------------------------------------------------------------------------

    private List<String> budgets(Secret key) {
        Caller caller = rig.caller(key);
        rig.directory.reload(caller);
        return rig.database.read(tx -> {
            List<String> budgets = new ArrayList<>();
            for (var row : tx.sql()
                    .fetch("SELECT scope, window_kind, cap FROM limit_definition WHERE id IN ("
                            + String.join(
                                    ",",
                                    rig.caller(key).limits().stream()
                                            .map(String::valueOf)
                                            .toList())
                            + ") AND scope LIKE 'GUARDRAIL%' ORDER BY scope, cap")) {
                budgets.add(row.get(0, String.class) + " " + row.get(1, String.class) + " "
                        + Usd.ofNanos(row.get(2, Long.class)).dollars().toPlainString());
            }
            return budgets;
        });
    }

    @Test
    void aBudgetBindsWhoeverHoldsTheGuardrail() {
        String member = member();
        Secret key = rig.keyOf(member, KeyKind.INFERENCE);
        Secret second = rig.keyOf(member, KeyKind.INFERENCE);
        String id = create("{\"name\":\"B\",\"limit_usd\":5,\"reset_interval\":\"monthly\"}")
                .get("id")
                .asString();
        assertThat(budgets(key)).isEmpty();
        assignKeys(id, hash(key));
        assertThat(budgets(key)).containsExactly("GUARDRAIL_KEY MONTHLY 5", "GUARDRAIL_MEMBER MONTHLY 5");
        assertThat(budgets(second)).isEmpty();
        assignKeys(id, hash(second));
        assertThat(budgets(second)).containsExactly("GUARDRAIL_KEY MONTHLY 5", "GUARDRAIL_MEMBER MONTHLY 5");
        patch(id, "{\"limit_usd\":3,\"reset_interval\":\"daily\"}");
        assertThat(budgets(key)).containsExactly("GUARDRAIL_KEY DAILY 3", "GUARDRAIL_MEMBER DAILY 3");
        patch(id, "{\"dry_run\":true}");
        assertThat(budgets(key)).isEmpty();
        patch(id, "{\"dry_run\":false}");
        assertThat(budgets(key)).hasSize(2);
        removeKeys(id, hash(second));
        assertThat(budgets(second)).isEmpty();
        assertThat(budgets(key)).hasSize(2);
        String other = create("{\"name\":\"C\",\"limit_usd\":1,\"reset_interval\":\"weekly\"}")
                .get("id")
                .asString();
        assignKeys(other, hash(key));
        assertThat(budgets(key)).containsExactly("GUARDRAIL_KEY WEEKLY 1", "GUARDRAIL_MEMBER WEEKLY 1");
        delete(other);
        assertThat(budgets(key)).isEmpty();
        patch(defaultOf(rig.workspaceId), "{\"limit_usd\":9,\"reset_interval\":\"daily\"}");
        assertThat(budgets(rig.keyOf(null, KeyKind.INFERENCE))).containsExactly("GUARDRAIL_KEY DAILY 9");
    }

    @Test
    void whatOwnCredentialsSpendCountsOnlyWhereThatIsSaid() {
        Secret key = rig.keyOf(null, KeyKind.INFERENCE);
        String id = create("{\"name\":\"B\",\"limit_usd\":5,\"reset_interval\":\"daily\"}")
                .get("id")
                .asString();
        assignKeys(id, hash(key));
        assertThat(rig.caller(key).byokLimits()).isEmpty();
        patch(id, "{\"include_byok_in_budgets\":true}");
        rig.directory.reload(rig.caller(key));
        Limits.State state = rig.database
                .read(tx -> rig.limits.states(
                        tx, Scope.GUARDRAIL_KEY, id + ":" + rig.caller(key).keyId()))
                .get(Window.DAILY);
        assertThat(state).isNotNull();
        assertThat(state != null && state.countsByok()).isTrue();
        assertThat(rig.caller(key).byokLimits()).hasSize(1);
        Secret later = rig.keyOf(null, KeyKind.INFERENCE);
        assignKeys(id, hash(later));
        rig.directory.reload(rig.caller(later));
        assertThat(rig.caller(later).byokLimits()).as("one that is bound later").hasSize(1);
        patch(id, "{\"include_byok_in_budgets\":false}");
        rig.directory.reload(rig.caller(key));
        assertThat(rig.caller(key).byokLimits()).isEmpty();
    }

    // ---- other nodes, and counts --------------------------------------------------------------------------------

    @Test
    void anotherNodeHearsOfAChange() {
        try (GuardrailParts elsewhere = parts()) {
            Secret key = rig.keyOf(null, KeyKind.INFERENCE);
            assignKeys(flagging("new"), hash(key));
            Caller caller = rig.caller(key);
            assertThat(elsewhere.guardrails().policy(caller).screens()).isFalse();
            List<String> subjects = rig.database.read(tx -> tx.sql()
                    .fetch("SELECT subject FROM change_log ORDER BY seq DESC LIMIT 2")
                    .map(row -> String.valueOf(row.get(0))));
            assertThat(subjects).contains("guardrails:" + rig.organizationId);
            elsewhere.guardrails().changed(new ChangeFeed.Change("guardrails:" + rig.organizationId, false));
            assertThat(elsewhere.guardrails().policy(caller).screens()).isTrue();
        }
    }

    @Test
    void whatGuardrailsDoIsCountedPerDay() {
        String id = flagging("counted");
        Secret key = rig.keyOf(null, KeyKind.INFERENCE);
        assignKeys(id, hash(key));
        Policy policy = parts.guardrails().policy(rig.caller(key));
        ContentFilter filter = policy.filters().getFirst();
        for (int i = 0; i < 3; i++) {
            policy.hits().count(filter.guardrail(), filter.name(), "flag");
        }
        parts.close();
        assertThat(hits(id).size()).isEqualTo(1);
        JsonNode row = hits(id).get(0);
        assertThat(row.get("rule").asString()).isEqualTo("content_filters[0]");
        assertThat(row.get("count").asInt()).isEqualTo(3);
        assertThat(row.get("dry_run").asBoolean()).isFalse();
    }

    private JsonNode hits(String id) {
        return call(parts.handler()::hits, rig.management, "GET", id, Map.of(), "")
                .get("data");
    }
}
