package dev.faregate.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns a script and a request into the steps that answer it. They come lazily (only ever `concat`
/// around a long part, as `flatMap` would pull it whole), so an endless stream costs no memory. Pure.
final class Answer {
    private static final Duration RESET_GRACE = Duration.ofMillis(3);
    private static final String JSON = "application/json";
    private static final String MALFORMED = "{\"type\":\"choices\",\"choices\":[{\"del";
    private static final Step.Mark WHOLE = new Step.Mark(true, true, 1, Long.MAX_VALUE);

    private final Script script;
    private final AnswerFormat format;
    private final Origin origin;
    private final HttpBytes http;
    private final boolean closing;

    /// What an answer takes from its connection: the number of the request, seconds since the epoch,
    /// whether the connection has answered before, and whether it has to close after this answer.
    record Origin(long sequence, long created, boolean reused, boolean close) {}

    private Answer(Script script, AnswerFormat format, Origin origin, Framing.Body body) {
        this.script = script;
        this.format = format;
        this.origin = origin;
        this.closing =
                origin.close() || body == Framing.Body.CLOSE || script.fault() instanceof Fault.WrongContentLength;
        this.http = new HttpBytes(body, closing, script.framing().split());
    }

    static Iterator<Step> steps(Script script, Asked asked, Shape shape, Origin origin) {
        AnswerFormat format = asked.wire().format("sim" + origin.sequence(), origin.created(), asked, script, shape);
        Answer answer = new Answer(script, format, origin, body(script, asked.stream()));
        Stream<Step> good = asked.stream() ? answer.stream() : answer.whole(format.whole());
        return Splitter.split(answer.answer(good), script.framing().split()).iterator();
    }

    /// An answer outside of any script: a route the upstream does not have, a body it cannot read, a
    /// list.
    static Iterator<Step> plain(int status, String json, boolean close) {
        HttpBytes http = new HttpBytes(Framing.Body.CONTENT_LENGTH, close, Framing.Split.NONE);
        byte[] body = utf8(json);
        byte[] head = http.head(status, List.of(new Header("content-type", JSON)), body.length);
        Step send = new Step.Send(HttpBytes.concat(head, body), WHOLE);
        return (close ? List.of(send, new Step.Close()) : List.of(send)).iterator();
    }

    /// Whether the script's fault takes the place of the answer on a connection that has answered before
    /// or not.
    static boolean isReplaced(Script script, boolean reused) {
        return switch (script.fault()) {
            case Fault.CloseBeforeAnswer(boolean onlyIfReused) -> !onlyIfReused || reused;
            case Fault.Instead _ -> true;
            case Fault.Around _, Fault.InBody _ -> false;
        };
    }

    /// The framing in force: a stream cannot announce its length where a fault changes it.
    private static Framing.Body body(Script script, boolean stream) {
        Framing.Body asked = script.framing().body();
        if (script.fault() instanceof Fault.WrongContentLength) {
            return Framing.Body.CONTENT_LENGTH;
        }
        if (asked == Framing.Body.AUTO) {
            return stream ? Framing.Body.CHUNKED : Framing.Body.CONTENT_LENGTH;
        }
        boolean changed = script.fault() instanceof Fault.InBody inBody && changesLength(inBody);
        return stream && asked == Framing.Body.CONTENT_LENGTH && changed ? Framing.Body.CHUNKED : asked;
    }

    private static boolean changesLength(Fault.InBody fault) {
        return switch (fault) {
            case Fault.Stall stall -> !stall.pingEvery().isZero();
            case Fault.Reset _, Fault.Cut _ -> false;
            case Fault.EndWithoutDone _,
                    Fault.TruncatedEvent _,
                    Fault.MalformedEvent _,
                    Fault.HugeEvent _,
                    Fault.ErrorEvent _ -> true;
        };
    }

    private Stream<Step> answer(Stream<Step> good) {
        return switch (script.fault()) {
            case Fault.CloseBeforeAnswer(boolean onlyIfReused)
            when onlyIfReused && !origin.reused() -> Stream.concat(preface(), good);
            case Fault.CloseBeforeAnswer _ -> Stream.of(latency(), new Step.Close());
            case Fault.NeverAnswer() -> Stream.of(new Step.Hang());
            case Fault.ResetBeforeAnswer() -> Stream.of(latency(), new Step.Reset());
            case Fault.Refuse refuse -> Stream.concat(preface(), refusal(refuse));
            case Fault.Raw(String bytes, boolean close) -> raw(bytes, close);
            case Fault.StallBeforeHead(Duration length) ->
                Stream.concat(Stream.of(new Step.Pause(length)), Stream.concat(preface(), good));
            case Fault.Around _, Fault.InBody _ -> Stream.concat(preface(), good);
        };
    }

    private Step.Pause latency() {
        return new Step.Pause(script.timing().latency());
    }

    private Stream<Step> preface() {
        Stream<Step> informational = script.preface().informational().stream()
                .map(status -> new Step.Send(HttpBytes.informational(status), Step.Mark.NONE));
        return Stream.concat(Stream.of(latency()), informational);
    }

    private Stream<Step> raw(String bytes, boolean close) {
        Step send = new Step.Send(bytes.getBytes(StandardCharsets.ISO_8859_1), WHOLE);
        return close ? Stream.of(latency(), send, new Step.Close()) : Stream.of(latency(), send);
    }

    private Stream<Step> refusal(Fault.Refuse refuse) {
        int status = refuse.status();
        Integer seconds = refuse.retryAfterSeconds();
        List<Header> more = seconds == null ? List.of() : List.of(new Header("retry-after", seconds.toString()));
        String reason = HttpBytes.reason(status);
        return switch (refuse.body()) {
            case USUAL -> whole(status, JSON, format.error(status, "Scripted: " + reason + "."), more);
            case HTML ->
                whole(status, "text/html", "<html><body><h1>" + status + " " + reason + "</h1></body></html>", more);
            case EMPTY -> whole(status, "text/plain", "", more);
            case BROKEN_JSON -> whole(status, JSON, "{\"error\":{\"message\":\"Scripted", more);
        };
    }

    // Whole answers.

    private Stream<Step> whole(String json) {
        return switch (script.fault()) {
            case Fault.TruncatedEvent _ -> whole(200, JSON, json.substring(0, json.length() / 2), List.of());
            case Fault.MalformedEvent _ -> whole(200, JSON, malformed(json), List.of());
            case Fault.HugeEvent huge -> whole(200, JSON, json + " ".repeat(huge.bytes()), List.of());
            case Fault.ErrorEvent error -> whole(200, JSON, format.error(error.code(), error.message()), List.of());
            case Fault.Stall stall -> interrupted(json, stall.chunk(), Stream.of(new Step.Pause(stall.length())));
            case Fault.Reset(int chunk) -> interrupted(json, chunk, reset());
            case Fault.Cut(int chunk) -> interrupted(json, chunk, Stream.of(new Step.Close()));
            case Fault.EndWithoutDone _, Fault.Instead _, Fault.Around _ -> whole(200, JSON, json, List.of());
        };
    }

    private static String malformed(String json) {
        return json.replace("\"choices\":[", "\"choices\":[,")
                .replace("\"data\":[", "\"data\":[,")
                .replace("\"results\":[", "\"results\":[,");
    }

    /// Head and body in one write, as a head that comes alone looks like a stream.
    private Stream<Step> whole(int status, String type, String text, List<Header> more) {
        byte[] body = utf8(text);
        byte[] head = http.head(status, headers(type, more), lengthToSay(body.length));
        return closed(new Step.Send(HttpBytes.concat(head, http.part(body), http.end()), WHOLE));
    }

    /// Something happens after the head (chunk 0) or in the middle of the body.
    private Stream<Step> interrupted(String json, int chunk, Stream<Step> event) {
        byte[] body = utf8(json);
        int middle = chunk == 0 ? 0 : body.length / 2;
        byte[] head = http.head(200, headers(JSON, List.of()), body.length);
        byte[] before = HttpBytes.concat(head, http.part(Arrays.copyOf(body, middle)));
        byte[] after = HttpBytes.concat(http.part(Arrays.copyOfRange(body, middle, body.length)), http.end());
        Stream<Step> start = Stream.concat(Stream.of(new Step.Send(before, Step.Mark.HEAD)), event);
        return Stream.concat(start, closed(new Step.Send(after, WHOLE)));
    }

    // Streams.

    private Stream<Step> stream() {
        int chunks = format.chunks();
        int at = script.fault() instanceof Fault.InBody fault ? Math.min(fault.chunk(), chunks) : chunks;
        byte[] head = http.head(200, headers(format.streamType(), List.of()), streamLength());
        Stream<Step> start = Stream.concat(Stream.of(new Step.Send(head, Step.Mark.HEAD)), chunks(0, at));
        return Stream.concat(start, from(at));
    }

    /// What happens at chunk `at`, and what follows it.
    private Stream<Step> from(int at) {
        Step.Mark here = mark(at);
        return switch (script.fault()) {
            case Fault.Stall stall -> Stream.concat(silence(stall, here), rest(at));
            case Fault.Reset _ -> reset();
            case Fault.Cut _ -> Stream.of(new Step.Close());
            case Fault.EndWithoutDone _ -> end(new byte[0], here);
            case Fault.TruncatedEvent _ -> {
                byte[] event = event(format.chunk(Math.min(at, format.chunks() - 1)));
                yield end(Arrays.copyOf(event, event.length / 2), here);
            }
            case Fault.MalformedEvent _ -> {
                byte[] event = event(List.of(MALFORMED));
                yield Stream.concat(Stream.of(send(event, here)), rest(at));
            }
            case Fault.HugeEvent huge -> {
                byte[] event = event(List.of(format.contentChunk("x".repeat(huge.bytes()))));
                yield Stream.concat(Stream.of(send(event, here)), rest(at));
            }
            case Fault.ErrorEvent error -> {
                byte[] event = event(List.of(format.errorEvent(error.code(), error.message())));
                yield Stream.concat(Stream.of(send(event, here)), end(event(format.afterError()), here));
            }
            case Fault.Instead _, Fault.Around _ -> rest(at);
        };
    }

    private Stream<Step> chunks(int from, int to) {
        return IntStream.range(from, to).boxed().flatMap(this::chunk);
    }

    private Stream<Step> chunk(int index) {
        Step send = send(event(format.chunk(index)), mark(index + 1));
        Duration delay = script.timing().chunkDelay();
        return index == 0 || delay.isZero() ? Stream.of(send) : Stream.of(new Step.Pause(delay), send);
    }

    private Stream<Step> rest(int at) {
        return Stream.concat(chunks(at, format.chunks()), done(mark(format.chunks())));
    }

    private Stream<Step> done(Step.Mark mark) {
        return end(event(format.last()), mark);
    }

    private Stream<Step> end(byte[] before, Step.Mark mark) {
        return closed(new Step.Send(HttpBytes.concat(http.part(before), http.end()), mark.withLast()));
    }

    private Stream<Step> silence(Fault.Stall stall, Step.Mark here) {
        Duration every = stall.pingEvery();
        if (every.isZero()) {
            return Stream.of(new Step.Pause(stall.length()));
        }
        Step ping = send(utf8(": ping" + lineEnd() + lineEnd()), here);
        return IntStream.range(0, (int) stall.length().dividedBy(every))
                .boxed()
                .flatMap(_ -> Stream.of(new Step.Pause(every), ping));
    }

    /// How far the answer is once `chunks` chunks are out.
    private Step.Mark mark(int chunks) {
        return chunks == 0 ? Step.Mark.HEAD : new Step.Mark(true, false, chunks, format.deliveredAfter(chunks - 1));
    }

    /// The length of the whole stream; it is encoded once more for that, so only where the length is
    /// announced.
    private int streamLength() {
        if (!http.announcesLength()) {
            return HttpBytes.UNKNOWN;
        }
        int chunks = IntStream.range(0, format.chunks())
                .map(index -> event(format.chunk(index)).length)
                .reduce(0, Math::addExact);
        return lengthToSay(chunks + event(format.last()).length);
    }

    // Parts of both.

    private Stream<Step> closed(Step last) {
        return closing ? Stream.of(last, new Step.Close()) : Stream.of(last);
    }

    private static Stream<Step> reset() {
        return Stream.of(new Step.Pause(RESET_GRACE), new Step.Reset());
    }

    private Step send(byte[] body, Step.Mark mark) {
        return new Step.Send(http.part(body), mark);
    }

    private int lengthToSay(int length) {
        return script.fault() instanceof Fault.WrongContentLength(int delta) ? Math.max(0, length + delta) : length;
    }

    private List<Header> headers(String type, List<Header> more) {
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("content-type", type));
        headers.add(new Header("x-request-id", "req_sim" + origin.sequence()));
        headers.add(new Header("openai-processing-ms", "1"));
        headers.addAll(more);
        headers.addAll(script.preface().headers());
        if (script.fault() instanceof Fault.HeaderBomb(int count, int bytesEach)) {
            IntStream.range(0, count).forEach(i -> headers.add(new Header("x-bomb-" + i, "b".repeat(bytesEach))));
        }
        return headers;
    }

    private byte[] event(@Nullable String data) {
        return event(data == null ? List.of() : List.of(data));
    }

    private byte[] event(List<String> data) {
        return format.events(data, lineEnd());
    }

    private String lineEnd() {
        return script.framing().lineEnd().text;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
