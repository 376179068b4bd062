package dev.faregate.dashboard;

import dev.faregate.base.Json;
import dev.faregate.keys.KeyKind;
import dev.faregate.pages.Amounts;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// A form as the body of a call of the API, whose rules then apply. What cannot be said in such a body is in `errors`.
/// Pure.
final class KeyBody {
    private static final Pattern WHOLE = Pattern.compile("\\d{1,15}");
    private static final Map<String, Integer> DAYS = Map.of("7", 7, "30", 30, "90", 90, "365", 365);

    private final KeyForm form;
    private final Map<String, String> errors = new HashMap<>();

    private KeyBody(KeyForm form) {
        this.form = form;
    }

    /// A body, or what is wrong.
    record Result(byte[] body, Map<String, String> errors) {}

    /// The body of `POST /keys`. A key ends with a day, UTC, so that the same form sent again says the same.
    static Result create(KeyForm form, KeyKind kind, String workspaceId, Instant now) {
        KeyBody body = new KeyBody(form);
        Instant end = body.end(now);
        return body.result(json -> {
            body.writeFields(json, kind);
            json.writeStringProperty("workspace_id", workspaceId);
            text(json, "expires_at", end == null ? null : end.toString());
        });
    }

    /// The body of `PATCH /keys/{hash}`: all that the form has, and nothing else.
    static Result update(KeyForm form, KeyKind kind) {
        KeyBody body = new KeyBody(form);
        return body.result(json -> body.writeFields(json, kind));
    }

    private Result result(Consumer<JsonGenerator> fields) {
        byte[] written = Json.write(json -> {
            json.writeStartObject();
            fields.accept(json);
            json.writeEndObject();
        });
        return new Result(written, Map.copyOf(errors));
    }

    /// The form of a management key has its name only: what else was set on it by other ways must stay.
    private void writeFields(JsonGenerator json, KeyKind kind) {
        String name = form.value(KeyForm.NAME);
        if (name.isBlank()) {
            errors.put(KeyForm.NAME, "Give the key a name, so that you know it again.");
        }
        json.writeStringProperty("name", name);
        if (kind == KeyKind.MANAGEMENT) {
            return;
        }
        number(json, "limit", dollars());
        text(json, "limit_reset", form.value(KeyForm.RESET));
        json.writeBooleanProperty(
                "include_byok_in_limit", !form.value(KeyForm.BYOK).isEmpty());
        text(json, "environment", form.value(KeyForm.ENVIRONMENT));
        text(json, "unaffordable", form.value(KeyForm.UNAFFORDABLE));
        writeAddresses(json);
        writeRates(json);
    }

    private @Nullable BigDecimal dollars() {
        String typed = form.value(KeyForm.LIMIT);
        if (typed.isEmpty()) {
            return null;
        }
        BigDecimal dollars = Amounts.typed(typed);
        if (dollars == null) {
            errors.put(KeyForm.LIMIT, "Write an amount in dollars, like 25 or 0.50, or leave it empty for no limit.");
        }
        return dollars;
    }

    private void writeAddresses(JsonGenerator json) {
        List<String> lines = form.value(KeyForm.ALLOWED_IPS)
                .lines()
                .flatMap(line -> List.of(line.split("[,\\s]+")).stream())
                .filter(line -> !line.isBlank())
                .toList();
        if (lines.isEmpty()) {
            json.writeNullProperty("allowed_ips");
            return;
        }
        json.writeArrayPropertyStart("allowed_ips");
        lines.forEach(json::writeString);
        json.writeEndArray();
    }

    private void writeRates(JsonGenerator json) {
        Map<String, Long> rates = new HashMap<>();
        for (String field : List.of(KeyForm.RPM, KeyForm.TPM, KeyForm.PARALLEL)) {
            String typed = form.value(field).replace(",", "");
            if (WHOLE.matcher(typed).matches()) {
                rates.put(field, Long.valueOf(typed));
            } else if (!typed.isEmpty()) {
                errors.put(field, "Write a whole number, or leave it empty for no limit.");
            }
        }
        if (rates.isEmpty()) {
            json.writeNullProperty("rate_limits");
            return;
        }
        json.writeObjectPropertyStart("rate_limits");
        rates.forEach(json::writeNumberProperty);
        json.writeEndObject();
    }

    /// When the key ends, exclusive: the midnight after the chosen day, UTC. Null for never.
    private @Nullable Instant end(Instant now) {
        String chosen = form.value(KeyForm.EXPIRES);
        Integer days = DAYS.get(chosen);
        if (days != null) {
            return midnightAfter(LocalDate.ofInstant(now, ZoneOffset.UTC).plusDays(days));
        }
        if (!chosen.equals("on")) {
            return null;
        }
        try {
            LocalDate day = LocalDate.parse(form.value(KeyForm.EXPIRES_ON));
            if (day.isBefore(LocalDate.ofInstant(now, ZoneOffset.UTC))) {
                errors.put(KeyForm.EXPIRES, "Choose a day that is not over.");
            }
            return midnightAfter(day);
        } catch (DateTimeException e) {
            errors.put(KeyForm.EXPIRES, "Choose the last day on which the key works.");
            return null;
        }
    }

    private static Instant midnightAfter(LocalDate day) {
        return day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private static void number(JsonGenerator json, String name, @Nullable BigDecimal value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, value);
        }
    }
}
