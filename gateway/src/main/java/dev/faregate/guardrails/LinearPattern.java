package dev.faregate.guardrails;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// A regular expression of RE2's language (github.com/google/re2/wiki/Syntax): no look-around, no back-references,
/// and one search takes time linear in the text. A pattern can still need many searches that all read on to the
/// end of the text before they settle for little; such a one is stopped, and fails closed.
final class LinearPattern implements Detector {
    static final int MAX_LENGTH = 2_000;

    /// Steps of the compiled pattern; each may be looked at for each character of a text.
    static final int MAX_STEPS = 500;

    /// How often each character of a text may be read for one pattern. A plain search reads it two or three times.
    private static final int MOST_READS = 24;

    /// So much is always allowed: short texts cannot cost much.
    private static final long LEAST_READS = 16_384;

    /// A pattern took more than linear work on a text.
    static final class TooMuchWork extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooMuchWork() {
            super("a pattern needs too much work for this text", null, false, false);
        }
    }

    private final Pattern pattern;

    private LinearPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /// Throws `IllegalArgumentException` with a sentence for the client when the pattern is not one of the language,
    /// or too large.
    static LinearPattern compile(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("it has more than " + MAX_LENGTH + " characters");
        }
        try {
            Pattern pattern = Pattern.compile(text);
            if (pattern.programSize() > MAX_STEPS) {
                throw new IllegalArgumentException("it is too large: " + pattern.programSize() + " steps, where "
                        + MAX_STEPS + " are the most; use smaller repetitions");
            }
            return new LinearPattern(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(e.getDescription(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("it is nested too deeply", e);
        }
    }

    /// For patterns of ours.
    static LinearPattern ofOurs(String text) {
        return new LinearPattern(Pattern.compile(text));
    }

    int steps() {
        return pattern.programSize();
    }

    @Override
    public void find(String text, Found found) {
        find(text, found, System.nanoTime() + Long.MAX_VALUE / 2);
    }

    /// A pattern with many repetitions is slow although it is linear.
    @Override
    public void find(String text, Found found, long deadlineNanos) {
        long most = Math.max(LEAST_READS, (long) text.length() * MOST_READS);
        Matcher matcher = pattern.matcher(new Counted(text, 0, text.length(), new Reads(most, deadlineNanos)));
        while (matcher.find()) {
            if (matcher.end() > matcher.start() && !found.at(matcher.start(), matcher.end())) {
                return;
            }
        }
    }

    /// Reads left, shared by a text and its parts.
    private static final class Reads {
        private static final int READS_PER_LOOK_AT_THE_CLOCK = 256;

        private final long deadlineNanos;
        private long left;

        Reads(long most, long deadlineNanos) {
            this.left = most;
            this.deadlineNanos = deadlineNanos;
        }

        void one() {
            if (--left < 0) {
                throw new TooMuchWork();
            }
            if (left % READS_PER_LOOK_AT_THE_CLOCK == 0 && System.nanoTime() - deadlineNanos > 0) {
                throw new TooMuchWork();
            }
        }
    }

    /// A text that counts how often its characters are read.
    private record Counted(String text, int from, int to, Reads reads) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            reads.one();
            return text.charAt(from + index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text, from + start, from + end, reads);
        }

        @Override
        public String toString() {
            return text.substring(from, to);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LinearPattern that && that.pattern.equals(pattern);
    }

    @Override
    public int hashCode() {
        return pattern.hashCode();
    }
}
