package dev.faregate.base;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every failure a client can see. `http/ErrorRenderer` gives each its status, type and text with one
/// switch and no default, so a new failure must choose them; docs/errors.md lists them all.
public sealed interface ApiError {
    /// 400: something in the request is wrong; `param` names the field where one is to blame.
    record BadRequest(String message, @Nullable String param) implements ApiError {}

    /// 400: no such model. `candidates` lists full ids when a bare id was ambiguous, else is empty.
    record UnknownModel(String model, java.util.List<String> candidates) implements ApiError {}

    /// 400: the model exists, but answers another kind of request; `path` is where those go.
    record WrongEndpoint(String model, String path) implements ApiError {}

    /// 401: no credential, or one that opens nothing. `reason` is a word for programs: missing,
    /// malformed, unknown, deleted, disabled, expired, conflicting; signature for a report that nobody known
    /// has signed.
    record Unauthenticated(String reason, String message) implements ApiError {}

    /// 402: the money for this request is not there. `limitSource` as contract 1.1; `metadata` has scope,
    /// limit, spent, held and reset where known; a positive `retryAfterSeconds` says that only the holds
    /// of other requests are in the way.
    record PaymentRequired(String message, String limitSource, Map<String, ?> metadata, int retryAfterSeconds)
            implements ApiError {}

    /// 403: the credential is good but not for this. `reason` is a word for programs, in
    /// `metadata.reason`.
    record Forbidden(String message, String reason, Map<String, ?> metadata) implements ApiError {}

    /// 404: nothing there, or nothing the caller may see.
    record NotFound(String message) implements ApiError {}

    /// 404: the model exists, but no endpoint is left for this request; `excludedBy` as contract 1.1
    /// `availability`.
    record NoEndpoints(String message, String model, java.util.List<String> excludedBy, Map<String, ?> metadata)
            implements ApiError {}

    /// 405: the path exists, the verb does not; `allowed` goes into the Allow header.
    record MethodNotAllowed(String allowed) implements ApiError {}

    /// 408: the request did not arrive whole in time.
    record RequestTimeout(String message) implements ApiError {}

    /// 409: in conflict with what is there. Never on inference (old clients loop on it).
    record Conflict(String message) implements ApiError {}

    /// 410: it was here once and will not come back.
    record Gone(String message) implements ApiError {}

    /// 413: the body is larger than `maxBytes`.
    record BodyTooLarge(long maxBytes) implements ApiError {}

    /// 415: a body type or encoding that is not understood.
    record UnsupportedMediaType(String message) implements ApiError {}

    /// 431: the request line or the headers are larger, or the headers more, than the edge takes.
    record HeadersTooLarge(String message) implements ApiError {}

    /// 422: well formed, but it cannot be done as asked.
    record Unprocessable(String message, @Nullable String param) implements ApiError {}

    /// 429: the caller's own rate; `limit` requests per window, `resetEpochMillis` when it opens again.
    record RateLimited(String message, long limit, long resetEpochMillis, int retryAfterSeconds) implements ApiError {}

    /// The provider answered with an error, or not at all, and no other endpoint was left. `status` is
    /// what the client sees (400, 402, 403, 404, 408, 413, 422, 429, 502, 503, 504, 529 ...), `type` an
    /// `error_type` of contract 1.1.
    record Upstream(int status, String type, String message, Map<String, ?> metadata, int retryAfterSeconds)
            implements ApiError {}

    /// 503: we cannot take it now: overload, drain, or the database is out of reach.
    record Unavailable(String message, int retryAfterSeconds) implements ApiError {}

    /// 500: a bug of ours; the client sees only the incident id.
    record Internal(String incident) implements ApiError {}
}
