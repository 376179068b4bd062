package dev.faregate.http;

/// How a route tells its failures. The status and headers of the [WireError] are kept; the body is the shape's own.
/// Must not block or throw: it is called on the event loop.
@FunctionalInterface
public interface ErrorShape {
    /// The contract's error envelope (contract 1.1).
    ErrorShape CONTRACT = (error, _) -> Response.json(error.status(), error.body());

    /// The answer without the error's headers, which the edge adds.
    Response render(WireError error, String requestId);
}
