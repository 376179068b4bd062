package dev.faregate.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An OpenAI-compatible provider that does as little as possible: every answer is encoded before the
/// first request comes. Runs as a process of its own, so that nothing of it counts as the subject's work.
/// Whatever the path, the answer is a chat completion, or, when the body asks for a stream, `CHUNKS`
/// chunks `CHUNK_GAP_MILLIS` apart.
final class MockUpstream implements AutoCloseable {
    static final int CHUNKS = 50;
    static final int CHUNK_GAP_MILLIS = 10;

    /// Printed, followed by the port, once the server accepts connections.
    static final String READY = "mock upstream listening on ";

    private static final int BACKLOG = 4096;
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: ";
    private static final byte[] STREAM_FIELD = "\"stream\"".getBytes(StandardCharsets.US_ASCII);

    private final EventLoopGroup group = Transport.group("mock");
    private final Channel listener;

    MockUpstream(int port) {
        listener = new ServerBootstrap()
                .group(group)
                .channel(Transport.server())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpRequestDecoder(), new Answers());
                    }
                })
                .bind("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// Serves on the port named by its argument (0 takes a free one) until its standard input ends, which
    /// is when the process that started it is gone.
    public static void main(String[] arguments) throws Exception {
        try (MockUpstream mock = new MockUpstream(Integer.parseInt(arguments[0]))) {
            System.out.println(READY + mock.port());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }

    /// One connection. Requests on it come one after the other; none is pipelined by the clients measured
    /// here.
    private static final class Answers extends ChannelInboundHandlerAdapter {
        private boolean stream;
        private int written;
        private @Nullable Future<?> ticks;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                if (message instanceof HttpContent content) {
                    stream |= asksForStream(content.content());
                    if (content instanceof LastHttpContent) answer(context);
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void answer(ChannelHandlerContext context) {
            if (!stream) {
                context.writeAndFlush(Encoded.WHOLE.retainedDuplicate(), context.voidPromise());
                return;
            }
            stream = false;
            written = 0;
            context.write(Encoded.STREAM_HEAD.retainedDuplicate(), context.voidPromise());
            chunk(context);
            ticks = context.executor()
                    .scheduleAtFixedRate(
                            () -> chunk(context), CHUNK_GAP_MILLIS, CHUNK_GAP_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void chunk(ChannelHandlerContext context) {
            boolean last = ++written == CHUNKS;
            ByteBuf bytes = written == 1 ? Encoded.FIRST_CHUNK : last ? Encoded.LAST_CHUNKS : Encoded.CHUNK;
            context.writeAndFlush(bytes.retainedDuplicate(), context.voidPromise());
            if (last) stop();
        }

        private void stop() {
            if (ticks != null) ticks.cancel(false);
            ticks = null;
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            stop();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // A client that resets its connection ends a round; nothing to tell anybody.
        }
    }

    /// True when the body has a field `stream` with the value true, whatever white space stands between.
    /// A body split inside that field is not recognised; bodies here come in one piece.
    static boolean asksForStream(ByteBuf body) {
        int end = body.writerIndex();
        for (int at = body.readerIndex(); at + STREAM_FIELD.length < end; at++) {
            if (body.getByte(at) != '"' || !startsWith(body, at)) continue;
            int value = at + STREAM_FIELD.length;
            while (value < end && (body.getByte(value) == ' ' || body.getByte(value) == ':')) value++;
            return value < end && body.getByte(value) == 't';
        }
        return false;
    }

    private static boolean startsWith(ByteBuf body, int at) {
        for (int i = 0; i < STREAM_FIELD.length; i++) {
            if (body.getByte(at + i) != STREAM_FIELD[i]) return false;
        }
        return true;
    }

    /// All bytes this server ever sends.
    private static final class Encoded {
        private static final String WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit ".repeat(8);
        private static final String COMMON = "\"id\":\"chatcmpl-bench\",\"created\":1700000000,\"model\":\"bench\"";
        private static final String USAGE =
                "\"usage\":{\"prompt_tokens\":210,\"completion_tokens\":64,\"total_tokens\":274}";

        static final ByteBuf WHOLE = bytes(whole());
        static final ByteBuf STREAM_HEAD =
                bytes(HEAD + "text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
        static final ByteBuf FIRST_CHUNK = bytes(piece(event("{\"role\":\"assistant\",\"content\":\"\"}", "null")));
        static final ByteBuf CHUNK = bytes(piece(event("{\"content\":\"lorem ipsum \"}", "null")));
        static final ByteBuf LAST_CHUNKS = bytes(piece(event("{}", "\"stop\""))
                + piece("data: {" + COMMON + ",\"object\":\"chat.completion.chunk\",\"choices\":[]," + USAGE + "}\n\n"
                        + "data: [DONE]\n\n")
                + "0\r\n\r\n");

        private static String whole() {
            String json = "{" + COMMON + ",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":"
                    + "{\"role\":\"assistant\",\"content\":\"" + WORDS + "\"},\"finish_reason\":\"stop\"}]," + USAGE
                    + "}";
            return HEAD + "application/json\r\nContent-Length: " + json.length() + "\r\n\r\n" + json;
        }

        private static String event(String delta, String finishReason) {
            return "data: {" + COMMON + ",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":"
                    + delta + ",\"finish_reason\":" + finishReason + "}]}\n\n";
        }

        private static String piece(String text) {
            return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
        }

        private static ByteBuf bytes(String ascii) {
            return Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer().writeBytes(ascii.getBytes(StandardCharsets.US_ASCII)));
        }
    }
}
