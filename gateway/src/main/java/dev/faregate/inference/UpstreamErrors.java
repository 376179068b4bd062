package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.byok.Credential;
import dev.faregate.providers.UpstreamFailure;
import dev.faregate.routing.Candidate;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a failed attempt means: whether another endpoint may do better, and what the client is told when
/// none is left (contract 1.1, "Provider errors"). What a provider says is shown only as far as it is
/// about the request: no header, no key, no host.
final class UpstreamErrors {
    /// The word for programs in `metadata.reason` of what a moderation flagged.
    private static final String MODERATION = "moderation";

    private static final int MAX_RETRY_AFTER_SECONDS = 3_600;

    private UpstreamErrors() {}

    /// A failed attempt. `sameModel` says whether another endpoint of the same model may do better: not
    /// when the request itself is at fault. `answered` is the provider's own status where it gave one, else
    /// the client's, and 0 where the provider has no part in it; `said` is what it said about the request.
    record Failure(
            int status,
            String type,
            String message,
            @Nullable String raw,
            boolean sameModel,
            int retryAfter,
            int answered,
            ProviderError said) {
        /// The status of a provider that was not asked, or has no part in the failure.
        private static final int UNASKED = 0;

        private static final int TOO_MANY_REQUESTS = 429;

        Failure(int status, String type, String message, @Nullable String raw, boolean sameModel, int retryAfter) {
            this(status, type, message, raw, sameModel, retryAfter, status, ProviderError.NONE);
        }

        /// Whether the endpoint counts as down, for routes and for its uptime: not for what is wrong with the
        /// request, nor for a rate limit, which the contract leaves out (`uptime_last_5m`), nor for what this
        /// server did alone, as with a full pool of ours. That our credential is refused or the model is not
        /// there counts: nobody is answered.
        boolean endpointIsDown() {
            return sameModel && !limitsRate() && answered != UNASKED;
        }

        /// Whether the endpoint is there and wants fewer requests, for [#retryAfter] seconds.
        boolean limitsRate() {
            return status == TOO_MANY_REQUESTS;
        }

        private Failure ofOurs() {
            return new Failure(status, type, message, raw, sameModel, retryAfter, UNASKED, said);
        }

        private Failure about(ProviderError what) {
            return new Failure(status, type, message, raw, sameModel, retryAfter, answered, what);
        }

        /// The same for an attempt with the caller's own key. What is wrong with that key is told as the provider
        /// told it: it is the caller's to mend (contract 1.1); and the key stands in no text.
        Failure onOwnKey(Credential key) {
            // Only where the provider refused the credential is the client told another status.
            String refused = status == answered ? null : refusal(answered);
            return refused == null
                    ? new Failure(
                            status,
                            type,
                            String.valueOf(key.material().without(message)),
                            key.material().without(raw),
                            sameModel,
                            retryAfter,
                            answered,
                            said == ProviderError.NONE ? said : said.with(key.material()::without))
                    : new Failure(
                            answered, refused, "Provider returned error", null, true, 0, answered, ProviderError.NONE);
        }

        private static @Nullable String refusal(int answered) {
            return switch (answered) {
                case 401 -> "authentication";
                case 402 -> "payment_required";
                case 403 -> "permission_denied";
                default -> null;
            };
        }

        /// What the client is told, with the attempts that failed before this one. `own` is the caller's key that
        /// the attempt was made with, or null.
        ApiError.Upstream error(Candidate failed, @Nullable Credential own, List<Map<String, ?>> previous) {
            Map<String, Object> metadata = new LinkedHashMap<>();
            metadata.put("provider_name", failed.endpoint().provider().name());
            if (said.code() != null) {
                metadata.put("provider_code", said.code());
            }
            if (!said.reasons().isEmpty()) {
                metadata.put("reason", MODERATION);
                metadata.put("reasons", said.reasons());
                metadata.put("model_slug", failed.model().canonicalSlug());
            }
            if (said.flaggedInput() != null) {
                metadata.put("flagged_input", said.flaggedInput());
            }
            if (raw != null) {
                metadata.put("raw", raw);
            }
            metadata.put("is_byok", own != null);
            if (own != null) {
                metadata.put("byok_id", own.id());
                if (said == ProviderError.NONE && (status == 401 || status == 402 || status == 403)) {
                    metadata.put(
                            "remedy_hint",
                            "The provider refused your own key. Test it with POST /byok/" + own.id()
                                    + "/test, and replace it with PATCH /byok/" + own.id() + ".");
                }
            }
            if (!previous.isEmpty()) {
                metadata.put("previous_errors", previous);
            }
            return new ApiError.Upstream(status, type, message, metadata, retryAfter);
        }
    }

    /// A provider's error answer.
    static Failure of(int status, byte[] body, @Nullable String retryAfter) {
        ProviderError said = ProviderError.read(body);
        String raw = said.message();
        String message = raw == null ? "Provider returned error" : raw;
        if (status == 403 && !said.reasons().isEmpty()) {
            // Another router's moderation: about the request, not about our account there.
            return new Failure(403, "permission_denied", message, raw, false, 0).about(said);
        }
        return switch (status) {
            // The provider refused *our* credential or account: the client's own key is good.
            case 401, 402, 403 ->
                new Failure(
                        502,
                        "provider_unavailable",
                        "Provider returned error",
                        null,
                        true,
                        0,
                        status,
                        ProviderError.NONE);
            case 400, 422 ->
                said.type() == null
                        ? new Failure(status, type(status), message, raw, false, 0).about(said)
                        : new Failure(400, said.type(), message, raw, false, 0).about(said);
            case 413 -> new Failure(413, "payload_too_large", message, raw, false, 0).about(said);
            case 404 -> new Failure(404, "not_found", message, raw, true, 0).about(said);
            case 408, 504, 524 -> new Failure(504, "timeout", "Provider timed out", raw, true, 0);
            case 429 -> new Failure(429, "rate_limit_exceeded", message, raw, true, seconds(retryAfter)).about(said);
            case 503 ->
                new Failure(503, "provider_overloaded", "Provider is overloaded", raw, true, seconds(retryAfter));
            case 529 ->
                new Failure(529, "provider_overloaded", "Provider is overloaded", raw, true, seconds(retryAfter));
            default -> new Failure(502, "provider_unavailable", "Provider returned error", raw, true, 0);
        };
    }

    /// A provider that did not answer.
    static Failure of(UpstreamFailure failure) {
        return switch (failure.kind()) {
            case FIRST_EVENT_TIMEOUT, IDLE_TIMEOUT, TOTAL_TIMEOUT, CONNECT_TIMEOUT ->
                new Failure(504, "timeout", "Provider timed out", null, true, 0);
            case POOL_EXHAUSTED ->
                new Failure(503, "provider_overloaded", "Too many requests to this provider", null, true, 1).ofOurs();
            case CLIENT_CLOSED -> new Failure(503, "server", "The server is shutting down", null, false, 1).ofOurs();
            case DNS,
                    EGRESS_REFUSED,
                    CONNECT_REFUSED,
                    TLS,
                    RESET_BEFORE_HEAD,
                    CLOSED_MID_BODY,
                    MALFORMED_RESPONSE,
                    HEADER_TOO_LARGE,
                    RESPONSE_TOO_LARGE,
                    NO_ACCESS_TOKEN -> unreached();
            case INTERNAL -> unreached().ofOurs();
        };
    }

    private static Failure unreached() {
        return new Failure(502, "provider_unavailable", "Provider could not be reached", null, true, 0);
    }

    /// An answer that is not one.
    static Failure invalid(String what) {
        return new Failure(
                502, "provider_unavailable", "Provider returned an invalid response: " + what, null, true, 0);
    }

    /// A top-level `error` in a stream or in a 200 answer, as JSON text.
    static Failure inBand(String errorJson) {
        byte[] body = ("{\"error\":" + errorJson + "}").getBytes(StandardCharsets.UTF_8);
        return of(statusOf(errorJson, ProviderError.read(body)), body, null);
    }

    /// The status that the error says, or that its word means.
    private static int statusOf(String errorJson, ProviderError said) {
        try {
            JsonNode code =
                    Json.read(errorJson.getBytes(StandardCharsets.UTF_8)).get("code");
            if (code != null && code.isInt() && code.asInt() >= 400 && code.asInt() < 600) {
                return code.asInt();
            }
        } catch (RuntimeException e) {
            return 502;
        }
        return said.type() == null ? 502 : 400;
    }

    private static String type(int status) {
        return status == 422 ? "unprocessable" : "invalid_request";
    }

    /// `Retry-After` in seconds (RFC 9110 section 10.2.3; the date form is rare and not worth trusting
    /// another clock).
    private static int seconds(@Nullable String retryAfter) {
        if (retryAfter == null || retryAfter.length() > 6 || !retryAfter.chars().allMatch(Character::isDigit)) {
            return 1;
        }
        return retryAfter.isEmpty() ? 1 : Math.clamp(Long.parseLong(retryAfter), 1, MAX_RETRY_AFTER_SECONDS);
    }
}
