package dev.faregate.guardrails;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads rules back from the text that [Rules#write] made of them. It checks nothing: what was accepted once is read,
/// even if it would not be accepted today.
final class StoredRules {
    private StoredRules() {}

    static Rules read(String text) {
        JsonNode json = Json.read(text.getBytes(StandardCharsets.UTF_8));
        Map<ZdrGroup, Boolean> zdr = new EnumMap<>(ZdrGroup.class);
        for (ZdrGroup group : ZdrGroup.values()) {
            Boolean stated = flag(json, group.field());
            if (stated != null) {
                zdr.put(group, stated);
            }
        }
        return new Rules(
                texts(json, "allowed_models"),
                texts(json, "ignored_models"),
                texts(json, "allowed_providers"),
                texts(json, "ignored_providers"),
                texts(json, "allowed_data_regions"),
                flag(json, "enforce_zdr"),
                zdr,
                flag(json, "enable_free_model_training"),
                flag(json, "enable_paid_model_training"),
                flag(json, "enable_free_model_publication"),
                filters(json.path("content_filters")),
                builtins(json.path("content_filter_builtins")));
    }

    private static @Nullable List<String> texts(JsonNode json, String name) {
        if (!json.path(name).isArray()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        json.path(name).forEach(text -> texts.add(text.asString()));
        return List.copyOf(texts);
    }

    private static @Nullable Boolean flag(JsonNode json, String name) {
        return json.path(name).isBoolean() ? (Boolean) json.path(name).booleanValue() : null;
    }

    private static @Nullable List<Rules.Custom> filters(JsonNode json) {
        if (!json.isArray()) {
            return null;
        }
        List<Rules.Custom> filters = new ArrayList<>();
        for (JsonNode filter : json) {
            JsonNode label = filter.path("label");
            filters.add(new Rules.Custom(
                    filter.path("pattern").asString(),
                    FilterAction.ofWord(filter.path("action").asString()),
                    label.isString() ? label.asString() : null));
        }
        return List.copyOf(filters);
    }

    private static @Nullable List<Rules.BuiltinFilter> builtins(JsonNode json) {
        if (!json.isArray()) {
            return null;
        }
        List<Rules.BuiltinFilter> filters = new ArrayList<>();
        for (JsonNode filter : json) {
            Builtin builtin = Builtin.find(filter.path("slug").asString());
            if (builtin == null) {
                throw new IllegalStateException("a builtin filter that this version does not know: " + filter);
            }
            JsonNode scope = filter.path("scan_scope");
            filters.add(new Rules.BuiltinFilter(
                    builtin,
                    FilterAction.ofWord(filter.path("action").asString()),
                    scope.isString() ? Rules.ScanScope.ofWord(scope.asString()) : null));
        }
        return List.copyOf(filters);
    }
}
