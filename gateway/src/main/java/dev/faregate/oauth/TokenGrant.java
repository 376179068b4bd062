package dev.faregate.oauth;

/// One way to come to a token (RFC 6749 section 1.3). The token endpoint has a small map of them, by
/// `grant_type`; to add one, write it and give it to `OauthParts`.
@FunctionalInterface
interface TokenGrant {
    /// Exchanges what the request shows. `sender` is the client, which may use this grant. Throws an
    /// [OAuthException] for what is no request of this kind, and for outcomes with a word of their own.
    Grants.Outcome exchange(Parameters parameters, ClientAuth.Authenticated sender, String requestId);
}
