package dev.faregate.http;

import dev.faregate.base.ApiError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives every [ApiError] its status, type, text, metadata and headers (contract 1.1); docs/errors.md is the same as a
/// table. The one switch has no default: a new error must choose.
public final class ErrorRenderer {
    /// Longer names of models are cut in error texts: a body may be 32 MiB, an error should not be.
    private static final int MAX_ECHO = 200;

    private static final int MAX_RETRY_AFTER_SECONDS = 86_400;
    /// What these answers mean, as a path of this server.
    private static final String DOCS = "/docs/errors#models-that-do-not-answer";

    private ErrorRenderer() {}

    public static WireError render(ApiError error) {
        return switch (error) {
            case ApiError.BadRequest(var message, var param) -> plain(400, "invalid_request", message, param);
            case ApiError.UnknownModel e -> unknownModel(e);
            case ApiError.WrongEndpoint e -> wrongEndpoint(e);
            case ApiError.Unauthenticated(var reason, var message) ->
                wire(401, "authentication", message, Map.of("reason", reason), List.of(challenge(reason)));
            case ApiError.PaymentRequired e -> paymentRequired(e);
            case ApiError.Forbidden(var message, var reason, var metadata) ->
                wire(403, "permission_denied", message, with(metadata, "reason", reason), scopeChallenge(reason));
            case ApiError.NotFound(var message) -> plain(404, "not_found", message, null);
            case ApiError.NoEndpoints e -> noEndpoints(e);
            case ApiError.MethodNotAllowed(var allowed) ->
                wire(
                        405,
                        "invalid_request",
                        "This path does not answer that method; it answers " + allowed + ".",
                        Map.of(),
                        List.of(Map.entry("Allow", allowed)));
            case ApiError.RequestTimeout(var message) -> plain(408, "timeout", message, null);
            case ApiError.Conflict(var message) -> plain(409, "invalid_request", message, null);
            case ApiError.Gone(var message) -> plain(410, "not_found", message, null);
            case ApiError.BodyTooLarge(var maxBytes) ->
                wire(
                        413,
                        "payload_too_large",
                        "The request body is larger than " + maxBytes + " bytes.",
                        Map.of("max_bytes", maxBytes),
                        List.of());
            case ApiError.UnsupportedMediaType(var message) -> plain(415, "invalid_request", message, null);
            case ApiError.HeadersTooLarge(var message) -> plain(431, "invalid_request", message, null);
            case ApiError.Unprocessable(var message, var param) -> plain(422, "unprocessable", message, param);
            case ApiError.RateLimited e -> rateLimited(e);
            case ApiError.Upstream e -> upstream(e);
            // The contract has one word for a 503; it also covers this node being the one that is overloaded.
            case ApiError.Unavailable(var message, var retryAfter) ->
                wire(503, "provider_overloaded", message, Map.of(), retryAfter(retryAfter));
            case ApiError.Internal(var incident) ->
                wire(
                        500,
                        "server",
                        "Internal Server Error (incident " + incident + ")",
                        Map.of("incident", incident),
                        List.of());
        };
    }

    /// The body `{"error": {...}}` of a failure that is known before the first byte.
    public static byte[] body(ApiError error) {
        return render(error).body();
    }

    /// Only the `error` object, for a failure that comes after the first byte of a stream (contract 1.2).
    public static byte[] errorObject(ApiError error) {
        return render(error).errorObject();
    }

    /// The `reason` of a 403 for a key that lacks a scope, as RFC 6750 section 3.1 calls it.
    public static final String INSUFFICIENT_SCOPE = "insufficient_scope";

    /// All scopes there are: what to ask for instead.
    public static final String FULL_SCOPE = "read write";

    private static final String CHALLENGE = "WWW-Authenticate";
    private static final Map.Entry<String, String> BEARER = Map.entry(CHALLENGE, "Bearer");
    private static final Map.Entry<String, String> BAD_TOKEN = Map.entry(CHALLENGE, "Bearer error=\"invalid_token\"");

    /// RFC 6750 section 3: "If the request lacks any authentication information [...], the resource server
    /// SHOULD NOT include an error code or other error information."
    private static Map.Entry<String, String> challenge(String reason) {
        return reason.equals("missing") ? BEARER : BAD_TOKEN;
    }

    private static List<Map.Entry<String, String>> scopeChallenge(String reason) {
        return reason.equals(INSUFFICIENT_SCOPE)
                ? List.of(Map.entry(CHALLENGE, "Bearer error=\"insufficient_scope\", scope=\"" + FULL_SCOPE + "\""))
                : List.of();
    }

    private static WireError unknownModel(ApiError.UnknownModel e) {
        String model = cut(e.model());
        boolean ambiguous = !e.candidates().isEmpty();
        String message = model + " is not a valid model ID"
                + (ambiguous ? ": it is ambiguous, use one of " + String.join(", ", e.candidates()) + "." : "");
        Map<String, ?> metadata = ambiguous ? Map.of("candidates", e.candidates()) : Map.of();
        var details = availability("invalid_request", 400, "model_not_found", model, List.of());
        return new WireError(400, "invalid_request", message, "model", metadata, details, List.of());
    }

    private static WireError wrongEndpoint(ApiError.WrongEndpoint e) {
        String model = cut(e.model());
        String message = model + " cannot be used here; send requests for it to POST " + e.path() + ".";
        var details = availability("invalid_request", 400, "wrong_endpoint", model, List.of());
        return new WireError(400, "invalid_request", message, "model", Map.of(), details, List.of());
    }

    private static WireError noEndpoints(ApiError.NoEndpoints e) {
        List<String> excluded = e.excludedBy();
        String code;
        if (excluded.isEmpty()) {
            code = "no_endpoints";
        } else if (excluded.equals(List.of("data_region"))) {
            var region = availability("permission_denied", 403, "region_restricted", cut(e.model()), excluded);
            return new WireError(403, "permission_denied", e.message(), null, e.metadata(), region, List.of());
        } else if (excluded.stream().allMatch(by -> by.startsWith("data_policy"))) {
            code = "privacy_restricted";
        } else {
            code = "constraint_filtered";
        }
        var details = availability("not_found", 404, code, cut(e.model()), excluded);
        return new WireError(404, "not_found", e.message(), null, e.metadata(), details, List.of());
    }

    /// The object that newer model-availability errors carry beside `code` (contract 1.1, added 2026-08-19).
    private static Map<String, Object> availability(
            String type, int status, String code, String model, List<String> excludedBy) {
        Map<String, Object> availability = new LinkedHashMap<>();
        availability.put("code", code);
        availability.put("retryable", false);
        availability.put("requested_models", List.of(model));
        availability.put("docs_url", DOCS);
        if (!excludedBy.isEmpty()) {
            availability.put("excluded_by", excludedBy);
        }
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("error_type", type);
        details.put("http_status", status);
        details.put("availability", availability);
        return details;
    }

    private static WireError paymentRequired(ApiError.PaymentRequired e) {
        var metadata = with(e.metadata(), "limit_source", e.limitSource());
        return wire(402, "payment_required", e.message(), metadata, retryAfter(e.retryAfterSeconds()));
    }

    /// The three X-RateLimit headers are on errors only, and again in `metadata.headers`, where clients look for them.
    private static WireError rateLimited(ApiError.RateLimited e) {
        Map<String, String> limits = new LinkedHashMap<>();
        limits.put("X-RateLimit-Limit", Long.toString(e.limit()));
        limits.put("X-RateLimit-Remaining", "0");
        limits.put("X-RateLimit-Reset", Long.toString(e.resetEpochMillis()));
        List<Map.Entry<String, String>> headers = new ArrayList<>(limits.entrySet());
        headers.addAll(retryAfter(e.retryAfterSeconds()));
        return wire(429, "rate_limit_exceeded", e.message(), Map.of("headers", limits), headers);
    }

    /// 409 is never sent on inference: old clients take it for "warming up" and ask again without a pause.
    private static WireError upstream(ApiError.Upstream e) {
        boolean tellable = e.status() >= 400 && e.status() <= 599 && e.status() != 409;
        return wire(
                tellable ? e.status() : 502, e.type(), e.message(), e.metadata(), retryAfter(e.retryAfterSeconds()));
    }

    private static WireError plain(int status, String type, String message, @Nullable String param) {
        return new WireError(status, type, message, param, Map.of(), Map.of(), List.of());
    }

    private static WireError wire(
            int status, String type, String message, Map<String, ?> metadata, List<Map.Entry<String, String>> headers) {
        return new WireError(status, type, message, null, metadata, Map.of(), headers);
    }

    private static List<Map.Entry<String, String>> retryAfter(int seconds) {
        return seconds <= 0
                ? List.of()
                : List.of(Map.entry("Retry-After", Integer.toString(Math.min(seconds, MAX_RETRY_AFTER_SECONDS))));
    }

    private static Map<String, Object> with(Map<String, ?> metadata, String name, Object value) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(name, value);
        metadata.forEach(all::putIfAbsent);
        return all;
    }

    private static String cut(String text) {
        return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "...";
    }
}
