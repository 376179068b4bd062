package dev.faregate.usage;

/// How long a slot of `workspace_usage` is. Slots are numbered from the epoch, in UTC.
enum Span {
    HOUR(3_600),
    DAY(86_400);

    private final int seconds;

    Span(int seconds) {
        this.seconds = seconds;
    }

    int seconds() {
        return seconds;
    }
}
