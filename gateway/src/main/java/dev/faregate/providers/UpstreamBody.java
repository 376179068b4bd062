package dev.faregate.providers;

import io.netty.buffer.ByteBuf;
import java.util.List;

/// The body of an upstream request as slices that are sent one after the other with a gather-write, so
/// that a spliced body is never copied together. It owns one reference of each part; [UpstreamCall#send]
/// takes them over.
public final class UpstreamBody {
    private final List<ByteBuf> parts;
    private final long length;

    private UpstreamBody(List<ByteBuf> parts) {
        this.parts = parts;
        long sum = 0;
        for (ByteBuf part : parts) {
            sum += part.readableBytes();
        }
        this.length = sum;
    }

    public static UpstreamBody of(ByteBuf... parts) {
        return new UpstreamBody(List.of(parts));
    }

    public static UpstreamBody empty() {
        return new UpstreamBody(List.of());
    }

    /// The value of Content-Length.
    public long length() {
        return length;
    }

    List<ByteBuf> parts() {
        return parts;
    }

    /// Gives the parts back; only whoever never came to send them calls this.
    public void release() {
        for (ByteBuf part : parts) {
            part.release();
        }
    }
}
