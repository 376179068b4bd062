package dev.faregate.guardrails;

import dev.faregate.chat.RequestReader;
import dev.faregate.credits.Limits;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.KeyStore;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/// Everything of this feature, made once, in order.
public final class GuardrailParts implements AutoCloseable {
    private final HitCounts hits;
    private final Guardrails guardrails;
    private final ManagedGuardrails managed;
    private final GuardrailsHandler handler;
    private final ManagedAssignments managedAssignments;
    private final AssignmentsHandler assignments;

    public GuardrailParts(
            Database database,
            Limits limits,
            KeyStore keys,
            OrganizationStore organizations,
            MemberStore members,
            Catalogues catalogues,
            Writes writes,
            RequestReader.Limits reading,
            InstantSource clock,
            MeterRegistry registry) {
        BudgetStore budgets = new BudgetStore(limits);
        GuardrailStore store = new GuardrailStore(budgets);
        HitStore hitStore = new HitStore();
        this.hits = new HitCounts(database, hitStore, clock, registry);
        this.guardrails = new Guardrails(database, store, reading, hits);
        this.managed = new ManagedGuardrails(database, store, budgets, guardrails, organizations, catalogues, writes);
        this.handler = new GuardrailsHandler(database, managed, store, guardrails, hitStore);
        this.managedAssignments = new ManagedAssignments(
                database, store, new AssignmentStore(budgets), guardrails, keys, members, writes);
        this.assignments = new AssignmentsHandler(managedAssignments);
    }

    public Guardrails guardrails() {
        return guardrails;
    }

    public ManagedGuardrails managed() {
        return managed;
    }

    public GuardrailsHandler handler() {
        return handler;
    }

    public ManagedAssignments managedAssignments() {
        return managedAssignments;
    }

    public AssignmentsHandler assignments() {
        return assignments;
    }

    @Override
    public void close() {
        hits.close();
    }
}
