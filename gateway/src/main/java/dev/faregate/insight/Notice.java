package dev.faregate.insight;

import java.util.List;

/// Something that needs a look: what it is, the first things that it is about and how many more there are, and where
/// to see to it.
public record Notice(Level level, String words, List<Link> named, int more, String address) {
    /// How much it matters, the worst first.
    public enum Level {
        BAD("fg-is-bad", "Act now"),
        WARN("fg-is-warn", "Soon"),
        HINT("", "Hint");

        private final String style;
        private final String word;

        Level(String style, String word) {
            this.style = style;
            this.word = word;
        }

        public String style() {
            return style;
        }

        public String word() {
            return word;
        }
    }

    /// One of the things, and its page.
    public record Link(String name, String address) {}

    public Notice {
        named = List.copyOf(named);
    }
}
