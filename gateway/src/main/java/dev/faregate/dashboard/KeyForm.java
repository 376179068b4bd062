package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.AddressList;
import dev.faregate.http.FormFields;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.RateLimits;
import dev.faregate.keys.Unaffordable;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields of a key as they stand in a form: as they were typed, with what is wrong beside each. `once` names the
/// form, so that sending it twice does its work once.
public record KeyForm(Map<String, String> values, Map<String, String> errors, String once) {
    static final String NAME = "name";
    static final String LIMIT = "limit";
    static final String RESET = "limit_reset";
    static final String EXPIRES = "expires";
    static final String EXPIRES_ON = "expires_on";
    static final String ENVIRONMENT = "environment";
    static final String ALLOWED_IPS = "allowed_ips";
    static final String RPM = "rpm";
    static final String TPM = "tpm";
    static final String PARALLEL = "parallel";
    static final String BYOK = "include_byok_in_limit";
    static final String UNAFFORDABLE = "unaffordable";

    /// What is wrong with no single field.
    static final String WHOLE = "";

    private static final List<String> FIELDS = List.of(
            NAME, LIMIT, RESET, EXPIRES, EXPIRES_ON, ENVIRONMENT, ALLOWED_IPS, RPM, TPM, PARALLEL, BYOK, UNAFFORDABLE);

    /// Characters of a field that are read; what is longer is a mistake or an attack.
    private static final int MAX_TYPED = 8_000;

    /// The form of a key that is not there yet.
    static KeyForm fresh() {
        return new KeyForm(Map.of(EXPIRES, "never"), Map.of(), OnceRequest.fresh());
    }

    /// The form of a key as it is.
    static KeyForm of(ApiKey key) {
        Map<String, String> values = new HashMap<>();
        values.put(NAME, key.name());
        values.put(LIMIT, key.limit() == null ? "" : plain(key.limit()));
        values.put(RESET, word(key.limitReset()));
        values.put(ENVIRONMENT, text(key.rules().environment()));
        AddressList allowed = key.rules().allowedIps();
        values.put(ALLOWED_IPS, allowed == null ? "" : String.join("\n", allowed.texts()));
        RateLimits rates = key.rules().rates();
        values.put(RPM, text(rates.requestsPerMinute()));
        values.put(TPM, text(rates.tokensPerMinute()));
        values.put(PARALLEL, text(rates.parallel()));
        values.put(BYOK, key.includeByokInLimit() ? "on" : "");
        Unaffordable unaffordable = key.rules().unaffordable();
        values.put(UNAFFORDABLE, unaffordable == null ? "" : unaffordable.word());
        return new KeyForm(values, Map.of(), OnceRequest.fresh());
    }

    /// The form as it was sent.
    static KeyForm typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        for (String field : FIELDS) {
            List<String> sent = form.all(field, MAX_TYPED);
            values.put(field, sent.isEmpty() ? "" : sent.getFirst());
        }
        return new KeyForm(values, Map.of(), OnceRequest.name(form));
    }

    public String value(String field) {
        return values.getOrDefault(field, "");
    }

    public boolean is(String field, String value) {
        return value(field).equals(value);
    }

    /// What is wrong with that field, or null.
    public @Nullable String error(String field) {
        return errors.get(field);
    }

    public @Nullable String formError() {
        return errors.get(WHOLE);
    }

    /// True when what is folded away has something in it, or something wrong.
    public boolean showsMore() {
        return List.of(ENVIRONMENT, ALLOWED_IPS, RPM, TPM, PARALLEL, BYOK, UNAFFORDABLE).stream()
                .anyMatch(field -> !value(field).isEmpty() || errors.containsKey(field));
    }

    /// This form with what is wrong, to be sent anew.
    KeyForm with(Map<String, String> wrong) {
        return new KeyForm(values, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form with what a write of keys said against it. Throws what is about no form.
    KeyForm with(ApiException refused) {
        return switch (refused.error()) {
            case ApiError.BadRequest(String message, String param) ->
                with(Map.of(field(param), FormWords.sentence(message)));
            case ApiError.Conflict _ -> with(Map.of(WHOLE, FormWords.SENT_BEFORE));
            default -> throw refused;
        };
    }

    private static String field(@Nullable String param) {
        if (param == null) {
            return WHOLE;
        }
        if (param.startsWith(ALLOWED_IPS)) {
            return ALLOWED_IPS;
        }
        return switch (param) {
            case "label" -> NAME;
            case "expires_at" -> EXPIRES;
            case "rate_limits.rpm" -> RPM;
            case "rate_limits.tpm" -> TPM;
            case "rate_limits.parallel" -> PARALLEL;
            default -> FIELDS.contains(param) ? param : WHOLE;
        };
    }

    private static String plain(Usd amount) {
        return amount.dollars().toPlainString();
    }

    private static String word(Window window) {
        String word = window.wireName();
        return word == null ? "" : word;
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
