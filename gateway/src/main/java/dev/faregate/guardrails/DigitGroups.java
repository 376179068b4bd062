package dev.faregate.guardrails;

import java.util.Arrays;

/// The groups of decimal digits in a text, from left to right, and how each is joined to the one before it. What
/// card numbers, phone numbers and the like have in common.
final class DigitGroups {
    private final String text;
    private int[] starts = new int[8];
    private int[] ends = new int[8];
    private int count;

    DigitGroups(String text) {
        this.text = text;
        int at = 0;
        while (at < text.length()) {
            if (!isDigit(text.charAt(at))) {
                at++;
                continue;
            }
            int from = at;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            add(from, at);
        }
    }

    private void add(int from, int to) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        starts[count] = from;
        ends[count++] = to;
    }

    int count() {
        return count;
    }

    int start(int group) {
        return starts[group];
    }

    int end(int group) {
        return ends[group];
    }

    int length(int group) {
        return ends[group] - starts[group];
    }

    /// What stands between a group and the next one, if that is a single character; else 0.
    char joint(int group) {
        boolean single = group + 1 < count && starts[group + 1] - ends[group] == 1;
        return single ? text.charAt(ends[group]) : 0;
    }

    /// Whether a group begins where no word or number is under way.
    boolean opens(int group) {
        return boundary(starts[group] - 1);
    }

    boolean closes(int group) {
        return boundary(ends[group]);
    }

    /// A letter or digit beside a number makes it a part of something else.
    private boolean boundary(int at) {
        return at < 0 || at >= text.length() || !Character.isLetterOrDigit(text.charAt(at)) && text.charAt(at) != '_';
    }

    /// The digits of groups `first` to `last`.
    String digits(int first, int last) {
        StringBuilder digits = new StringBuilder();
        for (int i = first; i <= last; i++) {
            digits.append(text, starts[i], ends[i]);
        }
        return digits.toString();
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
