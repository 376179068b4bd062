package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.chat.AnswerCodec;
import dev.faregate.chat.AnswerRewriter;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ImagesRewriter;
import dev.faregate.chat.MalformedJson;
import dev.faregate.chat.PassedAnswer;
import dev.faregate.chat.SseEvent;
import dev.faregate.chat.SseReader;
import dev.faregate.chat.WholeAnswer;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.EventStream;
import dev.faregate.http.Exchange;
import dev.faregate.http.WireError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Takes the bytes of an upstream answer, rewrites them and hands them to the client: events one by
/// one, or a whole document at the end, which for embeddings and images is the very bytes that
/// passed. It knows nothing of money; the last bytes leave when [Relay] says so.
///
/// Long because each way in which an answer can come is short, and all of them share its buffers.
///
/// Lives on the loop of the exchange. After the client is gone it goes on counting and sends
/// nothing.
final class Delivery {
    /// What some bytes of the answer amounted to.
    enum Progress {
        /// Nothing to act on.
        MORE,
        /// At least one real event.
        EVENT,
        /// The answer is whole.
        COMPLETE,
        /// The answer cannot be used; see [#problem].
        BROKEN,
        /// The provider reported an error in a 200 answer; [#problem] is its JSON.
        UPSTREAM_ERROR
    }

    private enum Mode {
        ERROR_BODY,
        EVENTS,
        IMAGE_EVENTS,
        WHOLE,
        PASSING
    }

    /// So much of a provider's error body is kept.
    private static final int MAX_ERROR_BODY = 64 * 1024;

    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};

    /// Where an event is looked at; grown as needed and kept by the loop's thread.
    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[16 * 1024];
        }
    };

    private final Exchange exchange;
    private final HttpHeaders headers;
    private final InferenceSettings settings;
    private final boolean stream;
    private final boolean usageWanted;

    private AnswerCodec answer;
    private final SseReader.Sink sink = new SseReader.Sink() {
        @Override
        public void event(SseEvent event) {
            Delivery.this.event(event);
        }

        @Override
        public void comment() {
            // A ping: no progress, and nothing for the client, who gets comments of ours.
        }
    };

    private @Nullable SseReader events;
    private Mode mode = Mode.WHOLE;
    private @Nullable ByteBuf collected;
    private @Nullable Chunks passing;
    private @Nullable ImageEvents images;
    private @Nullable ByteBuf out;
    private boolean started;
    private boolean content;
    private boolean seenEvent;
    private boolean done;
    private boolean muted;
    private String problem = "";
    private long lastWriteNanos;
    private @Nullable ScheduledFuture<?> keepAlive;

    Delivery(
            Exchange exchange,
            HttpHeaders headers,
            AnswerCodec answer,
            InferenceSettings settings,
            ChatRequest.Facts facts) {
        this.exchange = exchange;
        this.headers = headers;
        this.answer = answer;
        this.settings = settings;
        this.stream = facts.stream();
        this.usageWanted = facts.usageWanted();
        if (stream) {
            lastWriteNanos = now();
            watchSilence(settings.keepAlive().toNanos());
        }
    }

    /// Forgets a failed attempt and waits for the answer of the next.
    Delivery restarted(AnswerCodec next) {
        answer = next;
        releaseBuffers();
        events = null;
        seenEvent = false;
        done = false;
        problem = "";
        return this;
    }

    /// What is known of the answer.
    AnswerCodec answer() {
        return answer;
    }

    /// The answer to a chat.
    private AnswerRewriter chat() {
        return (AnswerRewriter) answer;
    }

    private WholeAnswer whole() {
        return (WholeAnswer) answer;
    }

    /// Whether anything of an answer has been written; from then on there is no other endpoint.
    boolean hasContent() {
        return content;
    }

    /// Whether the head of a stream is on its way, so that an error can only be an event.
    boolean started() {
        return started;
    }

    String problem() {
        return problem;
    }

    void head(int status, HttpHeaders upstream) {
        String type = upstream.get(HttpHeaderNames.CONTENT_TYPE, "");
        if (status >= 300) {
            mode = Mode.ERROR_BODY;
        } else if (stream && type.regionMatches(true, 0, "text/event-stream", 0, 17)) {
            events(answer);
        } else if (answer instanceof PassedAnswer) {
            mode = Mode.PASSING;
            passing = new Chunks(exchange.alloc());
        } else {
            mode = Mode.WHOLE;
        }
    }

    private void events(AnswerCodec of) {
        if (of instanceof ImagesRewriter made) {
            mode = Mode.IMAGE_EVENTS;
            images = new ImageEvents(made, exchange.alloc(), settings.maxWholeBytes(), this::add);
        } else {
            mode = Mode.EVENTS;
            events = new SseReader(settings.maxEventBytes());
        }
    }

    /// Takes an event for the client, made of slices.
    private void add(ByteBuf event) {
        if (muted || exchange.isGone()) {
            event.release();
            return;
        }
        CompositeByteBuf ready = (CompositeByteBuf) out();
        ready.addComponent(true, event);
        content = true;
    }

    /// Takes some bytes of the answer and releases them.
    Progress body(ByteBuf bytes) {
        try {
            return switch (mode) {
                case EVENTS -> events(bytes);
                case IMAGE_EVENTS -> imageEvents(bytes);
                case ERROR_BODY -> {
                    collect(bytes, MAX_ERROR_BODY);
                    yield Progress.MORE;
                }
                case WHOLE -> collect(bytes, settings.maxWholeBytes()) ? Progress.MORE : tooLarge();
                case PASSING -> pass(bytes);
            };
        } finally {
            bytes.release();
        }
    }

    private Progress tooLarge() {
        return broken("it is larger than " + settings.maxWholeBytes() + " bytes");
    }

    private Progress pass(ByteBuf bytes) {
        Chunks kept = java.util.Objects.requireNonNull(passing);
        if (bytes.readableBytes() > settings.maxWholeBytes() - kept.size()) {
            return tooLarge();
        }
        kept.add(bytes);
        try {
            passed().take(bytes);
        } catch (MalformedJson e) {
            return broken("it is not valid JSON");
        }
        return Progress.MORE;
    }

    private PassedAnswer passed() {
        return (PassedAnswer) answer;
    }

    private Progress imageEvents(ByteBuf bytes) {
        ImageEvents made = images();
        try {
            if (!made.feed(bytes)) {
                return tooLarge();
            }
        } catch (MalformedJson e) {
            return broken("an event is not valid JSON");
        }
        return afterImageEvents(made.passed() ? Progress.EVENT : Progress.MORE);
    }

    private Progress afterImageEvents(Progress otherwise) {
        if (answer.upstreamError() != null) {
            problem = answer.upstreamError();
            return Progress.UPSTREAM_ERROR;
        }
        if (!images().done()) {
            return otherwise;
        }
        return answer.images() > 0 ? Progress.COMPLETE : broken("the stream ended without an image");
    }

    private Progress endOfImageEvents() {
        try {
            images().end();
        } catch (MalformedJson e) {
            return broken("an event is not valid JSON");
        }
        boolean made = answer.images() > 0;
        return afterImageEvents(made ? Progress.COMPLETE : broken("the stream ended without an image"));
    }

    private ImageEvents images() {
        return java.util.Objects.requireNonNull(images);
    }

    private Progress events(ByteBuf bytes) {
        seenEvent = false;
        try {
            if (!reader().feed(bytes, sink)) {
                return broken("an event is larger than " + settings.maxEventBytes() + " bytes");
            }
        } catch (MalformedJson e) {
            return broken("an event is not valid JSON");
        }
        return afterEvents();
    }

    private Progress afterEvents() {
        if (answer.upstreamError() != null) {
            problem = answer.upstreamError();
            return Progress.UPSTREAM_ERROR;
        }
        if (done) {
            return Progress.COMPLETE;
        }
        return seenEvent ? Progress.EVENT : Progress.MORE;
    }

    private SseReader reader() {
        return java.util.Objects.requireNonNull(events);
    }

    private void event(SseEvent event) {
        if (done || answer.upstreamError() != null) {
            return;
        }
        if (event.dataIs(DONE)) {
            done = true;
            return;
        }
        int length = event.dataLength();
        byte[] scratch = scratch(length);
        event.buffer().getBytes(event.dataOffset(), scratch, 0, length);
        content |= chat().chunk(scratch, 0, length, out());
        seenEvent = true;
    }

    private static byte[] scratch(int length) {
        byte[] scratch = SCRATCH.get();
        if (scratch.length < length) {
            scratch = new byte[Integer.highestOneBit(length) << 1];
            if (scratch.length <= 256 * 1024) {
                SCRATCH.set(scratch);
            }
        }
        return scratch;
    }

    /// Everything came that will come.
    Progress end() {
        return switch (mode) {
            case ERROR_BODY -> Progress.BROKEN;
            case EVENTS -> endOfEvents();
            case IMAGE_EVENTS -> endOfImageEvents();
            case WHOLE -> endOfDocument();
            case PASSING -> endOfPassing();
        };
    }

    /// A stream may end without `[DONE]` when its answer had finished; else it was cut.
    private Progress endOfEvents() {
        try {
            reader().finish(sink);
        } catch (MalformedJson e) {
            return broken("an event is not valid JSON");
        }
        if (done || answer.upstreamError() != null) {
            return afterEvents();
        }
        return chat().finished() ? Progress.COMPLETE : broken("the stream ended before the answer was finished");
    }

    private Progress endOfPassing() {
        try {
            return judged(passed().end());
        } catch (MalformedJson e) {
            return broken("it is not valid JSON");
        }
    }

    /// What to make of an answer all of which has come; `wrong` is what is wrong with it, or null.
    private Progress judged(@Nullable String wrong) {
        if (answer.upstreamError() != null) {
            problem = answer.upstreamError();
            return Progress.UPSTREAM_ERROR;
        }
        // An image comes whole from whoever does not stream (contract 2.1, `POST /images`).
        if (stream && !(answer instanceof ImagesRewriter)) {
            return broken("a document instead of an event stream");
        }
        return wrong == null ? Progress.COMPLETE : broken(wrong);
    }

    private Progress endOfDocument() {
        Progress progress = readDocument();
        if (progress != Progress.COMPLETE) {
            // What was rewritten so far is no answer, and must not go out before an error event.
            out().clear();
        }
        return progress;
    }

    private Progress readDocument() {
        ByteBuf document = collected;
        if (document == null) {
            return broken("it is empty");
        }
        try {
            byte[] bytes = document.array();
            int from = document.arrayOffset() + document.readerIndex();
            return judged(whole().whole(bytes, from, from + document.readableBytes(), out()));
        } catch (MalformedJson e) {
            return broken("it is not valid JSON");
        }
    }

    byte[] errorBody() {
        return collected == null ? new byte[0] : ByteBufUtil.getBytes(collected);
    }

    /// From here on the answer is counted and nothing more of it is sent: the client has had its last byte.
    void mute() {
        muted = true;
    }

    /// Sends what was written since the last time.
    void flush() {
        ByteBuf ready = out;
        if (muted && ready != null) {
            ready.release();
            out = null;
            return;
        }
        if (!stream || ready == null || !ready.isReadable() || !content) {
            return;
        }
        out = null;
        start();
        exchange.write(ready);
        exchange.flush();
        lastWriteNanos = now();
    }

    private void start() {
        if (!started) {
            started = true;
            exchange.startStream(headers);
        }
    }

    /// The last bytes of a complete answer.
    void finish(byte[] usageJson) {
        if (muted || exchange.isGone()) {
            return;
        }
        if (images != null || (stream && passing != null)) {
            endImages(usageJson);
            return;
        }
        if (passing != null) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
            exchange.respond(200, headers, passed(passing, usageJson));
            return;
        }
        ByteBuf last = out();
        out = null;
        if (stream) {
            chat().endStream(usageJson, usageWanted, last);
            start();
            exchange.write(last);
            exchange.end();
        } else {
            whole().endWhole(usageJson, last);
            headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
            exchange.respond(200, headers, last);
        }
    }

    /// What is left of a stream of images.
    private void endImages(byte[] usageJson) {
        ByteBuf before = out;
        out = null;
        ByteBuf last = images == null ? inEvents(usageJson) : images.completed(usageJson);
        start();
        if (before != null) {
            exchange.write(before);
        }
        exchange.write(last);
        exchange.end();
    }

    /// A whole answer as the stream that was asked for.
    private ByteBuf inEvents(byte[] usageJson) {
        ByteBuf document = java.util.Objects.requireNonNull(passing).drain();
        try {
            return ((ImagesRewriter) answer).events(document, usageJson, exchange.alloc());
        } finally {
            document.release();
        }
    }

    private ByteBuf passed(Chunks kept, byte[] usageJson) {
        ByteBuf document = kept.drain();
        try {
            return passed().answer(document, usageJson, exchange.alloc());
        } finally {
            document.release();
        }
    }

    /// The last event of a stream that failed. What was rewritten and not flushed still goes out before
    /// it.
    void failInStream(ApiError error) {
        if (muted) {
            return;
        }
        ByteBuf last = out();
        out = null;
        if (answer instanceof ImagesRewriter) {
            WireError wire = ErrorRenderer.render(error);
            ImagesRewriter.errorEvent(String.valueOf(wire.status()), wire.type(), wire.message(), last);
        } else {
            chat().errorChunk(ErrorRenderer.errorObject(error), last);
        }
        start();
        exchange.write(last);
        exchange.end();
    }

    // ---- keep-alive comments ------------------------------------------------------------------------------------

    /// Comments keep proxies from cutting a silent stream. They stand between events, because only whole
    /// events are ever written.
    private void watchSilence(long delayNanos) {
        keepAlive = exchange.loop().schedule(this::silence, delayNanos, TimeUnit.NANOSECONDS);
    }

    private void silence() {
        if (muted || exchange.isGone()) {
            return;
        }
        long period = settings.keepAlive().toNanos();
        long quiet = now() - lastWriteNanos;
        if (quiet >= period) {
            start();
            exchange.write(EventStream.keepAlive());
            exchange.flush();
            lastWriteNanos = now();
            quiet = 0;
        }
        watchSilence(period - quiet);
    }

    // ---- buffers ------------------------------------------------------------------------------------------------

    private ByteBuf out() {
        ByteBuf known = out;
        if (known == null) {
            known = images == null
                    ? exchange.alloc().buffer(1024)
                    : exchange.alloc().compositeBuffer(Integer.MAX_VALUE);
            out = known;
        }
        return known;
    }

    /// False when there is no more room.
    private boolean collect(ByteBuf bytes, int most) {
        ByteBuf known = collected;
        if (known == null) {
            known = exchange.alloc().heapBuffer(Math.max(1024, bytes.readableBytes()));
            collected = known;
        }
        int room = most - known.readableBytes();
        known.writeBytes(bytes, Math.min(room, bytes.readableBytes()));
        return !bytes.isReadable();
    }

    private Progress broken(String what) {
        problem = what;
        return Progress.BROKEN;
    }

    private long now() {
        return System.nanoTime();
    }

    private void releaseBuffers() {
        if (out != null) {
            out.release();
            out = null;
        }
        if (collected != null) {
            collected.release();
            collected = null;
        }
        if (passing != null) {
            passing.release();
            passing = null;
        }
        if (images != null) {
            images.release();
            images = null;
        }
    }

    /// Gives back what is left when nothing more will be sent.
    void close() {
        if (keepAlive != null) {
            keepAlive.cancel(false);
        }
        releaseBuffers();
    }
}
