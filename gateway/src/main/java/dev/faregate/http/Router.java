package dev.faregate.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the route for a method and a normalised path. Immutable, made once at start; two routes that would answer the
/// same request stop the start. A path without parameters is one look-up in a hash table and allocates nothing.
///
/// A literal segment wins over a `{parameter}`. A parameter takes exactly one whole segment, decoded once, never an
/// empty one.
public final class Router {
    /// What a request meets.
    public sealed interface Match {
        /// `bodiless` when the request is a HEAD that a GET route answers.
        record Found(Route route, Map<String, String> parameters, boolean bodiless) implements Match {}

        /// The path exists, the method does not; `allow` lists those that do.
        record WrongMethod(String allow) implements Match {}

        /// An OPTIONS request that no route asked for itself.
        record Options(String allow) implements Match {}

        record Nothing() implements Match {}
    }

    private static final Match NOTHING = new Match.Nothing();

    /// Verbs of one pattern; `names` are its parameters in order.
    private record Entry(Match.Found found, List<String> names) {}

    private static final class Verbs {
        final Map<String, Entry> byMethod = new HashMap<>();
        String allow = "";
    }

    private static final class Node {
        final Map<String, Node> literals = new HashMap<>();

        @Nullable
        Node any;

        @Nullable
        Verbs verbs;
    }

    private final Map<String, Verbs> literals = new HashMap<>();
    private final Node root = new Node();

    /// Throws `IllegalArgumentException` for a pattern that is malformed or declared twice.
    public Router(List<Route> routes) {
        routes.forEach(this::add);
    }

    public Match match(String method, String path) {
        Verbs literal = literals.get(path);
        if (literal != null) {
            Entry entry = literal.byMethod.get(method);
            if (entry != null) {
                return entry.found();
            }
        }
        return new Search(method, path).run();
    }

    private void add(Route route) {
        if (!isToken(route.method())) {
            throw new IllegalArgumentException("not a method: " + route.method());
        }
        List<String> names = new ArrayList<>();
        Node node = root;
        for (String segment : segments(route.pattern())) {
            if (segment.startsWith("{")) {
                names.add(parameterName(route, segment));
                if (node.any == null) {
                    node.any = new Node();
                }
                node = node.any;
            } else {
                node = node.literals.computeIfAbsent(literal(route, segment), _ -> new Node());
            }
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new IllegalArgumentException("a parameter is named twice: " + route.pattern());
        }
        if (node.verbs == null) {
            node.verbs = new Verbs();
        }
        declare(node.verbs, route, names);
        if (names.isEmpty()) {
            literals.put(route.pattern(), node.verbs);
        }
    }

    private static void declare(Verbs verbs, Route route, List<String> names) {
        Entry entry = new Entry(new Match.Found(route, Map.of(), false), List.copyOf(names));
        Entry before = verbs.byMethod.get(route.method());
        if (before != null && !isHeadOfGet(route.method(), before)) {
            throw new IllegalArgumentException("declared twice: " + route.method() + " " + route.pattern());
        }
        verbs.byMethod.put(route.method(), entry);
        if (route.method().equals("GET")) {
            verbs.byMethod.putIfAbsent("HEAD", new Entry(new Match.Found(route, Map.of(), true), entry.names()));
        }
        Set<String> allow = new TreeSet<>(verbs.byMethod.keySet());
        allow.add("OPTIONS");
        verbs.allow = String.join(", ", allow);
    }

    /// A HEAD route of its own takes the place of the one that came with GET.
    private static boolean isHeadOfGet(String method, Entry before) {
        return method.equals("HEAD") && before.found().bodiless();
    }

    private static List<String> segments(String pattern) {
        if (!pattern.startsWith("/") || (pattern.length() > 1 && pattern.endsWith("/")) || pattern.contains("//")) {
            throw new IllegalArgumentException("a pattern is /a/b/{c}, not " + pattern);
        }
        return pattern.equals("/") ? List.of() : List.of(pattern.substring(1).split("/"));
    }

    private static String parameterName(Route route, String segment) {
        String name = segment.endsWith("}") ? segment.substring(1, segment.length() - 1) : "";
        if (!isToken(name)) {
            throw new IllegalArgumentException("malformed parameter in " + route.pattern());
        }
        return name;
    }

    private static String literal(Route route, String segment) {
        if (segment.chars().anyMatch(c -> c == '{' || c == '}' || c == '%' || c == '?' || c <= ' ')) {
            throw new IllegalArgumentException("malformed segment in " + route.pattern());
        }
        return segment;
    }

    private static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-');
    }

    /// One walk through the tree for a path that is not simply in the table.
    private final class Search {
        private final String method;
        private final List<String> segments = new ArrayList<>();
        private final List<String> taken = new ArrayList<>();
        private @Nullable Verbs pathOnly;

        Search(String method, String path) {
            this.method = method;
            int from = 1;
            while (from < path.length()) {
                int slash = path.indexOf('/', from);
                int to = slash < 0 ? path.length() : slash;
                segments.add(Percent.decode(path, from, to, false));
                from = to + 1;
            }
        }

        Match run() {
            Match.Found found = walk(root, 0);
            if (found != null) {
                return found;
            }
            if (pathOnly == null) {
                return NOTHING;
            }
            return method.equals("OPTIONS") ? new Match.Options(pathOnly.allow) : new Match.WrongMethod(pathOnly.allow);
        }

        /// As deep as the longest pattern at most, however long the path is.
        private Match.@Nullable Found walk(Node node, int depth) {
            if (depth == segments.size()) {
                return finish(node.verbs);
            }
            String segment = segments.get(depth);
            Node literal = node.literals.get(segment);
            if (literal != null) {
                Match.Found found = walk(literal, depth + 1);
                if (found != null) {
                    return found;
                }
            }
            if (node.any == null || segment.isEmpty()) {
                return null;
            }
            taken.add(segment);
            Match.Found found = walk(node.any, depth + 1);
            taken.removeLast();
            return found;
        }

        private Match.@Nullable Found finish(@Nullable Verbs verbs) {
            if (verbs == null) {
                return null;
            }
            Entry entry = verbs.byMethod.get(method);
            if (entry == null) {
                pathOnly = pathOnly == null ? verbs : pathOnly;
                return null;
            }
            Match.Found found = entry.found();
            return new Match.Found(found.route(), parameters(entry.names()), found.bodiless());
        }

        private Map<String, String> parameters(List<String> names) {
            if (names.size() <= 1) {
                return names.isEmpty() ? Map.of() : Map.of(names.getFirst(), taken.getFirst());
            }
            Map<String, String> parameters = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                parameters.put(names.get(i), taken.get(i));
            }
            return parameters;
        }
    }
}
