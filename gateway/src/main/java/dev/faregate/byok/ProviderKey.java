package dev.faregate.byok;

import dev.faregate.base.Json;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// A provider key that an organization brought, as people know it (contract 2.4, 3.5): never its text. `label` is
/// the masked text; `workspaceId` null is every workspace. A list that is null allows everything. Keys of one
/// provider are tried in ascending `sortOrder`.
public record ProviderKey(
        String id,
        String organizationId,
        @Nullable String workspaceId,
        String provider,
        @Nullable String name,
        String label,
        Use use,
        int sortOrder,
        Sealed sealed,
        Instant createdAt) {

    /// How it is used. `fallback`: only after shared capacity; `required`: no shared capacity of the provider for
    /// the models it covers; `byokOnly`: none for any model. `declaredZdr` overrides what the provider is known
    /// to do with prompts.
    public record Use(
            boolean disabled,
            boolean fallback,
            boolean required,
            boolean byokOnly,
            @Nullable Boolean declaredZdr,
            @Nullable List<String> allowedModels,
            @Nullable List<String> allowedKeyHashes,
            @Nullable List<String> allowedUserIds) {}

    /// What the sealed text is bound to.
    static String[] place(String id, String organizationId, String provider) {
        return new String[] {"provider_key", id, organizationId, provider};
    }

    String[] place() {
        return place(id, organizationId, provider);
    }

    /// The record as the API shows it, for a form to begin with.
    public JsonNode shown() {
        return Json.read(Json.write(this::write));
    }

    /// The object of the answers on `/byok`.
    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("provider", provider);
        text(json, "workspace_id", workspaceId);
        text(json, "name", name);
        json.writeStringProperty("label", label);
        json.writeBooleanProperty("disabled", use.disabled());
        json.writeBooleanProperty("is_fallback", use.fallback());
        json.writeBooleanProperty("is_required", use.required());
        json.writeBooleanProperty("is_byok_only", use.byokOnly());
        if (use.declaredZdr() == null) {
            json.writeNullProperty("declared_zdr");
        } else {
            json.writeBooleanProperty("declared_zdr", use.declaredZdr());
        }
        list(json, "allowed_models", use.allowedModels());
        list(json, "allowed_api_key_hashes", use.allowedKeyHashes());
        list(json, "allowed_user_ids", use.allowedUserIds());
        // Required by the newest Python SDK (openrouter 1.3.84): no region is declared.
        json.writeNullProperty("declared_region");
        json.writeNumberProperty("sort_order", sortOrder);
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeEndObject();
    }

    /// What the audit log tells of a write.
    Map<String, ? extends @Nullable Object> auditDetail() {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("provider", provider);
        detail.put("workspace_id", workspaceId);
        detail.put("name", name);
        detail.put("label", label);
        detail.put("disabled", use.disabled());
        detail.put("is_fallback", use.fallback());
        detail.put("is_required", use.required());
        detail.put("is_byok_only", use.byokOnly());
        detail.put("declared_zdr", use.declaredZdr());
        detail.put("allowed_models", use.allowedModels());
        detail.put("allowed_api_key_hashes", use.allowedKeyHashes());
        detail.put("allowed_user_ids", use.allowedUserIds());
        detail.put("sort_order", sortOrder);
        return detail;
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private static void list(JsonGenerator json, String name, @Nullable List<String> values) {
        if (values == null) {
            json.writeNullProperty(name);
            return;
        }
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}
