package dev.faregate.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What those get who follow an address that leads nowhere, or where it leads with the wrong method. A browser is shown
/// `route`, open to everybody, which says so in a page. Programs get an error, and so does everybody below
/// `programPaths`, whatever they accept: in the shape of the path of `shapes` that they are below, else the contract's.
public record NotThere(Route route, List<String> programPaths, Map<String, ErrorShape> shapes) {
    public NotThere {
        programPaths = List.copyOf(programPaths);
        shapes = Map.copyOf(shapes);
        if (route.access() != Access.PUBLIC) {
            throw new IllegalArgumentException("what is not there is open to everybody");
        }
    }

    /// The page for such a request; null where the error is the answer.
    Router.Match.@Nullable Found page(String method, String path, @Nullable String accept) {
        boolean head = method.equals("HEAD");
        boolean browses = (head || method.equals("GET")) && accept != null && accept.contains("text/html");
        return browses && programPaths.stream().noneMatch(begin -> isBelow(path, begin))
                ? new Router.Match.Found(route, Map.of(), head)
                : null;
    }

    /// How the error is told there.
    ErrorShape shape(String path) {
        return shapes.entrySet().stream()
                .filter(entry -> isBelow(path, entry.getKey()))
                .map(Map.Entry::getValue)
                .findAny()
                .orElse(ErrorShape.CONTRACT);
    }

    private static boolean isBelow(String path, String begin) {
        return path.startsWith(begin) && (path.length() == begin.length() || path.charAt(begin.length()) == '/');
    }
}
