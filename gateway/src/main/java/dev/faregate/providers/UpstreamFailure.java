package dev.faregate.providers;

/// Why an upstream call has no (whole) answer.
///
/// `maybeProcessed` is what the money rule asks: false means that the provider cannot have seen the whole
/// request, so nothing was computed and nothing can be billed; true means that it may have. `detail` is
/// for the operator's log: it may name hosts and addresses, never a header or a body.
public record UpstreamFailure(Kind kind, boolean maybeProcessed, String detail) {
    public enum Kind {
        /// Every connection of the target was busy, and the queue full or the wait over.
        POOL_EXHAUSTED,
        /// The host has no address, or the look-up took too long.
        DNS,
        /// The [EgressGuard] does not let a user-set target go there.
        EGRESS_REFUSED,
        /// No address of the host accepted the connection.
        CONNECT_REFUSED,
        CONNECT_TIMEOUT,
        /// The handshake failed or took too long: untrusted or wrong certificate, no common protocol.
        TLS,
        /// Nothing (for a stream: no event) came in time.
        FIRST_EVENT_TIMEOUT,
        /// The answer began and then stood still.
        IDLE_TIMEOUT,
        TOTAL_TIMEOUT,
        /// The connection ended before the answer's head was whole.
        RESET_BEFORE_HEAD,
        /// The connection ended before the answer's body was whole.
        CLOSED_MID_BODY,
        /// What came is not HTTP as RFC 9112 wants it, or is compressed although we asked for identity.
        MALFORMED_RESPONSE,
        HEADER_TOO_LARGE,
        RESPONSE_TOO_LARGE,
        /// The provider wants an access token, and nobody gave one.
        NO_ACCESS_TOKEN,
        /// The client was closed under the call: the server is going down.
        CLIENT_CLOSED,
        /// The listener threw: a bug of ours, logged with its stack trace.
        INTERNAL
    }
}
