package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Authorities;
import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers as they come off the wire, without a socket: framing, splits, limits and time.
class UpstreamAnswerTest {
    private static final UpstreamSettings SMALL =
            new UpstreamSettings(UpstreamSettings.Pool.DEFAULTS, 4096, 1000, 2000, Authorities.USUAL);

    private static final String LENGTH = "HTTP/1.1 200 OK\r\nX-Id: 7\r\nContent-Length: 11\r\n\r\nhello world";
    private static final String CHUNKED = """
            HTTP/1.1 200 OK
            X-Id: 7
            Transfer-Encoding: chunked

            5;ext=1
            hello
            1
            \s
            05
            world
            0
            X-Trailer: 1

            """.replace("\n", "\r\n");
    private static final String INTERIM = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    private static final String UNTIL_CLOSE = "HTTP/1.1 200 OK\r\nX-Id: 7\r\n\r\nhello world";

    static Stream<String> answers() {
        return Stream.of(LENGTH, CHUNKED, INTERIM + LENGTH, INTERIM + CHUNKED, UNTIL_CLOSE, INTERIM + UNTIL_CLOSE);
    }

    @ParameterizedTest
    @MethodSource("answers")
    void readsAnAnswerHoweverItIsSplit(String answer) throws Exception {
        byte[] wire = answer.getBytes(StandardCharsets.ISO_8859_1);
        for (int cut = 0; cut <= wire.length; cut++) {
            readsSplit(wire, answer.endsWith(UNTIL_CLOSE), cut);
        }
        int[] everywhere = new int[wire.length];
        java.util.Arrays.setAll(everywhere, i -> i);
        readsSplit(wire, answer.endsWith(UNTIL_CLOSE), everywhere);
    }

    private static void readsSplit(byte[] wire, boolean untilClose, int... cuts) throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send()) {
            int from = 0;
            for (int cut : cuts) {
                upstream.receive(wire, from, cut);
                from = cut;
            }
            upstream.receive(wire, from, wire.length);
            if (untilClose) {
                assertThat(upstream.outcome.isOver()).isFalse();
                upstream.hangUp();
            } else {
                assertThat(upstream.isIdle()).isTrue();
            }
            assertThat(upstream.outcome.answer()).isEqualTo("200 hello world");
            assertThat(upstream.outcome.header("x-id")).isEqualTo("7");
        }
    }

    record Bad(String what, Kind kind, String wire) {
        @Override
        public String toString() {
            return what;
        }
    }

    static List<Bad> badAnswers() {
        String head = "HTTP/1.1 200 OK\r\n";
        String chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
        return List.of(
                new Bad("not HTTP", Kind.MALFORMED_RESPONSE, "SSH-2.0-OpenSSH_9.6\r\n\r\n"),
                new Bad("HTTP/2 preface", Kind.MALFORMED_RESPONSE, "HTTP/2.0 200 OK\r\n\r\n"),
                new Bad("HTTP/0.9", Kind.MALFORMED_RESPONSE, "HTTP/0.9 200 OK\r\n\r\n"),
                new Bad("no status", Kind.MALFORMED_RESPONSE, "HTTP/1.1 \r\n\r\n"),
                new Bad("status not a number", Kind.MALFORMED_RESPONSE, "HTTP/1.1 abc OK\r\n\r\n"),
                new Bad("status too low", Kind.MALFORMED_RESPONSE, "HTTP/1.1 99 Low\r\n\r\n"),
                new Bad("status too high", Kind.MALFORMED_RESPONSE, "HTTP/1.1 999 High\r\n\r\n"),
                new Bad("negative status", Kind.MALFORMED_RESPONSE, "HTTP/1.1 -200 OK\r\n\r\n"),
                new Bad("switching protocols", Kind.MALFORMED_RESPONSE, "HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n"),
                new Bad("bare LF", Kind.MALFORMED_RESPONSE, "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                new Bad("header without colon", Kind.MALFORMED_RESPONSE, head + "nonsense\r\n\r\n"),
                new Bad("NUL in header value", Kind.MALFORMED_RESPONSE, head + "a: b\0c\r\n\r\n"),
                new Bad(
                        "length and chunked",
                        Kind.MALFORMED_RESPONSE,
                        head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Bad(
                        "two lengths",
                        Kind.MALFORMED_RESPONSE,
                        head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                new Bad("length list", Kind.MALFORMED_RESPONSE, head + "Content-Length: 3, 4\r\n\r\nabcd"),
                new Bad("negative length", Kind.MALFORMED_RESPONSE, head + "Content-Length: -1\r\n\r\n"),
                new Bad("signed length", Kind.MALFORMED_RESPONSE, head + "Content-Length: +5\r\n\r\nhello"),
                new Bad("length not a number", Kind.MALFORMED_RESPONSE, head + "Content-Length: 0x5\r\n\r\nhello"),
                new Bad(
                        "gzip coding",
                        Kind.MALFORMED_RESPONSE,
                        head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                new Bad(
                        "unknown coding",
                        Kind.MALFORMED_RESPONSE,
                        head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
                new Bad(
                        "chunked in HTTP/1.0",
                        Kind.MALFORMED_RESPONSE,
                        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Bad(
                        "compressed",
                        Kind.MALFORMED_RESPONSE,
                        head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\u001f\u008b"),
                new Bad("chunk size not hex", Kind.MALFORMED_RESPONSE, chunked + "xyz\r\nhello\r\n0\r\n\r\n"),
                new Bad("empty chunk size", Kind.MALFORMED_RESPONSE, chunked + "\r\nhello\r\n0\r\n\r\n"),
                new Bad("negative chunk size", Kind.MALFORMED_RESPONSE, chunked + "-5\r\nhello\r\n0\r\n\r\n"),
                new Bad("huge chunk size", Kind.MALFORMED_RESPONSE, chunked + "FFFFFFFFFFFFFFFF\r\nhello"),
                new Bad("chunk without its end", Kind.MALFORMED_RESPONSE, chunked + "5\r\nhelloworld\r\n0\r\n\r\n"),
                new Bad("endless status line", Kind.HEADER_TOO_LARGE, "HTTP/1.1 200 " + "O".repeat(10_000)),
                new Bad("one large header", Kind.HEADER_TOO_LARGE, head + "a: " + "b".repeat(5000) + "\r\n\r\n"),
                new Bad("many headers", Kind.HEADER_TOO_LARGE, head + "abc: defgh\r\n".repeat(1000) + "\r\n"),
                new Bad("header that never ends", Kind.HEADER_TOO_LARGE, head + "a".repeat(5000)),
                new Bad(
                        "folded header bomb",
                        Kind.HEADER_TOO_LARGE,
                        head + "a: b\r\n" + " c\r\n".repeat(3000) + "\r\n"),
                new Bad("large trailer", Kind.HEADER_TOO_LARGE, chunked + "0\r\n" + "abc: defgh\r\n".repeat(1000)),
                new Bad("long chunk extension", Kind.HEADER_TOO_LARGE, chunked + "5;" + "e".repeat(5000) + "\r\nhello"),
                new Bad(
                        "interim answers without end",
                        Kind.MALFORMED_RESPONSE,
                        "HTTP/1.1 102 Processing\r\n\r\n".repeat(9) + LENGTH),
                new Bad("announced too large", Kind.RESPONSE_TOO_LARGE, head + "Content-Length: 1001\r\n\r\n"),
                new Bad(
                        "announced far too large",
                        Kind.RESPONSE_TOO_LARGE,
                        head + "Content-Length: 9223372036854775807\r\n\r\n"),
                new Bad(
                        "chunks too large",
                        Kind.RESPONSE_TOO_LARGE,
                        chunked + "64\r\n" + "x".repeat(100) + "\r\n" + ("3e8\r\n" + "x".repeat(1000) + "\r\n")),
                new Bad("too large until close", Kind.RESPONSE_TOO_LARGE, head + "\r\n" + "x".repeat(1001)));
    }

    @ParameterizedTest
    @MethodSource("badAnswers")
    void refusesABadAnswerAndClosesTheConnection(Bad bad) throws Exception {
        byte[] wire = bad.wire.getBytes(StandardCharsets.ISO_8859_1);
        for (int step : new int[] {wire.length, 1}) {
            try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send()) {
                for (int at = 0; at < wire.length; at += step) {
                    upstream.receive(wire, at, at + step);
                }
                UpstreamFailure failure = upstream.outcome.failure();
                assertThat(failure.kind()).isEqualTo(bad.kind);
                assertThat(failure.maybeProcessed()).isTrue();
                assertThat(upstream.isOpen()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LENGTH, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"})
    void aBodyThatIsCutIsNeverWhole(String answer) throws Exception {
        byte[] wire = answer.getBytes(StandardCharsets.ISO_8859_1);
        int body = answer.indexOf("\r\n\r\n") + 4;
        for (int cut = 0; cut < wire.length; cut++) {
            try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send()) {
                upstream.receive(wire, 0, cut).hangUp();
                assertThat(upstream.outcome.failure().kind())
                        .as("cut at %d", cut)
                        .isEqualTo(cut < body ? Kind.RESET_BEFORE_HEAD : Kind.CLOSED_MID_BODY);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void anAnswerWithoutBodyEndsWithItsHead(int status) throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send()) {
            upstream.receive("HTTP/1.1 " + status + " x\r\n\r\n");
            assertThat(upstream.outcome.answer()).isEqualTo(status + " ");
            assertThat(upstream.isIdle()).isTrue();
        }
    }

    @Test
    void aRedirectIsAnAnswerLikeAnyOther() throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send()) {
            upstream.receive("HTTP/1.1 307 x\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n");
            assertThat(upstream.outcome.answer()).isEqualTo("307 ");
        }
    }

    @Test
    void theStreamCapHoldsForStreams() throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send(Answer.EVENTS, Deadlines.DEFAULTS)) {
            upstream.receive("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(2000));
            assertThat(upstream.outcome.isOver()).isFalse();
            upstream.receive("x");
            assertThat(upstream.outcome.failure().kind()).isEqualTo(Kind.RESPONSE_TOO_LARGE);
            assertThat(upstream.outcome.body()).hasSize(2000);
        }
    }

    record Timed(String what, Answer answer, @Nullable Kind kind, List<Object> steps) {
        @Override
        public String toString() {
            return what;
        }
    }

    /// A step is text that arrives, a `Duration` that passes, or "!" for noted progress.
    static List<Timed> times() {
        String head = "HTTP/1.1 200 OK\r\n\r\n";
        Duration s59 = Duration.ofSeconds(59);
        Duration s61 = Duration.ofSeconds(61);
        Duration s2 = Duration.ofSeconds(2);
        return List.of(
                new Timed(
                        "no head of a stream",
                        Answer.EVENTS,
                        Kind.FIRST_EVENT_TIMEOUT,
                        List.of(Duration.ofSeconds(121))),
                new Timed(
                        "head but no event",
                        Answer.EVENTS,
                        Kind.FIRST_EVENT_TIMEOUT,
                        List.of(head, s61, ": ping", s61)),
                new Timed("first event just in time", Answer.EVENTS, null, List.of(s59, head, s59, "data", "!", s59)),
                new Timed("idle stream", Answer.EVENTS, Kind.IDLE_TIMEOUT, List.of(head, "data", "!", s61)),
                new Timed(
                        "pings do not count",
                        Answer.EVENTS,
                        Kind.IDLE_TIMEOUT,
                        List.of(head, "data", "!", s59, ": ping", s2)),
                new Timed(
                        "events count",
                        Answer.EVENTS,
                        null,
                        List.of(head, "a", "!", s59, "b", "!", s59, "c", "!", s59, "d", "!", s59)),
                new Timed(
                        "a whole answer may take long to begin",
                        Answer.WHOLE,
                        null,
                        List.of(Duration.ofMinutes(29), head)),
                new Timed(
                        "a whole answer in total",
                        Answer.WHOLE,
                        Kind.TOTAL_TIMEOUT,
                        List.of(Duration.ofMinutes(29), Duration.ofSeconds(61))),
                new Timed("an idle whole answer", Answer.WHOLE, Kind.IDLE_TIMEOUT, List.of(head, s61)),
                new Timed("bytes of a whole answer count", Answer.WHOLE, null, List.of(head, s59, "a", s59, "b", s59)),
                new Timed(
                        "a paused stream is not idle",
                        Answer.EVENTS,
                        null,
                        List.of(head, "a", "!", "pause", s61, s61, s61, "resume", s59)),
                new Timed(
                        "the first event is waited for anew after a pause",
                        Answer.EVENTS,
                        null,
                        List.of(head, "pause", s61, s61, s61, "resume", s61)),
                new Timed(
                        "a resumed stream is",
                        Answer.EVENTS,
                        Kind.IDLE_TIMEOUT,
                        List.of(head, "a", "!", "pause", s61, "resume", s61)),
                new Timed(
                        "a paused stream ends in total",
                        Answer.EVENTS,
                        Kind.TOTAL_TIMEOUT,
                        List.of(head, "a", "!", "pause", Duration.ofMinutes(31))));
    }

    @ParameterizedTest
    @MethodSource("times")
    void deadlinesHoldToTheSecond(Timed timed) throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send(timed.answer, Deadlines.DEFAULTS)) {
            for (Object step : timed.steps) {
                assertThat(upstream.outcome.isOver()).as("before %s", step).isFalse();
                take(upstream, step);
            }
            if (timed.kind == null) {
                assertThat(upstream.outcome.checked().isOver()).isFalse();
            } else {
                assertThat(upstream.outcome.failure().kind()).isEqualTo(timed.kind);
                assertThat(upstream.isOpen()).isFalse();
            }
        }
    }

    private static void take(EmbeddedUpstream upstream, Object step) {
        if (step instanceof Duration time) {
            upstream.pass(time);
        } else {
            switch (step.toString()) {
                case "!" -> upstream.outcome.call().noteProgress();
                case "pause" -> upstream.outcome.call().pauseReading();
                case "resume" -> upstream.outcome.call().resumeReading();
                case String bytes -> upstream.receive(bytes);
            }
        }
    }

    @Test
    void aTimerLeftOverFromOneCallNeverEndsTheNextOneEarly() throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send(Answer.WHOLE, Deadlines.DEFAULTS)) {
            upstream.receive(LENGTH).pass(Duration.ofSeconds(29));
            Outcome second = new Outcome(upstream.loop());
            second.call = upstream.open(Answer.EVENTS, Deadlines.DEFAULTS, second);
            for (int i = 0; i < 119; i++) {
                upstream.pass(Duration.ofSeconds(1));
                assertThat(second.isOver()).as("after %d s", i + 1).isFalse();
            }
            upstream.pass(Duration.ofSeconds(1));
            assertThat(second.failure().kind()).isEqualTo(Kind.FIRST_EVENT_TIMEOUT);
        }
    }

    @Test
    void everyRandomSplitOfAStreamGivesTheSameBytes() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StringBuilder wire = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        StringBuilder body = new StringBuilder();
        while (body.length() < 1500) {
            String piece = "y".repeat(1 + random.nextInt(60));
            wire.append(Integer.toHexString(piece.length()))
                    .append("\r\n")
                    .append(piece)
                    .append("\r\n");
            body.append(piece);
        }
        byte[] bytes = wire.append("0\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 50; round++) {
            try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send(Answer.EVENTS, Deadlines.DEFAULTS)) {
                for (int at = 0; at < bytes.length; ) {
                    int to = Math.min(bytes.length, at + 1 + random.nextInt(40));
                    upstream.receive(bytes, at, to);
                    at = to;
                }
                assertThat(upstream.outcome.answer()).as("seed %d", seed).isEqualTo("200 " + body);
            }
        }
    }
}
