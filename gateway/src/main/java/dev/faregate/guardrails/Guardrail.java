package dev.faregate.guardrails;

import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// A guardrail as it is stored and shown (contract 2.4 and 3.6). `limit` and `interval` are both there or both
/// null. `dryRun` is ours: it tells what it would have done, and does nothing. `isDefault`: it applies to all of its
/// workspace.
public record Guardrail(
        String id,
        String organizationId,
        String workspaceId,
        String name,
        @Nullable String description,
        @Nullable Usd limit,
        @Nullable Window interval,
        boolean includeByok,
        boolean dryRun,
        boolean isDefault,
        Rules rules,
        Instant createdAt,
        @Nullable Instant updatedAt) {

    /// The record as the API shows it, for a form to begin with.
    public JsonNode shown() {
        return Json.read(Json.write(this::write));
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeStringProperty("name", name);
        text(json, "description", description);
        if (limit == null) {
            json.writeNullProperty("limit_usd");
        } else {
            json.writeNumberProperty("limit_usd", limit.dollars());
        }
        text(json, "reset_interval", interval == null ? null : interval.wireName());
        json.writeBooleanProperty("include_byok_in_budgets", includeByok);
        json.writeBooleanProperty("dry_run", dryRun);
        rules.write(json);
        json.writeStringProperty("created_at", createdAt.toString());
        text(json, "updated_at", updatedAt == null ? null : updatedAt.toString());
        json.writeEndObject();
    }

    /// What the audit log tells of it: that filters are there, but not their patterns, which may quote what must not
    /// be said.
    Map<String, @Nullable Object> auditDetail() {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        BigDecimal dollars = limit == null ? null : limit.dollars();
        detail.put("name", name);
        detail.put("workspace_id", workspaceId);
        detail.put("limit_usd", dollars);
        detail.put("reset_interval", interval == null ? null : interval.wireName());
        detail.put("dry_run", dryRun);
        detail.put("allowed_models", rules.allowedModels());
        detail.put("ignored_models", rules.ignoredModels());
        detail.put("allowed_providers", rules.allowedProviders());
        detail.put("ignored_providers", rules.ignoredProviders());
        detail.put("allowed_data_regions", rules.allowedDataRegions());
        detail.put(
                "content_filters",
                rules.contentFilters() == null ? 0 : rules.contentFilters().size());
        detail.put(
                "content_filter_builtins",
                rules.builtins() == null
                        ? null
                        : rules.builtins().stream()
                                .map(b -> b.builtin().slug() + ":" + b.action().word())
                                .toList());
        return detail;
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }
}
