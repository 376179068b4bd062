package dev.faregate.guardrails;

/// Payment card numbers: 13 to 19 digits, in one group or in groups joined by single spaces or dashes, that begin
/// as the networks' numbers do and whose check digit is right (ISO/IEC 7812-1, Luhn).
final class CardNumbers implements Detector {
    private static final int LEAST = 13;
    private static final int MOST = 19;

    @Override
    public void find(String text, Found found) {
        DigitGroups groups = new DigitGroups(text);
        int first = 0;
        while (first < groups.count()) {
            int last = longest(text, groups, first);
            if (last >= 0) {
                if (!found.at(groups.start(first), groups.end(last))) {
                    return;
                }
                first = last;
            }
            first++;
        }
    }

    /// The last group of the longest card number that begins with `first`, or -1.
    private static int longest(String text, DigitGroups groups, int first) {
        if (!groups.opens(first) || isFraction(text, groups.start(first))) {
            return -1;
        }
        int best = -1;
        int digits = 0;
        char joint = 0;
        for (int last = first; last < groups.count(); last++) {
            digits += groups.length(last);
            if (digits > MOST) {
                break;
            }
            if (digits >= LEAST && groups.closes(last) && isCard(groups.digits(first, last))) {
                best = last;
            }
            char next = groups.joint(last);
            if ((next != ' ' && next != '-') || (joint != 0 && next != joint)) {
                break;
            }
            joint = next;
        }
        return best;
    }

    /// The digits behind a decimal point are no card.
    private static boolean isFraction(String text, int start) {
        return start >= 2 && text.charAt(start - 1) == '.' && DigitGroups.isDigit(text.charAt(start - 2));
    }

    private static boolean isCard(String digits) {
        char first = digits.charAt(0);
        return first >= '2' && first <= '6' && luhn(digits) && !allTheSame(digits);
    }

    static boolean luhn(String digits) {
        int sum = 0;
        boolean twice = false;
        for (int i = digits.length() - 1; i >= 0; i--) {
            int digit = digits.charAt(i) - '0';
            if (twice) {
                digit *= 2;
                sum += digit > 9 ? digit - 9 : digit;
            } else {
                sum += digit;
            }
            twice = !twice;
        }
        return sum % 10 == 0;
    }

    private static boolean allTheSame(String digits) {
        return digits.chars().allMatch(c -> c == digits.charAt(0));
    }
}
