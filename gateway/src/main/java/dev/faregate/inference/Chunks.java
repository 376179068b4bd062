package dev.faregate.inference;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.List;

/// Collects the bytes of an answer off the heap, in chunks: however large it gets, each byte is copied once, and
/// however small the pieces are that it comes in, the chunks are few. On one event loop.
final class Chunks {
    private static final int FIRST_BYTES = 16 * 1024;
    private static final int MAX_BYTES = 1024 * 1024;

    private final ByteBufAllocator alloc;
    private final List<ByteBuf> chunks = new ArrayList<>(4);
    private int size;

    Chunks(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    int size() {
        return size;
    }

    /// Takes a copy of the readable bytes.
    void add(ByteBuf bytes) {
        int from = bytes.readerIndex();
        int to = bytes.writerIndex();
        while (from < to) {
            ByteBuf last = withRoom();
            int length = Math.min(last.writableBytes(), to - from);
            last.writeBytes(bytes, from, length);
            from += length;
            size += length;
        }
    }

    /// Takes a copy of `bytes[from, to)`.
    void add(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            ByteBuf last = withRoom();
            int length = Math.min(last.writableBytes(), to - at);
            last.writeBytes(bytes, at, length);
            at += length;
            size += length;
        }
    }

    private ByteBuf withRoom() {
        if (chunks.isEmpty() || !chunks.getLast().isWritable()) {
            int next = chunks.isEmpty()
                    ? FIRST_BYTES
                    : Math.min(MAX_BYTES, 2 * chunks.getLast().capacity());
            chunks.add(alloc.directBuffer(next, next));
        }
        return chunks.getLast();
    }

    /// All that was taken, as one buffer, which the caller owns. Nothing is left here.
    ByteBuf drain() {
        CompositeByteBuf all = alloc.compositeBuffer(Integer.MAX_VALUE);
        chunks.forEach(chunk -> all.addComponent(true, chunk));
        chunks.clear();
        size = 0;
        return all;
    }

    void release() {
        chunks.forEach(ByteBuf::release);
        chunks.clear();
        size = 0;
    }
}
