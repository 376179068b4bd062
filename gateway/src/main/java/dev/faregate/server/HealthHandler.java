package dev.faregate.server;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.system.Readiness;
import java.util.function.Supplier;

/// `GET /health/live` and `/health/ready`: whether the process works, and whether a balancer may send it
/// requests.
public final class HealthHandler {
    private final Supplier<Readiness> running;
    private volatile boolean accepting;

    /// `running`: how the node stands once it has started; may ask the database.
    public HealthHandler(Supplier<Readiness> running) {
        this.running = running;
    }

    /// Readiness fails from here on, or until the next call.
    public void accepting(boolean now) {
        accepting = now;
    }

    /// Whether requests should come here, and why not. May ask the database.
    public Readiness readiness() {
        return accepting ? running.get() : Readiness.DRAINING;
    }

    public Response live(Request request) {
        return answer(200, "live");
    }

    public Response ready(Request request) {
        Readiness now = readiness();
        return answer(now == Readiness.READY ? 200 : 503, now.word());
    }

    private static Response answer(int status, String word) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeStringProperty("status", word);
            json.writeEndObject();
        });
    }
}
