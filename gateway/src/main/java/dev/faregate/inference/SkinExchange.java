package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.base.OffLoop;
import dev.faregate.chat.SseEvent;
import dev.faregate.chat.SseReader;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.Exchange;
import dev.faregate.http.Principal;
import dev.faregate.http.RequestHead;
import dev.faregate.http.WireError;
import dev.faregate.skins.Skin;
import dev.faregate.skins.Telling;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// An exchange that shows a request in its chat form, and tells what is answered to it in the format of its skin.
/// Whoever runs the request speaks chat and does not notice: one event of a stream, a whole answer, a failure.
///
/// Lives on the loop of the exchange that it stands before. It relies on what [Delivery] promises: every write is whole
/// events and comments.
final class SkinExchange implements Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(SkinExchange.class);

    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};

    /// Whole answers above this many bytes are told off the loop.
    private static final int TELL_ON_LOOP_BYTES = RequestIntake.READ_ON_LOOP_BYTES;

    private final Exchange before;
    private final ByteBuf body;
    private final Telling telling;

    /// Events were bounded before they came here.
    private final SseReader events = new SseReader(Integer.MAX_VALUE);

    private ByteBuf out = Unpooled.EMPTY_BUFFER;
    private @Nullable WireError failure;

    private final SseReader.Sink sink = new SseReader.Sink() {
        @Override
        public void event(SseEvent event) {
            tell(event);
        }

        @Override
        public void comment() {
            telling.keepAlive(out);
        }
    };

    /// `worn` is on the heap and needs no release.
    SkinExchange(Exchange before, Skin.Worn worn) {
        this.before = before;
        this.body = Unpooled.wrappedBuffer(worn.chat());
        this.telling = worn.answer();
    }

    @Override
    public ByteBuf body() {
        return body;
    }

    // Whole answers

    @Override
    public void respond(int status, HttpHeaders headers, ByteBuf chat) {
        if (chat.readableBytes() <= TELL_ON_LOOP_BYTES) {
            try {
                before.respond(status, headers, whole(chat));
            } catch (RuntimeException e) {
                before.respond(untellable(e), headers);
            }
            return;
        }
        OffLoop.run(loop(), () -> whole(chat), told -> {
            try {
                before.respond(status, headers, told.get());
            } catch (RuntimeException e) {
                before.respond(untellable(e), headers);
            }
        });
    }

    private ByteBuf whole(ByteBuf chat) {
        try {
            byte[] bytes = ByteBufUtil.getBytes(chat);
            return Unpooled.wrappedBuffer(telling.whole(Json.readAnswer(bytes, 0, bytes.length)));
        } finally {
            chat.release();
        }
    }

    @Override
    public void respond(ApiError error, HttpHeaders headers) {
        WireError wire = ErrorRenderer.render(error);
        HttpHeaders all = new DefaultHttpHeaders().setAll(headers);
        wire.headers().forEach(header -> all.set(header.getKey(), header.getValue()));
        all.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        byte[] told = telling.error(wire, headers.get(Relay.GENERATION_HEADER));
        before.respond(wire.status(), all, Unpooled.wrappedBuffer(told));
    }

    // Streams

    @Override
    public void startStream(HttpHeaders headers) {
        before.startStream(headers);
    }

    @Override
    public void write(ByteBuf chat) {
        try {
            if (failure == null) {
                out = alloc().buffer(Math.max(256, chat.readableBytes()));
                events.feed(chat, sink);
                before.write(out);
            }
        } finally {
            out = Unpooled.EMPTY_BUFFER;
            chat.release();
        }
    }

    /// What cannot be told ends the stream with an error, for the client must not take what it has for the whole.
    private void tell(SseEvent event) {
        if (failure != null) {
            return;
        }
        if (event.dataIs(DONE)) {
            telling.done(out);
            return;
        }
        try {
            byte[] data = ByteBufUtil.getBytes(event.buffer(), event.dataOffset(), event.dataLength());
            JsonNode chunk = Json.readAnswer(data, 0, data.length);
            if (chunk.path("error").isObject()) {
                telling.broken(failure(chunk.path("error")), out);
            } else {
                telling.chunk(chunk, out);
            }
        } catch (RuntimeException e) {
            failure = ErrorRenderer.render(untellable(e));
            telling.broken(failure, out);
        }
    }

    /// The `error` of the last chunk of a stream that failed (contract 1.2).
    private static WireError failure(JsonNode error) {
        return new WireError(
                error.path("code").asInt(500),
                error.path("type").asString("server"),
                error.path("message").asString(""),
                null,
                Map.of(),
                Map.of(),
                List.of());
    }

    private ApiError untellable(RuntimeException why) {
        LOG.warn("request {}: an answer cannot be told as asked", head().requestId(), why);
        return new ApiError.Upstream(
                502, "provider_unavailable", "The provider's answer cannot be told in this format.", Map.of(), 0);
    }

    @Override
    public void flush() {
        before.flush();
    }

    @Override
    public void end() {
        before.end();
    }

    @Override
    public void abort() {
        before.abort();
    }

    // What is the same in every format

    @Override
    public EventLoop loop() {
        return before.loop();
    }

    @Override
    public ByteBufAllocator alloc() {
        return before.alloc();
    }

    @Override
    public RequestHead head() {
        return before.head();
    }

    @Override
    public @Nullable Principal principal() {
        return before.principal();
    }

    @Override
    public boolean isWritable() {
        return before.isWritable();
    }

    @Override
    public void onWritabilityChanged(Runnable listener) {
        before.onWritabilityChanged(listener);
    }

    @Override
    public void onGone(Runnable listener) {
        before.onGone(listener);
    }

    @Override
    public boolean isGone() {
        return before.isGone();
    }

    @Override
    public void onOver(Runnable listener) {
        before.onOver(listener);
    }
}
