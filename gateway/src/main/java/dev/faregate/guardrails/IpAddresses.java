package dev.faregate.guardrails;

/// IP addresses of both versions, in the forms of RFC 4291 section 2.2 and of dotted decimals.
final class IpAddresses implements Detector {
    private static final int MOST = 45;

    @Override
    public void find(String text, Found found) {
        int at = 0;
        while (at < text.length()) {
            if (!isPart(text.charAt(at))) {
                at++;
                continue;
            }
            int from = at;
            boolean joined = false;
            while (at < text.length() && isPart(text.charAt(at))) {
                joined |= text.charAt(at) == '.' || text.charAt(at) == ':';
                at++;
            }
            // Most runs are parts of words.
            if (!joined) {
                continue;
            }
            if (!run(text, from, at, found)) {
                return;
            }
        }
    }

    private static boolean isPart(char c) {
        return c >= '.' && (c <= '9' && c != '/' || c == ':' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F');
    }

    /// A run of hex digits, colons and dots may be an address, one in a sentence (`1.2.3.4.`), or one with a port.
    private static boolean run(String text, int runFrom, int runTo, Found found) {
        boolean word =
                runFrom > 0 && isWord(text.charAt(runFrom - 1)) || runTo < text.length() && isWord(text.charAt(runTo));
        int from = runFrom;
        int to = runTo;
        while (to > from && (text.charAt(to - 1) == '.' || text.charAt(to - 1) == ':' && !endsDouble(text, from, to))) {
            to--;
        }
        while (from < to && text.charAt(from) == '.') {
            from++;
        }
        if (word || to - from > MOST + 6 || to - from < 2) {
            return true;
        }
        String run = text.substring(from, to);
        int port = run.indexOf(':');
        if (port > 0 && port == run.lastIndexOf(':') && isVersion4(run.substring(0, port))) {
            return found.at(from, from + port);
        }
        return !(isVersion4(run) || isVersion6(run)) || found.at(from, to);
    }

    private static boolean endsDouble(String text, int from, int to) {
        return to - from >= 2 && text.charAt(to - 2) == ':';
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    static boolean isVersion4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return false;
            }
            if (Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    static boolean isVersion6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        int groups = gap < 0
                ? groups(text, true)
                : sum(groups(text.substring(0, gap), false), groups(text.substring(gap + 2), true));
        boolean telling = text.chars().anyMatch(c -> c >= '0' && c <= '9') || groups > 2;
        return telling && (gap < 0 ? groups == 8 : groups >= 1 && groups <= 7);
    }

    private static int sum(int one, int other) {
        return one < 0 || other < 0 ? -1 : one + other;
    }

    /// How many 16-bit groups a text joined by single colons has; -1 when it has something else.
    private static int groups(String text, boolean mayEndInVersion4) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        int groups = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && mayEndInVersion4 && isVersion4(parts[i])) {
                groups += 2;
            } else if (!parts[i].isEmpty()
                    && parts[i].length() <= 4
                    && parts[i].chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
                groups++;
            } else {
                return -1;
            }
        }
        return groups;
    }
}
