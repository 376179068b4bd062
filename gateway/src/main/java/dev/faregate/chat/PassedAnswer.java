package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// An [AnswerCodec] whose answer may be megabytes of values that are nobody's to read: it is looked
/// at while it passes and then sent as slices of the bytes that came.
public sealed interface PassedAnswer permits EmbeddingsRewriter, ImagesRewriter {
    /// Looks at the next bytes of the answer. Throws [MalformedJson] once they are none.
    void take(ByteBuf bytes);

    /// Everything came: what is wrong with it, or null. Throws [MalformedJson].
    @Nullable
    String end();

    /// The answer as the client gets it; `document` is all that was taken. The caller owns the
    /// result.
    ByteBuf answer(ByteBuf document, byte[] usageJson, ByteBufAllocator alloc);
}
