package dev.faregate.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a browser is shown that follows an address which leads nowhere: `route`, open to everybody, which
/// says so in a page. Programs get the contract's error, and so does everybody below `programPaths`,
/// whatever they accept.
public record NotThere(Route route, List<String> programPaths) {
    public NotThere {
        programPaths = List.copyOf(programPaths);
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

    private static boolean isBelow(String path, String begin) {
        return path.startsWith(begin) && (path.length() == begin.length() || path.charAt(begin.length()) == '/');
    }
}
