package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.guardrails.ManagedGuardrails;
import dev.faregate.http.FormFields;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a guardrail as they stand in a form: as they were typed, with what is wrong beside each. They begin
/// with the record as the API shows it. `once` names the form, so that sending it twice does its work once.
public record GuardrailForm(Map<String, String> values, List<Row> filters, Map<String, String> errors, String once)
        implements Typed {
    static final String NAME = "name";
    static final String LIMIT = "limit_usd";
    static final String RESET = "reset_interval";

    /// What is wrong with the filters together.
    static final String FILTERS = "content_filters";

    static final List<String> TEXTS = List.of(NAME, "description");
    static final List<String> BOXES = List.of("include_byok_in_budgets", "dry_run");
    static final List<String> LISTS =
            List.of("allowed_models", "ignored_models", "allowed_providers", "ignored_providers");
    static final List<String> REGIONS = List.of("global", "europe", "us");

    /// Only who keeps nothing: a ticked box is `true`.
    static final List<String> ZDR = List.of(
            "enforce_zdr_anthropic",
            "enforce_zdr_google",
            "enforce_zdr_openai",
            "enforce_zdr_xai",
            "enforce_zdr_other");

    /// Who may learn from prompts or publish them is left out: a ticked box is `false`.
    static final List<String> LEFT_OUT =
            List.of("enable_paid_model_training", "enable_free_model_training", "enable_free_model_publication");

    /// Rows for patterns in one form; a guardrail has no more patterns.
    static final int MAX_ROWS = 50;

    private static final int BLANK_ROWS = 2;

    /// Characters of a field that are read; what is longer is a mistake or an attack.
    private static final int MAX_TYPED = 300_000;

    private static final Pattern FILTER_FIELD = Pattern.compile("content_filters\\[(\\d+)\\]\\.(\\w+)");

    /// A pattern of the organization's own.
    public record Row(String pattern, String action, String label) {
        static final Row BLANK = new Row("", "redact", "");

        boolean isBlank() {
            return pattern.isEmpty() && label.isEmpty();
        }
    }

    /// The form of a guardrail that is not there yet.
    static GuardrailForm fresh() {
        return new GuardrailForm(Map.of(RESET, "monthly"), List.of(), Map.of(), OnceRequest.fresh());
    }

    /// The form of a guardrail as the API shows it.
    static GuardrailForm of(JsonNode shown) {
        Map<String, String> values = new HashMap<>();
        TEXTS.forEach(field -> values.put(field, FormJson.text(shown, field)));
        BOXES.forEach(field -> values.put(field, shown.path(field).asBoolean(false) ? "on" : ""));
        JsonNode limit = shown.path(LIMIT);
        values.put(LIMIT, limit.isNumber() ? limit.decimalValue().toPlainString() : "");
        values.put(RESET, limit.isNumber() ? FormJson.text(shown, RESET) : "monthly");
        LISTS.forEach(field -> values.put(field, String.join("\n", FormJson.texts(shown.path(field)))));
        FormJson.texts(shown.path("allowed_data_regions")).forEach(region -> values.put("region_" + region, "on"));
        ZDR.forEach(field -> values.put(field, shown.path(field).asBoolean(false) ? "on" : ""));
        LEFT_OUT.forEach(field -> values.put(field, shown.path(field).asBoolean(true) ? "" : "on"));
        for (JsonNode builtin : shown.path("content_filter_builtins")) {
            String slug = FormJson.text(builtin, "slug");
            values.put("builtin_" + slug, FormJson.text(builtin, "action"));
            values.put("scope_" + slug, FormJson.text(builtin, "scan_scope"));
        }
        List<Row> rows = new ArrayList<>();
        shown.path(FILTERS)
                .forEach(filter -> rows.add(new Row(
                        FormJson.text(filter, "pattern"),
                        FormJson.text(filter, "action"),
                        FormJson.text(filter, "label"))));
        return new GuardrailForm(values, List.copyOf(rows), Map.of(), OnceRequest.fresh());
    }

    /// The form as it was sent.
    static GuardrailForm typed(FormFields form) {
        Map<String, String> values = new HashMap<>();
        Stream.of(TEXTS, BOXES, LISTS, ZDR, LEFT_OUT, List.of(LIMIT, RESET))
                .flatMap(List::stream)
                .forEach(field -> values.put(field, FormJson.first(form.all(field, MAX_TYPED))));
        REGIONS.forEach(
                region -> values.put("region_" + region, FormJson.first(form.all("region_" + region, MAX_TYPED))));
        for (String slug : ManagedGuardrails.builtins()) {
            values.put("builtin_" + slug, FormJson.first(form.all("builtin_" + slug, MAX_TYPED)));
            values.put("scope_" + slug, FormJson.first(form.all("scope_" + slug, MAX_TYPED)));
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < MAX_ROWS; i++) {
            // A pattern may begin or end with a space that it looks for.
            String pattern = FormJson.first(form.raw("pattern_" + i));
            Row row = new Row(
                    pattern.substring(0, Math.min(pattern.length(), MAX_TYPED)),
                    FormJson.first(form.all("action_" + i, MAX_TYPED)),
                    FormJson.first(form.all("label_" + i, MAX_TYPED)));
            if (!row.isBlank()) {
                rows.add(row);
            }
        }
        return new GuardrailForm(values, List.copyOf(rows), Map.of(), OnceRequest.name(form));
    }

    /// The patterns there are, and room for more.
    public List<Row> rows() {
        List<Row> rows = new ArrayList<>(filters);
        for (int i = 0; i < BLANK_ROWS && rows.size() < MAX_ROWS; i++) {
            rows.add(Row.BLANK);
        }
        return rows;
    }

    /// This form with what is wrong, to be sent anew.
    GuardrailForm with(Map<String, String> wrong) {
        return new GuardrailForm(values, filters, Map.copyOf(wrong), OnceRequest.fresh());
    }

    /// This form with what a write said against it. Throws what is about no form.
    GuardrailForm with(ApiException refused) {
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
        Matcher filter = FILTER_FIELD.matcher(param);
        if (filter.matches()) {
            return filter.group(2) + "_" + filter.group(1);
        }
        String list = param.replaceFirst("\\[.*", "");
        boolean known = LISTS.contains(list)
                || TEXTS.contains(list)
                || List.of(LIMIT, RESET, FILTERS).contains(list);
        return known ? list : WHOLE;
    }

    private static String words(String message, @Nullable String param) {
        boolean model = param != null && param.endsWith("_models") && message.startsWith("Invalid ");
        return model
                ? "There is no model “" + message.substring(message.indexOf(": ") + 2) + "” here."
                : FormWords.sentence(message);
    }
}
