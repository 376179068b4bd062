package dev.faregate.guardrails;

/// Phone numbers: international ones (`+` or `00`, then 8 to 15 digits, as E.164 has them), North American ones
/// (`(415) 555-2671`, `415-555-2671`, `+1 415 555 2671`, `4155552671`), and numbers with a trunk zero that are
/// written in groups (`020 7946 0958`).
final class PhoneNumbers implements Detector {
    private static final int LEAST = 8;
    private static final int MOST = 15;
    private static final int NORTH_AMERICAN = 10;
    private static final int MOST_WITH_TRUNK = 12;

    /// Groups that one number is written in, at the most.
    private static final int MAX_GROUPS = 8;

    @Override
    public void find(String text, Found found) {
        DigitGroups groups = new DigitGroups(text);
        int first = 0;
        while (first < groups.count()) {
            int last = groups.opens(first) ? longest(text, groups, first) : -1;
            if (last >= 0) {
                if (!found.at(start(text, groups, first), groups.end(last))) {
                    return;
                }
                first = last;
            }
            first++;
        }
    }

    /// The last group of the longest number that begins with `first`, or -1.
    private static int longest(String text, DigitGroups groups, int first) {
        boolean plus = groups.start(first) > 0 && text.charAt(start(text, groups, first)) == '+';
        int best = -1;
        int digits = 0;
        for (int last = first; last < groups.count() && last < first + MAX_GROUPS; last++) {
            digits += groups.length(last);
            if (digits > MOST + 2) {
                break;
            }
            if (groups.closes(last) && isNumber(groups, first, last, plus)) {
                best = last;
            }
            if (!joined(text, groups, last)) {
                break;
            }
        }
        return best;
    }

    private static boolean isNumber(DigitGroups groups, int first, int last, boolean plus) {
        String digits = groups.digits(first, last);
        int count = digits.length();
        if (plus) {
            return count >= LEAST && count <= MOST && digits.charAt(0) != '0';
        }
        if (digits.startsWith("00")) {
            return count >= LEAST + 2 && count <= MOST + 2 && digits.charAt(2) != '0';
        }
        if (digits.charAt(0) == '0') {
            return last > first && count >= LEAST + 1 && count <= MOST_WITH_TRUNK && groups.length(first) <= 5;
        }
        return isNorthAmerican(groups, first, last, digits);
    }

    /// Area code and exchange begin with 2 to 9, and the groups are cut where people cut them.
    private static boolean isNorthAmerican(DigitGroups groups, int first, int last, String all) {
        boolean country = all.length() == NORTH_AMERICAN + 1 && all.charAt(0) == '1';
        String digits = country ? all.substring(1) : all;
        if (digits.length() != NORTH_AMERICAN || digits.charAt(0) < '2' || digits.charAt(3) < '2') {
            return false;
        }
        StringBuilder cut = new StringBuilder();
        for (int i = first; i <= last; i++) {
            cut.append(groups.length(i));
        }
        return switch (cut.toString()) {
            case "10", "334", "37", "64", "11", "1334", "110", "137" -> true;
            default -> false;
        };
    }

    /// Between two groups of a number: one of `space - . /`, or a closing bracket and perhaps a space or dash, or a
    /// space and an opening bracket.
    private static boolean joined(String text, DigitGroups groups, int group) {
        if (group + 1 == groups.count()) {
            return false;
        }
        String between = text.substring(groups.end(group), Math.min(groups.end(group) + 3, groups.start(group + 1)));
        return groups.start(group + 1) - groups.end(group) <= 2
                && switch (between) {
                    case " ", "-", ".", "/", ")", "(", ") ", ")-", " (", "-(" -> true;
                    default -> false;
                };
    }

    /// With the plus sign or bracket before the first group.
    private static int start(String text, DigitGroups groups, int first) {
        int start = groups.start(first);
        if (start > 0 && text.charAt(start - 1) == '(') {
            start--;
        }
        return start > 0 && text.charAt(start - 1) == '+' ? start - 1 : start;
    }
}
