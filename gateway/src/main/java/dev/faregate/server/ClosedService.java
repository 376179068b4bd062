package dev.faregate.server;

import dev.faregate.credits.RestoreGate;
import dev.faregate.http.Access;
import dev.faregate.http.Handler;
import dev.faregate.http.Route;
import java.util.List;

/// What a closed service refuses: requests that spend, whether they are paid for or free. Everything else goes on,
/// so that people see how things stand and can end keys. What writes on credit asks the database itself
/// ([dev.faregate.credits.CreditEntries]).
public final class ClosedService {
    private ClosedService() {}

    /// The same routes, of which those that run inference answer 503 while the gate is closed.
    public static List<Route> guard(List<Route> routes, RestoreGate gate) {
        return routes.stream()
                .map(route -> spends(route) ? guarded(route, gate) : route)
                .toList();
    }

    private static boolean spends(Route route) {
        return route.access() == Access.INFERENCE && !route.method().equals("GET");
    }

    private static Route guarded(Route route, RestoreGate gate) {
        Handler guarded = switch (route.handler()) {
            case Handler.Relay relay ->
                (Handler.Relay) exchange -> {
                    gate.requireOpen();
                    relay.handle(exchange);
                };
            case Handler.Blocking blocking ->
                (Handler.Blocking) request -> {
                    gate.requireOpen();
                    return blocking.handle(request);
                };
        };
        return new Route(route.method(), route.pattern(), route.access(), guarded, route.errors());
    }
}
