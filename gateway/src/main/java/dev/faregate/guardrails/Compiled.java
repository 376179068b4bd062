package dev.faregate.guardrails;

import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A guardrail made ready to decide: no I/O, nothing to parse. Immutable; shared between threads.
final class Compiled {
    private static final Logger LOG = LoggerFactory.getLogger(Compiled.class);
    static final String GLOBAL = "global";

    private final Guardrail guardrail;
    private final Rules rules;
    private final @Nullable Set<String> allowedModels;
    private final Set<String> ignoredModels;
    private final @Nullable Set<String> allowedProviders;
    private final Set<String> ignoredProviders;
    private final List<ContentFilter> filters;

    Compiled(Guardrail guardrail) {
        this.guardrail = guardrail;
        this.rules = guardrail.rules();
        this.allowedModels = rules.allowedModels() == null ? null : Set.copyOf(rules.allowedModels());
        this.ignoredModels = rules.ignoredModels() == null ? Set.of() : Set.copyOf(rules.ignoredModels());
        this.allowedProviders = rules.allowedProviders() == null ? null : lower(rules.allowedProviders());
        this.ignoredProviders = rules.ignoredProviders() == null ? Set.of() : lower(rules.ignoredProviders());
        this.filters = filters(guardrail);
    }

    Guardrail guardrail() {
        return guardrail;
    }

    List<ContentFilter> filters() {
        return filters;
    }

    /// The rule that keeps a model from being used, `allowed_models` or `ignored_models`; null when none does.
    @Nullable
    String whatRefuses(Model model, Variant variant) {
        if (allowedModels != null && !ModelNames.contain(allowedModels, model, variant)) {
            return "allowed_models";
        }
        return ModelNames.contain(ignoredModels, model, variant) ? "ignored_models" : null;
    }

    /// A word of the `excluded_by` vocabulary; null when the endpoint may be used. `mayRetain`: as the provider says,
    /// or the caller's own key for it.
    @Nullable
    String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
        UpstreamProvider provider = endpoint.provider();
        if (allowedProviders != null && !names(allowedProviders, endpoint)) {
            return "allowed_providers";
        }
        if (!ignoredProviders.isEmpty() && names(ignoredProviders, endpoint)) {
            return "allowed_providers";
        }
        if (!isInRegion(provider)) {
            return "data_region";
        }
        if (Boolean.TRUE.equals(rules.zdr().get(ZdrGroup.of(model))) && mayRetain) {
            return "data_policy:zdr";
        }
        boolean free = endpoint.prices().isFree();
        Boolean training = free ? rules.freeModelTraining() : rules.paidModelTraining();
        if (Boolean.FALSE.equals(training) && provider.mayTrain()) {
            return "data_policy:training";
        }
        // Who neither keeps prompts nor learns from them has nothing to publish; of everybody else nobody knows.
        boolean mayPublish = mayRetain && provider.mayTrain();
        return free && Boolean.FALSE.equals(rules.freeModelPublication()) && mayPublish
                ? "data_policy:publication"
                : null;
    }

    /// `global` leaves open where a request is served; a region is only met by who is known to stay in it.
    private boolean isInRegion(UpstreamProvider provider) {
        List<String> allowed = rules.allowedDataRegions();
        if (allowed == null || allowed.contains(GLOBAL) || provider.slug().equals(UpstreamProvider.BUILT_IN)) {
            return true;
        }
        String region = provider.region() == null ? "" : provider.region().toLowerCase(Locale.ROOT);
        return allowed.contains(region.equals("eu") ? "europe" : region);
    }

    /// A provider's slug or display name means all its endpoints; a whole tag means one of them.
    private static boolean names(Set<String> slugs, ModelEndpoint endpoint) {
        return slugs.contains(endpoint.provider().slug())
                || slugs.contains(endpoint.tag())
                || slugs.contains(endpoint.provider().name().toLowerCase(Locale.ROOT));
    }

    private static Set<String> lower(List<String> texts) {
        Set<String> lower = new HashSet<>();
        texts.forEach(text -> lower.add(text.toLowerCase(Locale.ROOT)));
        return Set.copyOf(lower);
    }

    private static List<ContentFilter> filters(Guardrail guardrail) {
        List<ContentFilter> filters = new ArrayList<>();
        Rules rules = guardrail.rules();
        if (rules.builtins() != null) {
            rules.builtins()
                    .forEach(filter -> filters.add(new ContentFilter(
                            guardrail,
                            filter.builtin().slug(),
                            filter.builtin().placeholder(),
                            filter.action(),
                            filter.builtin() == Builtin.PROMPT_INJECTION && filter.scope() == Rules.ScanScope.USER_ONLY,
                            filter.builtin().detector())));
        }
        if (rules.contentFilters() != null) {
            for (int i = 0; i < rules.contentFilters().size(); i++) {
                filters.add(custom(guardrail, i, rules.contentFilters().get(i)));
            }
        }
        return List.copyOf(filters);
    }

    private static ContentFilter custom(Guardrail guardrail, int index, Rules.Custom custom) {
        String name = custom.label() == null ? "content_filters[" + index + "]" : custom.label();
        String placeholder = custom.label() == null ? "[REDACTED]" : custom.label();
        try {
            return new ContentFilter(
                    guardrail, name, placeholder, custom.action(), false, LinearPattern.compile(custom.pattern()));
        } catch (IllegalArgumentException e) {
            // Accepted once, and not any more: until somebody corrects it nothing passes, because nobody can look.
            LOG.error("{} of guardrail {} blocks everything: {}", name, guardrail.id(), e.getMessage());
            return new ContentFilter(
                    guardrail,
                    name,
                    placeholder,
                    FilterAction.BLOCK,
                    false,
                    (text, found) -> found.at(0, text.length()));
        }
    }
}
