package dev.faregate.workspaces;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// A workspace as the answers on `/workspaces` show it (contract section 4).
record WorkspaceView(
        String id,
        String organizationId,
        String defaultGuardrailId,
        WorkspaceSettings settings,
        boolean includeByokInBudgets,
        @Nullable String createdBy,
        Instant createdAt,
        @Nullable Instant updatedAt) {

    WorkspaceView with(WorkspaceSettings changed, Instant now) {
        return new WorkspaceView(
                id, organizationId, defaultGuardrailId, changed, includeByokInBudgets, createdBy, createdAt, now);
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("name", settings.name());
        json.writeStringProperty("slug", settings.slug());
        writeText(json, "description", settings.description());
        writeText(json, "default_text_model", settings.textModel());
        writeText(json, "default_image_model", settings.imageModel());
        writeText(json, "default_provider_sort", settings.providerSort());
        json.writeStringProperty("default_guardrail_id", defaultGuardrailId);
        json.writeBooleanProperty("include_byok_in_budgets", includeByokInBudgets);
        json.writeNumberProperty("io_logging_sampling_rate", settings.samplingRate());
        writeList(json, "io_logging_api_key_ids", settings.loggedKeys());
        json.writeBooleanProperty("is_observability_io_logging_enabled", settings.logsTexts());
        json.writeBooleanProperty("is_observability_broadcast_enabled", settings.broadcasts());
        json.writeBooleanProperty("is_data_discount_logging_enabled", settings.discountLogging());
        writeList(json, "disabled_server_tools", settings.disabledTools());
        writeText(json, "unaffordable", settings.unaffordable());
        writeText(json, "created_by", createdBy);
        json.writeStringProperty("created_at", createdAt.toString());
        writeText(json, "updated_at", updatedAt == null ? null : updatedAt.toString());
        json.writeEndObject();
    }

    static void writeText(JsonGenerator json, String name, @Nullable String text) {
        if (text == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, text);
        }
    }

    private static void writeList(JsonGenerator json, String name, @Nullable List<?> items) {
        json.writeName(name);
        writeItems(json, items);
    }

    /// Texts and whole numbers.
    static void writeItems(JsonGenerator json, @Nullable List<?> items) {
        if (items == null) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (Object item : items) {
            if (item instanceof Long number) {
                json.writeNumber(number);
            } else {
                json.writeString(item.toString());
            }
        }
        json.writeEndArray();
    }
}
