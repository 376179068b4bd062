package dev.faregate.oauth;

import dev.faregate.http.ErrorShape;
import dev.faregate.http.Handler;
import dev.faregate.http.Response;
import dev.faregate.http.WireError;

/// Failures as OAuth clients read them: `{"error": ..., "error_description": ...}` (RFC 6749 section 5.2),
/// never kept by a cache. The statuses and headers are those of the same failures elsewhere.
public final class OAuthErrors implements ErrorShape {
    public static final ErrorShape SHAPE = new OAuthErrors();

    private OAuthErrors() {}

    /// A failure that has no word of its own, or that the edge found.
    @Override
    public Response render(WireError error, String requestId) {
        return body(error.status(), word(error.status()), error.message());
    }

    /// The handler with its [OAuthException]s answered, and its answers kept out of caches.
    static Handler.Blocking answering(Handler.Blocking handler) {
        return request -> {
            try {
                return handler.handle(request).withHeader("Cache-Control", "no-store");
            } catch (OAuthException e) {
                Response answer = body(e.status(), e.error(), e.description());
                return e.asksForBasic()
                        ? answer.withHeader("WWW-Authenticate", "Basic realm=\"Faregate\", charset=\"UTF-8\"")
                        : answer;
            }
        };
    }

    private static String word(int status) {
        return switch (status) {
            case 401 -> "invalid_client";
            case 403 -> "access_denied";
            case 429, 503 -> "temporarily_unavailable";
            default -> status >= 500 ? "server_error" : "invalid_request";
        };
    }

    private static Response body(int status, String error, String description) {
        return Response.json(status, json -> {
                    json.writeStartObject();
                    json.writeStringProperty("error", error);
                    json.writeStringProperty("error_description", description);
                    json.writeEndObject();
                })
                .withHeader("Cache-Control", "no-store");
    }
}
