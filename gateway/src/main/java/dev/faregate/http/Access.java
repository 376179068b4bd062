package dev.faregate.http;

/// Who may use a route. Every route names one; the edge asks before it reads the body. Deny is the default: a route
/// that is not `PUBLIC` here answers 401 to a stranger.
public enum Access {
    /// No credential is asked for or looked at.
    PUBLIC,
    /// Open, but a credential that is sent must be a good one: a wrong key is always 401 (design D5).
    OPTIONAL_KEY,
    /// Any key.
    ANY_KEY,
    /// An inference key; a management key gets 403 (D7).
    INFERENCE,
    /// A management key; an inference key gets 403 (D7).
    MANAGEMENT,
    /// A person who is signed in. The edge lets it pass; `pages/Pages`, which alone makes such routes, asks for the
    /// session's cookie and sends strangers to the sign-in page.
    SESSION
}
