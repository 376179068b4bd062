package dev.faregate.http;

import dev.faregate.base.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's request decoder in its strict mode, with two things it lacks.
///
/// It looks at the raw lines of a head before Netty does, because Netty joins folded lines, takes
/// several kinds of white space for a separator in the request line and does not count headers; a line
/// that is wrong comes out as a [Fault].
///
/// And it can be held: while an answer is under way, or nobody knows yet who is asking, further bytes
/// wait undecoded, so that pipelined requests are answered one after the other, in order. The socket is
/// still read, to see the client leave; more than [#MAX_WAITING_BYTES] of waiting bytes are thrown away
/// and the connection ends after the answer.
final class RequestDecoder extends HttpRequestDecoder {
    /// Requests that a client may send ahead of an answer, in bytes.
    static final int MAX_WAITING_BYTES = 64 * 1024;

    /// RFC 9112 section 2.2 lets old clients send a line break after a body.
    private static final int MAX_BLANK_LINES = 2;

    private static final int MAX_CONTENT_BYTES = 64 * 1024;
    private static final byte LF = '\n';
    private static final byte CR = '\r';
    private static final byte[] PROTOCOL = {'H', 'T', 'T', 'P', '/'};

    /// A head that must not be read on: answer with `error` and close.
    record Fault(ApiError error) {}

    private final int maxRequestLineBytes;
    private final int maxHeaders;
    private @Nullable ChannelHandlerContext context;
    private boolean inHead = true;
    private boolean headWhole;
    private int lines;
    private int blankLines;
    /// Bytes after the reader index that are known to hold no line break.
    private int scanned;

    private boolean held;
    private boolean deaf;
    private boolean overflowed;
    private boolean decoding;

    RequestDecoder(EdgeSettings settings) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(settings.maxRequestLineBytes())
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxChunkSize(MAX_CONTENT_BYTES)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false)
                .setValidateHeaders(true));
        maxRequestLineBytes = settings.maxRequestLineBytes();
        maxHeaders = settings.maxHeaders();
    }

    /// Decodes nothing more until [#resume].
    void hold() {
        held = true;
    }

    /// Goes on decoding, with what has been waiting first. Inside [#channelRead] the loop there goes on by itself.
    void resume() {
        held = false;
        if (!decoding && context != null && actualReadableBytes() > 0) {
            try {
                channelRead(context, Unpooled.EMPTY_BUFFER);
            } catch (Exception e) {
                context.fireExceptionCaught(e);
            }
        }
    }

    boolean isDecoding() {
        return decoding;
    }

    /// Throws everything away from here on: the connection is about to close.
    void ignoreInput() {
        deaf = true;
        held = false;
    }

    /// True once more was sent ahead than may wait; what follows is lost, so the connection cannot be used on.
    boolean overflowed() {
        return overflowed;
    }

    boolean hasWaitingBytes() {
        return actualReadableBytes() > 0;
    }

    /// True when a head has begun but is not whole.
    boolean isInsideHead() {
        return inHead && (lines > 0 || actualReadableBytes() > 0);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (msg instanceof ByteBuf bytes && isUnwanted(bytes)) {
            bytes.release();
            return;
        }
        boolean outermost = !decoding;
        decoding = true;
        try {
            super.channelRead(ctx, msg);
        } finally {
            if (outermost) {
                decoding = false;
            }
        }
    }

    private boolean isUnwanted(ByteBuf bytes) {
        overflowed |= held && actualReadableBytes() + bytes.readableBytes() > MAX_WAITING_BYTES;
        return deaf || overflowed;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (deaf) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (held) {
            return;
        }
        if (inHead && !headWhole) {
            ApiError fault = scan(in);
            if (fault != null) {
                in.skipBytes(in.readableBytes());
                deaf = true;
                out.add(new Fault(fault));
                return;
            }
            if (lines == 0) {
                scanned = in.readableBytes();
                return;
            }
        }
        int before = out.size();
        super.decode(ctx, in, out);
        for (int i = before; i < out.size(); i++) {
            note(out.get(i));
        }
        scanned = inHead && lines > 0 && !headWhole ? in.readableBytes() : 0;
    }

    private void note(Object decoded) {
        if (decoded instanceof HttpRequest) {
            inHead = false;
        }
        if (decoded instanceof LastHttpContent) {
            inHead = true;
            headWhole = false;
            lines = 0;
            blankLines = 0;
        }
    }

    /// Looks at every whole line that Netty is about to consume; Netty sees nothing before the request line is whole. A
    /// line that is not whole yet is looked at later.
    private @Nullable ApiError scan(ByteBuf in) {
        int end = in.writerIndex();
        int start = in.readerIndex();
        int from = start + scanned;
        while (!headWhole) {
            int lf = in.indexOf(from, end, LF);
            if (lf < 0) {
                return lines == 0 && end - start > maxRequestLineBytes + 1
                        ? new ApiError.HeadersTooLarge("The request line is too long.")
                        : null;
            }
            if (lf == start || in.getByte(lf - 1) != CR) {
                return bad("Lines must end with CR LF.");
            }
            ApiError fault = line(in, start, lf - 1);
            if (fault != null) {
                return fault;
            }
            start = lf + 1;
            from = start;
            if (lines == 0) {
                in.readerIndex(start);
            }
        }
        return null;
    }

    private @Nullable ApiError line(ByteBuf in, int start, int end) {
        if (start == end) {
            headWhole = lines > 0;
            return headWhole || ++blankLines <= MAX_BLANK_LINES ? null : bad("The request line is missing.");
        }
        lines++;
        if (lines == 1) {
            return isRequestLine(in, start, end) ? null : bad("The request line is malformed.");
        }
        byte first = in.getByte(start);
        if (first == ' ' || first == '\t') {
            return bad("Header lines must not be folded.");
        }
        return lines - 1 <= maxHeaders
                ? null
                : new ApiError.HeadersTooLarge("The request has more than " + maxHeaders + " headers.");
    }

    /// `method SP target SP HTTP/d.d` with single spaces and nothing but visible ASCII (RFC 9112
    /// section 3). Netty would take the version in small letters too.
    private static boolean isRequestLine(ByteBuf in, int start, int end) {
        int spaces = 0;
        byte last = ' ';
        for (int i = start; i < end; i++) {
            byte c = in.getByte(i);
            if (c == ' ') {
                if (last == ' ') {
                    return false;
                }
                spaces++;
            } else if (c < '!' || c > '~') {
                return false;
            }
            last = c;
        }
        return spaces == 2 && last != ' ' && isVersion(in, start, end);
    }

    private static boolean isVersion(ByteBuf in, int start, int end) {
        int at = end - PROTOCOL.length - "1.1".length();
        if (at <= start || in.getByte(at - 1) != ' ') {
            return false;
        }
        for (int i = 0; i < PROTOCOL.length; i++) {
            if (in.getByte(at + i) != PROTOCOL[i]) {
                return false;
            }
        }
        return true;
    }

    private static ApiError bad(String message) {
        return new ApiError.BadRequest(message, null);
    }
}
