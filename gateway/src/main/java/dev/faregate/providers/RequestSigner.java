package dev.faregate.providers;

/// Header lines that depend on what is sent. Safe to share between threads.
interface RequestSigner {
    /// The lines of one request; `path` is in origin form. Not for an event loop where the body is large.
    RequestHeaders sign(String method, String path, byte[] body);
}
