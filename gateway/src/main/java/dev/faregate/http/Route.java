package dev.faregate.http;

/// One line of `server/Routes`: a verb and a path pattern such as `/keys/{hash}`, who may use it, what answers, and in
/// which shape its failures are told, also those the edge finds before the handler is asked.
public record Route(String method, String pattern, Access access, Handler handler, ErrorShape errors) {
    public Route(String method, String pattern, Access access, Handler handler) {
        this(method, pattern, access, handler, ErrorShape.CONTRACT);
    }

    public static Route blocking(String method, String pattern, Access access, Handler.Blocking handler) {
        return new Route(method, pattern, access, handler);
    }

    public static Route relay(String method, String pattern, Access access, Handler.Relay handler) {
        return new Route(method, pattern, access, handler);
    }

    /// The same route, telling its failures in another shape: Anthropic's, RFC 6749's, a page.
    public Route withErrors(ErrorShape shape) {
        return new Route(method, pattern, access, handler, shape);
    }
}
