package dev.faregate.providers;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a listener heard, with the rules of listening checked on the way: on the loop only, in order, one
/// end only.
class Outcome implements UpstreamListener {
    private final EventLoop loop;
    private final StringBuffer body = new StringBuffer();
    private final List<String> broken = new ArrayList<>();
    private final CountDownLatch headSeen = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    volatile int status;
    volatile @Nullable HttpHeaders headers;
    volatile @Nullable UpstreamFailure failure;
    volatile boolean ended;
    volatile boolean insideMethod;
    volatile long overAt;
    volatile @Nullable UpstreamCall call;

    Outcome(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public void onHead(int head, HttpHeaders fields) {
        check(status == 0 && over.getCount() == 1, "a second head");
        status = head;
        headers = fields;
        headSeen.countDown();
    }

    @Override
    public void onBody(ByteBuf bytes) {
        check(status != 0 && over.getCount() == 1, "body outside of an answer");
        body.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
    }

    @Override
    public void onEnd() {
        check(status != 0 && over.getCount() == 1, "a second end, or one without head");
        ended = true;
        finish();
    }

    @Override
    public void onFailure(UpstreamFailure why) {
        check(over.getCount() == 1, "a failure after the end");
        failure = why;
        finish();
    }

    private void finish() {
        overAt = System.nanoTime();
        over.countDown();
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            broken.add(otherwise);
        }
        if (!loop.inEventLoop()) {
            broken.add("called off the loop");
        }
        if (insideMethod) {
            broken.add("called from inside a method of the call");
        }
    }

    UpstreamCall call() {
        return Objects.requireNonNull(call);
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    Outcome awaitHead() throws InterruptedException {
        if (!headSeen.await(10, TimeUnit.SECONDS)) {
            throw new AssertionError("no head in time; failure " + failure);
        }
        return this;
    }

    Outcome await() throws InterruptedException {
        if (!over.await(15, TimeUnit.SECONDS)) {
            throw new AssertionError("the call is not over; status " + status);
        }
        return checked();
    }

    Outcome checked() {
        if (!broken.isEmpty()) {
            throw new AssertionError("rules of listening broken: " + broken);
        }
        return this;
    }

    @Nullable
    String header(String name) {
        return headers == null ? null : headers.get(name);
    }

    String body() {
        return body.toString();
    }

    UpstreamFailure failure() throws InterruptedException {
        await();
        UpstreamFailure seen = failure;
        if (seen == null) {
            throw new AssertionError("the call succeeded with " + status + " " + body);
        }
        return seen;
    }

    /// The whole answer as `status body`; a failed call fails the test.
    String answer() throws InterruptedException {
        await();
        if (failure != null) {
            throw new AssertionError("the call failed: " + failure);
        }
        return status + " " + body;
    }
}
