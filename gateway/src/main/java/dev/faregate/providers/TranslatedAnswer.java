package dev.faregate.providers;

import dev.faregate.base.Json;
import dev.faregate.base.OffLoop;
import dev.faregate.chat.SseEvent;
import dev.faregate.chat.SseReader;
import dev.faregate.formats.EventStreamReader;
import dev.faregate.formats.Format;
import dev.faregate.formats.Reading;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Hears the answer in a provider's own format and tells it in OpenAI's: events one by one, a whole answer or an error
/// at its end, off the loop where it is large. On the loop of the call.
final class TranslatedAnswer implements UpstreamListener {
    /// Whole answers above this many bytes are read off the loop.
    private static final int READ_ON_LOOP_BYTES = TranslatedCall.SAY_ON_LOOP_BYTES;

    /// So much of an error answer is read.
    private static final int MAX_ERROR_BYTES = 64 * 1024;

    /// Of one event, as long as those of providers in OpenAI's format may be.
    private static final int MAX_EVENT_BYTES = 4 << 20;

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    /// An event that is no JSON is handed on as another one, for whoever reads it to find.
    private static final byte[] NO_JSON = "data: {\n\n".getBytes(StandardCharsets.US_ASCII);

    private static final String EVENT_STREAM = "text/event-stream";
    private static final String FRAMED = "application/vnd.amazon.eventstream";

    private enum Mode {
        PLAIN,
        ERROR,
        EVENTS,
        FRAMES,
        WHOLE
    }

    private final EventLoop loop;
    private final Format format;
    private final UpstreamListener to;
    private final SseReader events = new SseReader(MAX_EVENT_BYTES);
    private final EventStreamReader frames = new EventStreamReader(MAX_EVENT_BYTES);
    private final SseReader.Sink sink = new SseReader.Sink() {
        @Override
        public void event(SseEvent event) {
            TranslatedAnswer.this.event(event);
        }

        @Override
        public void comment() {
            // No progress, and nothing to tell.
        }
    };

    private @Nullable Reading reading;
    private boolean stream;
    private Mode mode = Mode.WHOLE;
    private int status;
    private HttpHeaders headers = EmptyHttpHeaders.INSTANCE;
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream(0);
    private ByteBuf out = Unpooled.EMPTY_BUFFER;
    private boolean over;

    TranslatedAnswer(EventLoop loop, Format format, UpstreamListener to) {
        this.loop = loop;
        this.format = format;
        this.to = to;
    }

    /// Says before the request is sent how its answer is read.
    void expect(Reading answer, boolean streamed) {
        reading = answer;
        stream = streamed;
    }

    /// Says that the answer comes in OpenAI's format.
    void expectNoTranslation() {
        mode = Mode.PLAIN;
    }

    /// Nobody listens any more.
    void cancel() {
        over = true;
    }

    /// The end of a call that was never sent, because the provider's format has no words for it.
    void refused(String why) {
        tellRefusal(Format.Refusal.ofOurs(why));
    }

    void broken(UpstreamFailure failure) {
        over = true;
        to.onFailure(failure);
    }

    @Override
    public void onHead(int answered, HttpHeaders lines) {
        if (mode == Mode.PLAIN) {
            to.onHead(answered, lines);
            return;
        }
        status = answered;
        headers = lines;
        String type = lines.get(HttpHeaderNames.CONTENT_TYPE, "");
        if (answered >= 300) {
            // What it means may be another status, which its body tells.
            mode = Mode.ERROR;
            return;
        }
        mode = stream ? modeOf(type) : Mode.WHOLE;
        // Whatever they come as, they are told as events of text.
        to.onHead(answered, mode == Mode.FRAMES ? lines.copy().set(HttpHeaderNames.CONTENT_TYPE, EVENT_STREAM) : lines);
    }

    private static Mode modeOf(String type) {
        if (type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length())) {
            return Mode.EVENTS;
        }
        return type.regionMatches(true, 0, FRAMED, 0, FRAMED.length()) ? Mode.FRAMES : Mode.WHOLE;
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (mode == Mode.PLAIN) {
            to.onBody(bytes);
            return;
        }
        try {
            if (over) {
                return;
            }
            switch (mode) {
                case EVENTS, FRAMES -> read(bytes);
                case ERROR -> collect(bytes, MAX_ERROR_BYTES);
                // The client of providers bounds a whole answer.
                case WHOLE -> collect(bytes, Integer.MAX_VALUE);
                case PLAIN -> {}
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void onReadComplete() {
        if (!over && (mode == Mode.EVENTS || mode == Mode.FRAMES || mode == Mode.PLAIN)) {
            to.onReadComplete();
        }
    }

    @Override
    public void onEnd() {
        if (over) {
            return;
        }
        switch (mode) {
            case EVENTS, FRAMES -> endOfEvents();
            case ERROR -> tellRefusal(format.refusal(status, collected.toByteArray()));
            case WHOLE -> whole(collected.toByteArray());
            case PLAIN -> to.onEnd();
        }
    }

    @Override
    public void onFailure(UpstreamFailure failure) {
        if (!over) {
            broken(failure);
        }
    }

    // ---- events -------------------------------------------------------------------------------------------------

    private void read(ByteBuf bytes) {
        out = bytes.alloc().buffer(Math.max(256, bytes.readableBytes()));
        EventStreamReader.State state;
        try {
            state = mode == Mode.FRAMES ? frames.feed(bytes, this::event) : events(bytes);
        } finally {
            // Also when it throws, what was read before is told, and nothing leaks.
            tellEvents();
        }
        if (over) {
            return;
        }
        switch (state) {
            case WELL -> {}
            case TOO_LARGE ->
                broken(new UpstreamFailure(
                        UpstreamFailure.Kind.RESPONSE_TOO_LARGE,
                        true,
                        "an event is larger than " + MAX_EVENT_BYTES + " bytes"));
            case DAMAGED ->
                broken(new UpstreamFailure(
                        UpstreamFailure.Kind.MALFORMED_RESPONSE, true, "a frame of the stream is damaged"));
        }
    }

    private EventStreamReader.State events(ByteBuf bytes) {
        return events.feed(bytes, sink) ? EventStreamReader.State.WELL : EventStreamReader.State.TOO_LARGE;
    }

    private void endOfEvents() {
        out = Unpooled.buffer(256);
        boolean whole = mode == Mode.FRAMES ? frames.isBetweenFrames() : events.finish(sink);
        if (whole) {
            reading().end(out);
        }
        tellEvents();
        if (!over) {
            to.onEnd();
        }
    }

    private void tellEvents() {
        ByteBuf ready = out;
        out = Unpooled.EMPTY_BUFFER;
        if (ready.isReadable()) {
            to.onBody(ready);
        } else {
            ready.release();
        }
    }

    private void event(SseEvent event) {
        if (event.dataIs(DONE)) {
            // Some providers end their streams as OpenAI does; the reading says so itself, in time.
            return;
        }
        byte[] data = ByteBufUtil.getBytes(event.buffer(), event.dataOffset(), event.dataLength());
        try {
            event(Json.readAnswer(data, 0, data.length));
        } catch (JacksonException e) {
            out.writeBytes(NO_JSON);
        }
    }

    private void event(JsonNode event) {
        reading().event(event, out);
    }

    // ---- whole answers ------------------------------------------------------------------------------------------

    private void whole(byte[] answer) {
        if (answer.length <= READ_ON_LOOP_BYTES) {
            tell(read(answer));
            return;
        }
        OffLoop.run(loop, () -> read(answer), chat -> {
            if (!over) {
                tell(chat.get());
            }
        });
    }

    /// What is no JSON is handed on as it is.
    private byte[] read(byte[] answer) {
        try {
            return reading().whole(Json.readAnswer(answer, 0, answer.length));
        } catch (JacksonException e) {
            return answer;
        }
    }

    private void tellRefusal(Format.Refusal refusal) {
        HttpHeaders lines = headers;
        if (refusal.retryAfter() > 0 && !lines.contains(HttpHeaderNames.RETRY_AFTER)) {
            lines = lines.copy().set(HttpHeaderNames.RETRY_AFTER, refusal.retryAfter());
        }
        to.onHead(refusal.status(), lines);
        if (!over) {
            tell(refusal.body());
        }
    }

    private void tell(byte[] body) {
        if (body.length > 0) {
            to.onBody(Unpooled.wrappedBuffer(body));
        }
        if (!over) {
            to.onEnd();
        }
    }

    private void collect(ByteBuf bytes, int most) {
        try {
            bytes.readBytes(collected, Math.min(bytes.readableBytes(), most - collected.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Reading reading() {
        return Objects.requireNonNull(reading);
    }
}
