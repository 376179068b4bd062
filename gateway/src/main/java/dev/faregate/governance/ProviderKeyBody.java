package dev.faregate.governance;

import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A form as the body of a call of the API, whose rules then apply. What cannot be said in such a body is in `errors`.
/// Pure.
final class ProviderKeyBody {
    private static final Pattern WHOLE = Pattern.compile("\\d{1,9}");

    /// A body, or what is wrong. The body may hold the key.
    record Result(byte[] body, Map<String, String> errors) {}

    private ProviderKeyBody() {}

    /// The body of `POST /byok`.
    static Result create(ProviderKeyForm form, @Nullable Secret key, String workspaceId) {
        Map<String, String> errors = new HashMap<>();
        ObjectNode body = fields(form, errors);
        if (form.value(ProviderKeyForm.PROVIDER).isBlank()) {
            errors.put(ProviderKeyForm.PROVIDER, "Choose the provider that the key is from.");
        }
        body.put("provider", form.value(ProviderKeyForm.PROVIDER));
        body.put("workspace_id", form.ticked(ProviderKeyForm.EVERYWHERE) ? null : workspaceId);
        putKey(body, key, errors);
        return new Result(bytes(body), Map.copyOf(errors));
    }

    /// The body of `PATCH /byok/{id}`: what differs from the record as it is.
    static Result update(ProviderKeyForm form, JsonNode before) {
        Map<String, String> errors = new HashMap<>();
        ObjectNode body = fields(form, errors);
        FormJson.dropSame(body, before);
        return new Result(bytes(body), Map.copyOf(errors));
    }

    /// The body that puts another key in the place of one.
    static Result replace(@Nullable Secret key) {
        Map<String, String> errors = new HashMap<>();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        putKey(body, key, errors);
        return new Result(bytes(body), Map.copyOf(errors));
    }

    /// Without a place the API chooses one for a new key, and leaves an old one where it is.
    private static ObjectNode fields(ProviderKeyForm form, Map<String, String> errors) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        FormJson.putText(body, "name", form.value("name"));
        ProviderKeyForm.BOXES.forEach(field -> body.put(field, form.ticked(field)));
        String zdr = form.value(ProviderKeyForm.ZDR);
        body.put(ProviderKeyForm.ZDR, zdr.isEmpty() ? null : (Boolean) zdr.equals("true"));
        ProviderKeyForm.LISTS.forEach(field -> FormJson.putList(body, field, FormJson.items(form.value(field))));
        String place = form.value(ProviderKeyForm.PLACE);
        if (WHOLE.matcher(place).matches()) {
            body.put(ProviderKeyForm.PLACE, Integer.parseInt(place));
        } else if (!place.isEmpty()) {
            errors.put(ProviderKeyForm.PLACE, "Write a whole number; smaller ones are tried first.");
        }
        return body;
    }

    /// What was copied often has a line end behind it.
    private static void putKey(ObjectNode body, @Nullable Secret key, Map<String, String> errors) {
        String text = key == null ? "" : key.reveal().strip();
        if (text.isEmpty()) {
            errors.put(ProviderKeyForm.KEY, "Paste the key here. It is not shown again, so have it at hand.");
        }
        body.put(ProviderKeyForm.KEY, text);
    }

    private static byte[] bytes(ObjectNode body) {
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }
}
