package dev.faregate.http;

import dev.faregate.base.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Collects the body of one request in one array, within the limit for one body and the one for all bodies together.
/// What a client only announces takes no memory. Must be closed; used on the connection's loop.
final class BodyBuffer implements AutoCloseable {
    /// Taken at once when so much is announced; the rest as it comes.
    private static final int FIRST_BYTES = 64 * 1024;

    private final EdgeSettings settings;
    private final AtomicLong bufferedBytes;
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private int counted;

    BodyBuffer(EdgeSettings settings, AtomicLong bufferedBytes) {
        this.settings = settings;
        this.bufferedBytes = bufferedBytes;
    }

    /// The body so far, array-backed. Belongs to this object.
    ByteBuf bytes() {
        return bytes;
    }

    /// Adds a part without taking ownership of it. `announced` is the length of the whole body or
    /// [FramingGuard#CHUNKED]. Returns why it cannot be, or null.
    @Nullable
    ApiError add(ByteBuf part, long announced, ByteBufAllocator alloc) {
        int more = part.readableBytes();
        if (more == 0) {
            return null;
        }
        if (more > settings.maxBodyBytes() - counted) {
            return new ApiError.BodyTooLarge(settings.maxBodyBytes());
        }
        counted += more;
        if (bufferedBytes.addAndGet(more) > settings.maxBufferedBytes()) {
            return new ApiError.Unavailable("This node is busy with large requests. Please try again shortly.", 2);
        }
        if (bytes == Unpooled.EMPTY_BUFFER) {
            long size = announced == FramingGuard.CHUNKED ? more : announced;
            bytes = alloc.heapBuffer((int) Math.min(size, FIRST_BYTES), settings.maxBodyBytes());
        }
        bytes.writeBytes(part, part.readerIndex(), more);
        return null;
    }

    /// A copy for a handler that keeps it as it likes; the buffer itself goes back to its pool.
    byte[] take() {
        byte[] copy = ByteBufUtil.getBytes(bytes);
        free();
        return copy;
    }

    private void free() {
        ByteBuf old = bytes;
        bytes = Unpooled.EMPTY_BUFFER;
        old.release();
    }

    @Override
    public void close() {
        free();
        bufferedBytes.addAndGet(-counted);
        counted = 0;
    }
}
