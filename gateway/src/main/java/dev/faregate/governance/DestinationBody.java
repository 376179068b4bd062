package dev.faregate.governance;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.observability.DestinationKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A form as the body of a call of the API, whose rules then apply. What cannot be said in such a body is in `errors`.
/// Pure.
final class DestinationBody {
    private static final Pattern RATE = Pattern.compile("\\d(\\.\\d{1,12})?|\\.\\d{1,12}");

    /// A body, or what is wrong. The body may hold secrets.
    record Result(byte[] body, Map<String, String> errors) {}

    private final DestinationForm form;
    private final JsonNode before;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final Map<String, String> errors = new HashMap<>();

    private DestinationBody(DestinationForm form, JsonNode before) {
        this.form = form;
        this.before = before;
    }

    /// The body of `POST /observability/destinations`.
    static Result create(DestinationForm form, String workspaceId) {
        DestinationBody made = new DestinationBody(form, JsonNodeFactory.instance.missingNode());
        made.write();
        made.body.put("type", form.kind().word());
        made.body.put("workspace_id", workspaceId);
        made.body.set("config", made.config());
        return made.result();
    }

    /// The body of `PATCH /observability/destinations/{id}`: what differs from the record as it is.
    static Result update(DestinationForm form, JsonNode before) {
        DestinationBody made = new DestinationBody(form, before);
        made.write();
        FormJson.dropSame(made.body, before);
        ObjectNode config = made.config();
        if (!config.isEmpty()) {
            made.body.set("config", config);
        }
        return made.result();
    }

    private Result result() {
        return new Result(body.toString().getBytes(StandardCharsets.UTF_8), Map.copyOf(errors));
    }

    private void write() {
        if (!form.ticked(DestinationForm.NAME)) {
            errors.put(DestinationForm.NAME, "Give it a name.");
        }
        body.put(DestinationForm.NAME, form.value(DestinationForm.NAME));
        body.put(DestinationForm.ENABLED, form.ticked(DestinationForm.ENABLED));
        DestinationForm.BOXES.forEach(field -> body.put(field, form.ticked(field)));
        String rate = form.value(DestinationForm.RATE);
        if (RATE.matcher(rate).matches()) {
            body.put(DestinationForm.RATE, new BigDecimal(rate));
        } else {
            errors.put(DestinationForm.RATE, "Write a share from 0.0001 to 1; 1 is all.");
        }
        FormJson.putList(body, DestinationForm.KEYS, FormJson.items(form.value(DestinationForm.KEYS)));
        writeRules();
    }

    private void writeRules() {
        String typed = form.value(DestinationForm.RULES);
        if (typed.isEmpty()) {
            body.putNull(DestinationForm.RULES);
            return;
        }
        try {
            body.set(DestinationForm.RULES, Json.read(typed.getBytes(StandardCharsets.UTF_8)));
        } catch (ApiException e) {
            errors.put(
                    DestinationForm.RULES, "This is not JSON. Write the object that the API takes, or leave it empty.");
        }
    }

    /// What is typed, without what is there already. A secret that is not typed stays as it is.
    private ObjectNode config() {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        for (DestinationKind.Field field : form.kind().fields()) {
            String typed = form.value(DestinationForm.config(field.name()));
            String was = FormJson.text(before.path("config"), field.name());
            if (typed.isEmpty() && !field.isSecret() && !was.isEmpty()) {
                config.putNull(field.name());
            } else if (!typed.isEmpty() && (field.isSecret() || !typed.equals(was))) {
                config.put(field.name(), typed);
            }
        }
        List<String> lines = form.value(DestinationForm.HEADERS)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (!lines.equals(DestinationForm.headers(before))) {
            writeHeaders(config, lines);
        }
        return config;
    }

    private void writeHeaders(ObjectNode config, List<String> lines) {
        if (lines.isEmpty()) {
            config.putNull(DestinationForm.HEADERS);
            return;
        }
        ObjectNode headers = config.putObject(DestinationForm.HEADERS);
        for (String line : lines) {
            int colon = line.indexOf(':');
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            if (colon < 1 || value.isEmpty()) {
                errors.put(DestinationForm.HEADERS, "Write each header as a name, a colon and a value.");
                return;
            }
            headers.put(line.substring(0, colon).strip(), value);
        }
    }
}
