package dev.faregate.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Another OpenAI-compatible gateway, started by hand with the mock of `--mock-port` as its upstream:
/// `NAME=URL,KEY,MODEL` or `NAME=URL,KEY,MODEL,PID`. The URL is what precedes `/chat/completions`.
/// Without the process id its CPU time stays unknown.
record Peer(String name, String url, String key, String model, OptionalLong pid) {
    private static final String FORM = "expected NAME=URL,KEY,MODEL[,PID], got ";

    static Peer parse(String text) {
        int equals = text.indexOf('=');
        String[] parts = text.substring(equals + 1).split(",", -1);
        if (equals < 1 || parts.length < 3 || parts.length > 4) throw new IllegalArgumentException(FORM + text);
        try {
            OptionalLong pid = parts.length == 4 ? OptionalLong.of(Long.parseLong(parts[3])) : OptionalLong.empty();
            return new Peer(text.substring(0, equals), parts[0], parts[1], parts[2], pid);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(FORM + text, e);
        }
    }

    Subject subject() {
        return new Subject(name, Target.of(url, List.of(key), model), pid, Optional.empty());
    }
}
