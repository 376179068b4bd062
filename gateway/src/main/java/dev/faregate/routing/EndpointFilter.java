package dev.faregate.routing;

import dev.faregate.base.ApiError;
import dev.faregate.byok.Credential;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ProviderPreferences;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.TranscriptionRewriter;
import dev.faregate.models.Catalogue;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Rate;
import dev.faregate.models.Vocabulary;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which endpoints of one model a request may use, and, when none is left, what excluded them (contract
/// 3.7 and the `excluded_by` vocabulary of 1.1).
final class EndpointFilter {
    private static final Set<String> TIERS = Set.of("priority", "flex", "fast");
    private static final BigDecimal PICOS_PER_DOLLAR = new BigDecimal("1000000000000");
    private static final BigDecimal PER_MILLION = new BigDecimal("1000000");

    private final ChatRequest request;
    private final ProviderPreferences preferences;
    private final Model model;
    private final Catalogue catalogue;
    private final EndpointRule rule;
    private final Set<String> excludedBy = new TreeSet<>();
    private boolean byRule;

    /// `rule`: what the caller may use, whatever the request asks for.
    EndpointFilter(ChatRequest request, Model model, Catalogue catalogue, EndpointRule rule) {
        this.rule = rule;
        this.request = request;
        this.preferences = request.facts().preferences();
        this.model = model;
        this.catalogue = catalogue;
    }

    List<ModelEndpoint> usable() {
        List<ModelEndpoint> all = model.usable();
        if (all.size() == 1 && whatExcludes(all.getFirst()) == null) {
            return all;
        }
        return all.stream()
                .filter(endpoint -> {
                    String reason = whatExcludes(endpoint);
                    if (reason != null) {
                        excludedBy.add(reason);
                    }
                    return reason == null;
                })
                .toList();
    }

    /// The answer when [#usable] is empty.
    ApiError whyNone() {
        if (byRule) {
            return rule.whyNone(model, List.copyOf(excludedBy));
        }
        if (model.usable().isEmpty()) {
            boolean unpriced = model.endpoints().stream()
                    .anyMatch(e -> catalogue.isConfigured(e.provider().slug())
                            && !e.prices().isKnown());
            return unpriced
                    ? none(
                            "No price is known for " + model.id() + ", so it is not served. Set one in faregate.yaml.",
                            List.of("unpriced"),
                            Map.of())
                    : none("No endpoints found for " + model.id() + ".", List.of(), Map.of());
        }
        if (excludedBy.contains("allowed_providers")) {
            return none(
                    "No allowed providers are available for the selected model.", List.copyOf(excludedBy), providers());
        }
        if (excludedBy.contains("unpriced")) {
            return none(whatIsUnpriced(), List.copyOf(excludedBy), Map.of());
        }
        String what = excludedBy.contains("require_parameters")
                ? "No endpoints found that support the requested parameters."
                : "No endpoints found for " + model.id() + " that meet the request's conditions.";
        return none(what, List.copyOf(excludedBy), Map.of());
    }

    private String whatIsUnpriced() {
        return request.facts().kind() == RequestKind.TRANSCRIPTIONS
                ? "Nobody knows how long audio for " + model.id()
                        + " may be, so what it costs has no bound. Set max_audio_seconds in faregate.yaml."
                : "No price is known for web searches of " + model.id()
                        + ", so they are not served. Set pricing.web_search in faregate.yaml, or ask without them.";
    }

    private ApiError none(String message, List<String> reasons, Map<String, ?> metadata) {
        return new ApiError.NoEndpoints(message, model.id(), reasons, metadata);
    }

    private Map<String, ?> providers() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put(
                "available_providers",
                model.usable().stream().map(e -> e.provider().slug()).distinct().toList());
        metadata.put("requested_providers", preferences.only());
        return metadata;
    }

    /// Whether the endpoint may be used with a key of the caller's own, whose word about keeping prompts counts
    /// more than the provider's (contract 3.5).
    boolean allows(ModelEndpoint endpoint, Credential own) {
        Boolean zdr = own.declaredZdr();
        boolean mayRetain = zdr == null ? endpoint.provider().mayRetain() : !zdr;
        String reason = endpoint.prices().isKnown() ? whatExcludes(endpoint, mayRetain) : "unpriced";
        if (reason != null) {
            excludedBy.add(reason);
        }
        return reason == null;
    }

    private @Nullable String whatExcludes(ModelEndpoint endpoint) {
        return whatExcludes(endpoint, endpoint.provider().mayRetain());
    }

    /// A word of the `excluded_by` vocabulary, or null when the endpoint may be used.
    private @Nullable String whatExcludes(ModelEndpoint endpoint, boolean mayRetain) {
        if (rule != EndpointRule.NONE) {
            String reason = rule.whatExcludes(model, endpoint, mayRetain);
            if (reason != null) {
                byRule = true;
                return reason;
            }
        }
        if (preferences != ProviderPreferences.NONE) {
            String reason = whatPreferenceExcludes(endpoint, mayRetain);
            if (reason != null) {
                return reason;
            }
        }
        if (wantsTimestamps() && !endpoint.provider().isRouter() && !endpoint.supports("response_format")) {
            return "require_parameters";
        }
        if (wantsReferences() && !endpoint.provider().isRouter() && !endpoint.supports("input_references")) {
            return "require_parameters";
        }
        if (Candidate.searchesUnpriced(endpoint, request.facts())) {
            return "unpriced";
        }
        if (Candidate.hearsUnbounded(endpoint, request.facts())) {
            return "unpriced";
        }
        long wanted = request.facts().maxTokens();
        if (wanted > endpoint.contextLength()) {
            return "context_length";
        }
        return wanted > Candidate.mostCompletion(endpoint) ? "max_completion_tokens" : null;
    }

    /// Images that are to be looked at would be left out unseen elsewhere.
    private boolean wantsReferences() {
        ChatRequest.Facts facts = request.facts();
        return facts.kind() == RequestKind.IMAGES && facts.extras().images() > 0;
    }

    /// Elsewhere they would be left out (contract 2.1, `response_format`).
    private boolean wantsTimestamps() {
        return request.facts().kind() == RequestKind.TRANSCRIPTIONS && TranscriptionRewriter.isVerbose(request);
    }

    private @Nullable String whatPreferenceExcludes(ModelEndpoint endpoint, boolean mayRetain) {
        if (!preferences.only().isEmpty() && preferences.only().stream().noneMatch(slug -> matches(slug, endpoint))) {
            return "allowed_providers";
        }
        if (preferences.ignore().stream().anyMatch(slug -> matches(slug, endpoint))) {
            return "allowed_providers";
        }
        if (preferences.zeroDataRetention() && mayRetain) {
            return "data_policy:zdr";
        }
        if (preferences.denyDataCollection() && endpoint.provider().mayTrain()) {
            return "data_policy:training";
        }
        if (!preferences.quantizations().isEmpty()
                && !preferences
                        .quantizations()
                        .contains(endpoint.quantization() == null ? "unknown" : endpoint.quantization())) {
            return "quantization";
        }
        if (preferences.requireParameters() && !supportsAllSent(endpoint)) {
            return "require_parameters";
        }
        return tooDear(endpoint) ? "max_price" : null;
    }

    private boolean supportsAllSent(ModelEndpoint endpoint) {
        List<String> known =
                request.facts().kind() == RequestKind.IMAGES ? Vocabulary.IMAGE_PARAMETERS : Vocabulary.PARAMETERS;
        return request.names().stream()
                .filter(name -> known.contains(name) && request.has(name))
                .allMatch(endpoint::supports);
    }

    private boolean tooDear(ModelEndpoint endpoint) {
        for (Map.Entry<ProviderPreferences.PriceKind, BigDecimal> most :
                preferences.maxPrice().entrySet()) {
            Rate rate = switch (most.getKey()) {
                case PROMPT -> Rate.PROMPT;
                case COMPLETION -> Rate.COMPLETION;
                case REQUEST -> Rate.REQUEST;
                case IMAGE -> Rate.IMAGE;
                case AUDIO -> Rate.AUDIO;
            };
            BigDecimal picos = most.getValue().multiply(PICOS_PER_DOLLAR);
            BigDecimal limit = rate.perToken() ? picos.divide(PER_MILLION) : picos;
            if (BigDecimal.valueOf(endpoint.prices().picos(rate, 0)).compareTo(limit) > 0) {
                return true;
            }
        }
        return false;
    }

    /// A slug matches all endpoints of its provider, except those of a service tier; a full tag matches
    /// one endpoint. Providers may also be called by their display name.
    static boolean matches(String slug, ModelEndpoint endpoint) {
        if (slug.equalsIgnoreCase(endpoint.tag())) {
            return true;
        }
        boolean provider = slug.equalsIgnoreCase(endpoint.provider().slug())
                || slug.equalsIgnoreCase(endpoint.provider().name());
        return provider && !isServiceTier(endpoint.tag());
    }

    private static boolean isServiceTier(String tag) {
        return TIERS.contains(tag.substring(tag.lastIndexOf('/') + 1));
    }
}
