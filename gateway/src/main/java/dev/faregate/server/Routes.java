package dev.faregate.server;

import dev.faregate.byok.ByokHandler;
import dev.faregate.http.Access;
import dev.faregate.http.Handler;
import dev.faregate.http.Route;
import dev.faregate.inference.ChatCompletionsHandler;
import dev.faregate.keys.KeyHandler;
import dev.faregate.keys.KeysHandler;
import dev.faregate.models.ModelsHandler;
import dev.faregate.observability.DestinationsHandler;
import dev.faregate.providers.ByokTestHandler;
import dev.faregate.usage.CreditsHandler;
import dev.faregate.usage.GenerationHandler;
import java.util.ArrayList;
import java.util.List;

/// Everything this server answers. A route that is not here does not exist; each one names who may use
/// it.
public final class Routes {
    /// Where the API is mounted (design D1).
    private static final List<String> BASES = List.of("/api/v1", "/v1");

    private Routes() {}

    /// The handlers of the API.
    public record Handlers(
            ChatCompletionsHandler chat,
            ModelsHandler models,
            KeyHandler key,
            KeysHandler keys,
            CreditsHandler credits,
            GenerationHandler generation,
            ByokHandler byok,
            ByokTestHandler byokTest,
            DestinationsHandler destinations,
            HealthHandler health) {}

    /// The routes of the public listener. `modelsPublic` opens the model lists to callers without a key
    /// (design D5).
    public static List<Route> api(Handlers on, boolean modelsPublic) {
        Access lists = modelsPublic ? Access.OPTIONAL_KEY : Access.ANY_KEY;
        List<Route> routes = new ArrayList<>();
        for (String base : BASES) {
            routes.add(Route.relay("POST", base + "/chat/completions", Access.INFERENCE, on.chat()));

            routes.add(get(base + "/models", lists, on.models()::list));
            routes.add(get(base + "/models/count", lists, on.models()::count));
            routes.add(get(base + "/models/user", Access.INFERENCE, on.models()::user));
            routes.add(get(base + "/models/{id}", lists, on.models()::openAiModel));
            routes.add(get(base + "/models/{author}/{slug}", lists, on.models()::openAiModelByAuthor));
            routes.add(get(base + "/models/{author}/{slug}/endpoints", lists, on.models()::endpoints));
            routes.add(get(base + "/model/{author}/{slug}", lists, on.models()::model));
            routes.add(get(base + "/providers", lists, on.models()::providers));

            routes.add(get(base + "/key", Access.ANY_KEY, on.key()::handle));
            routes.add(get(base + "/auth/key", Access.ANY_KEY, on.key()::handle));
            routes.add(get(base + "/keys", Access.MANAGEMENT, on.keys()::list));
            routes.add(Route.blocking("POST", base + "/keys", Access.MANAGEMENT, on.keys()::create));
            routes.add(get(base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::get));
            routes.add(Route.blocking("PATCH", base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::update));
            routes.add(Route.blocking("DELETE", base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::delete));

            routes.add(get(base + "/credits", Access.MANAGEMENT, on.credits()::handle));
            routes.add(get(base + "/generation", Access.ANY_KEY, on.generation()::handle));
            byok(routes, base, on.byok(), on.byokTest());
            observability(routes, base + "/observability/destinations", on.destinations());
        }
        routes.addAll(health(on.health()));
        return routes;
    }

    /// The routes of the admin listener, which is for the operator's own network.
    public static List<Route> admin(HealthHandler health, MetricsHandler metrics) {
        List<Route> routes = new ArrayList<>(health(health));
        routes.add(get("/metrics", Access.PUBLIC, metrics::handle));
        return routes;
    }

    private static void byok(List<Route> routes, String base, ByokHandler keys, ByokTestHandler test) {
        routes.add(get(base + "/byok", Access.MANAGEMENT, keys::list));
        routes.add(Route.blocking("POST", base + "/byok", Access.MANAGEMENT, keys::create));
        routes.add(get(base + "/byok/{id}", Access.MANAGEMENT, keys::get));
        routes.add(Route.blocking("PATCH", base + "/byok/{id}", Access.MANAGEMENT, keys::update));
        routes.add(Route.blocking("DELETE", base + "/byok/{id}", Access.MANAGEMENT, keys::delete));
        routes.add(Route.blocking("POST", base + "/byok/{id}/test", Access.MANAGEMENT, test::handle));
    }

    private static void observability(List<Route> routes, String path, DestinationsHandler destinations) {
        routes.add(get(path, Access.MANAGEMENT, destinations::list));
        routes.add(Route.blocking("POST", path, Access.MANAGEMENT, destinations::create));
        routes.add(get(path + "/{id}", Access.MANAGEMENT, destinations::get));
        routes.add(Route.blocking("PATCH", path + "/{id}", Access.MANAGEMENT, destinations::update));
        routes.add(Route.blocking("DELETE", path + "/{id}", Access.MANAGEMENT, destinations::delete));
    }

    private static List<Route> health(HealthHandler health) {
        return List.of(
                get("/health/live", Access.PUBLIC, health::live), get("/health/ready", Access.PUBLIC, health::ready));
    }

    private static Route get(String pattern, Access access, Handler.Blocking handler) {
        return Route.blocking("GET", pattern, access, handler);
    }
}
