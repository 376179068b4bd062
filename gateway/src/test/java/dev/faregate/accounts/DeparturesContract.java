package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.chat.RequestReader;
import dev.faregate.guardrails.GuardrailParts;
import dev.faregate.http.Handler;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Role;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Rig;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What is left of people who leave, for good and for a while, on both databases.
@ParameterizedClass
@EnumSource
class DeparturesContract {
    private static final Exposures.Messenger SILENT = new Exposures.Messenger() {
        @Override
        public void tell(Tx tx, Exposure exposure) {}

        @Override
        public void committed() {}
    };

    private final Rig rig;
    private final GuardrailParts guardrails;
    private final Departures departures;
    private final String person = Ids.next().toString();
    private final Secret key;
    private final String guardrail;
    private final String room;

    DeparturesContract(Database.Kind kind) {
        rig = new Rig(kind);
        guardrails = new GuardrailParts(
                rig.database,
                rig.limits,
                rig.store,
                rig.organizations,
                rig.members,
                new Catalogues(CatalogueReader.shipped()),
                new Writes(new AuditLog()),
                RequestReader.Limits.DEFAULTS,
                rig.clock,
                new SimpleMeterRegistry());
        guardrails.guardrails().everything();
        departures = new Departures(rig.store, rig.keys, guardrails.managedAssignments());
        room = rig.database.write(tx -> {
            rig.members.createPerson(tx, person, person + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, person, Role.MEMBER);
            String id = rig.organizations
                    .createWorkspace(tx, rig.organizationId, "room", "Room")
                    .id();
            tx.sql()
                    .execute(
                            "INSERT INTO workspace_member (id, workspace_id, person_id, created_at) VALUES (?, ?, ?, 0)",
                            Ids.next().toString(),
                            id,
                            person);
            return id;
        });
        key = rig.keyOf(person, KeyKind.INFERENCE);
        guardrail = call(
                        guardrails.handler()::create,
                        null,
                        "{\"name\":\"held\",\"limit_usd\":5,\"reset_interval\":\"daily\","
                                + "\"content_filters\":[{\"pattern\":\"x\",\"action\":\"flag\"}]}")
                .path("data")
                .path("id")
                .asString();
        call(guardrails.assignments().assigning(SubjectKind.MEMBER), guardrail, members());
    }

    @AfterEach
    void close() {
        guardrails.close();
    }

    private String members() {
        return "{\"member_user_ids\":[\"" + person + "\"]}";
    }

    private JsonNode call(Handler.Blocking handler, @Nullable String id, String body) {
        Map<String, String> path = id == null ? Map.of() : Map.of("id", id);
        return Json.read(rig.respond(handler, rig.management, Rig.head("POST", "/guardrails", path, Map.of()), body)
                .body());
    }

    private void leave(boolean withKeys) {
        departures.finish(rig.database.write(tx -> departures.leave(tx, rig.organizationId, person, withKeys)));
    }

    private void suspend() {
        departures.finish(rig.database.write(tx -> departures.suspend(tx, rig.organizationId, person)));
    }

    /// They come back, in the way of the directory.
    private void restore() {
        join();
        departures.finish(rig.database.write(tx -> departures.restore(tx, rig.organizationId, person)));
    }

    private void join() {
        rig.database.write(tx -> {
            rig.members.join(tx, rig.organizationId, person, Role.MEMBER);
            return null;
        });
    }

    private boolean isBound(Secret text) {
        return guardrails.guardrails().policy(rig.caller(text)).screens();
    }

    private long rows(String table, String column) {
        return rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT COUNT(*) FROM " + table + " WHERE " + column + " = ?", person)
                .get(0, Long.class));
    }

    private int holders() {
        return call(guardrails.assignments().ofOne(SubjectKind.MEMBER), guardrail, "")
                .path("total_count")
                .asInt(-1);
    }

    @Test
    void whoeverLeavesForGoodComesBackWithNothing() {
        Secret management = rig.keyOf(person, KeyKind.MANAGEMENT);
        assertThat(isBound(key)).isTrue();
        leave(true);
        assertThat(rig.reason(key)).isEqualTo("deleted");
        assertThat(rig.reason(management)).isEqualTo("deleted");
        assertThat(rig.reason(rig.inference)).as("nobody's").isEqualTo("known");
        assertThat(rows("guardrail_assignment", "subject_id")).isZero();
        assertThat(rows("workspace_member", "person_id")).isZero();
        join();
        assertThat(holders()).isZero();
        assertThat(isBound(rig.keyOf(person, KeyKind.INFERENCE))).isFalse();
    }

    @Test
    void keysThatAreKeptStayUnderTheirGuardrailUntilItIsTakenFromThem() {
        leave(false);
        assertThat(isBound(key)).isTrue();
        assertThat(holders()).as("it is seen").isEqualTo(1);
        assertThat(call(guardrails.assignments().removing(SubjectKind.MEMBER), guardrail, members())
                        .path("unassigned_count")
                        .asInt())
                .isEqualTo(1);
        assertThat(isBound(key)).isFalse();
        assertThat(rows("workspace_member", "person_id")).isZero();
    }

    @Test
    void whoeverIsSuspendedComesBackToWhatTheyHad() {
        Secret management = rig.keyOf(person, KeyKind.MANAGEMENT);
        Secret off = rig.keyOf(person, KeyKind.INFERENCE);
        Secret deleted = rig.keyOf(person, KeyKind.INFERENCE);
        rig.patch(rig.management, rig.caller(off).key().hash(), "{\"disabled\":true}");
        String hash = rig.caller(deleted).key().hash();
        suspend();
        for (Secret each : new Secret[] {key, management, off, deleted}) {
            assertThat(rig.reason(each)).isEqualTo("disabled");
        }
        assertThat(rig.reason(rig.inference)).as("nobody's").isEqualTo("known");
        assertThat(rig.database.<Boolean>read(
                        tx -> rig.members.find(tx, rig.organizationId, person).isPresent()))
                .isFalse();
        rig.delete(rig.management, hash);
        restore();
        assertThat(rig.reason(key)).isEqualTo("known");
        assertThat(rig.reason(management)).isEqualTo("known");
        assertThat(rig.reason(off)).as("disabled before").isEqualTo("disabled");
        assertThat(rig.reason(deleted)).isEqualTo("deleted");
        assertThat(isBound(key)).isTrue();
        assertThat(rig.database.<Boolean>read(tx ->
                        dev.faregate.identity.MemberStore.maySee(tx, rig.organizationId, room, person, Role.MEMBER)))
                .isTrue();
        assertThat(rows("suspended_key", "person_id")).isZero();
    }

    @Test
    void whatAnOwnerEnabledMeanwhileStaysEnabled() {
        String hash = rig.caller(key).key().hash();
        suspend();
        rig.patch(rig.management, hash, "{\"disabled\":false}");
        assertThat(rig.reason(key)).isEqualTo("known");
        assertThat(isBound(key)).as("under the guardrail of its maker").isTrue();
        restore();
        assertThat(rig.reason(key)).isEqualTo("known");
    }

    @Test
    void whatAnOwnerDisabledAgainStaysDisabled() {
        String hash = rig.caller(key).key().hash();
        suspend();
        rig.patch(rig.management, hash, "{\"disabled\":false}");
        rig.patch(rig.management, hash, "{\"disabled\":true}");
        restore();
        assertThat(rig.reason(key)).isEqualTo("disabled");
    }

    @Test
    void whatWasRenamedMeanwhileStillComesBack() {
        String hash = rig.caller(key).key().hash();
        suspend();
        rig.patch(rig.management, hash, "{\"name\":\"renamed\"}");
        restore();
        assertThat(rig.reason(key)).isEqualTo("known");
    }

    @Test
    void aKeyThatWasFoundInPublicMeanwhileStaysDisabled() {
        suspend();
        new Exposures(rig.database, rig.keys, rig.directory, new AuditLog(), SILENT)
                .report(Exposure.Origin.GITHUB, List.of(new Exposures.Report(KeyHash.of(key), null, null)));
        restore();
        assertThat(rig.reason(key)).isEqualTo("disabled");
    }
}
