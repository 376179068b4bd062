package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a provider key as they stand in a form, with what is wrong beside each; never the key itself, which
/// is typed anew each time. `once` names the form, so that sending it twice does its work once.
public record ProviderKeyForm(Map<String, String> values, Map<String, String> errors, String once) implements Typed {
    static final String PROVIDER = "provider";
    static final String KEY = "key";
    static final String EVERYWHERE = "everywhere";
    static final String PLACE = "sort_order";
    static final String ZDR = "declared_zdr";

    static final List<String> BOXES = List.of("is_required", "is_byok_only", "is_fallback");
    static final List<String> LISTS = List.of("allowed_models", "allowed_api_key_hashes", "allowed_user_ids");

    /// Characters of a field that are read; what is longer is a mistake or an attack.
    private static final int MAX_TYPED = 30_000;

    /// The form of a key that is not there yet.
    static ProviderKeyForm fresh() {
        return new ProviderKeyForm(Map.of(), Map.of(), OnceRequest.fresh());
    }

    /// The form of a key as the API shows it.
    static ProviderKeyForm of(JsonNode shown) {
        Map<String, String> values = new HashMap<>();
        values.put("name", FormJson.text(shown, "name"));
        values.put(PLACE, shown.path(PLACE).asString(""));
        JsonNode zdr = shown.path(ZDR);
        values.put(ZDR, zdr.isBoolean() ? Boolean.toString(zdr.booleanValue()) : "");
        BOXES.forEach(field -> values.put(field, shown.path(field).asBoolean(false) ? "on" : ""));
        LISTS.forEach(field -> values.put(field, String.join("\n", FormJson.texts(shown.path(field)))));
        return new ProviderKeyForm(values, Map.of(), OnceRequest.fresh());
    }

    /// The form as it was sent.
    static ProviderKeyForm typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        Stream.of(BOXES, LISTS, List.of("name", PROVIDER, EVERYWHERE, PLACE, ZDR))
                .flatMap(List::stream)
                .forEach(field -> values.put(field, FormJson.first(form.all(field, MAX_TYPED))));
        return new ProviderKeyForm(values, Map.of(), OnceRequest.name(form));
    }

    /// True when what is folded away has something in it, or something wrong.
    public boolean showsMore() {
        return Stream.of(BOXES, LISTS, List.of(PLACE, ZDR))
                .flatMap(List::stream)
                .anyMatch(field -> ticked(field) || errors.containsKey(field));
    }

    /// This form with what is wrong, to be sent anew.
    ProviderKeyForm with(Map<String, String> wrong) {
        return new ProviderKeyForm(values, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form with what a write said against it. Throws what is about no form.
    ProviderKeyForm with(ApiException refused) {
        return switch (refused.error()) {
            case ApiError.BadRequest(String message, String param) -> with(Map.of(field(param), words(message, param)));
            case ApiError.Conflict _ -> with(Map.of(WHOLE, FormWords.SENT_BEFORE));
            default -> throw refused;
        };
    }

    private static String field(@Nullable String param) {
        if (param == null) {
            return WHOLE;
        }
        String field = param.replaceFirst("[.\\[].*", "");
        boolean known = LISTS.contains(field)
                || BOXES.contains(field)
                || List.of("name", PROVIDER, KEY, PLACE, ZDR).contains(field);
        return known ? field : WHOLE;
    }

    /// A part of a key in JSON keeps its name: the form has one field for all of them.
    private static String words(String message, @Nullable String param) {
        if (param == null || param.equals(KEY) || !param.startsWith(KEY)) {
            return param != null && param.equals("is_byok_only")
                    ? "Not together with “only after shared capacity”."
                    : FormWords.sentence(message);
        }
        return "In the JSON, " + message;
    }
}
