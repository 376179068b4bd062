package dev.faregate.http;

/// One line of `server/Routes`: a verb and a path pattern such as `/keys/{hash}`, who may use it, and what answers.
public record Route(String method, String pattern, Access access, Handler handler) {
    public static Route blocking(String method, String pattern, Access access, Handler.Blocking handler) {
        return new Route(method, pattern, access, handler);
    }

    public static Route relay(String method, String pattern, Access access, Handler.Relay handler) {
        return new Route(method, pattern, access, handler);
    }
}
