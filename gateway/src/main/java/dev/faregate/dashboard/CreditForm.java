package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.FormFields;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An entry of credit as it is typed, with what is wrong beside each field. `once` names the form, so that sending it
/// twice makes one entry.
public record CreditForm(Map<String, String> values, Map<String, String> errors, String once) {
    private static final List<String> FIELDS = List.of("kind", "amount_usd", "reason", "reference", "expires_on");
    private static final Pattern DOLLARS =
            Pattern.compile("([-+]?)\\s*\\$?\\s*(\\d{1,3}(?:,\\d{3})+|\\d{1,10})(\\.\\d{1,9})?");
    private static final int MAX_TYPED = 4_000;

    static CreditForm fresh() {
        return new CreditForm(Map.of("kind", "grant"), Map.of(), OnceRequest.fresh());
    }

    static CreditForm typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        for (String field : FIELDS) {
            List<String> sent = form.all(field, MAX_TYPED);
            values.put(field, sent.isEmpty() ? "" : sent.getFirst());
        }
        return new CreditForm(values, Map.of(), OnceRequest.name(form));
    }

    public String value(String field) {
        return values.getOrDefault(field, "");
    }

    public @Nullable String error(String field) {
        return errors.get(field);
    }

    /// Something is wrong, so the form is shown rather than the button that opens it.
    public boolean refused() {
        return !errors.isEmpty();
    }

    CreditForm with(Map<String, String> wrong) {
        return new CreditForm(values, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form with what the write said against it. Throws what is about no form.
    CreditForm with(ApiException refused) {
        return switch (refused.error()) {
            case ApiError.BadRequest(String message, String param) ->
                with(Map.of(
                        param == null ? "" : param.equals("expires_at") ? "expires_on" : param,
                        FormWords.sentence(message)));
            case ApiError.Conflict(String message) -> with(Map.of("", message));
            default -> throw refused;
        };
    }

    /// The body of `POST /credits/entries`, or what is wrong.
    KeyBody.Result body() {
        Map<String, String> errors = new HashMap<>();
        BigDecimal amount = amount(errors);
        String end = end(errors);
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("kind", value("kind").equals("correction") ? "correction" : "grant");
            json.writeNumberProperty("amount_usd", amount);
            json.writeStringProperty("reason", value("reason"));
            if (!value("reference").isEmpty()) {
                json.writeStringProperty("reference", value("reference"));
            }
            if (end != null) {
                json.writeStringProperty("expires_at", end);
            }
            json.writeEndObject();
        });
        if (value("reason").isBlank()) {
            errors.put("reason", "Say why, for whoever reads the entries later.");
        }
        return new KeyBody.Result(body, Map.copyOf(errors));
    }

    private BigDecimal amount(Map<String, String> errors) {
        String typed = value("amount_usd");
        if (!DOLLARS.matcher(typed).matches()) {
            errors.put("amount_usd", "Write an amount in dollars, like 250 or 19.99.");
            return BigDecimal.ZERO;
        }
        return new BigDecimal(typed.replaceAll("[$,\\s]", ""));
    }

    private @Nullable String end(Map<String, String> errors) {
        String day = value("expires_on");
        if (day.isEmpty()) {
            return null;
        }
        try {
            return LocalDate.parse(day)
                    .plusDays(1)
                    .atStartOfDay()
                    .toInstant(ZoneOffset.UTC)
                    .toString();
        } catch (DateTimeException e) {
            errors.put("expires_on", "Choose the last day of the grant.");
            return null;
        }
    }
}
