package dev.faregate.keys;

import dev.faregate.credits.Books;
import dev.faregate.credits.Limits;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.core.JsonGenerator;

/// `GET /key` (alias `/auth/key`): what the calling key is, may and did. It works with no credit at all
/// and costs a few indexed reads, so it serves as the test whether a key is alive (S47).
public final class KeyHandler {
    /// The answer's parts that need the store.
    private record Facts(KeyView view, FreeAllowance free, List<BudgetLayer> budgets, List<String> regions) {}

    private final Database database;
    private final KeySecretStore secrets = new KeySecretStore();
    private final Limits limits;
    private final Books books;
    private final OrganizationStore organizations;
    private final BiFunction<Tx, ApiKey, List<String>> regions;

    /// `regions`: the data regions that the rules of a key leave.
    public KeyHandler(
            Database database,
            Limits limits,
            Books books,
            OrganizationStore organizations,
            BiFunction<Tx, ApiKey, List<String>> regions) {
        this.database = database;
        this.regions = regions;
        this.limits = limits;
        this.books = books;
        this.organizations = organizations;
    }

    public Response handle(Request request) {
        Caller caller = request.principal(Caller.class);
        Facts facts = database.read(tx -> facts(tx, caller));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeName("data");
            write(json, facts);
            json.writeEndObject();
        });
    }

    private Facts facts(Tx tx, Caller caller) {
        // The caller may be a memory; the answer is not.
        ApiKey key = secrets.find(tx, caller.secretHash())
                .map(KeySecretStore.Opened::key)
                .orElse(caller.key());
        KeyView view = KeyView.of(tx, limits, key);
        Organization organization = organizations
                .find(tx, caller.organizationId())
                .orElseThrow(() -> new IllegalStateException("a key without an organization"));
        return new Facts(
                view,
                FreeAllowance.of(tx, books, organization),
                BudgetLayer.of(tx, limits, key),
                regions.apply(tx, key));
    }

    private static void write(JsonGenerator json, Facts facts) {
        ApiKey key = facts.view().key();
        boolean management = key.kind() == KeyKind.MANAGEMENT;
        json.writeStartObject();
        json.writeStringProperty("label", key.label());
        json.writeStringProperty("name", key.name());
        json.writeStringProperty("hash", key.hash());
        facts.view().writeCommon(json);
        json.writeBooleanProperty("is_free_tier", facts.free().freeTier());
        json.writeBooleanProperty("is_management_key", management);
        json.writeBooleanProperty("is_provisioning_key", management);
        json.writeStringProperty("organization_id", key.organizationId());
        json.writeStringProperty("workspace_id", key.workspaceId());
        json.writeArrayPropertyStart("allowed_data_regions");
        facts.regions().forEach(json::writeString);
        json.writeEndArray();
        json.writeArrayPropertyStart("budgets");
        facts.budgets().forEach(budget -> budget.write(json));
        json.writeEndArray();
        json.writeName("effective_budget");
        BudgetLayer effective = BudgetLayer.effective(facts.budgets());
        if (effective == null) {
            json.writeNull();
        } else {
            effective.write(json);
        }
        json.writeObjectPropertyStart("free_model_daily_requests");
        json.writeNumberProperty("limit", facts.free().limit());
        json.writeNumberProperty("used", facts.free().used());
        json.writeNumberProperty("remaining", facts.free().remaining());
        json.writeEndObject();
        // A dead object that clients still require (contract 3.1).
        json.writeObjectPropertyStart("rate_limit");
        json.writeNumberProperty("requests", -1);
        json.writeStringProperty("interval", "10s");
        json.writeStringProperty("note", "This field is deprecated and safe to ignore.");
        json.writeEndObject();
        json.writeEndObject();
    }
}
