package dev.faregate.guardrails;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// What a guardrail says beside its budget, exactly as it was written: null and an empty list are told apart, and
/// order is kept (contract 2.4).
record Rules(
        @Nullable List<String> allowedModels,
        @Nullable List<String> ignoredModels,
        @Nullable List<String> allowedProviders,
        @Nullable List<String> ignoredProviders,
        @Nullable List<String> allowedDataRegions,
        @Nullable Boolean enforceZdr,
        Map<ZdrGroup, Boolean> zdr,
        @Nullable Boolean freeModelTraining,
        @Nullable Boolean paidModelTraining,
        @Nullable Boolean freeModelPublication,
        @Nullable List<Custom> contentFilters,
        @Nullable List<BuiltinFilter> builtins) {

    static final Rules NONE = new Rules(null, null, null, null, null, null, Map.of(), null, null, null, null, null);

    /// A pattern of the customer's own.
    record Custom(
            String pattern, FilterAction action, @Nullable String label) {}

    /// A filter that comes with the server; `scope` is null where nothing was said.
    record BuiltinFilter(
            Builtin builtin, FilterAction action, @Nullable ScanScope scope) {}

    /// Which messages are looked into for prompt injections.
    enum ScanScope {
        USER_ONLY("user_only"),
        ALL_MESSAGES("all_messages");

        static final List<String> WORDS = List.of("user_only", "all_messages");

        private final String word;

        ScanScope(String word) {
            this.word = word;
        }

        static ScanScope ofWord(String word) {
            return word.equals(USER_ONLY.word) ? USER_ONLY : ALL_MESSAGES;
        }
    }

    Rules {
        Map<ZdrGroup, Boolean> stated = new EnumMap<>(ZdrGroup.class);
        stated.putAll(zdr);
        zdr = java.util.Collections.unmodifiableMap(stated);
    }

    /// Writes the fields into an object that is open.
    void write(JsonGenerator json) {
        texts(json, "allowed_models", allowedModels);
        texts(json, "ignored_models", ignoredModels);
        texts(json, "allowed_providers", allowedProviders);
        texts(json, "ignored_providers", ignoredProviders);
        texts(json, "allowed_data_regions", allowedDataRegions);
        flag(json, "enforce_zdr", enforceZdr);
        for (ZdrGroup group : ZdrGroup.values()) {
            flag(json, group.field(), zdr.get(group));
        }
        flag(json, "enable_free_model_training", freeModelTraining);
        flag(json, "enable_paid_model_training", paidModelTraining);
        flag(json, "enable_free_model_publication", freeModelPublication);
        writeFilters(json);
        writeBuiltins(json);
    }

    private void writeFilters(JsonGenerator json) {
        if (contentFilters == null) {
            json.writeNullProperty("content_filters");
            return;
        }
        json.writeArrayPropertyStart("content_filters");
        for (Custom filter : contentFilters) {
            json.writeStartObject();
            json.writeStringProperty("pattern", filter.pattern());
            json.writeStringProperty("action", filter.action().word());
            if (filter.label() == null) {
                json.writeNullProperty("label");
            } else {
                json.writeStringProperty("label", filter.label());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeBuiltins(JsonGenerator json) {
        if (builtins == null) {
            json.writeNullProperty("content_filter_builtins");
            return;
        }
        json.writeArrayPropertyStart("content_filter_builtins");
        for (BuiltinFilter filter : builtins) {
            json.writeStartObject();
            json.writeStringProperty("slug", filter.builtin().slug());
            json.writeStringProperty("action", filter.action().word());
            json.writeStringProperty("label", filter.builtin().placeholder());
            if (filter.scope() != null) {
                json.writeStringProperty("scan_scope", filter.scope().word);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void texts(JsonGenerator json, String name, @Nullable List<String> texts) {
        if (texts == null) {
            json.writeNullProperty(name);
            return;
        }
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    private static void flag(JsonGenerator json, String name, @Nullable Boolean value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeBooleanProperty(name, value);
        }
    }
}
