package dev.faregate.server;

import dev.faregate.base.Json;
import dev.faregate.http.ErrorShape;
import dev.faregate.http.Response;
import dev.faregate.http.WireError;

/// Failures as Anthropic's clients read them (contract 1.1): the type by the status, and `request_id`
/// null as long as there is no generation.
final class AnthropicErrors implements ErrorShape {
    static final AnthropicErrors SHAPE = new AnthropicErrors();

    private AnthropicErrors() {}

    @Override
    public Response render(WireError error, String requestId) {
        return Response.json(error.status(), Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("type", "error");
            json.writeObjectPropertyStart("error");
            json.writeStringProperty("type", type(error.status()));
            json.writeStringProperty("message", error.message());
            json.writeStringProperty("error_type", error.type());
            json.writeEndObject();
            json.writeNullProperty("request_id");
            json.writeEndObject();
        }));
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 408, 504 -> "timeout_error";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }
}
