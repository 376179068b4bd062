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

/// The settings of a preset as they stand in a form, with what is wrong beside each: field by field, or all of them
/// as JSON. `once` names the form, so that sending it twice does its work once.
public record PresetForm(Map<String, String> values, Map<String, String> errors, String once) implements Typed {
    static final String SLUG = "slug";
    static final String PROMPT = "system_prompt";
    static final String MODEL = "model";
    static final String MODELS = "models";
    static final String JSON = "json";

    /// The number of the version that the form was filled from.
    static final String VERSION = "version";

    /// The number of the newest version when the form was drawn.
    static final String NEWEST = "newest";

    /// Not empty when the settings are JSON.
    static final String AS_JSON = "as_json";

    static final List<String> NUMBERS = List.of("temperature", "top_p", "max_tokens");
    static final List<String> PROVIDER_LISTS = List.of("order", "only", "ignore");
    static final List<String> SORTS = List.of("price", "throughput", "latency");
    static final String SORT = "provider_sort";
    static final String NO_FALLBACKS = "provider_no_fallbacks";
    static final String NO_COLLECTION = "provider_no_collection";
    static final String ZDR = "provider_zdr";

    /// Characters of a field that are read: more than a preset can hold.
    private static final int MAX_TYPED = 200_000;

    /// The form of a preset that is not there yet.
    static PresetForm fresh(boolean asJson) {
        return new PresetForm(
                Map.of(NEWEST, "0", AS_JSON, asJson ? "on" : "", JSON, asJson ? "{\n  \n}" : ""),
                Map.of(),
                OnceRequest.fresh());
    }

    /// The form of a version, whose settings are `config`.
    static PresetForm of(int version, int newest, JsonNode config, @Nullable String systemPrompt, boolean asJson) {
        Map<String, String> values = new HashMap<>();
        values.put(VERSION, Integer.toString(version));
        values.put(NEWEST, Integer.toString(newest));
        values.put(PROMPT, systemPrompt == null ? "" : systemPrompt);
        values.put(AS_JSON, asJson ? "on" : "");
        if (asJson) {
            values.put(JSON, config.toPrettyString());
            return new PresetForm(values, Map.of(), OnceRequest.fresh());
        }
        values.put(MODEL, FormJson.text(config, MODEL));
        values.put(MODELS, String.join("\n", FormJson.texts(config.path(MODELS))));
        NUMBERS.forEach(field -> values.put(field, number(config.path(field))));
        JsonNode provider = config.path("provider");
        PROVIDER_LISTS.forEach(
                field -> values.put("provider_" + field, String.join("\n", FormJson.texts(provider.path(field)))));
        values.put(SORT, FormJson.text(provider, "sort"));
        values.put(NO_FALLBACKS, provider.path("allow_fallbacks").asBoolean(true) ? "" : "on");
        values.put(NO_COLLECTION, FormJson.text(provider, "data_collection").equals("deny") ? "on" : "");
        values.put(ZDR, provider.path("zdr").asBoolean(false) ? "on" : "");
        return new PresetForm(values, Map.of(), OnceRequest.fresh());
    }

    private static String number(JsonNode node) {
        return node.isNumber() ? node.decimalValue().toPlainString() : "";
    }

    /// The form as it was sent.
    static PresetForm typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        Stream.of(
                        List.of(
                                SLUG,
                                MODEL,
                                MODELS,
                                JSON,
                                VERSION,
                                NEWEST,
                                AS_JSON,
                                SORT,
                                NO_FALLBACKS,
                                NO_COLLECTION,
                                ZDR),
                        NUMBERS,
                        PROVIDER_LISTS.stream()
                                .map(field -> "provider_" + field)
                                .toList())
                .flatMap(List::stream)
                .forEach(field -> values.put(field, FormJson.first(form.all(field, MAX_TYPED))));
        // A browser sends lines with CRLF; what a model reads has them as they were typed.
        values.put(PROMPT, FormJson.first(form.all(PROMPT, MAX_TYPED)).replace("\r\n", "\n"));
        return new PresetForm(values, Map.of(), OnceRequest.name(form));
    }

    public boolean asJson() {
        return ticked(AS_JSON);
    }

    /// True when what is folded away has something in it, or something wrong.
    public boolean showsMore() {
        return Stream.concat(
                        Stream.of(SORT, NO_FALLBACKS, NO_COLLECTION, ZDR),
                        PROVIDER_LISTS.stream().map(field -> "provider_" + field))
                .anyMatch(field -> ticked(field) || errors.containsKey(field));
    }

    /// This form with what is wrong, to be sent anew.
    PresetForm with(Map<String, String> wrong) {
        return new PresetForm(values, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form, told that somebody else saved a version since it was drawn; sent again, it is saved after that one.
    PresetForm overtaken(int newest) {
        Map<String, String> later = new HashMap<>(values);
        later.put(NEWEST, Integer.toString(newest));
        return new PresetForm(
                later,
                Map.of(
                        WHOLE,
                        "Version " + newest + " was saved while this form was open. Look at it below, or save again to"
                                + " have yours follow it."),
                OnceRequest.fresh());
    }

    /// This form with what a write said against it. Throws what is about no form.
    PresetForm with(ApiException refused) {
        return switch (refused.error()) {
            case ApiError.BadRequest(String message, String param) ->
                with(Map.of(field(param), FormWords.sentence(message)));
            case ApiError.Conflict _ -> with(Map.of(WHOLE, FormWords.SENT_BEFORE));
            default -> throw refused;
        };
    }

    /// The field of the form that says what `param` names, such as `provider_order` for `provider.order[1]`.
    private String field(@Nullable String param) {
        if (param == null) {
            return asJson() ? JSON : WHOLE;
        }
        String path = param.replaceFirst("\\[.*", "");
        if (path.equals(SLUG)) {
            return SLUG;
        }
        if (path.equals("messages")) {
            return asJson() && value(PROMPT).isEmpty() ? JSON : PROMPT;
        }
        if (asJson()) {
            return JSON;
        }
        String name = switch (path) {
            case "provider.allow_fallbacks" -> NO_FALLBACKS;
            case "provider.data_collection" -> NO_COLLECTION;
            default -> path.replace('.', '_');
        };
        return values.containsKey(name) ? name : WHOLE;
    }
}
