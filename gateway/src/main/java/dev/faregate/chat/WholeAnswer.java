package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// An [AnswerCodec] whose answer is looked at once all of it has come.
public sealed interface WholeAnswer permits AnswerRewriter, RerankRewriter, TranscriptionRewriter {
    /// Reads `data[from, to)`, which stays as it is until [#endWhole], and may already write to
    /// `out`. Returns what is wrong with it as an answer, or null. Throws [MalformedJson].
    @Nullable
    String whole(byte[] data, int from, int to, ByteBuf out);

    /// Writes what [#whole] left, with our usage. Only while the client is there.
    void endWhole(byte[] usageJson, ByteBuf out);
}
