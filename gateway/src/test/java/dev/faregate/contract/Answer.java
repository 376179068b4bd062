package dev.faregate.contract;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One answer as it came over the wire. `type` is the media type without parameters, empty when there was
/// none; `body` is all of it.
public record Answer(String method, String path, int status, String type, String body) {
    /// `target` may carry a query; `contentType` may be null or have parameters.
    public static Answer of(String method, String target, int status, @Nullable String contentType, String body) {
        int query = target.indexOf('?');
        String type = contentType == null ? "" : contentType.split(";", 2)[0].strip();
        String path = (query < 0 ? target : target.substring(0, query)).replaceAll("/{2,}", "/");
        return new Answer(method, path, status, type, body);
    }

    /// Whether this is a failure that the edge may find before it knows the route, and so its shape.
    boolean isOfTheEdge() {
        return List.of(400, 405, 408, 413, 415, 429, 431, 503).contains(status)
                && body.startsWith("{\"error\":{\"code\":");
    }

    /// The path below the base of the API, or null when it is not below one.
    @Nullable
    String apiPath() {
        for (String base : new String[] {"/api/v1/", "/v1/"}) {
            if (path.startsWith(base)) {
                String rest = path.substring(base.length() - 1);
                return rest.length() > 1 && rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
            }
        }
        return null;
    }

    /// The JSON values of the body: of a stream the data of each whole event, for it may have been cut after any;
    /// none for other content.
    List<String> values() {
        if (type.equals("application/json")) {
            return List.of(body);
        }
        List<String> values = new ArrayList<>();
        if (type.equals("text/event-stream")) {
            for (String line : body.split("\n", -1)) {
                String data = line.startsWith("data:") ? line.substring(5).strip() : "";
                if (!data.isEmpty() && !data.equals("[DONE]") && data.endsWith("}")) {
                    values.add(data);
                }
            }
        }
        return values;
    }
}
