package dev.faregate.providers;

import java.time.Duration;

/// How long each part of one upstream call may take.
///
/// - `connect`: the name look-up and the TCP connection together.
/// - `tls`: the handshake.
/// - `firstEvent`: from sending the request to the first [UpstreamCall#noteProgress] of an event stream.
/// A whole answer has no such limit: its first byte may take until `total`.
/// - `idle`: between one progress and the next; see [UpstreamRequest.Answer] for what counts as progress.
/// - `total`: everything, from the moment the call is prepared.
public record Deadlines(Duration connect, Duration tls, Duration firstEvent, Duration idle, Duration total) {
    private static final Duration LONGEST = Duration.ofDays(1);

    public static final Deadlines DEFAULTS = new Deadlines(
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(120),
            Duration.ofSeconds(60),
            Duration.ofMinutes(30));

    public Deadlines {
        check("connect", connect);
        check("tls", tls);
        check("firstEvent", firstEvent);
        check("idle", idle);
        check("total", total);
    }

    public Deadlines withFirstEvent(Duration wait) {
        return new Deadlines(connect, tls, wait, idle, total);
    }

    public Deadlines withTotal(Duration wait) {
        return new Deadlines(connect, tls, firstEvent, idle, wait);
    }

    private static void check(String name, Duration span) {
        if (!span.isPositive() || span.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " must be positive and at most a day");
        }
    }
}
