package dev.faregate.server;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.util.function.BooleanSupplier;

/// `GET /health/live` and `/health/ready`: whether the process works, and whether a balancer may send it
/// requests.
public final class HealthHandler {
    private final BooleanSupplier canKeepMoney;
    private volatile boolean accepting;

    public HealthHandler(BooleanSupplier canKeepMoney) {
        this.canKeepMoney = canKeepMoney;
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
        return canKeepMoney.getAsBoolean()
                ? answer(200, "ready")
                : answer(503, "database out of reach, or no room on the disk");
    }

    private static Response answer(int status, String word) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeStringProperty("status", word);
            json.writeEndObject();
        });
    }
}
