package dev.faregate.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One request as the upstream saw it, and how far its answer has come: a snapshot. Header names are in
/// lower case. `produced` is what the whole answer counts as (nothing if it was refused), `reported` what
/// its usage claims (null if it carries no counts).
@SuppressWarnings("ArrayRecordComponent") // the raw bytes are the point
public record Exchange(
        long sequence,
        Instant arrivedAt,
        String target,
        Map<String, List<String>> headers,
        byte[] body,
        @Nullable String marker,
        String model,
        boolean streaming,
        Script script,
        TokenCounts produced,
        @Nullable TokenCounts reported,
        Progress progress) {
    /// Where an answer stands.
    public enum Outcome {
        RUNNING,
        /// The last byte was handed to the kernel.
        COMPLETED,
        /// The script ended the connection before the last byte.
        BROKEN_OFF,
        /// The client went before the last byte.
        CLIENT_GONE
    }

    /// How far an answer has come: data chunks (0 or 1 when it is no stream), bytes, and completion
    /// tokens handed to the kernel; `disconnect` is set when the client went first.
    public record Progress(
            Outcome outcome,
            boolean headSent,
            boolean lastByteSent,
            int chunks,
            long bytes,
            long delivered,
            @Nullable Disconnect disconnect) {}

    /// The client went at `at`, after `afterChunks` chunks, `sinceLastWrite` after the last bytes were
    /// written (after the request's arrival, if none were).
    public record Disconnect(Instant at, int afterChunks, Duration sinceLastWrite) {}

    public Outcome outcome() {
        return progress.outcome();
    }

    /// The first header of this name (lower case).
    public Optional<String> header(String name) {
        return headers.getOrDefault(name, List.of()).stream().findFirst();
    }

    public String bodyText() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /// What an honest provider puts on its bill: a refused request nothing; a stream that did not get to
    /// its end what was delivered; everything else in full, also when nobody waited for it.
    public TokenCounts billed() {
        boolean cut = outcome() == Outcome.CLIENT_GONE || outcome() == Outcome.BROKEN_OFF;
        return streaming && cut ? produced.cutTo(progress.delivered()) : produced;
    }
}
