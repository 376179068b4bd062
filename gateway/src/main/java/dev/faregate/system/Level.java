package dev.faregate.system;

/// How a part of the server stands, the worst last.
public enum Level {
    GOOD("fg-is-good", "check", "In order"),
    WARN("fg-is-warn", "info", "Needs a look"),
    BAD("fg-is-bad", "alert", "Act now");

    private final String style;
    private final String icon;
    private final String word;

    Level(String style, String icon, String word) {
        this.style = style;
        this.icon = icon;
        this.word = word;
    }

    public String style() {
        return style;
    }

    public String icon() {
        return icon;
    }

    public String word() {
        return word;
    }
}
