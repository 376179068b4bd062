package dev.faregate.providers;

import dev.faregate.providers.UpstreamFailure.Kind;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One call to a provider. It is prepared first, which finds or makes a connection while the caller may
/// still be waiting for its money hold, and sent later; nothing is told to the listener before it is
/// sent. Every method is called on the loop of the call.
///
/// **When a request is sent twice.** Only when it is certain that no server can have seen all of it: it
/// went out on a connection that had waited in the pool, not one byte of an answer came, and the last
/// byte of the request never reached the kernel. Then it goes out once more, on a new connection. In
/// every other case the failure says whether the request may have been processed, and whoever knows about
/// money decides.
public final class UpstreamCall {
    private enum State {
        /// No connection yet.
        ACQUIRING,
        /// Has a connection, has no request.
        READY,
        SENT,
        /// Failed before it was sent; the listener hears of it when it is.
        FAILED,
        OVER
    }

    /// Interim (1xx) answers before the final one.
    private static final int MAX_INTERIM = 8;

    /// Connections that die between `prepare` and `send` before we stop asking for another.
    private static final int MAX_REPLACED = 3;

    private final UpstreamClient client;
    private final EventLoop loop;
    private final Target target;
    private final Deadlines deadlines;
    private final UpstreamListener listener;
    private final CallClock clock;

    private State state = State.ACQUIRING;
    private @Nullable HostPool pool;
    private @Nullable UpstreamConnection connection;
    private @Nullable UpstreamRequest request;
    private @Nullable UpstreamFailure earlyFailure;
    private int replaced;
    private boolean insideMethod;

    private boolean bodyHeld;
    private boolean written;
    private boolean resent;
    private boolean answerBegun;
    private boolean headSeen;
    private boolean inInterim;
    private boolean heard;
    private int interims;
    private boolean reusable;
    private boolean closeDelimited;
    private long bodyBytes;

    UpstreamCall(UpstreamClient client, EventLoop loop, Target target, Deadlines deadlines, UpstreamListener listener) {
        this.client = client;
        this.loop = loop;
        this.target = target;
        this.deadlines = deadlines;
        this.listener = listener;
        this.clock = new CallClock(deadlines, loop.ticker().nanoTime());
    }

    // For the caller.

    /// Sends the request as soon as there is a connection; at most once. Takes over the body, whatever
    /// happens.
    public void send(UpstreamRequest toSend) {
        if (request != null) {
            throw new IllegalStateException("a call is sent once");
        }
        request = toSend;
        bodyHeld = true;
        insideMethod = true;
        switch (state) {
            case READY -> dispatch();
            case FAILED -> {
                releaseBody();
                UpstreamFailure failure = Objects.requireNonNull(earlyFailure);
                loop.execute(() -> deliver(failure));
            }
            case OVER -> releaseBody();
            case ACQUIRING, SENT -> {}
        }
        insideMethod = false;
    }

    /// Ends the call; the listener hears nothing more. A request on its way is cut off by closing its
    /// connection; a connection that was prepared and not used goes back to the pool. Harmless when the
    /// call is over.
    public void cancel() {
        if (state == State.OVER) {
            return;
        }
        State was = state;
        state = State.OVER;
        releaseBody();
        letGo(was == State.SENT);
    }

    /// Stops reading, so that TCP holds the provider back. What was read already may still arrive: at
    /// most a socket buffer. The idle deadline rests meanwhile.
    public void pauseReading() {
        clock.pause();
        if (state == State.SENT && connection != null) {
            connection.setAutoRead(false);
        }
    }

    public void resumeReading() {
        clock.resume(now());
        if (state == State.SENT && connection != null) {
            connection.setAutoRead(true);
        }
    }

    /// A real event of the stream was seen: the idle deadline begins anew. Costs a look at the clock.
    public void noteProgress() {
        clock.progress(now());
    }

    // For the pool and the connection.

    void acquire(boolean fresh) {
        boolean outer = insideMethod;
        insideMethod = true;
        state = State.ACQUIRING;
        pool = client.pool(loop, target);
        pool.acquire(this, fresh);
        insideMethod = outer;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    boolean isSent() {
        return state == State.SENT;
    }

    void dialling(UpstreamConnection dialled) {
        connection = dialled;
    }

    /// In the queue: comes out of it in time one way or the other.
    void waitAtMost(Duration wait) {
        long nanos = Math.max(0, Math.min(wait.toNanos(), clock.left(now())));
        loop.schedule(
                () -> {
                    if (state == State.ACQUIRING && pool != null && pool.forget(this)) {
                        failed(Kind.POOL_EXHAUSTED, "no connection became free in time");
                    }
                },
                nanos,
                TimeUnit.NANOSECONDS);
    }

    void assigned(UpstreamConnection ready) {
        connection = ready;
        ready.attach(this);
        state = State.READY;
        if (request != null) {
            dispatch();
        } else {
            ready.watch(clock.nextLook(now()));
        }
    }

    void dialFailed(Kind kind, String detail) {
        connection = null;
        failed(kind, detail);
    }

    private void dispatch() {
        UpstreamConnection to = Objects.requireNonNull(connection);
        if (!to.isOpen()) {
            to.close();
            replace();
            return;
        }
        UpstreamRequest toSend = Objects.requireNonNull(request);
        state = State.SENT;
        if (clock.isPaused()) {
            to.setAutoRead(false);
        }
        long now = now();
        clock.sent(toSend.answer(), now);
        to.watch(clock.nextLook(now));
        to.write(toSend, this::writeDone);
    }

    /// Success means that the last byte of the request was handed to the kernel. After a failure the
    /// connection ends, and what then happens is decided in [#connectionLost].
    private void writeDone(Future<?> write) {
        if (write.isSuccess()) {
            written = true;
            releaseBody();
        }
    }

    void answerBegins() {
        answerBegun = true;
    }

    void headArrived(HttpResponse head) {
        DecoderResult decoded = head.decoderResult();
        if (decoded.isFailure()) {
            badAnswer(decoded.cause());
            return;
        }
        String problem = AnswerHead.problem(head);
        if (problem != null) {
            failed(Kind.MALFORMED_RESPONSE, problem);
        } else if (!AnswerHead.isInterim(head)) {
            finalHead(head);
        } else if (++interims > MAX_INTERIM) {
            failed(Kind.MALFORMED_RESPONSE, "too many interim answers");
        } else {
            inInterim = true;
        }
    }

    private void finalHead(HttpResponse head) {
        long length = HttpUtil.getContentLength(head, -1L);
        if (length > maxBody()) {
            failed(Kind.RESPONSE_TOO_LARGE, "the answer announces " + length + " bytes");
            return;
        }
        headSeen = true;
        noteBytes();
        reusable = HttpUtil.isKeepAlive(head);
        closeDelimited = AnswerHead.endsWithConnection(head);
        listener.onHead(head.status().code(), head.headers());
    }

    void contentArrived(HttpContent content, boolean last) {
        boolean handedOn = false;
        try {
            DecoderResult decoded = content.decoderResult();
            if (decoded.isFailure()) {
                badAnswer(decoded.cause());
                return;
            }
            if (inInterim) {
                inInterim = !last;
                return;
            }
            int size = content.content().readableBytes();
            if (size > 0) {
                bodyBytes += size;
                if (bodyBytes > maxBody()) {
                    failed(Kind.RESPONSE_TOO_LARGE, "the answer is longer than " + maxBody() + " bytes");
                    return;
                }
                noteBytes();
                handedOn = true;
                listener.onBody(content.content());
            }
            // The listener may have cancelled.
            if (last && state == State.SENT) {
                ended();
            }
        } finally {
            if (!handedOn) {
                content.release();
            }
        }
    }

    void readComplete() {
        if (heard) {
            heard = false;
            clock.progress(now());
        }
        if (state == State.SENT && headSeen) {
            listener.onReadComplete();
        }
    }

    private void ended() {
        UpstreamConnection from = Objects.requireNonNull(connection);
        if (closeDelimited && !from.endIsProven()) {
            failed(Kind.CLOSED_MID_BODY, "the connection ended without a TLS close");
            return;
        }
        state = State.OVER;
        connection = null;
        releaseBody();
        if (reusable && written && !closeDelimited && !from.hasLeftover()) {
            from.giveBack();
        } else {
            from.close();
        }
        listener.onEnd();
    }

    /// The connection is gone: start over where that is certain to be harmless, else fail.
    void connectionLost(UpstreamConnection lost, String words) {
        connection = null;
        if (state == State.READY) {
            replace();
        } else if (state == State.SENT) {
            boolean untouched = lost.isPooled() && !answerBegun && !written && !resent;
            if (untouched) {
                resent = true;
                acquire(true);
            } else {
                failed(headSeen ? Kind.CLOSED_MID_BODY : Kind.RESET_BEFORE_HEAD, words);
            }
        }
    }

    /// A connection that was not used yet fell away; another one does as well.
    private void replace() {
        connection = null;
        if (++replaced > MAX_REPLACED) {
            failed(Kind.RESET_BEFORE_HEAD, "connections are closed before they can be used");
        } else {
            acquire(replaced > 1);
        }
    }

    private void badAnswer(Throwable cause) {
        if (cause instanceof PrematureChannelClosureException) {
            failed(Kind.RESET_BEFORE_HEAD, "the connection was closed within the answer's head");
        } else if (cause instanceof TooLongFrameException) {
            failed(Kind.HEADER_TOO_LARGE, "the answer's head or trailer is too large");
        } else {
            failed(Kind.MALFORMED_RESPONSE, cause.getClass().getSimpleName());
        }
    }

    void failed(Kind kind, String detail) {
        if (state == State.OVER || state == State.FAILED) {
            return;
        }
        UpstreamFailure failure = new UpstreamFailure(kind, written || answerBegun, detail);
        boolean sent = state == State.SENT;
        state = State.FAILED;
        earlyFailure = failure;
        letGo(sent);
        if (request == null) {
            return;
        }
        releaseBody();
        if (insideMethod) {
            loop.execute(() -> deliver(failure));
        } else {
            deliver(failure);
        }
    }

    private void deliver(UpstreamFailure failure) {
        if (state != State.OVER) {
            state = State.OVER;
            listener.onFailure(failure);
        }
    }

    private void letGo(boolean sent) {
        UpstreamConnection held = connection;
        connection = null;
        if (held == null) {
            if (pool != null) {
                pool.forget(this);
            }
        } else if (sent) {
            held.close();
        } else {
            held.abandon();
        }
    }

    private void releaseBody() {
        if (bodyHeld && request != null) {
            bodyHeld = false;
            request.body().release();
        }
    }

    /// Called when the timer of the connection fires.
    void checkDeadlines() {
        long now = now();
        Kind expired = clock.expired(now);
        if (expired != null) {
            failed(expired, "a deadline of the call is over");
        } else if (connection != null) {
            connection.watch(clock.nextLook(now));
        }
    }

    /// Counted when all that came at once was looked at: one look at the clock, and none for the last of an answer.
    private void noteBytes() {
        heard = clock.bytesCount();
    }

    private long now() {
        return loop.ticker().nanoTime();
    }

    private long maxBody() {
        UpstreamSettings settings = client.settings();
        return clock.bytesCount() ? settings.maxWholeBytes() : settings.maxStreamBytes();
    }
}
