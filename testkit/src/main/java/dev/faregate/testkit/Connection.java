package dev.faregate.testkit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client connection of the scripted upstream: collects requests, plays the steps of their answers,
/// and tells the ground truth what became of them. Reads go on while it answers, so a client that leaves
/// is seen at once. Runs on its event loop only.
final class Connection extends ChannelInboundHandlerAdapter {
    private static final int MAX_PIPELINED = 16;
    private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;
    private static final Duration MAX_HANG = Duration.ofMinutes(30);
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Upstream upstream;
    private final Preparation preparation;
    private final Deque<Incoming> pending = new ArrayDeque<>();
    private @Nullable Incoming reading;
    private @Nullable Iterator<Step> steps;
    private GroundTruth.@Nullable Entry entry;
    private @Nullable Future<?> timer;
    private boolean full;
    private boolean answered;

    Connection(Upstream upstream) {
        this.upstream = upstream;
        this.preparation = new Preparation(upstream);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            head(ctx, request);
        }
        if (message instanceof HttpContent content) {
            try {
                body(ctx, content);
            } finally {
                content.release();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (full && ctx.channel().isWritable()) {
            full = false;
            play(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        steps = null;
        if (timer != null) {
            timer.cancel(false);
        }
        if (entry != null) {
            boolean ours = upstream.closing().get();
            upstream.truth().end(entry, ours ? Exchange.Outcome.BROKEN_OFF : Exchange.Outcome.CLIENT_GONE);
        }
    }

    /// A reset, a broken TLS record: nobody is left to be told.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    // Requests.

    private void head(ChannelHandlerContext ctx, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            begin(ctx, Answer.plain(400, OpenAiFormat.errorBody(400, "Malformed request."), true));
            return;
        }
        Incoming incoming = new Incoming(request, upstream.recording());
        reading = incoming;
        Optional<Script> early =
                steps == null && incoming.isInference() ? upstream.chooser().chooseEarly() : Optional.empty();
        if (early.isPresent()) {
            incoming.answeredAs = answer(ctx, preparation.early(incoming, early.get(), circumstances(incoming)));
        } else if (incoming.expectsContinue()) {
            ctx.writeAndFlush(Unpooled.wrappedBuffer(CONTINUE));
        }
    }

    private void body(ChannelHandlerContext ctx, HttpContent content) {
        Incoming incoming = reading;
        if (incoming == null) {
            return;
        }
        if (!incoming.append(content.content(), MAX_BODY_BYTES)) {
            reading = null;
            begin(ctx, Answer.plain(413, OpenAiFormat.errorBody(413, "Request body too large."), true));
        } else if (content instanceof LastHttpContent) {
            reading = null;
            whole(ctx, incoming);
        }
    }

    private void whole(ChannelHandlerContext ctx, Incoming incoming) {
        if (incoming.answeredAs != null) {
            upstream.truth().body(incoming.answeredAs, incoming.body());
        } else if (steps == null) {
            answer(ctx, incoming);
        } else if (pending.size() < MAX_PIPELINED) {
            pending.add(incoming);
        } else {
            ctx.close();
        }
    }

    private void answer(ChannelHandlerContext ctx, Incoming incoming) {
        if (incoming.isInference()) {
            answer(ctx, preparation.answer(incoming, circumstances(incoming)));
        } else {
            begin(ctx, upstream.elsewhere(incoming));
        }
    }

    private GroundTruth.Entry answer(ChannelHandlerContext ctx, Preparation.Prepared prepared) {
        entry = prepared.entry();
        answered = true;
        begin(ctx, prepared.steps());
        return prepared.entry();
    }

    private Preparation.Circumstances circumstances(Incoming incoming) {
        return new Preparation.Circumstances(answered, incoming.closes());
    }

    // Answers.

    private void begin(ChannelHandlerContext ctx, Iterator<Step> answer) {
        steps = answer;
        play(ctx);
    }

    /// Takes steps until one has to wait, the client is too slow, or they are over.
    private void play(ChannelHandlerContext ctx) {
        Iterator<Step> answer = steps;
        while (answer != null) {
            if (!ctx.channel().isWritable()) {
                ctx.flush();
                if (!ctx.channel().isWritable()) {
                    full = true;
                    return;
                }
            }
            if (!answer.hasNext()) {
                over(ctx);
                return;
            }
            if (!step(ctx, answer.next())) {
                return;
            }
        }
    }

    /// Takes one step; false when the next one has to wait.
    private boolean step(ChannelHandlerContext ctx, Step step) {
        return switch (step) {
            case Step.Send send -> {
                send(ctx, send);
                yield true;
            }
            case Step.Pause(Duration length) -> length.isZero() || pause(ctx, length);
            case Step.Hang() -> {
                ctx.flush();
                timer = ctx.executor().schedule(() -> ctx.close(), MAX_HANG.toNanos(), TimeUnit.NANOSECONDS);
                yield false;
            }
            case Step.Close() -> {
                steps = null;
                GroundTruth.Entry ending = entry;
                ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> {
                    brokenOff(ending);
                    ctx.close();
                });
                yield false;
            }
            case Step.Reset() -> {
                steps = null;
                brokenOff(entry);
                ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                ctx.channel().close();
                yield false;
            }
        };
    }

    private boolean pause(ChannelHandlerContext ctx, Duration length) {
        ctx.flush();
        timer = ctx.executor().schedule(() -> play(ctx), length.toNanos(), TimeUnit.NANOSECONDS);
        return false;
    }

    private void send(ChannelHandlerContext ctx, Step.Send send) {
        GroundTruth.Entry sending = entry;
        if (sending == null) {
            ctx.write(Unpooled.wrappedBuffer(send.bytes()), ctx.voidPromise());
            return;
        }
        GroundTruth truth = upstream.truth();
        if (send.mark().last()) {
            truth.completing(sending);
        } else if (upstream.recording() == Recording.SUMS) {
            truth.wrote(sending, send.bytes().length, send.mark());
            ctx.write(Unpooled.wrappedBuffer(send.bytes()), ctx.voidPromise());
            return;
        }
        ctx.write(Unpooled.wrappedBuffer(send.bytes())).addListener((ChannelFutureListener) written -> {
            if (written.isSuccess()) {
                truth.wrote(sending, send.bytes().length, send.mark());
                if (send.mark().last()) {
                    truth.end(sending, Exchange.Outcome.COMPLETED);
                }
            }
        });
    }

    private void brokenOff(GroundTruth.@Nullable Entry ending) {
        if (ending != null) {
            upstream.truth().end(ending, Exchange.Outcome.BROKEN_OFF);
        }
    }

    /// The answer is out; the connection is free for the next request.
    private void over(ChannelHandlerContext ctx) {
        ctx.flush();
        steps = null;
        Incoming next = pending.poll();
        if (next != null && ctx.channel().isActive()) {
            answer(ctx, next);
        }
    }

    /// What all connections share.
    record Upstream(
            Chooser chooser,
            GroundTruth truth,
            Recording recording,
            java.util.concurrent.atomic.AtomicBoolean closing) {
        /// Answers to what is for no model.
        Iterator<Step> elsewhere(Incoming incoming) {
            if (isList(incoming.path()) && incoming.method().equals("GET")) {
                return Answer.plain(200, OpenAiFormat.models(models(), 0), incoming.closes());
            }
            if (incoming.path().endsWith("/locations") && incoming.method().equals("GET")) {
                return Answer.plain(200, "{\"locations\":[]}", incoming.closes());
            }
            boolean known = isList(incoming.path()) || Kind.find(incoming.path()) != null;
            int status = known ? 405 : 404;
            String message = "Invalid URL (" + incoming.method() + " " + incoming.path() + ")";
            return Answer.plain(status, OpenAiFormat.errorBody(status, message), incoming.closes());
        }

        /// Amazon Bedrock's list has a name of its own.
        private static boolean isList(String path) {
            return path.endsWith("/models") || path.endsWith("/foundation-models");
        }

        private List<String> models() {
            List<String> named = NamedScripts.WORDS.stream()
                    .map(word -> NamedScripts.PREFIX + word.name())
                    .toList();
            return java.util.stream.Stream.concat(chooser.models().stream(), named.stream())
                    .toList();
        }
    }
}
