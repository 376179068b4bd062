package dev.faregate.providers;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;

/// Netty's strict response decoder with one question before and one after: is an answer due at all, and
/// is something left over behind it? A byte that no request asked for must never become the beginning of
/// the next answer.
final class ResponseDecoder extends HttpResponseDecoder {
    private static final int MAX_STATUS_LINE = 4096;

    /// Larger pieces are handed on in several; this only has to be larger than one read.
    private static final int MAX_PIECE = 256 * 1024;

    private final UpstreamConnection connection;

    ResponseDecoder(UpstreamConnection connection, int maxHeadBytes) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(Math.min(MAX_STATUS_LINE, maxHeadBytes))
                .setMaxHeaderSize(maxHeadBytes)
                .setMaxChunkSize(MAX_PIECE)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        if (connection.acceptsBytes()) {
            super.channelRead(ctx, bytes);
        } else {
            ReferenceCountUtil.release(bytes);
        }
    }

    /// Whether bytes behind the end of the message that was just handed on are waiting.
    boolean hasLeftover() {
        return actualReadableBytes() > 0;
    }
}
