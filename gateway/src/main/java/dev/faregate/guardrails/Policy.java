package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Variant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The guardrails that apply to one caller: of its workspace, its member and its key. Each must agree, so allow-lists
/// and regions intersect, ignore-lists unite and retention is forbidden where one forbids it: nothing that one says
/// can be loosened by another (contract 3.6). Those on trial (`dry_run`) are only asked what they would have done.
/// Immutable; safe on event loops.
public final class Policy implements EndpointRule {
    /// Nothing applies.
    public static final Policy NONE = new Policy(List.of(), Hits.UNCOUNTED);

    private static final int MAX_ECHO = 256;

    private final List<Compiled> enforced;
    private final List<Compiled> observed;
    private final List<ContentFilter> filters;
    private final Hits hits;

    Policy(List<Compiled> applying, Hits hits) {
        this.enforced = applying.stream().filter(c -> !c.guardrail().dryRun()).toList();
        this.observed = applying.stream().filter(c -> c.guardrail().dryRun()).toList();
        // Those on trial last: they have what time the others leave.
        this.filters = Stream.concat(enforced.stream(), observed.stream())
                .flatMap(c -> c.filters().stream())
                .toList();
        this.hits = hits;
    }

    /// The regions that are left: `global` where nobody says anything, and nothing where two exclude each other.
    List<String> dataRegions() {
        List<String> left = List.of(Compiled.GLOBAL);
        for (Compiled each : enforced) {
            List<String> allowed = each.guardrail().rules().allowedDataRegions();
            if (allowed == null) {
                continue;
            }
            if (left.contains(Compiled.GLOBAL)) {
                left = allowed;
            } else if (!allowed.contains(Compiled.GLOBAL)) {
                left = left.stream().filter(allowed::contains).toList();
            }
        }
        return left;
    }

    /// The content filters of all guardrails, those on trial too.
    List<ContentFilter> filters() {
        return filters;
    }

    Hits hits() {
        return hits;
    }

    /// Whether requests have to be read for what they say.
    public boolean screens() {
        return !filters.isEmpty();
    }

    @Override
    public @Nullable ApiError refusal(Model model, Variant variant) {
        for (Compiled each : enforced) {
            String rule = each.whatRefuses(model, variant);
            if (rule != null) {
                return notAllowed(each.guardrail(), rule, model);
            }
        }
        return null;
    }

    private static ApiError notAllowed(Guardrail guardrail, String rule, Model model) {
        Map<String, Object> metadata = guardrail(guardrail);
        metadata.put("rule", rule);
        metadata.put("models", List.of(model.id()));
        return new ApiError.Forbidden(
                "Request blocked: the model " + model.id() + " is not allowed by the guardrail \""
                        + shortened(guardrail.name()) + "\" (" + rule + ").",
                "model_not_allowed",
                metadata);
    }

    @Override
    public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
        for (Compiled each : enforced) {
            String word = each.whatExcludes(model, endpoint, mayRetain);
            if (word != null) {
                return word;
            }
        }
        return null;
    }

    @Override
    public ApiError whyNone(Model model, List<String> excludedBy) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>();
        Set<String> allowed = new LinkedHashSet<>();
        for (Compiled each : enforced) {
            if (model.endpoints().stream().anyMatch(endpoint -> excludes(each, model, endpoint))) {
                names.add(each.guardrail().id());
            }
            List<String> providers = each.guardrail().rules().allowedProviders();
            if (providers != null) {
                allowed.addAll(providers);
            }
        }
        metadata.put("reason", "guardrail");
        metadata.put("guardrails", List.copyOf(names));
        boolean providersOnly = excludedBy.equals(List.of("allowed_providers"));
        if (providersOnly) {
            metadata.put(
                    "available_providers",
                    model.usable().stream()
                            .map(e -> e.provider().slug())
                            .distinct()
                            .toList());
            metadata.put("requested_providers", List.copyOf(allowed));
        }
        String message = providersOnly
                ? "No allowed providers are available for the selected model."
                : "No endpoints available matching your guardrail restrictions and data policy for " + model.id() + ".";
        return new ApiError.NoEndpoints(message, model.id(), excludedBy, metadata);
    }

    private static boolean excludes(Compiled guardrail, Model model, ModelEndpoint endpoint) {
        return guardrail.whatExcludes(model, endpoint, endpoint.provider().mayRetain()) != null;
    }

    /// What the guardrails on trial would have refused of a route, each as `rule@guardrail`; counted.
    public List<String> wouldRefuse(Model model, Variant variant, ModelEndpoint endpoint) {
        if (observed.isEmpty()) {
            return List.of();
        }
        List<String> notes = new ArrayList<>(1);
        for (Compiled each : observed) {
            String rule = each.whatRefuses(model, variant);
            String word = rule != null
                    ? rule
                    : each.whatExcludes(model, endpoint, endpoint.provider().mayRetain());
            if (word != null) {
                hits.count(each.guardrail(), word, FilterAction.BLOCK.word());
                notes.add("would_block=" + word);
            }
        }
        return notes;
    }

    /// Counts that an enforced rule refused a request.
    public void refused(ApiError error) {
        if (error instanceof ApiError.Forbidden forbidden
                && forbidden.metadata().get("rule") instanceof String rule) {
            enforced.stream()
                    .filter(e -> e.guardrail().id().equals(forbidden.metadata().get("guardrail_id")))
                    .forEach(e -> hits.count(e.guardrail(), rule, FilterAction.BLOCK.word()));
        }
        if (error instanceof ApiError.NoEndpoints none && none.metadata().get("guardrails") instanceof List<?> ids) {
            enforced.stream()
                    .filter(e -> ids.contains(e.guardrail().id()))
                    .forEach(e -> none.excludedBy()
                            .forEach(word -> hits.count(e.guardrail(), word, FilterAction.BLOCK.word())));
        }
    }

    /// The guardrail to blame, for an error's metadata.
    static Map<String, Object> guardrail(Guardrail guardrail) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("guardrail_id", guardrail.id());
        metadata.put("guardrail_name", shortened(guardrail.name()));
        return metadata;
    }

    static String shortened(String text) {
        return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "...";
    }
}
