package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.Ids;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client connection: its requests one after the other, its deadlines, its end. Lives on its event loop.
///
/// A request goes through the phases in order. One that is refused early skips to `ANSWERING`; whatever
/// input is left of it is thrown away, or, when that could be much, the connection ends.
final class EdgeConnection extends ChannelInboundHandlerAdapter {
    private enum Phase {
        HEAD,
        AUTHENTICATING,
        BODY,
        ANSWERING,
        /// Answered, but the rest of the body is still coming.
        SKIPPING,
        CLOSING
    }

    private static final Logger LOG = LoggerFactory.getLogger(EdgeConnection.class);

    /// So much of a refused request's body is read past to keep the connection.
    private static final int SKIPPED_BYTES = 64 * 1024;

    /// After the last answer the socket is read on so long: closing a socket with unread input resets the connection,
    /// and the client would lose the answer that says why (RFC 9112 section 9.6).
    private static final Duration LINGER = Duration.ofSeconds(1);

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FULL =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final Edge edge;
    private final Channel channel;
    private final RequestDecoder decoder;
    private final Admission admission;
    private final Deadline deadline;
    private Phase phase = Phase.HEAD;
    private @Nullable EdgeExchange exchange;
    /// All of the current request has been read.
    private boolean inputWhole;
    private boolean expectsContinue;
    private long bodyLength;
    /// Buffers handed to the socket so far.
    private long handed;
    private long stallMark;
    private boolean counted;

    /// For a channel that is registered with its loop; `decoder` stands before this in its pipeline.
    EdgeConnection(Edge edge, Channel channel, RequestDecoder decoder) {
        this.edge = edge;
        this.channel = channel;
        this.decoder = decoder;
        this.admission = new Admission(edge, this);
        this.deadline = new Deadline(channel.eventLoop(), this::expired);
    }

    Channel channel() {
        return channel;
    }

    // What comes from the network

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        counted = true;
        edge.connections.add(channel);
        if (edge.openConnections.incrementAndGet() > edge.settings.maxConnections()) {
            edge.refusedConnections.increment();
            phase = Phase.CLOSING;
            decoder.ignoreInput();
            channel.writeAndFlush(Unpooled.wrappedBuffer(FULL)).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        deadline.set(Deadline.Kind.HEAD, edge.settings.headerDeadline());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            if (!channel.isActive() || phase == Phase.CLOSING) {
                return;
            }
            switch (msg) {
                case RequestDecoder.Fault(var error) -> {
                    begin();
                    refuseAndClose(error);
                }
                case HttpRequest request -> onHead(request);
                case HttpContent content -> onContent(content);
                default -> throw new IllegalStateException("decoded " + msg.getClass());
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    /// Deadlines are set only for what did not come in one piece with the rest.
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        awaitInput();
    }

    private void awaitInput() {
        if (phase == Phase.HEAD && deadline.kind() == Deadline.Kind.IDLE && decoder.isInsideHead()) {
            deadline.set(Deadline.Kind.HEAD, edge.settings.headerDeadline());
        } else if ((phase == Phase.BODY || phase == Phase.SKIPPING) && deadline.kind() == Deadline.Kind.NOTHING) {
            deadline.set(Deadline.Kind.BODY, edge.settings.bodyDeadline());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        deadline.cancel();
        phase = Phase.CLOSING;
        if (counted) {
            counted = false;
            edge.openConnections.decrementAndGet();
        }
        EdgeExchange open = exchange;
        exchange = null;
        if (open != null) {
            open.lost();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.writabilityChanged();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // What is wrong with TLS comes wrapped by Netty's decoder.
        if (cause instanceof IOException
                || cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            LOG.debug("connection broke", cause);
            channel.close();
        } else if (exchange != null && channel.isActive()) {
            exchange.closeAfterwards();
            exchange.fail(cause);
        } else {
            edge.incident(cause, Ids.nextFast().toString());
            channel.close();
        }
    }

    // One request

    private EdgeExchange begin() {
        deadline.clear();
        edge.requests.increment();
        edge.openRequests.incrementAndGet();
        EdgeExchange next = new EdgeExchange(edge, this, channel, Ids.nextFast().toString());
        exchange = next;
        inputWhole = false;
        expectsContinue = false;
        bodyLength = 0;
        phase = Phase.ANSWERING;
        return next;
    }

    private void onHead(HttpRequest request) {
        EdgeExchange next = begin();
        ApiError fault = FramingGuard.fault(request);
        if (fault != null) {
            refuseAndClose(fault);
            return;
        }
        bodyLength = FramingGuard.bodyLength(request.headers());
        try {
            expectsContinue = HttpUtil.is100ContinueExpected(request);
            admission.admit(request, next);
        } catch (RuntimeException e) {
            refuse(edge.incident(e, next.requestId()));
        }
    }

    /// The credential is not in memory: nothing more is read until [Authenticator#lookUp] has answered.
    void awaitAuthentication() {
        phase = Phase.AUTHENTICATING;
        decoder.hold();
        channel.config().setAutoRead(false);
        deadline.set(Deadline.Kind.LOOK_UP, edge.settings.lookUpDeadline());
    }

    /// False when the request is not there any more for which an answer was looked up.
    boolean authenticated(EdgeExchange asked) {
        if (exchange != asked || phase != Phase.AUTHENTICATING) {
            return false;
        }
        deadline.clear();
        phase = Phase.ANSWERING;
        return true;
    }

    /// Reads on after a look-up; last, because what arrives while the decoder is held may have to be thrown away.
    void readOn() {
        channel.config().setAutoRead(true);
    }

    /// The request may go on: reads its body, then lets [Admission] call the handler. After a look-up the decoder is
    /// held and goes on from here.
    void readBody(EdgeExchange admitted) {
        if (bodyLength > edge.settings.maxBodyBytes()) {
            refuseAndClose(new ApiError.BodyTooLarge(edge.settings.maxBodyBytes()));
            return;
        }
        if (inputWhole) {
            dispatch(admitted);
            return;
        }
        phase = Phase.BODY;
        if (expectsContinue && !decoder.hasWaitingBytes()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(CONTINUE), channel.voidPromise());
        }
        decoder.resume();
        awaitInput();
    }

    private void onContent(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (content.decoderResult().isFailure()) {
            undecodable(content.decoderResult().cause());
            return;
        }
        if (last) {
            inputWhole = true;
            decoder.hold();
        }
        EdgeExchange open = exchange;
        if (phase == Phase.BODY && open != null) {
            ApiError full = open.bodyBuffer().add(content.content(), bodyLength, channel.alloc());
            if (full != null) {
                refuseAndClose(full);
            } else if (last) {
                dispatch(open);
            }
        } else if (phase == Phase.SKIPPING && last) {
            awaitNext();
        }
    }

    private void undecodable(Throwable cause) {
        if (phase == Phase.BODY) {
            refuseAndClose(FramingGuard.undecodable(cause));
        } else if (exchange != null) {
            exchange.closeAfterwards();
        } else {
            finish();
        }
    }

    private void dispatch(EdgeExchange whole) {
        deadline.clear();
        phase = Phase.ANSWERING;
        decoder.hold();
        admission.handle(whole);
    }

    /// Answers with a failure before the handler; the connection lives on if little input is left.
    void refuse(ApiError error) {
        EdgeExchange open = exchange;
        if (open == null) {
            return;
        }
        boolean little = bodyLength >= 0 && bodyLength <= SKIPPED_BYTES && !expectsContinue;
        if (!inputWhole && !little) {
            open.closeAfterwards();
        }
        deadline.clear();
        phase = Phase.ANSWERING;
        open.respond(error, EmptyHttpHeaders.INSTANCE);
    }

    void refuseAndClose(ApiError error) {
        EdgeExchange open = exchange;
        if (open != null) {
            open.closeAfterwards();
            refuse(error);
        }
    }

    // The end of an answer, and of a connection

    /// True when input was lost, so that the connection cannot be used on.
    boolean mustClose() {
        return decoder.overflowed();
    }

    void answered(EdgeExchange done) {
        exchange = null;
        deadline.clear();
        if (!done.isPersistent() || edge.draining || decoder.overflowed()) {
            finish();
        } else if (inputWhole) {
            awaitNext();
        } else {
            phase = Phase.SKIPPING;
            resumeDecoding();
            awaitInput();
        }
    }

    private void awaitNext() {
        phase = Phase.HEAD;
        deadline.set(Deadline.Kind.IDLE, edge.settings.idleTimeout());
        resumeDecoding();
        awaitInput();
    }

    /// Waiting requests are decoded in a task of their own, so that an answer sent from anywhere never runs the next
    /// request's handler before it returns.
    private void resumeDecoding() {
        if (decoder.isDecoding() || !decoder.hasWaitingBytes()) {
            decoder.resume();
            return;
        }
        channel.eventLoop().execute(() -> {
            if (decoder.overflowed()) {
                finish();
            } else {
                decoder.resume();
                awaitInput();
            }
        });
    }

    /// Ends the connection so that the answer still arrives: says that nothing more comes, reads the rest for a moment,
    /// then closes.
    private void finish() {
        if (inputWhole && !decoder.overflowed() && !decoder.hasWaitingBytes()) {
            channel.close();
            return;
        }
        phase = Phase.CLOSING;
        decoder.ignoreInput();
        if (channel instanceof DuplexChannel duplex) {
            deadline.set(Deadline.Kind.LINGER, LINGER);
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    /// Ends the connection with a reset, so that nobody takes what was sent for whole.
    void reset() {
        phase = Phase.CLOSING;
        exchange = null;
        if (channel instanceof DuplexChannel && channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    /// No further requests: an idle connection ends now, another one after its answer.
    void drain() {
        if (phase == Phase.HEAD && !decoder.isInsideHead()) {
            channel.close();
        } else if (exchange != null) {
            exchange.closeAfterwards();
        }
    }

    void cut() {
        EdgeExchange open = exchange;
        if (open != null) {
            exchange = null;
            open.lost();
        }
        reset();
    }

    // Sending

    /// Queues a buffer and takes ownership of it.
    void write(ByteBuf bytes) {
        handed++;
        channel.write(bytes, channel.voidPromise());
    }

    ChannelFuture writeAndFlush(ByteBuf bytes) {
        handed++;
        return channel.writeAndFlush(bytes);
    }

    // Deadlines

    /// Called after something was handed to the socket: if the client does not take it, the connection ends.
    void watchStall() {
        if (deadline.kind() == Deadline.Kind.NOTHING && pending() > 0) {
            stallMark = progress();
            deadline.set(Deadline.Kind.STALL, edge.settings.stallTimeout());
        }
    }

    private long pending() {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    /// A number that grows whenever the client takes bytes: buffers that are gone, and how far the first one is.
    private long progress() {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out == null ? handed : ((handed - out.size()) << 32) + out.currentProgress();
    }

    private void expired(Deadline.Kind kind) {
        switch (kind) {
            case NOTHING -> {}
            case IDLE, LINGER -> channel.close();
            case HEAD -> headExpired();
            case BODY -> {
                edge.timedOut.increment();
                if (phase == Phase.BODY) {
                    refuseAndClose(new ApiError.RequestTimeout("The request body did not arrive in time."));
                } else {
                    finish();
                }
            }
            case LOOK_UP -> {
                refuseAndClose(edge.overload());
                readOn();
            }
            case STALL -> stallExpired();
        }
    }

    private void headExpired() {
        edge.timedOut.increment();
        if (decoder.isInsideHead()) {
            begin();
            refuseAndClose(new ApiError.RequestTimeout("The request head did not arrive in time."));
        } else {
            channel.close();
        }
    }

    private void stallExpired() {
        if (pending() == 0) {
            return;
        }
        if (progress() != stallMark) {
            watchStall();
            return;
        }
        edge.timedOut.increment();
        cut();
    }
}
