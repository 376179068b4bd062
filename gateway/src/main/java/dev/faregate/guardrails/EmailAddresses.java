package dev.faregate.guardrails;

/// E-mail addresses as people write them: RFC 5321 section 4.1.2 without quoted local parts and address literals.
final class EmailAddresses implements Detector {
    /// RFC 5321 section 4.5.3.1.
    private static final int MOST_LOCAL = 64;

    private static final int MOST_DOMAIN = 255;
    private static final int LEAST_TOP = 2;

    @Override
    public void find(String text, Found found) {
        int past = 0;
        for (int at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
            int from = at;
            while (from > past && at - from < MOST_LOCAL && isLocal(text.charAt(from - 1))) {
                from--;
            }
            while (from < at && text.charAt(from) == '.') {
                from++;
            }
            int to = domainEnd(text, at + 1);
            if (from < at && to > 0) {
                if (!found.at(from, to)) {
                    return;
                }
                past = to;
            }
        }
    }

    /// Where the domain that begins at `from` ends, or -1 when there is none with a top-level domain.
    private static int domainEnd(String text, int from) {
        int end = -1;
        int at = from;
        int labels = 0;
        while (at < text.length() && at - from < MOST_DOMAIN) {
            int label = at;
            while (at < text.length() && at - from < MOST_DOMAIN && isLabel(text.charAt(at))) {
                at++;
            }
            while (at > label && text.charAt(at - 1) == '-') {
                at--;
            }
            if (at == label || text.charAt(label) == '-') {
                break;
            }
            labels++;
            if (labels > 1 && at - label >= LEAST_TOP && Character.isLetter(text.charAt(at - 1))) {
                end = at;
            }
            if (at >= text.length() || text.charAt(at) != '.') {
                break;
            }
            at++;
        }
        return end;
    }

    private static boolean isLocal(char c) {
        return Character.isLetterOrDigit(c) || Character.isSurrogate(c) || "!#$%&'*+-/=?^_`{|}~.".indexOf(c) >= 0;
    }

    private static boolean isLabel(char c) {
        return Character.isLetterOrDigit(c) || Character.isSurrogate(c) || c == '-';
    }
}
