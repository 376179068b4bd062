package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A form as the body of `POST /presets/{slug}/chat/completions`, whose rules then apply. What cannot be said in such
/// a body is in `errors`. Pure.
final class PresetBody {
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}(\\.\\d{1,9})?");

    /// A body, or what is wrong.
    record Result(byte[] body, Map<String, String> errors) {}

    private final PresetForm form;
    private final Map<String, String> errors = new HashMap<>();

    private PresetBody(PresetForm form) {
        this.form = form;
    }

    /// @param before the settings that the form was filled from; what the form has no field for stays as it is there
    static Result of(PresetForm form, JsonNode before) {
        PresetBody made = new PresetBody(form);
        ObjectNode body = form.asJson() ? made.parsed() : made.fields(before);
        made.putPrompt(body);
        return new Result(body.toString().getBytes(StandardCharsets.UTF_8), Map.copyOf(made.errors));
    }

    private ObjectNode parsed() {
        try {
            return Json.readObject(form.value(PresetForm.JSON).getBytes(StandardCharsets.UTF_8));
        } catch (ApiException e) {
            String said = e.error() instanceof ApiError.BadRequest(String message, String _) ? message : "";
            errors.put(PresetForm.JSON, said.replaceFirst("^The request body", "This"));
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private ObjectNode fields(JsonNode before) {
        ObjectNode body = before instanceof ObjectNode known ? known.deepCopy() : JsonNodeFactory.instance.objectNode();
        putText(body, PresetForm.MODEL, form.value(PresetForm.MODEL));
        putList(body, PresetForm.MODELS, FormJson.items(form.value(PresetForm.MODELS)));
        PresetForm.NUMBERS.forEach(field -> putNumber(body, field));
        ObjectNode provider = body.path("provider") instanceof ObjectNode known ? known : body.putObject("provider");
        for (String field : PresetForm.PROVIDER_LISTS) {
            putList(provider, field, FormJson.items(form.value("provider_" + field)));
        }
        // A way of sorting that the form cannot show stays.
        if (form.ticked(PresetForm.SORT) || provider.path("sort").isString()) {
            putText(provider, "sort", form.value(PresetForm.SORT));
        }
        putFlag(provider, "allow_fallbacks", PresetForm.NO_FALLBACKS, false);
        putFlag(provider, "zdr", PresetForm.ZDR, true);
        if (form.ticked(PresetForm.NO_COLLECTION)) {
            provider.put("data_collection", "deny");
        } else if (FormJson.text(provider, "data_collection").equals("deny")) {
            provider.remove("data_collection");
        }
        if (provider.isEmpty()) {
            body.remove("provider");
        }
        return body;
    }

    private static void putText(ObjectNode body, String field, String text) {
        if (text.isEmpty()) {
            body.remove(field);
        } else {
            body.put(field, text);
        }
    }

    private static void putList(ObjectNode body, String field, List<String> items) {
        if (items.isEmpty()) {
            body.remove(field);
        } else {
            items.forEach(body.putArray(field)::add);
        }
    }

    private void putNumber(ObjectNode body, String field) {
        String typed = form.value(field);
        if (typed.isEmpty()) {
            body.remove(field);
        } else if (NUMBER.matcher(typed).matches()) {
            body.put(field, new BigDecimal(typed));
        } else {
            errors.put(field, "Write a number, like 0.7, or leave it empty.");
        }
    }

    /// `meaning`: what a ticked box says. One that is not ticked takes back only that.
    private void putFlag(ObjectNode body, String field, String box, boolean meaning) {
        if (form.ticked(box)) {
            body.put(field, meaning);
        } else if (body.path(field).isBoolean() && body.path(field).booleanValue() == meaning) {
            body.remove(field);
        }
    }

    /// JSON that was pasted whole may hold its instructions as messages; what is typed below stands instead of them.
    private void putPrompt(ObjectNode body) {
        if (form.ticked(PresetForm.PROMPT)) {
            ObjectNode message = body.putArray("messages").addObject();
            message.put("role", "system");
            message.put("content", form.value(PresetForm.PROMPT));
        }
    }
}
