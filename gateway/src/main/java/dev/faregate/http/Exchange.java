package dev.faregate.http;

import dev.faregate.base.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/// One request and its answer on the event loop of the client's connection. Every method is called on that loop.
///
/// The answer is sent exactly once: `respond…` for a whole one, or `startStream`, then `write` and `flush` any number
/// of times, then `end`. After the client is gone every send is a harmless no-op that releases what it was given.
public interface Exchange {
    EventLoop loop();

    ByteBufAllocator alloc();

    RequestHead head();

    @Nullable
    Principal principal();

    /// The whole request body, array-backed, valid until the exchange ends; the exchange releases it.
    ByteBuf body();

    /// Sends a whole answer in one flush and takes ownership of `body`. `headers` holds no framing headers.
    void respond(int status, HttpHeaders headers, ByteBuf body);

    /// Sends a failure in the contract's error shape, with `headers` besides the error's own.
    void respond(ApiError error, HttpHeaders headers);

    /// Prepares a `text/event-stream` answer with status 200; the head leaves with the first `flush`.
    void startStream(HttpHeaders headers);

    /// Queues bytes of the stream's body and takes ownership of them.
    void write(ByteBuf bytes);

    void flush();

    /// Ends the stream's body properly and flushes.
    void end();

    /// Ends the connection at once, so that a cut stream cannot look finished.
    void abort();

    /// False while more than the slow-reader bound is queued; pause the source then.
    boolean isWritable();

    /// Called whenever [#isWritable] changes; at most one listener.
    void onWritabilityChanged(Runnable listener);

    /// Called once when the client's connection is gone before the answer was complete; at most one listener. Called at
    /// once when it is gone already.
    void onGone(Runnable listener);

    boolean isGone();

    /// Called once when the exchange is over, whether answered or gone.
    void onOver(Runnable listener);
}
