package dev.faregate.providers;

import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One call to a provider. It is prepared first, which finds or makes a connection while the caller may
/// still be waiting for its money hold, and sent later; nothing is told to the listener before it is sent.
/// Every method is called on the loop of the call.
///
/// **When a request is sent twice.** Only when it is certain that no server can have seen all of it: it
/// went out on a connection that had waited in the pool, not one byte of an answer came, and the last byte
/// of the request never reached the kernel. Then it goes out once more, on a new connection. In every other
/// case the failure says whether the request may have been processed, and whoever knows about money
/// decides.
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
    private final long startedAt;

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
    private long sentAt;
    private boolean answerBegun;
    private boolean headSeen;
    private boolean inInterim;
    private int interims;
    private boolean reusable;
    private boolean closeDelimited;
    private long bodyBytes;
    private boolean progressed;
    private long progressAt;
    private boolean paused;

    UpstreamCall(UpstreamClient client, EventLoop loop, Target target, Deadlines deadlines, UpstreamListener listener) {
        this.client = client;
        this.loop = loop;
        this.target = target;
        this.deadlines = deadlines;
        this.listener = listener;
        this.startedAt = loop.ticker().nanoTime();
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

    /// Stops reading, so that TCP holds the provider back. What was read already may still arrive: at most
    /// a socket buffer. The idle deadline rests meanwhile.
    public void pauseReading() {
        paused = true;
        if (state == State.SENT && connection != null) {
            connection.setAutoRead(false);
        }
    }

    public void resumeReading() {
        paused = false;
        progressAt = now();
        if (state == State.SENT && connection != null) {
            connection.setAutoRead(true);
        }
    }

    /// A real event of the stream was seen: the idle deadline begins anew. Costs a look at the clock.
    public void noteProgress() {
        progressed = true;
        progressAt = now();
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
        long nanos = Math.max(
                0, Math.min(wait.toNanos(), startedAt + deadlines.total().toNanos() - now()));
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
            ready.watch(nextLook());
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
        state = State.SENT;
        sentAt = now();
        if (paused) {
            to.setAutoRead(false);
        }
        to.watch(nextLook());
        to.write(Objects.requireNonNull(request), this::writeDone);
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
        int status = head.status().code();
        if (!isHttp1(head.protocolVersion()) || status < 100 || status > 599 || status == 101) {
            failed(Kind.MALFORMED_RESPONSE, "not an answer of HTTP/1.1");
        } else if (status < 200) {
            inInterim = true;
            if (++interims > MAX_INTERIM) {
                failed(Kind.MALFORMED_RESPONSE, "too many interim answers");
            }
        } else {
            finalHead(status, head);
        }
    }

    private void finalHead(int status, HttpResponse head) {
        HttpHeaders headers = head.headers();
        String problem = unreadable(headers);
        if (problem != null) {
            failed(Kind.MALFORMED_RESPONSE, problem);
            return;
        }
        long length = HttpUtil.getContentLength(head, -1L);
        if (length > maxBody()) {
            failed(Kind.RESPONSE_TOO_LARGE, "the answer announces " + length + " bytes");
            return;
        }
        headSeen = true;
        progressAt = now();
        reusable = HttpUtil.isKeepAlive(head);
        closeDelimited = length < 0 && !HttpUtil.isTransferEncodingChunked(head) && status != 204 && status != 304;
        listener.onHead(status, headers);
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
                if (isWhole()) {
                    progressAt = now();
                }
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

    // Time.

    /// Called when the timer of the connection fires.
    void checkDeadlines() {
        long now = now();
        if (startedAt + deadlines.total().toNanos() - now <= 0) {
            failed(Kind.TOTAL_TIMEOUT, "the call took longer than allowed in total");
        } else if (phaseDeadline() - now <= 0) {
            boolean begun = isWhole() ? headSeen : progressed;
            failed(
                    begun ? Kind.IDLE_TIMEOUT : Kind.FIRST_EVENT_TIMEOUT,
                    begun ? "the answer stood still" : "the answer did not begin in time");
        } else if (connection != null) {
            connection.watch(nextLook());
        }
    }

    /// When to look at the deadlines next: at the nearest one, and after one idle span at most, because
    /// what is not due before then may be due sooner once the answer has begun.
    private long nextLook() {
        long now = now();
        long at = Math.min(phaseDeadline() - now, deadlines.idle().toNanos());
        return now + Math.min(at, startedAt + deadlines.total().toNanos() - now);
    }

    /// The first-event or idle deadline; the total one where neither runs.
    private long phaseDeadline() {
        long total = startedAt + deadlines.total().toNanos();
        if (state != State.SENT || paused) {
            return total;
        }
        if (isWhole()) {
            return headSeen ? progressAt + deadlines.idle().toNanos() : total;
        }
        return progressed
                ? progressAt + deadlines.idle().toNanos()
                : sentAt + deadlines.firstEvent().toNanos();
    }

    private long now() {
        return loop.ticker().nanoTime();
    }

    private boolean isWhole() {
        return request != null && request.answer() == Answer.WHOLE;
    }

    private long maxBody() {
        return isWhole() ? client.settings().maxWholeBytes() : client.settings().maxStreamBytes();
    }

    private static boolean isHttp1(HttpVersion version) {
        return version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0);
    }

    /// What makes an answer unreadable for us: a transfer coding besides chunked, or a compression nobody
    /// asked for.
    private static @Nullable String unreadable(HttpHeaders headers) {
        for (String coding : headers.getAll(HttpHeaderNames.TRANSFER_ENCODING)) {
            if (!HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding.trim())) {
                return "an unknown transfer coding";
            }
        }
        for (String coding : headers.getAll(HttpHeaderNames.CONTENT_ENCODING)) {
            if (!HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding.trim())) {
                return "the answer is compressed although identity was asked for";
            }
        }
        return null;
    }
}
