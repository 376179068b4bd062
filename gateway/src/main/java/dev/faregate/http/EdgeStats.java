package dev.faregate.http;

/// What one listener is doing (the first three) and has done since it started (the others).
///
/// `refusedConnections` came over the limit; `overloaded` requests were answered 503 by the edge itself; `timedOut`
/// requests or idle connections met a deadline; `gone` clients left before their answer was whole; `bugs` are
/// incidents.
public record EdgeStats(
        int connections,
        int openRequests,
        long bufferedBytes,
        long requests,
        long refusedConnections,
        long overloaded,
        long timedOut,
        long gone,
        long bugs) {}
