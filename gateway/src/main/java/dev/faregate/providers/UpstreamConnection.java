package dev.faregate.providers;

import dev.faregate.providers.UpstreamFailure.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection, from the look-up of its host to its end; the last handler of its pipeline. It carries
/// one call at a time, and everything happens on its loop.
///
/// Time limits use one timer that is left running from call to call and set anew only when it fires or
/// when an earlier deadline comes up, so a call on a warm connection schedules nothing.
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);

    /// Room for Content-Length and the line ends of a request's head.
    private static final int FRAMING_BYTES = 48;

    /// A body of up to so many bytes is copied behind its head: one buffer to send is cheaper than two.
    private static final int SMALL_BODY = 4_096;

    private enum Phase {
        RESOLVING,
        CONNECTING,
        HANDSHAKE,
        OPEN,
        CLOSED
    }

    private final HostPool pool;
    private final long bornAt;
    private Phase phase = Phase.RESOLVING;
    private long phaseEndsAt;
    private @Nullable Channel channel;
    private @Nullable ResponseDecoder decoder;
    private @Nullable UpstreamCall call;
    private boolean pooled;
    private boolean closeNotified;
    private long idleSince;
    private @Nullable Future<?> timer;
    private long timerAt;

    UpstreamConnection(HostPool pool, long bornAt) {
        this.pool = pool;
        this.bornAt = bornAt;
    }

    // What the dialer tells.

    void resolving(long nanos) {
        enter(Phase.RESOLVING, nanos);
    }

    /// The look-up and the connecting share one deadline.
    void connecting() {
        phase = Phase.CONNECTING;
    }

    void trying(Channel attempt) {
        channel = attempt;
    }

    void handshaking(long nanos) {
        enter(Phase.HANDSHAKE, nanos);
    }

    /// The TCP connection stands and the pipeline is complete.
    void established(Channel open, ResponseDecoder responseDecoder) {
        channel = open;
        decoder = responseDecoder;
        if (phase != Phase.HANDSHAKE) {
            opened();
        }
    }

    /// Dialling came to nothing.
    void failed(Kind kind, String detail) {
        UpstreamCall waiting = call;
        close();
        if (waiting != null) {
            waiting.dialFailed(kind, detail);
        }
    }

    private void opened() {
        phase = Phase.OPEN;
        UpstreamCall waiting = call;
        if (waiting == null) {
            pool.release(this);
        } else {
            waiting.assigned(this);
        }
    }

    private void enter(Phase next, long nanos) {
        phase = next;
        phaseEndsAt = now() + nanos;
        watch(phaseEndsAt);
    }

    // What the pool and the call ask.

    EventLoop loop() {
        return pool.loop();
    }

    Target target() {
        return pool.target();
    }

    long bornAt() {
        return bornAt;
    }

    long idleSince() {
        return idleSince;
    }

    boolean isOpen() {
        return phase == Phase.OPEN && channel != null && channel.isActive();
    }

    boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /// Whether it has waited in the pool: then the other side may be closing it at this very moment.
    boolean isPooled() {
        return pooled;
    }

    void markPooled(long nanos) {
        pooled = true;
        idleSince = nanos;
    }

    void attach(UpstreamCall next) {
        call = next;
    }

    /// The call is done with it and left it clean.
    void giveBack() {
        call = null;
        setAutoRead(true);
        pool.release(this);
    }

    /// The call wants it no more while it is still being made: whoever comes next may have it.
    void abandon() {
        call = null;
        if (phase == Phase.OPEN) {
            pool.release(this);
        }
    }

    void setAutoRead(boolean read) {
        if (channel != null) {
            channel.config().setAutoRead(read);
        }
    }

    /// Whether bytes that arrive now answer something. Where they do not, the connection is of no use any
    /// more.
    boolean acceptsBytes() {
        if (call != null && call.isSent()) {
            call.answerBegins();
            return true;
        }
        lose("bytes came that no request asked for");
        return false;
    }

    boolean hasLeftover() {
        return decoder != null && decoder.hasLeftover();
    }

    /// Whether the other side ended its TLS session properly, so that the end of the stream is no
    /// truncation.
    boolean endIsProven() {
        return !target().tls() || closeNotified;
    }

    /// Closes at once and frees the slot; a call that is still attached hears nothing of it.
    void close() {
        phase = Phase.CLOSED;
        call = null;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        if (channel != null) {
            channel.close();
        }
        pool.gone(this);
    }

    /// The client is going down.
    void shutDown() {
        UpstreamCall under = call;
        close();
        if (under != null) {
            under.failed(Kind.CLIENT_CLOSED, "the client is closed");
        }
    }

    /// Writes one request with a single flush. `written` hears when its last byte has gone to the kernel.
    /// A large body is not copied, its parts are duplicated: the call keeps its own until it is certain that
    /// they are not needed again.
    void write(UpstreamRequest request, GenericFutureListener<Future<? super Void>> written) {
        Channel to = Objects.requireNonNull(channel);
        List<ByteBuf> parts = request.body().parts();
        boolean small = request.body().length() <= SMALL_BODY;
        ByteBuf head = head(to, request, small ? (int) request.body().length() : 0);
        if (small) {
            parts.forEach(part -> head.writeBytes(part, part.readerIndex(), part.readableBytes()));
            to.write(head).addListener(written);
        } else {
            to.write(head, to.voidPromise());
            int last = parts.size() - 1;
            for (int i = 0; i < last; i++) {
                to.write(parts.get(i).retainedDuplicate(), to.voidPromise());
            }
            to.write(parts.get(last).retainedDuplicate()).addListener(written);
        }
        to.flush();
    }

    /// The head in a buffer with so much room for what follows.
    private ByteBuf head(Channel to, UpstreamRequest request, int room) {
        byte[] hostLine = pool.hostLine();
        byte[] lines = request.headers().lines();
        ByteBuf head = to.alloc()
                .buffer(request.method().length()
                        + request.path().length()
                        + hostLine.length
                        + lines.length
                        + FRAMING_BYTES
                        + room);
        ByteBufUtil.writeAscii(head, request.method());
        head.writeByte(' ');
        ByteBufUtil.writeAscii(head, request.path());
        head.writeBytes(hostLine).writeBytes(lines);
        if (request.body().length() > 0 || !request.method().equals("GET")) {
            ByteBufUtil.writeAscii(head, "Content-Length: ");
            ByteBufUtil.writeAscii(head, Long.toString(request.body().length()));
            ByteBufUtil.writeAscii(head, "\r\n");
        }
        return head.writeByte('\r').writeByte('\n');
    }

    // What the channel tells.

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        UpstreamCall current = call;
        if (current == null || !current.isSent()) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            if (message instanceof HttpResponse head) {
                current.headArrived(head);
                ReferenceCountUtil.release(head);
            } else if (message instanceof HttpContent content) {
                current.contentArrived(content, content instanceof LastHttpContent);
            }
        } catch (RuntimeException e) {
            listenerFailed(current, e);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        UpstreamCall current = call;
        if (current != null) {
            try {
                current.readComplete();
            } catch (RuntimeException e) {
                listenerFailed(current, e);
            }
        }
    }

    /// By now the connection may serve another call already, so the one that failed is named.
    private static void listenerFailed(UpstreamCall failed, RuntimeException cause) {
        LOG.error("an upstream listener failed", cause);
        failed.failed(Kind.INTERNAL, cause.getClass().getSimpleName());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && phase == Phase.HANDSHAKE) {
            if (handshake.isSuccess()) {
                opened();
            } else {
                failed(Kind.TLS, SocketDialer.words(handshake.cause()));
            }
        } else if (event instanceof SslCloseCompletionEvent close) {
            closeNotified = close.isSuccess();
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (phase == Phase.HANDSHAKE) {
            failed(Kind.TLS, "the connection was closed during the handshake");
            return;
        }
        lose("the connection was closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean broken = cause instanceof SSLException || cause.getCause() instanceof SSLException;
        if (phase == Phase.HANDSHAKE && broken) {
            failed(Kind.TLS, SocketDialer.words(cause));
        } else if (broken || cause instanceof IOException) {
            lose(SocketDialer.words(cause));
        } else {
            LOG.warn("an upstream connection failed", cause);
            UpstreamCall current = call;
            close();
            if (current != null) {
                current.failed(
                        cause instanceof DecoderException ? Kind.MALFORMED_RESPONSE : Kind.INTERNAL,
                        cause.getClass().getSimpleName());
            }
        }
    }

    private void lose(String words) {
        UpstreamCall current = call;
        close();
        if (current != null) {
            current.connectionLost(this, words);
        }
    }

    // Time.

    /// Makes sure that the deadlines are looked at no later than `at`.
    void watch(long at) {
        if (timer != null) {
            if (timerAt - at <= 0) {
                return;
            }
            timer.cancel(false);
        }
        timerAt = at;
        timer = loop().schedule(this::timeIsUp, Math.max(0, at - now()), TimeUnit.NANOSECONDS);
    }

    private void timeIsUp() {
        timer = null;
        switch (phase) {
            case RESOLVING -> expirePhase(Kind.DNS, "the name look-up took too long");
            case CONNECTING -> expirePhase(Kind.CONNECT_TIMEOUT, "no address answered in time");
            case HANDSHAKE -> expirePhase(Kind.TLS, "the handshake took too long");
            case OPEN -> {
                if (call != null) {
                    call.checkDeadlines();
                }
            }
            case CLOSED -> {}
        }
    }

    private void expirePhase(Kind kind, String words) {
        if (phaseEndsAt - now() > 0) {
            watch(phaseEndsAt);
        } else {
            failed(kind, words);
        }
    }

    private long now() {
        return loop().ticker().nanoTime();
    }
}
