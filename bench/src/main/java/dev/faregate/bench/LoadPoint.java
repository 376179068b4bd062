package dev.faregate.bench;

import java.util.List;

/// How hard and in which way a subject is driven.
sealed interface LoadPoint {
    /// The name of the point in tables, files and `--points`.
    String name();

    /// True when the answers are streams of `MockUpstream.CHUNKS` chunks.
    default boolean streams() {
        return this instanceof Streams;
    }

    /// Every connection sends its next request as soon as the answer to the last one is complete.
    record Closed(int connections) implements LoadPoint {
        @Override
        public String name() {
            return "closed-" + connections;
        }
    }

    /// Requests are due at fixed times whatever the subject does; latency counts from the due time.
    record Open(int perSecond) implements LoadPoint {
        @Override
        public String name() {
            return "open-" + perSecond;
        }
    }

    /// So many streams at a time, each followed at once by the next.
    record Streams(int connections) implements LoadPoint {
        @Override
        public String name() {
            return "streams-" + connections;
        }
    }

    /// The points of the published table; closed-128 is the one called saturated.
    List<LoadPoint> ALL = List.of(
            new Closed(16), new Closed(128), new Closed(1000), new Open(2000), new Open(6000), new Streams(200));

    /// Reads `closed-N`, `open-N` or `streams-N`. Throws `IllegalArgumentException` for anything else.
    static LoadPoint parse(String name) {
        int dash = name.indexOf('-');
        int size = dash < 0 ? 0 : parseSize(name.substring(dash + 1));
        if (size < 1 || size > MAX_SIZE) {
            throw new IllegalArgumentException("not a load point: " + name + " (closed-N, open-N or streams-N)");
        }
        return switch (name.substring(0, dash)) {
            case "closed" -> new Closed(size);
            case "open" -> new Open(size);
            case "streams" -> new Streams(size);
            default -> throw new IllegalArgumentException("not a load point: " + name);
        };
    }

    int MAX_SIZE = 1_000_000;

    private static int parseSize(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
