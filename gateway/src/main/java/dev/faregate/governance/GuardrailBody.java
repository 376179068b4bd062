package dev.faregate.governance;

import dev.faregate.guardrails.ManagedGuardrails;
import dev.faregate.pages.Amounts;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A form as the body of a call of the API, whose rules then apply. What cannot be said in such a body is in `errors`.
/// Pure.
final class GuardrailBody {
    /// A body, or what is wrong.
    record Result(byte[] body, Map<String, String> errors) {}

    private final GuardrailForm form;
    private final JsonNode before;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final Map<String, String> errors = new HashMap<>();

    private GuardrailBody(GuardrailForm form, JsonNode before) {
        this.form = form;
        this.before = before;
    }

    /// The body of `POST /guardrails`.
    static Result create(GuardrailForm form, String workspaceId) {
        GuardrailBody made = new GuardrailBody(form, JsonNodeFactory.instance.missingNode());
        made.writeAll();
        made.body.put("workspace_id", workspaceId);
        return made.result();
    }

    /// The body of `PATCH /guardrails/{id}`: what differs from the record as it is, so that whatever was said by other
    /// ways, and is not touched here, stays as it was said.
    static Result update(GuardrailForm form, JsonNode before) {
        GuardrailBody made = new GuardrailBody(form, before);
        made.writeAll();
        made.dropUnchanged();
        return made.result();
    }

    /// The filters alone, to try them.
    static byte[] filters(GuardrailForm form) {
        GuardrailBody made = new GuardrailBody(form, JsonNodeFactory.instance.missingNode());
        made.writeFilters();
        made.writeBuiltins();
        return made.result().body();
    }

    private Result result() {
        return new Result(body.toString().getBytes(StandardCharsets.UTF_8), Map.copyOf(errors));
    }

    private void writeAll() {
        if (form.value(GuardrailForm.NAME).isBlank()) {
            errors.put(GuardrailForm.NAME, "Give the guardrail a name, so that people know what binds them.");
        }
        GuardrailForm.TEXTS.forEach(field -> FormJson.putText(body, field, form.value(field)));
        GuardrailForm.BOXES.forEach(field -> body.put(field, form.ticked(field)));
        writeBudget();
        GuardrailForm.LISTS.forEach(field -> FormJson.putList(body, field, FormJson.items(form.value(field))));
        FormJson.putList(
                body,
                "allowed_data_regions",
                GuardrailForm.REGIONS.stream()
                        .filter(region -> form.ticked("region_" + region))
                        .toList());
        GuardrailForm.ZDR.forEach(field -> putFlag(field, form.ticked(field), true));
        GuardrailForm.LEFT_OUT.forEach(field -> putFlag(field, form.ticked(field), false));
        writeFilters();
        writeBuiltins();
    }

    /// Without an amount there is no budget, and nothing that starts anew.
    private void writeBudget() {
        String typed = form.value(GuardrailForm.LIMIT);
        BigDecimal dollars = Amounts.typed(typed);
        if (dollars == null) {
            if (!typed.isEmpty()) {
                errors.put(
                        GuardrailForm.LIMIT,
                        "Write an amount in dollars, like 25 or 0.50, or leave it empty for no budget.");
            }
            body.putNull(GuardrailForm.LIMIT);
            body.putNull(GuardrailForm.RESET);
        } else {
            body.put(GuardrailForm.LIMIT, dollars);
            body.put(GuardrailForm.RESET, form.value(GuardrailForm.RESET));
        }
    }

    private void writeFilters() {
        if (form.filters().isEmpty()) {
            body.putNull(GuardrailForm.FILTERS);
            return;
        }
        ArrayNode filters = body.putArray(GuardrailForm.FILTERS);
        for (GuardrailForm.Row row : form.filters()) {
            ObjectNode filter = filters.addObject();
            filter.put("pattern", row.pattern());
            filter.put("action", row.action());
            filter.put("label", row.label().isEmpty() ? null : row.label());
        }
    }

    private void writeBuiltins() {
        List<String> chosen = ManagedGuardrails.builtins().stream()
                .filter(slug -> form.ticked("builtin_" + slug))
                .toList();
        if (chosen.isEmpty()) {
            body.putNull("content_filter_builtins");
            return;
        }
        ArrayNode builtins = body.putArray("content_filter_builtins");
        for (String slug : chosen) {
            ObjectNode builtin = builtins.addObject();
            builtin.put("slug", slug);
            builtin.put("action", form.value("builtin_" + slug));
            if (form.ticked("scope_" + slug)) {
                builtin.put("scan_scope", form.value("scope_" + slug));
            }
        }
    }

    private void dropUnchanged() {
        FormJson.dropSame(body, withoutLabels());
        // The old field says of all groups what now only some of them say.
        if (GuardrailForm.ZDR.stream().anyMatch(body::has)
                && !before.path("enforce_zdr").isNull()) {
            body.putNull("enforce_zdr");
        }
    }

    /// The record as it was, without the labels of builtin filters, which the API shows and nobody writes.
    private JsonNode withoutLabels() {
        JsonNode was = before.deepCopy();
        was.path("content_filter_builtins").forEach(filter -> ((ObjectNode) filter).remove("label"));
        return was;
    }

    /// `meaning`: what a ticked box says. One that is not ticked says nothing, or what was said with the same effect.
    private void putFlag(String field, boolean ticked, boolean meaning) {
        JsonNode was = before.path(field);
        if (ticked) {
            body.put(field, meaning);
        } else if (was.isBoolean() && was.booleanValue() != meaning) {
            body.put(field, !meaning);
        } else {
            body.putNull(field);
        }
    }
}
