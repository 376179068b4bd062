package dev.faregate.http;

/// What answers a route. There are two kinds (design section 8): the relay lives on the event loop of its client
/// connection; everything else is ordinary blocking code on a virtual thread.
public sealed interface Handler {
    /// Straight-line blocking code: request in, response out, or an `ApiException`. Runs on a virtual thread.
    @FunctionalInterface
    non-sealed interface Blocking extends Handler {
        Response handle(Request request);
    }

    /// Takes the exchange over, on its event loop; returns at once and answers later through the exchange. An exception
    /// thrown here becomes an answer as long as nothing was sent.
    @FunctionalInterface
    non-sealed interface Relay extends Handler {
        void handle(Exchange exchange);
    }
}
