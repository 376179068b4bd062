package dev.faregate.routing;

import dev.faregate.base.ApiError;
import dev.faregate.byok.Credential;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.byok.Usable;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ProviderPreferences;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.WireFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The ways to serve a model for a caller who brought provider keys (contract 3.5): endpoints with own keys first,
/// whatever the request says about order; then shared capacity, as far as the keys leave any; then endpoints with
/// keys that are fallbacks. The order that applies otherwise applies inside each of the three. Keys of one
/// endpoint go in their own order.
final class OwnKeyRoutes {
    /// An endpoint with the caller's own key, or with the operator's when that is null.
    record Route(ModelEndpoint endpoint, @Nullable Credential own) {}

    private final ChatRequest request;
    private final Model model;
    private final EndpointFilter filter;
    private final Usable keys;
    private boolean sharedIsClosed;

    OwnKeyRoutes(ChatRequest request, Model model, EndpointFilter filter, Usable keys) {
        this.request = request;
        this.model = model;
        this.filter = filter;
        this.keys = keys;
    }

    /// In the order to try them; `order` sorts, and shortens where fallbacks are not allowed.
    List<Route> in(UnaryOperator<List<ModelEndpoint>> order) {
        boolean fallbacks = request.facts().preferences().allowFallbacks();
        List<Route> routes = withKeys(key -> !key.fallback(), order);
        if (routes.isEmpty() || fallbacks) {
            List<ModelEndpoint> shared = shared();
            if (!shared.isEmpty()) {
                order.apply(shared).forEach(endpoint -> routes.add(new Route(endpoint, null)));
            }
        }
        if (routes.isEmpty() || fallbacks) {
            routes.addAll(withKeys(Credential::fallback, order));
        }
        return routes;
    }

    private List<Route> withKeys(Predicate<Credential> which, UnaryOperator<List<ModelEndpoint>> order) {
        List<ModelEndpoint> endpoints = model.endpoints().stream()
                .filter(endpoint ->
                        !isRuledOut(endpoint) && !keysOf(endpoint, which).isEmpty())
                .toList();
        List<Route> routes = new ArrayList<>();
        if (!endpoints.isEmpty()) {
            for (ModelEndpoint endpoint : order.apply(endpoints)) {
                keysOf(endpoint, which).forEach(key -> routes.add(new Route(endpoint, key)));
            }
        }
        return routes;
    }

    /// Without fallbacks a provider that is not listed is not asked, if any that is listed serves the model.
    private boolean isRuledOut(ModelEndpoint endpoint) {
        ProviderPreferences preferences = request.facts().preferences();
        return !preferences.allowFallbacks()
                && !isListed(preferences, endpoint)
                && model.endpoints().stream().anyMatch(other -> isListed(preferences, other));
    }

    private static boolean isListed(ProviderPreferences preferences, ModelEndpoint endpoint) {
        return preferences.order().stream().anyMatch(slug -> EndpointFilter.matches(slug, endpoint));
    }

    private List<Credential> keysOf(ModelEndpoint endpoint, Predicate<Credential> which) {
        return keys.of(endpoint.provider().slug(), model.id(), model.canonicalSlug()).stream()
                .filter(which)
                .filter(key -> isSpoken(endpoint, key) && filter.allows(endpoint, key))
                .toList();
    }

    /// Whether requests can be sent there with such a key: its format is spoken, and its address is known.
    private static boolean isSpoken(ModelEndpoint endpoint, Credential key) {
        WireFormat format = endpoint.provider().format();
        return switch (key.material()) {
            case KeyMaterial.Plain _ ->
                format.takesPlainKey() && endpoint.provider().baseUrl() != null;
            case KeyMaterial.Azure _ -> format == WireFormat.OPENAI || format == WireFormat.AZURE;
            case KeyMaterial.ServiceAccount _ -> format == WireFormat.VERTEX;
            case KeyMaterial.AwsKeys _ -> format == WireFormat.BEDROCK;
        };
    }

    private List<ModelEndpoint> shared() {
        List<ModelEndpoint> usable = filter.usable();
        List<ModelEndpoint> open = usable.stream()
                .filter(endpoint -> keys.allowsShared(endpoint.provider().slug(), model.id(), model.canonicalSlug()))
                .toList();
        sharedIsClosed = open.isEmpty() && !usable.isEmpty();
        return open;
    }

    /// The answer when there is no way.
    ApiError whyNone() {
        return sharedIsClosed
                ? new ApiError.NoEndpoints(
                        "No endpoints found for " + model.id()
                                + ": your own provider keys are to be used alone, and none of them serves this request.",
                        model.id(),
                        List.of("allowed_providers"),
                        Map.of())
                : filter.whyNone();
    }
}
