package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.pages.FormWords;
import dev.faregate.presets.Preset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is said of a preset beside its settings, as it stands in a form: its name, what it is for, and whether it can
/// be used.
public record PresetTerms(Map<String, String> values, Map<String, String> errors) implements Typed {
    private static final List<String> FIELDS = List.of("name", "description", "status");

    /// Longer than any of them may be, so that the rule of the API speaks and not this.
    private static final int MAX_TYPED = 2_000;

    static PresetTerms of(Preset preset) {
        String description = preset.description();
        return new PresetTerms(
                Map.of(
                        "name",
                        preset.name(),
                        "description",
                        description == null ? "" : description,
                        "status",
                        preset.status().word()),
                Map.of());
    }

    static PresetTerms typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        FIELDS.forEach(field ->
                values.put(field, FormJson.first(form.all(field, MAX_TYPED)).replace("\r\n", "\n")));
        return new PresetTerms(values, Map.of());
    }

    /// The body of `PATCH /presets/{slug}`.
    byte[] body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("name", value("name"));
        FormJson.putText(body, "description", value("description"));
        body.put("status", value("status"));
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// These with what a write said against them. Throws what is about none of them.
    PresetTerms with(ApiException refused) {
        if (refused.error() instanceof ApiError.BadRequest(String message, String param)
                && param != null
                && FIELDS.contains(param)) {
            return new PresetTerms(values, Map.of(param, FormWords.sentence(message)));
        }
        throw refused;
    }
}
