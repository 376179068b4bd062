package dev.faregate.server;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `GET /health/live` and `/health/ready`: whether the process works, and whether a balancer may send it
/// requests.
public final class HealthHandler {
    private final Supplier<@Nullable String> fault;
    private volatile boolean accepting;

    /// `fault`: why no request should come here although we are running, or null; may ask the database.
    public HealthHandler(Supplier<@Nullable String> fault) {
        this.fault = fault;
    }

    /// Readiness fails from here on, or until the next call.
    public void accepting(boolean now) {
        accepting = now;
    }

    public Response live(Request request) {
        return answer(200, "live");
    }

    public Response ready(Request request) {
        if (!accepting) {
            return answer(503, "starting or draining");
        }
        String wrong = fault.get();
        return wrong == null ? answer(200, "ready") : answer(503, wrong);
    }

    private static Response answer(int status, String word) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeStringProperty("status", word);
            json.writeEndObject();
        });
    }
}
