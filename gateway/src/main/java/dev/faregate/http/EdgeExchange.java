package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request and its answer on its connection. Ends exactly once, whether answered, aborted or left by the client;
/// then the body is released and the listeners are told. The connection is told only of a whole answer.
final class EdgeExchange implements Exchange {
    private enum State {
        OPEN,
        STREAMING,
        /// The last bytes were handed over but are not all in the kernel's hands.
        SENDING,
        OVER
    }

    private static final HttpHeaders NO_HEADERS = EmptyHttpHeaders.INSTANCE;

    /// Bodies up to this size are copied behind their head, so that they cost one buffer and one write.
    private static final int COPIED_BYTES = 8 * 1024;

    private final Edge edge;
    private final EdgeConnection connection;
    private final Channel channel;
    private final String requestId;
    private final BodyBuffer body;
    private State state = State.OPEN;
    private boolean headSent;
    private boolean gone;

    private boolean persistent = true;
    private boolean chunking = true;
    private boolean bodiless;
    private boolean crossOrigin;
    private ErrorShape errors = ErrorShape.CONTRACT;
    private @Nullable Route route;
    private @Nullable RequestHead head;
    private @Nullable Principal principal;

    private @Nullable StreamBody stream;
    private @Nullable HttpHeaders streamHeaders;
    private @Nullable Runnable writabilityListener;
    private @Nullable Runnable goneListener;
    private @Nullable Runnable overListener;

    EdgeExchange(Edge edge, EdgeConnection connection, Channel channel, String requestId) {
        this.edge = edge;
        this.connection = connection;
        this.channel = channel;
        this.requestId = requestId;
        this.body = new BodyBuffer(edge.settings, edge.bufferedBytes);
    }

    // What the connection says about the request.

    String requestId() {
        return requestId;
    }

    BodyBuffer bodyBuffer() {
        return body;
    }

    boolean isPersistent() {
        return persistent;
    }

    /// The connection ends after this answer, and the answer says so if its head has not left yet.
    void closeAfterwards() {
        persistent = false;
    }

    /// An HTTP/1.0 client knows neither chunks nor that connections live on.
    void speakOldVersion() {
        persistent = false;
        chunking = false;
    }

    void route(Router.Match.Found found, RequestHead matched) {
        route = found.route();
        head = matched;
        errors = found.route().errors();
        bodiless = found.bodiless();
    }

    /// How failures are told of a request that no route answers.
    void tellFailures(ErrorShape shape) {
        errors = shape;
    }

    Route route() {
        if (route == null) {
            throw new IllegalStateException("not routed yet");
        }
        return route;
    }

    /// The request comes from the script of a page elsewhere, and may.
    void allowCrossOrigin() {
        crossOrigin = true;
    }

    void principal(@Nullable Principal known) {
        principal = known;
    }

    /// The client is gone, whatever we were doing.
    void lost() {
        if (state == State.OVER) {
            return;
        }
        gone = true;
        edge.gone.increment();
        Runnable listener = goneListener;
        over();
        tell(listener);
    }

    void writabilityChanged() {
        if (state == State.STREAMING) {
            tell(writabilityListener);
        }
    }

    /// Answers with what a handler threw: its error, or an incident; when bytes have left already, cuts the connection.
    void fail(Throwable thrown) {
        ApiError error = thrown instanceof ApiException e ? e.error() : edge.incident(thrown, requestId);
        if (state == State.OPEN || (state == State.STREAMING && !headSent)) {
            respond(error, NO_HEADERS);
        } else {
            abort();
        }
    }

    /// The answer of a blocking handler.
    void respond(Response response) {
        respond(response, List.of(), NO_HEADERS);
    }

    // Exchange

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public ByteBufAllocator alloc() {
        return channel.alloc();
    }

    @Override
    public RequestHead head() {
        if (head == null) {
            throw new IllegalStateException("not routed yet");
        }
        return head;
    }

    @Override
    public @Nullable Principal principal() {
        return principal;
    }

    @Override
    public ByteBuf body() {
        return body.bytes();
    }

    @Override
    public void respond(int status, HttpHeaders headers, ByteBuf content) {
        send(status, null, List.of(), List.of(), headers, content);
    }

    @Override
    public void respond(ApiError error, HttpHeaders headers) {
        if (state == State.OVER) {
            return;
        }
        WireError wire = ErrorRenderer.render(error);
        respond(errors.render(wire, requestId), challenged(wire.headers()), headers);
    }

    /// The headers, with the way to the authorization server in the challenge (RFC 9728 section 5.1).
    private List<Map.Entry<String, String>> challenged(List<Map.Entry<String, String>> headers) {
        String metadata = edge.settings.resourceMetadata();
        if (metadata.isEmpty()
                || headers.isEmpty()
                || !headers.getFirst().getValue().startsWith("Bearer")) {
            return headers;
        }
        String challenge = headers.getFirst().getValue();
        return List.of(Map.entry(
                headers.getFirst().getKey(),
                challenge + (challenge.equals("Bearer") ? " " : ", ") + "resource_metadata=\"" + metadata + "\""));
    }

    private void respond(Response response, List<Map.Entry<String, String>> more, HttpHeaders headers) {
        ByteBuf content = Unpooled.wrappedBuffer(response.body());
        String type = response.body().length == 0 ? null : response.contentType();
        send(response.status(), type, response.headers(), more, headers, content);
    }

    private void send(
            int status,
            @Nullable String contentType,
            List<Map.Entry<String, String>> some,
            List<Map.Entry<String, String>> more,
            HttpHeaders headers,
            ByteBuf content) {
        if (!mayAnswer(content)) {
            return;
        }
        int length = content.readableBytes();
        boolean withBody = !bodiless && !ResponseHead.isBodiless(status) && length > 0;
        boolean copied = withBody && length <= COPIED_BYTES;
        ByteBuf out = channel.alloc().ioBuffer(ResponseHead.USUAL_BYTES + (copied ? length : 0));
        try {
            ResponseHead.begin(out, status, requestId, closing());
            writeCrossOrigin(out);
            if (contentType != null) {
                ResponseHead.contentType(out, contentType);
            }
            writeAll(out, some);
            writeAll(out, more);
            writeAll(out, headers);
            if (!ResponseHead.isBodiless(status)) {
                ResponseHead.contentLength(out, length);
            }
            ResponseHead.end(out);
            if (copied) {
                out.writeBytes(content);
            }
        } catch (RuntimeException e) {
            out.release();
            content.release();
            throw e;
        }
        dropStream();
        if (withBody && !copied) {
            connection.write(out);
            finish(content);
        } else {
            content.release();
            finish(out);
        }
    }

    @Override
    public void startStream(HttpHeaders headers) {
        if (state == State.OVER) {
            return;
        }
        if (state != State.OPEN) {
            throw new IllegalStateException("answered twice");
        }
        state = State.STREAMING;
        streamHeaders = headers;
        stream = new StreamBody(connection, chunking);
    }

    @Override
    public void write(ByteBuf bytes) {
        StreamBody open = openStream(bytes);
        if (open == null) {
            bytes.release();
        } else if (bodiless) {
            bytes.release();
        } else {
            sendHeadBefore(open, bytes.readableBytes());
            open.write(bytes);
        }
    }

    @Override
    public void flush() {
        StreamBody open = openStream(Unpooled.EMPTY_BUFFER);
        if (open != null) {
            sendHead();
            open.emit();
            channel.flush();
            connection.watchStall();
        }
    }

    @Override
    public void end() {
        StreamBody open = openStream(Unpooled.EMPTY_BUFFER);
        if (open != null) {
            sendHead();
            finish(bodiless ? Unpooled.EMPTY_BUFFER : open.end());
        }
    }

    @Override
    public void abort() {
        if (state != State.OVER) {
            gone = true;
            over();
            connection.reset();
        }
    }

    @Override
    public boolean isWritable() {
        return state != State.OVER && channel.isWritable();
    }

    @Override
    public void onWritabilityChanged(Runnable listener) {
        writabilityListener = listener;
    }

    @Override
    public void onGone(Runnable listener) {
        if (gone) {
            tell(listener);
        } else {
            goneListener = listener;
        }
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    @Override
    public void onOver(Runnable listener) {
        if (state == State.OVER) {
            tell(listener);
        } else {
            overListener = listener;
        }
    }

    // Sending

    /// False, and the content released, when nobody is there any more.
    private boolean mayAnswer(ByteBuf content) {
        if (state == State.OVER) {
            content.release();
            return false;
        }
        if (state == State.SENDING || headSent) {
            content.release();
            throw new IllegalStateException("answered twice");
        }
        return true;
    }

    private @Nullable StreamBody openStream(ByteBuf bytes) {
        if (state == State.OVER) {
            return null;
        }
        if (state != State.STREAMING || stream == null) {
            bytes.release();
            throw new IllegalStateException("there is no open stream");
        }
        return stream;
    }

    /// The head must not come behind bytes that are too many to wait for the first flush.
    private void sendHeadBefore(StreamBody open, int bytes) {
        if (!open.canHold(bytes)) {
            sendHead();
        }
    }

    private void sendHead() {
        if (headSent || streamHeaders == null) {
            return;
        }
        ByteBuf out = channel.alloc().ioBuffer(ResponseHead.USUAL_BYTES);
        try {
            ResponseHead.begin(out, 200, requestId, closing());
            writeCrossOrigin(out);
            StreamBody.headers(out, chunking);
            writeAll(out, streamHeaders);
            ResponseHead.end(out);
        } catch (RuntimeException e) {
            out.release();
            throw e;
        }
        headSent = true;
        connection.write(out);
    }

    private void finish(ByteBuf last) {
        state = State.SENDING;
        headSent = true;
        ChannelFuture sent = connection.writeAndFlush(last);
        if (sent.isDone()) {
            sent(sent);
        } else {
            connection.watchStall();
            sent.addListener((ChannelFuture done) -> sent(done));
        }
    }

    private void sent(ChannelFuture last) {
        if (state == State.OVER) {
            return;
        }
        if (last.isSuccess()) {
            over();
            connection.answered(this);
        } else {
            channel.close();
        }
    }

    private boolean closing() {
        persistent &= !edge.draining && !connection.mustClose();
        return !persistent;
    }

    private void over() {
        state = State.OVER;
        dropStream();
        body.close();
        edge.openRequests.decrementAndGet();
        Runnable listener = overListener;
        overListener = null;
        goneListener = null;
        writabilityListener = null;
        tell(listener);
    }

    private void dropStream() {
        if (stream != null) {
            stream.drop();
            stream = null;
        }
    }

    /// A listener that throws is a bug, but not one that may stop what called it.
    private void tell(@Nullable Runnable listener) {
        if (listener != null) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                edge.incident(e, requestId);
            }
        }
    }

    private void writeCrossOrigin(ByteBuf out) {
        if (crossOrigin) {
            ResponseHead.crossOrigin(out);
        }
    }

    private static void writeAll(ByteBuf out, List<Map.Entry<String, String>> headers) {
        for (int i = 0; i < headers.size(); i++) {
            ResponseHead.header(out, headers.get(i).getKey(), headers.get(i).getValue());
        }
    }

    private static void writeAll(ByteBuf out, HttpHeaders headers) {
        if (!headers.isEmpty()) {
            Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
            while (all.hasNext()) {
                Map.Entry<CharSequence, CharSequence> next = all.next();
                ResponseHead.header(out, next.getKey(), next.getValue());
            }
        }
    }
}
