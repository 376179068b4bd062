package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Resolution;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The fields of a guardrail as management bodies carry them. Every method throws a 400 that names the field.
final class GuardrailFields {
    static final int MAX_NAME_LENGTH = 200;
    static final int MAX_DESCRIPTION_LENGTH = 1_000;
    static final int MAX_LABEL_LENGTH = 100;
    static final int MAX_MODELS = 1_000;
    static final int MAX_PROVIDERS = 250;
    static final int MAX_FILTERS = 50;

    /// Steps of all patterns of one guardrail together: each character of a request may have to be looked at once for
    /// each of them.
    static final int MAX_STEPS = 2_500;

    private static final int MAX_REFERENCE_LENGTH = 256;
    private static final List<String> REGIONS = List.of("global", "europe", "us");
    private static final List<Window> INTERVALS = List.of(Window.DAILY, Window.WEEKLY, Window.MONTHLY);
    private static final Pattern PROVIDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._/()&+-]{0,127}");

    private final BodyFields body;

    GuardrailFields(BodyFields body) {
        this.body = body;
    }

    BodyFields body() {
        return body;
    }

    String name() {
        return body.text("name", MAX_NAME_LENGTH);
    }

    @Nullable
    String description() {
        return body.findProse("description", MAX_DESCRIPTION_LENGTH);
    }

    @Nullable
    String workspace() {
        return body.findText("workspace_id", MAX_REFERENCE_LENGTH);
    }

    @Nullable
    Usd limit() {
        return body.findUsd("limit_usd", ", or null for no budget");
    }

    @Nullable
    Window interval() {
        String word = body.findWord(
                "reset_interval", INTERVALS.stream().map(Window::wireName).toList());
        return word == null ? null : Window.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /// A budget needs both, and nothing else needs either (contract 2.4).
    static void checkPair(@Nullable Usd limit, @Nullable Window interval) {
        if ((limit == null) != (interval == null)) {
            String missing = limit == null ? "limit_usd" : "reset_interval";
            throw new ApiException(new ApiError.BadRequest(
                    "`limit_usd` and `reset_interval` must be given both or neither; `" + missing + "` is missing.",
                    missing));
        }
    }

    /// The rules of `before` with what the body says in place of theirs: whole collections.
    Rules rules(Rules before, Catalogue catalogue) {
        Boolean zdr = nullable("enforce_zdr", before.enforceZdr());
        Map<ZdrGroup, Boolean> groups = new EnumMap<>(ZdrGroup.class);
        groups.putAll(before.zdr());
        for (ZdrGroup group : ZdrGroup.values()) {
            Boolean stated = body.findFlag(group.field());
            if (body.has(group.field())) {
                set(groups, group, stated);
            } else if (body.findFlag("enforce_zdr") != null) {
                // The old field speaks for the groups that the same body does not name.
                set(groups, group, body.findFlag("enforce_zdr"));
            }
        }
        return new Rules(
                models("allowed_models", before.allowedModels(), catalogue),
                models("ignored_models", before.ignoredModels(), catalogue),
                providers("allowed_providers", before.allowedProviders()),
                providers("ignored_providers", before.ignoredProviders()),
                regions(before.allowedDataRegions()),
                zdr,
                groups,
                nullable("enable_free_model_training", before.freeModelTraining()),
                nullable("enable_paid_model_training", before.paidModelTraining()),
                nullable("enable_free_model_publication", before.freeModelPublication()),
                filters(before.contentFilters()),
                builtins(before.builtins()));
    }

    private static void set(Map<ZdrGroup, Boolean> groups, ZdrGroup group, @Nullable Boolean value) {
        if (value == null) {
            groups.remove(group);
        } else {
            groups.put(group, value);
        }
    }

    private @Nullable Boolean nullable(String field, @Nullable Boolean before) {
        return body.has(field) ? body.findFlag(field) : before;
    }

    /// Canonical slugs with the suffix they were given with, in order, each once.
    private @Nullable List<String> models(String field, @Nullable List<String> before, Catalogue catalogue) {
        List<String> given = texts(field, MAX_MODELS);
        if (given == null) {
            return body.has(field) ? null : before;
        }
        Set<String> stored = new LinkedHashSet<>();
        for (String model : given) {
            if (!(catalogue.resolve(model) instanceof Resolution.Found found)) {
                throw new ApiException(new ApiError.BadRequest("Invalid " + field + ": " + model, field));
            }
            stored.add(ModelNames.stored(found));
        }
        return List.copyOf(stored);
    }

    private @Nullable List<String> providers(String field, @Nullable List<String> before) {
        List<String> given = texts(field, MAX_PROVIDERS);
        if (given == null) {
            return body.has(field) ? null : before;
        }
        for (int i = 0; i < given.size(); i++) {
            if (!PROVIDER.matcher(given.get(i)).matches()) {
                throw body.bad(field + "[" + i + "]", "is not the slug of a provider");
            }
        }
        return given;
    }

    private @Nullable List<String> texts(String field, int most) {
        List<String> given = body.findTexts(field, most, MAX_REFERENCE_LENGTH);
        if (given != null && given.isEmpty()) {
            throw body.bad(field, "must have at least one item, or be null for no such list");
        }
        return given;
    }

    private @Nullable List<String> regions(@Nullable List<String> before) {
        List<String> given = texts("allowed_data_regions", REGIONS.size());
        if (given == null) {
            return body.has("allowed_data_regions") ? null : before;
        }
        for (int i = 0; i < given.size(); i++) {
            if (!REGIONS.contains(given.get(i))) {
                throw body.bad("allowed_data_regions[" + i + "]", "must be one of " + String.join(", ", REGIONS));
            }
        }
        return given;
    }

    private @Nullable List<Rules.Custom> filters(@Nullable List<Rules.Custom> before) {
        List<BodyFields> given = body.findObjects("content_filters", MAX_FILTERS);
        if (given == null) {
            return body.has("content_filters") ? null : before;
        }
        List<Rules.Custom> filters = new ArrayList<>(given.size());
        int steps = 0;
        for (BodyFields filter : given) {
            String pattern =
                    filter.node("pattern").isString() ? filter.node("pattern").asString() : "";
            if (pattern.isEmpty()) {
                throw filter.bad("pattern", "is required and must be a text that is not empty");
            }
            steps += compiled(filter, pattern).steps();
            if (steps > MAX_STEPS) {
                throw body.bad(
                        "content_filters", "is too much: its patterns have more than " + MAX_STEPS + " steps together");
            }
            filters.add(new Rules.Custom(pattern, action(filter), filter.findText("label", MAX_LABEL_LENGTH)));
        }
        return List.copyOf(filters);
    }

    private static LinearPattern compiled(BodyFields filter, String pattern) {
        try {
            return LinearPattern.compile(pattern);
        } catch (IllegalArgumentException e) {
            throw filter.bad(
                    "pattern",
                    "is not a pattern that can be matched in linear time (invalid_regex_pattern): " + e.getMessage());
        }
    }

    private @Nullable List<Rules.BuiltinFilter> builtins(@Nullable List<Rules.BuiltinFilter> before) {
        List<BodyFields> given = body.findObjects("content_filter_builtins", MAX_FILTERS);
        if (given == null) {
            return body.has("content_filter_builtins") ? null : before;
        }
        List<Rules.BuiltinFilter> filters = new ArrayList<>(given.size());
        Set<Builtin> seen = new LinkedHashSet<>();
        for (BodyFields filter : given) {
            Builtin builtin = builtin(filter);
            if (!seen.add(builtin)) {
                throw filter.bad("slug", "is given twice");
            }
            String scope = filter.findWord("scan_scope", Rules.ScanScope.WORDS);
            filters.add(new Rules.BuiltinFilter(
                    builtin, action(filter), scope == null ? null : Rules.ScanScope.ofWord(scope)));
        }
        return List.copyOf(filters);
    }

    private static Builtin builtin(BodyFields filter) {
        String slug = filter.node("slug").isString() ? filter.node("slug").asString() : "";
        if (slug.equals(Builtin.PERSON_NAME)) {
            throw filter.bad(
                    "slug",
                    "is not available: person names cannot be told from other words reliably; use `content_filters` "
                            + "with the names to look for");
        }
        Builtin builtin = Builtin.find(slug);
        if (builtin == null) {
            throw filter.bad("slug", "must be one of " + String.join(", ", Builtin.slugs()));
        }
        return builtin;
    }

    private static FilterAction action(BodyFields filter) {
        String word = filter.findWord("action", FilterAction.WORDS);
        if (word == null) {
            throw filter.bad("action", "is required");
        }
        return FilterAction.ofWord(word);
    }
}
