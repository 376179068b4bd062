package dev.faregate.providers;

/// Makes the connections of a client. Tests put a channel without a socket in its place.
interface Dialer {
    /// Ends in `established` or `failed` of the connection, now or later on its loop, unless that was
    /// closed meanwhile.
    void dial(UpstreamConnection connection, Deadlines deadlines);

    void close();
}
