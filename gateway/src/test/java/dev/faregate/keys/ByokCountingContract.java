package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.keys.BudgetStore.Subject;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Budgets that begin, or cease, to count requests on own provider keys (contract 3.1, 3.6), on both databases: what
/// was used before counts too, whatever was planned before does not pass, and the books still balance.
@ParameterizedClass
@EnumSource
class ByokCountingContract {
    private static final Usd CREDIT = Usd.parse("1.75");
    private static final Usd BYOK = Usd.parse("2");
    private final Database database;
    private final Rig rig;
    private final BudgetStore budgets;

    ByokCountingContract(Database.Kind kind) {
        database = Stores.open(kind);
        rig = new Rig(database);
        budgets = new BudgetStore(rig.limits);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void write(Consumer<Tx> work) {
        database.write(tx -> {
            work.accept(tx);
            return 0;
        });
    }

    /// Usage of today, as the roll-ups keep it.
    private void used(String keyId) {
        int today = (int) LocalDate.now(ZoneOffset.UTC).toEpochDay();
        for (int day : new int[] {today, KeyUsage.ALL_TIME}) {
            write(tx -> tx.sql()
                    .execute(
                            "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                                    + " VALUES (?, ?, 1, ?, ?, 0)",
                            keyId,
                            day,
                            CREDIT.nanos(),
                            BYOK.nanos()));
        }
    }

    private Limits.State state(Scope scope, String owner, Window window) {
        return database.read(
                tx -> Objects.requireNonNull(rig.limits.states(tx, scope, owner).get(window)));
    }

    @Test
    void aWorkspaceBudgetCountsWhatWasUsedBefore() {
        Caller caller = rig.caller(rig.inference);
        used(caller.keyId());
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.DAILY, Usd.parse("5")));
        Caller planned = reloaded();
        long limit = state(Scope.WORKSPACE, rig.workspaceId, Window.DAILY).limitId();
        assertThat(planned.byokLimits()).doesNotContain(limit);
        write(tx -> budgets.workspaceCountsByok(tx, rig.organizationId, rig.workspaceId, true));
        Limits.State counting = state(Scope.WORKSPACE, rig.workspaceId, Window.DAILY);
        assertThat(counting.used()).isEqualTo(CREDIT.plus(BYOK));
        Caller fresh = reloaded();
        assertThat(fresh.byokLimits()).contains(limit);
        assertThat(fresh.policySeq()).as("what was planned before is stale").isGreaterThan(planned.policySeq());
        write(tx -> budgets.workspaceCountsByok(tx, rig.organizationId, rig.workspaceId, true));
        assertThat(state(Scope.WORKSPACE, rig.workspaceId, Window.DAILY).used())
                .as("saying it twice counts once")
                .isEqualTo(CREDIT.plus(BYOK));
        write(tx -> budgets.workspaceCountsByok(tx, rig.organizationId, rig.workspaceId, false));
        assertThat(state(Scope.WORKSPACE, rig.workspaceId, Window.DAILY).used()).isEqualTo(CREDIT);
        assertThat(reloaded().byokLimits()).isEmpty();
        assertThat((List<String>) database.read(rig.books::audit)).isEmpty();
    }

    @Test
    void aGuardrailBudgetCountsPerKey() {
        Caller caller = rig.caller(rig.inference);
        used(caller.keyId());
        write(tx -> {
            budgets.guardrail(tx, rig.organizationId, "g", Window.MONTHLY, Usd.parse("5"), true);
            budgets.assign(tx, rig.organizationId, "g", new Subject(SubjectKind.KEY, caller.keyId()));
        });
        assertThat(state(Scope.GUARDRAIL_KEY, "g:" + caller.keyId(), Window.MONTHLY)
                        .used())
                .isEqualTo(CREDIT.plus(BYOK));
        assertThat((List<String>) database.read(rig.books::audit)).isEmpty();
    }

    private Caller reloaded() {
        rig.directory.forgetAll();
        return rig.caller(rig.inference);
    }
}
