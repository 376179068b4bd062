package dev.faregate.routing;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.byok.Usable;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ProviderPreferences;
import dev.faregate.chat.RequestKind;
import dev.faregate.models.Catalogue;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Measurements;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides which endpoints a request may use and in which order (contract 3.7). Pure: catalogue, health,
/// randomness and time come as arguments.
public final class RoutePlanner {
    /// More endpoints than this are not tried for one request.
    static final int MAX_CANDIDATES = 8;

    private final EndpointHealth health;
    private final Measurements measured;
    private final BoundMemory bounds;
    private final @Nullable String defaultModel;

    /// `defaultModel` serves requests that name none; null refuses them.
    public RoutePlanner(
            EndpointHealth health, Measurements measured, BoundMemory bounds, @Nullable String defaultModel) {
        this.health = health;
        this.measured = measured;
        this.bounds = bounds;
        this.defaultModel = defaultModel;
    }

    /// `rule`: what the caller may use; `keys` are the caller's own. Throws `ApiException`: 400 for a
    /// model that does not exist or answers another kind of request, 403 for one that the caller may
    /// not use, 404 when no endpoint is left for it.
    public Plan plan(
            ChatRequest request,
            Catalogue catalogue,
            EndpointRule rule,
            Usable keys,
            RandomGenerator random,
            long nowNanos) {
        List<String> names = names(request.facts());
        List<Candidate> candidates = new ArrayList<>(4);
        Variant first = Variant.NONE;
        ApiException refusal = null;
        for (String name : names) {
            Resolution.Found found = resolve(catalogue, name);
            requireKind(request.facts().kind(), found.model());
            ApiError forbidden = rule.refusal(found.model(), found.variant());
            if (forbidden != null) {
                refusal = refusal == null ? new ApiException(forbidden) : refusal;
                continue;
            }
            first = candidates.isEmpty() ? found.variant() : first;
            EndpointFilter filter = new EndpointFilter(request, found.model(), catalogue, rule);
            if (!keys.isEmpty()) {
                OwnKeyRoutes routes = new OwnKeyRoutes(request, found.model(), filter, keys);
                List<OwnKeyRoutes.Route> own =
                        routes.in(endpoints -> order(request, found, endpoints, random, nowNanos));
                if (own.isEmpty()) {
                    refusal = refusal == null ? new ApiException(routes.whyNone()) : refusal;
                }
                for (OwnKeyRoutes.Route route : own) {
                    if (candidates.size() < MAX_CANDIDATES) {
                        candidates.add(candidate(found.model(), route.endpoint(), request)
                                .with(route.own()));
                    }
                }
                continue;
            }
            List<ModelEndpoint> usable = filter.usable();
            if (usable.isEmpty()) {
                refusal = refusal == null ? new ApiException(filter.whyNone()) : refusal;
                continue;
            }
            for (ModelEndpoint endpoint : order(request, found, usable, random, nowNanos)) {
                if (candidates.size() < MAX_CANDIDATES) {
                    candidates.add(candidate(found.model(), endpoint, request));
                }
            }
        }
        if (candidates.isEmpty() && refusal != null) {
            throw refusal;
        }
        return new Plan(candidates, first);
    }

    private Candidate candidate(Model model, ModelEndpoint endpoint, ChatRequest request) {
        try {
            return Candidate.of(model, endpoint, request, bounds.learned(model, endpoint));
        } catch (ArithmeticException e) {
            throw new ApiException(new ApiError.BadRequest(
                    "The most this request can cost is beyond what can be accounted for; lower 'max_tokens'.",
                    "max_tokens"));
        }
    }

    private List<String> names(ChatRequest.Facts facts) {
        List<String> names = new ArrayList<>(1 + facts.fallbackModels().size());
        if (facts.model() != null) {
            names.add(facts.model());
        }
        for (String fallback : facts.fallbackModels()) {
            if (!names.contains(fallback)) {
                names.add(fallback);
            }
        }
        if (names.isEmpty() && defaultModel != null) {
            names.add(defaultModel);
        }
        if (names.isEmpty()) {
            throw new ApiException(new ApiError.BadRequest("'model' is required.", "model"));
        }
        return names;
    }

    private static Resolution.Found resolve(Catalogue catalogue, String name) {
        return switch (catalogue.resolve(name)) {
            case Resolution.Found found -> found;
            case Resolution.Ambiguous(List<String> candidates) ->
                throw new ApiException(new ApiError.UnknownModel(name, candidates));
            case Resolution.Unknown() -> throw new ApiException(new ApiError.UnknownModel(name, List.of()));
        };
    }

    private static void requireKind(RequestKind asked, Model model) {
        RequestKind answered = kind(model);
        if (asked != answered) {
            throw new ApiException(new ApiError.WrongEndpoint(model.id(), answered.path()));
        }
    }

    private static RequestKind kind(Model model) {
        if (model.embeds()) {
            return RequestKind.EMBEDDINGS;
        }
        if (model.draws()) {
            return RequestKind.IMAGES;
        }
        if (model.transcribes()) {
            return RequestKind.TRANSCRIPTIONS;
        }
        return model.reranks() ? RequestKind.RERANK : RequestKind.CHAT;
    }

    private List<ModelEndpoint> order(
            ChatRequest request,
            Resolution.Found found,
            List<ModelEndpoint> usable,
            RandomGenerator random,
            long nowNanos) {
        if (usable.size() == 1) {
            return usable;
        }
        ProviderPreferences preferences = request.facts().preferences();
        EndpointOrder order = new EndpointOrder(found.model(), health, random, nowNanos);
        List<ModelEndpoint> ordered = switch (sort(preferences, found.variant())) {
            case PRICE -> order.byPrice(usable);
            case THROUGHPUT -> order.byThroughput(usable);
            case LATENCY -> order.byLatency(usable);
            case null -> preferences.order().isEmpty() ? order.balanced(usable) : order.byPrice(usable);
        };
        ordered = EndpointOrder.fastFirst(ordered, found.model(), preferences, measured);
        ordered = EndpointOrder.supportingFirst(ordered, request);
        if (!preferences.order().isEmpty()) {
            return EndpointOrder.listed(ordered, preferences);
        }
        return preferences.allowFallbacks() ? ordered : List.of(ordered.getFirst());
    }

    private static ProviderPreferences.@Nullable Sort sort(ProviderPreferences preferences, Variant variant) {
        if (preferences.sort() != null) {
            return preferences.sort();
        }
        return switch (variant) {
            case NITRO -> ProviderPreferences.Sort.THROUGHPUT;
            case FLOOR -> ProviderPreferences.Sort.PRICE;
            case NONE, ONLINE -> preferences.usualSort();
            case EXACTO -> null;
        };
    }
}
