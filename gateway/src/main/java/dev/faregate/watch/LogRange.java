package dev.faregate.watch;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// How far back a list goes.
enum LogRange {
    HOUR("1h", Duration.ofHours(1)),
    DAY("24h", Duration.ofHours(24)),
    WEEK("7d", Duration.ofDays(7)),
    MONTH("30d", Duration.ofDays(30)),
    QUARTER("90d", Duration.ofDays(90));

    static final List<String> WORDS = Stream.of(values()).map(LogRange::word).toList();

    private final String word;
    private final Duration length;

    LogRange(String word, Duration length) {
        this.word = word;
        this.length = length;
    }

    String word() {
        return word;
    }

    Duration length() {
        return length;
    }

    /// The range of one of [#WORDS].
    static LogRange ofWord(String word) {
        return values()[WORDS.indexOf(word)];
    }
}
