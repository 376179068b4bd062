package dev.faregate.inference;

import dev.faregate.chat.ImagesRewriter;
import dev.faregate.chat.SsePieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The events of an image that is made, each of them megabytes: checked while they arrive,
/// collected off the heap, and passed on when they are whole. The image itself is kept until it is
/// paid for. On one event loop.
final class ImageEvents implements SsePieces.Sink {
    private final ImagesRewriter answer;
    private final ByteBufAllocator alloc;
    private final int mostBytes;
    private final Consumer<ByteBuf> out;
    private final SsePieces events = new SsePieces(this);
    private final Chunks data;
    private @Nullable ByteBuf image;
    private boolean sentinel;
    private boolean done;
    private boolean tooLarge;
    private boolean passed;

    /// An event, or the whole of what is kept, has at most `mostBytes`; `out` takes events of ours,
    /// and owns them.
    ImageEvents(ImagesRewriter answer, ByteBufAllocator alloc, int mostBytes, Consumer<ByteBuf> out) {
        this.answer = answer;
        this.alloc = alloc;
        this.mostBytes = mostBytes;
        this.out = out;
        this.data = new Chunks(alloc);
    }

    /// Takes the next bytes; false once an event is too large. Throws [MalformedJson].
    boolean feed(ByteBuf bytes) {
        passed = false;
        events.feed(bytes);
        return !tooLarge;
    }

    /// Everything came. Throws [MalformedJson].
    void end() {
        events.end();
    }

    /// Whether the provider said that the stream is over.
    boolean done() {
        return done;
    }

    /// Whether the last bytes held an event for the client.
    boolean passed() {
        return passed;
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
        if (done || tooLarge) {
            return;
        }
        // `[DONE]`: an event of this format is an object.
        sentinel |= data.size() == 0 && bytes[from] == '[';
        if (sentinel) {
            return;
        }
        if (to - from > mostBytes - data.size()) {
            tooLarge = true;
            return;
        }
        data.add(bytes, from, to);
        answer.takeOfEvent(bytes, from, to);
    }

    @Override
    public void event() {
        if (sentinel) {
            done = true;
        }
        if (done || tooLarge || data.size() == 0) {
            return;
        }
        switch (answer.endEvent()) {
            case NOTHING -> data.release();
            case PASSED -> {
                ByteBuf bytes = data.drain();
                try {
                    out.accept(answer.passed(bytes, alloc));
                } finally {
                    bytes.release();
                }
                passed = true;
            }
            case COMPLETED -> {
                image = data.drain();
                passed = true;
            }
        }
    }

    /// The last event and the end of the stream; the caller owns it.
    ByteBuf completed(byte[] usageJson) {
        return answer.completed(java.util.Objects.requireNonNull(image), usageJson, alloc);
    }

    void release() {
        data.release();
        if (image != null) {
            image.release();
            image = null;
        }
    }
}
