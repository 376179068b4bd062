package dev.faregate.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One keep-alive connection of a load run: sends a ready-made request, times its answer. Confined to the
/// run's loop.
final class LoadConnection extends ChannelInboundHandlerAdapter {
    private static final int MAX_ERROR_CHARS = 300;
    /// The events of a mock stream: its chunks, the usage, the end mark. A subject may add some, never
    /// lose one.
    private static final int MIN_EVENTS = MockUpstream.CHUNKS + 2;

    private final LoadRun run;
    /// Written again and again, so the transport must not release it; released when the connection is
    /// gone.
    private final ByteBuf request;
    private final boolean streams;
    private @Nullable ChannelHandlerContext context;

    private boolean busy;
    private long intended;
    private int status;
    private int events;
    private boolean lineStart;
    private long lastEvent;
    private final StringBuilder errorBody = new StringBuilder();

    LoadConnection(LoadRun run, byte[] request, boolean streams) {
        this.run = run;
        this.request = Unpooled.directBuffer(request.length).writeBytes(request);
        this.streams = streams;
    }

    /// Sends the next request; `intendedNanos` is when it should have left.
    void send(long intendedNanos) {
        if (context == null) throw new IllegalStateException("not connected");
        busy = true;
        intended = intendedNanos;
        status = 0;
        events = 0;
        lineStart = true;
        errorBody.setLength(0);
        context.writeAndFlush(request.retainedDuplicate(), context.voidPromise());
    }

    /// For how long the request in flight has been waited for at `now`; 0 without one.
    long waitingNanos(long now) {
        return busy ? now - intended : 0;
    }

    void close() {
        if (context != null) context.close();
    }

    @Override
    public void channelActive(ChannelHandlerContext opened) {
        context = opened;
        run.ready(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        try {
            if (message instanceof HttpResponse response)
                status = response.status().code();
            if (message instanceof HttpContent content) body(content.content());
            if (message instanceof LastHttpContent) finished();
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void body(ByteBuf bytes) {
        if (!bytes.isReadable()) return;
        if (status != 200) {
            if (errorBody.length() < MAX_ERROR_CHARS) errorBody.append(bytes.toString(StandardCharsets.UTF_8));
        } else if (streams) {
            int more = eventsIn(bytes);
            if (more > 0) {
                long now = System.nanoTime();
                if (events == 0) run.firstEvent(now - intended);
                else run.gap(now - lastEvent, more);
                events += more;
                lastEvent = now;
            }
        }
    }

    /// Counts the lines that begin with `d`, as every `data:` line does and no comment.
    private int eventsIn(ByteBuf bytes) {
        int found = 0;
        for (int at = bytes.readerIndex(); at < bytes.writerIndex(); at++) {
            byte b = bytes.getByte(at);
            if (lineStart && b == 'd') found++;
            lineStart = b == '\n';
        }
        return found;
    }

    private void finished() {
        busy = false;
        if (status != 200) {
            run.failed("status " + status + " " + errorBody);
        } else if (streams && events < MIN_EVENTS) {
            run.failed("a stream ended after " + events + " events");
        } else {
            run.completed(System.nanoTime() - intended);
        }
        run.ready(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        boolean lost = busy;
        busy = false;
        run.gone(this, lost ? "connection closed with a request in flight" : null);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext from) {
        request.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        from.close(); // channelInactive follows and counts it.
    }
}
