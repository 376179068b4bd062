package dev.faregate.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A request target, taken apart by the strictest reading of RFC 3986, because everything that two programs could read
/// differently has been used to slip past an access rule: dot segments, encoded slashes, path parameters, control
/// characters and broken escapes are a 400. Only doubled and trailing slashes are put right (design D1).
///
/// `path` starts with a slash and is still percent-encoded; `query` is decoded once.
record Target(String path, Map<String, List<String>> query) {
    /// More pairs in a query than this are a 400.
    static final int MAX_QUERY_PAIRS = 100;

    private static final String PATH_SYMBOLS = "/-._~!$&'()*+,=:@%";
    private static final boolean[] PATH = new boolean[128];

    static {
        for (char c = 0; c < PATH.length; c++) {
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            PATH[c] = alphanumeric || PATH_SYMBOLS.indexOf(c) >= 0;
        }
    }

    /// Reads the origin form, or the absolute form when its authority is the very `host` of the Host header: two names
    /// for one request are refused. Throws [dev.faregate.base.ApiException] with a 400 for everything else.
    static Target parse(String raw, String host) {
        int start = raw.startsWith("/") ? 0 : endOfAuthority(raw, host);
        int mark = raw.indexOf('?', start);
        int end = mark < 0 ? raw.length() : mark;
        String path = path(raw, start, end);
        return new Target(path, mark < 0 ? Map.of() : query(raw, mark + 1));
    }

    private static int endOfAuthority(String raw, String host) {
        int start;
        if (raw.regionMatches(true, 0, "http://", 0, 7)) {
            start = 7;
        } else if (raw.regionMatches(true, 0, "https://", 0, 8)) {
            start = 8;
        } else {
            throw Percent.refused("The request target must be a path.");
        }
        int end = start;
        while (end < raw.length() && raw.charAt(end) != '/' && raw.charAt(end) != '?') {
            end++;
        }
        if (end - start != host.length() || !raw.regionMatches(true, start, host, 0, host.length())) {
            throw Percent.refused("The request target and the Host header name different hosts.");
        }
        return end;
    }

    private static String path(String raw, int start, int end) {
        boolean fold = false;
        boolean escaped = false;
        // Length of the current segment when it has dots only (as such or escaped), else -1.
        int dots = 0;
        for (int i = start; i < end; i++) {
            char c = raw.charAt(i);
            if (c >= PATH.length || !PATH[c]) {
                throw Percent.refused("The path has a character that must not stand there unescaped.");
            }
            if (c == '/') {
                refuseDots(dots);
                fold |= i > start && raw.charAt(i - 1) == '/';
                dots = 0;
            } else if (c == '%') {
                int value = Percent.escape(raw, i, end);
                refuseEscape(value);
                escaped = true;
                dots = value == '.' && dots >= 0 ? dots + 1 : -1;
                i += 2;
            } else {
                dots = c == '.' && dots >= 0 ? dots + 1 : -1;
            }
        }
        refuseDots(dots);
        if (escaped) {
            Percent.decode(raw, start, end, false);
        }
        return normal(raw, start, end, fold);
    }

    private static void refuseDots(int dots) {
        if (dots == 1 || dots == 2) {
            throw Percent.refused("The path must not have dot segments.");
        }
    }

    private static void refuseEscape(int value) {
        if (value == '/' || value == '\\' || value < 0x20 || value == 0x7f) {
            throw Percent.refused("The path must not have escaped slashes or control characters.");
        }
    }

    /// Folds doubled slashes and drops the trailing one. The usual target is its own normal form and is not copied.
    private static String normal(String raw, int start, int end, boolean fold) {
        if (start == end) {
            return "/";
        }
        boolean trailing = end - start > 1 && raw.charAt(end - 1) == '/';
        if (!fold) {
            return raw.substring(start, trailing ? end - 1 : end);
        }
        StringBuilder path = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            char c = raw.charAt(i);
            if (c != '/' || path.isEmpty() || path.charAt(path.length() - 1) != '/') {
                path.append(c);
            }
        }
        if (path.length() > 1 && path.charAt(path.length() - 1) == '/') {
            path.setLength(path.length() - 1);
        }
        return path.toString();
    }

    private static Map<String, List<String>> query(String raw, int start) {
        for (int i = start; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                throw Percent.refused("The query has a character that must not stand there unescaped.");
            }
        }
        Map<String, List<String>> query = new LinkedHashMap<>();
        int pairs = 0;
        for (int from = start; from < raw.length(); ) {
            int mark = raw.indexOf('&', from);
            int to = mark < 0 ? raw.length() : mark;
            if (to > from) {
                if (++pairs > MAX_QUERY_PAIRS) {
                    throw Percent.refused("The query has more than " + MAX_QUERY_PAIRS + " parameters.");
                }
                int equals = raw.indexOf('=', from);
                int nameEnd = equals < 0 || equals > to ? to : equals;
                String name = text(raw, from, nameEnd);
                String value = nameEnd == to ? "" : text(raw, nameEnd + 1, to);
                query.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
            }
            from = to + 1;
        }
        return query;
    }

    private static String text(String raw, int from, int to) {
        String text = Percent.decode(raw, from, to, true);
        // No parameter of ours may hold it, and one of the databases refuses it.
        if (text.indexOf('\0') >= 0) {
            throw Percent.refused("The query must not have NUL characters.");
        }
        return text;
    }
}
