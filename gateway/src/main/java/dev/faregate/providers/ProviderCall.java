package dev.faregate.providers;

/// One call to a provider. All methods are called on the loop it was prepared for, and return at once.
public interface ProviderCall {
    /// Sends the request, as soon as the connection stands. At most once.
    void send(Outgoing outgoing);

    /// Gives the call up: a request under way is broken off, an unused connection is given back. The
    /// listener hears nothing more. Harmless after the end.
    void cancel();

    /// Stops reading the answer until [#resume], so that a slow client slows the provider down.
    void pause();

    void resume();

    /// Says that a real event came: pings do not keep a stalled stream alive.
    void progress();
}
