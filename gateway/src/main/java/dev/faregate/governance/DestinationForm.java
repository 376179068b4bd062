package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.observability.DestinationKind;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a destination as they stand in a form, with what is wrong beside each. A secret of its configuration
/// is typed anew each time; of one that is kept the form knows the mask, and takes the mask for the secret. `once`
/// names the form, so that sending it twice does its work once.
public record DestinationForm(DestinationKind kind, Map<String, String> values, Map<String, String> errors, String once)
        implements Typed {
    static final String NAME = "name";
    static final String ENABLED = "enabled";
    static final String RATE = "sampling_rate";
    static final String KEYS = "api_key_hashes";
    static final String RULES = "filter_rules";
    static final String HEADERS = "headers";

    static final List<String> BOXES = List.of(
            "privacy_mode",
            "broadcast_generation_cost",
            "broadcast_generation_identity",
            "broadcast_generation_request_context");

    /// Words that are written in capitals.
    private static final Set<String> SHORT = Set.of("api", "dsn", "id", "ml", "otlp", "url");

    /// Characters of a field that are read; what is longer is a mistake or an attack.
    private static final int MAX_TYPED = 60_000;

    /// The field of the form for a field of the configuration.
    static String config(String name) {
        return "config_" + name;
    }

    /// The name of a field of the configuration in words, such as `API key` for `apiKey`.
    public static String label(String name) {
        List<String> words = Stream.of(name.split("(?=[A-Z])"))
                .map(word -> word.toLowerCase(Locale.ROOT))
                .map(word -> SHORT.contains(word) ? word.toUpperCase(Locale.ROOT) : word)
                .toList();
        String label = String.join(" ", words);
        return label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
    }

    /// The form of a destination that is not there yet.
    static DestinationForm fresh(DestinationKind kind) {
        return new DestinationForm(kind, Map.of(ENABLED, "on", RATE, "1"), Map.of(), OnceRequest.fresh());
    }

    /// The form of a destination as the API shows it.
    static DestinationForm of(DestinationKind kind, JsonNode shown) {
        Map<String, String> values = new HashMap<>();
        values.put(NAME, FormJson.text(shown, NAME));
        values.put(ENABLED, shown.path(ENABLED).asBoolean(false) ? "on" : "");
        BOXES.forEach(field -> values.put(field, shown.path(field).asBoolean(false) ? "on" : ""));
        values.put(RATE, shown.path(RATE).decimalValue().stripTrailingZeros().toPlainString());
        values.put(KEYS, String.join("\n", FormJson.texts(shown.path(KEYS))));
        JsonNode rules = shown.path(RULES);
        values.put(RULES, rules.isNull() ? "" : rules.toPrettyString());
        JsonNode config = shown.path("config");
        for (DestinationKind.Field field : kind.fields()) {
            values.put(config(field.name()), field.isSecret() ? "" : FormJson.text(config, field.name()));
        }
        values.put(HEADERS, String.join("\n", headers(shown)));
        return new DestinationForm(kind, values, Map.of(), OnceRequest.fresh());
    }

    /// The headers of a record as lines, their values masked.
    static List<String> headers(JsonNode shown) {
        return shown.path("config").path(HEADERS).properties().stream()
                .map(header -> header.getKey() + ": " + header.getValue().asString(""))
                .toList();
    }

    /// The form as it was sent.
    static DestinationForm typed(DestinationKind kind, FormFields form) {
        Map<String, String> values = new HashMap<>();
        Stream.of(
                        List.of(NAME, ENABLED, RATE, KEYS, RULES, HEADERS),
                        BOXES,
                        kind.fields().stream()
                                .map(field -> config(field.name()))
                                .toList())
                .flatMap(List::stream)
                .forEach(field -> values.put(field, FormJson.first(form.all(field, MAX_TYPED))));
        return new DestinationForm(kind, values, Map.of(), OnceRequest.name(form));
    }

    /// True when what is folded away has something in it, or something wrong.
    public boolean showsMore() {
        return !is(RATE, "1")
                || Stream.concat(BOXES.stream(), Stream.of(KEYS, RULES)).anyMatch(this::ticked)
                || Stream.of(RATE, KEYS, RULES).anyMatch(errors::containsKey);
    }

    /// This form with what is wrong, to be sent anew; without the secrets that were typed.
    ///
    /// @param shown the record as the API shows it; a missing node for a new one
    DestinationForm with(Map<String, String> wrong, JsonNode shown) {
        Map<String, String> kept = new HashMap<>(values);
        kind.fields().stream()
                .filter(DestinationKind.Field::isSecret)
                .forEach(field -> kept.put(config(field.name()), ""));
        List<String> masked = headers(shown);
        kept.put(
                HEADERS,
                value(HEADERS)
                        .lines()
                        .map(line -> masked.contains(line.strip()) ? line.strip() : line.replaceFirst(":.*", ":"))
                        .collect(Collectors.joining("\n")));
        return new DestinationForm(kind, kept, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form with what a write said against it. Throws what is about no form.
    DestinationForm with(ApiException refused, JsonNode shown) {
        return switch (refused.error()) {
            case ApiError.BadRequest(String message, String param) ->
                with(Map.of(field(param), FormWords.sentence(message)), shown);
            case ApiError.Conflict(String message) -> with(Map.of(WHOLE, message), shown);
            default -> throw refused;
        };
    }

    private String field(@Nullable String param) {
        if (param == null) {
            return WHOLE;
        }
        if (param.startsWith("config.headers")) {
            return HEADERS;
        }
        String field = param.replaceFirst("\\[.*", "");
        field = field.startsWith(RULES) ? RULES : field.replaceFirst("^config\\.", "config_");
        return values.containsKey(field) ? field : WHOLE;
    }
}
