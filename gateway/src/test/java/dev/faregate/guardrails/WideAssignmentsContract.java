package dev.faregate.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.http.Handler;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Guardrails of environments and of the whole organization (mission S31 and S55), on both databases.
@ParameterizedClass
@EnumSource
class WideAssignmentsContract {
    private final Rig rig;
    private final GuardrailParts parts;

    WideAssignmentsContract(Database.Kind kind) {
        rig = new Rig(kind);
        parts = GuardrailRig.parts(rig);
    }

    @AfterEach
    void close() {
        parts.close();
    }

    private JsonNode call(Handler.Blocking handler, String method, @Nullable String id, String body) {
        Map<String, List<String>> query = new HashMap<>();
        Map<String, String> path = id == null ? Map.of() : Map.of("id", id);
        return rig.call(
                handler, rig.management, Rig.head(method, "/guardrails/" + id + handler.hashCode(), path, query), body);
    }

    private String flagging(String name) {
        return call(
                        parts.handler()::create,
                        "POST",
                        null,
                        "{\"name\":\"" + name + "\",\"content_filters\":[{\"pattern\":\"x\",\"action\":\"flag\"}]}")
                .path("data")
                .path("id")
                .asString();
    }

    private int assign(String id, String... environments) {
        return call(parts.assignments().assigning(SubjectKind.ENVIRONMENT), "POST", id, body(environments))
                .path("assigned_count")
                .asInt();
    }

    private static String body(String... environments) {
        return "{\"environments\":[\"" + String.join("\",\"", environments) + "\"]}";
    }

    private Secret key(String fields) {
        return Secret.of(rig.create(rig.management, "{\"name\":\"k\"" + fields + "}")
                .path("key")
                .asString());
    }

    private List<String> applying(Secret key) {
        Caller caller = rig.caller(key);
        return parts.guardrails().policy(caller).filters().stream()
                .map(filter -> filter.guardrail().name())
                .toList();
    }

    @Test
    void anEnvironmentBindsTheKeysWithItsTag() {
        Secret live = key(",\"environment\":\"live\"");
        Secret other = key(",\"environment\":\"staging\"");
        Secret none = key("");
        String id = flagging("of live keys");
        assertThat(assign(id, "live", "later", "live")).isEqualTo(2);
        assertThat(applying(live)).containsExactly("of live keys");
        assertThat(applying(other)).isEmpty();
        assertThat(applying(none)).isEmpty();
        assertThat(applying(key(",\"environment\":\"later\"")))
                .as("a key that comes later")
                .hasSize(1);

        rig.patch(rig.management, rig.caller(other).key().hash(), "{\"environment\":\"live\"}");
        assertThat(applying(other)).as("moved there").hasSize(1);

        JsonNode shown = call(parts.assignments().ofOne(SubjectKind.ENVIRONMENT), "GET", id, "");
        assertThat(shown.path("total_count").asInt()).isEqualTo(2);
        assertThat(shown.path("data")
                        .valueStream()
                        .map(each -> each.path("environment").asString()))
                .containsExactlyInAnyOrder("live", "later");
        assertThat(Rig.typesOf(
                        shown.path("data").path(0),
                        "id",
                        "guardrail_id",
                        "organization_id",
                        "assigned_by",
                        "created_at"))
                .isEqualTo("sss0s");
        assertThat(call(parts.assignments().all(SubjectKind.ENVIRONMENT), "GET", null, "")
                        .path("total_count")
                        .asInt())
                .isEqualTo(2);

        assertThat(call(parts.assignments().removing(SubjectKind.ENVIRONMENT), "POST", id, body("live", "nowhere"))
                        .path("unassigned_count")
                        .asInt())
                .isEqualTo(1);
        assertThat(applying(live)).isEmpty();
    }

    @Test
    void anEnvironmentHoldsOneGuardrailAndAssigningReplaces() {
        Secret live = key(",\"environment\":\"live\"");
        assign(flagging("first"), "live");
        assign(flagging("second"), "live");
        assertThat(applying(live)).containsExactly("second");
    }

    @Test
    void theOrganizationBindsEveryKeyWhateverElseDoes() {
        Rig.Tenant stranger = rig.tenant();
        String workspace = rig.database.write(tx -> rig.organizations
                .createWorkspace(tx, rig.organizationId, "other", "Other")
                .id());
        Secret elsewhere = key(",\"workspace_id\":\"" + workspace + "\",\"environment\":\"live\"");
        String ofAll = flagging("of all");
        String ofLive = flagging("of live");
        assertThat(call(parts.assignments().assigning(SubjectKind.ORGANIZATION), "POST", ofAll, "{}")
                        .path("assigned_count")
                        .asInt())
                .isEqualTo(1);
        assign(ofLive, "live");
        assertThat(applying(elsewhere)).containsExactly("of all", "of live");
        assertThat(applying(rig.keyOf(null, KeyKind.INFERENCE))).containsExactly("of all");
        assertThat(applying(stranger.inference())).isEmpty();

        JsonNode shown = call(parts.assignments().ofOne(SubjectKind.ORGANIZATION), "GET", ofAll, "");
        assertThat(shown.path("data").path(0).path("organization_id").asString())
                .isEqualTo(rig.organizationId);
        assertThat(call(parts.assignments().removing(SubjectKind.ORGANIZATION), "POST", ofAll, "")
                        .path("unassigned_count")
                        .asInt())
                .isEqualTo(1);
        assertThat(applying(elsewhere)).containsExactly("of live");
    }

    @Test
    void aNameThatNoKeyCanHaveIsA400() {
        String id = flagging("g");
        for (String body : List.of(
                "{}",
                "{\"environments\":[]}",
                "{\"environments\":[\"\"]}",
                "{\"environments\":[1]}",
                body("e".repeat(51)))) {
            assertThat(Rig.errorOf(
                            () -> call(parts.assignments().assigning(SubjectKind.ENVIRONMENT), "POST", id, body)))
                    .as(body)
                    .isInstanceOfSatisfying(
                            ApiError.BadRequest.class,
                            no -> assertThat(no.param()).startsWith("environments"));
        }
    }
}
