package dev.faregate.providers;

import dev.faregate.base.ApiException;
import dev.faregate.base.OffLoop;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestSplice;
import dev.faregate.formats.Format;
import dev.faregate.http.ErrorRenderer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A call in a provider's own format: the request is said in it before it is sent, off the loop where it is large. A
/// call that is given up meanwhile sends nothing. On the loop of the call.
final class TranslatedCall extends SentCall {
    private static final Logger LOG = LoggerFactory.getLogger(TranslatedCall.class);

    /// Bodies above this many bytes are said off the loop.
    static final int SAY_ON_LOOP_BYTES = 64 * 1024;

    /// How a provider is asked: with these lines in every request, and with those of `signer` where each has its own.
    /// `embeddings` is where and with which lines it takes those, which are in OpenAI's format
    /// everywhere, or null where it makes none.
    record Way(
            Format format,
            String basePath,
            RequestHeaders headers,
            @Nullable RequestSigner signer,
            @Nullable Embeddings embeddings) {
        /// A request said in the format, and what else there is to send: long work where the body is large.
        private Ready ready(ChatRequest request, Format.Wanted wanted) {
            Format.Said said = format.say(request.tree(), wanted);
            String path = basePath + format.path(wanted);
            RequestHeaders lines = signer == null ? headers : headers.plus(signer.sign("POST", path, said.body()));
            return new Ready(said, path, lines);
        }
    }

    private record Ready(Format.Said said, String path, RequestHeaders lines) {}

    record Embeddings(String path, RequestHeaders headers) {}

    private final EventLoop loop;
    private final TranslatedAnswer answer;
    private final Way way;
    private boolean over;

    TranslatedCall(EventLoop loop, UpstreamCall call, TranslatedAnswer answer, Way way) {
        super(call);
        this.loop = loop;
        this.answer = answer;
        this.way = way;
    }

    @Override
    public void send(Outgoing outgoing) {
        switch (outgoing.request().facts().kind()) {
            case CHAT -> chat(outgoing);
            case EMBEDDINGS -> embed(outgoing);
            case RERANK -> refuse("The provider ranks no documents.");
            case IMAGES -> refuse("The provider makes no images at a path that is known here.");
            case TRANSCRIPTIONS -> refuse("The provider makes no transcripts at a path that is known here.");
        }
    }

    private void chat(Outgoing outgoing) {
        ChatRequest request = outgoing.request();
        Format.Wanted wanted = wanted(outgoing);
        if (request.bytes() <= SAY_ON_LOOP_BYTES) {
            said(wanted, () -> way.ready(request, wanted));
            return;
        }
        // The exchange may end meanwhile and give its body back; this reference keeps the bytes.
        ByteBuf body = outgoing.body().retain();
        OffLoop.run(loop, () -> way.ready(request, wanted), outcome -> {
            body.release();
            if (!over) {
                said(wanted, outcome);
            }
        });
    }

    private void embed(Outgoing outgoing) {
        Embeddings there = way.embeddings();
        if (there == null) {
            refuse("The provider makes no embeddings.");
            return;
        }
        sendUntranslated(outgoing, there.path(), there.headers());
    }

    /// Sends a request as it is, to where the provider takes OpenAI's format; so comes its answer.
    void sendUntranslated(Outgoing outgoing, String path, RequestHeaders headers) {
        answer.expectNoTranslation();
        RequestSplice splice = new RequestSplice(
                outgoing.model(), "max_tokens", outgoing.outputLimit(), outgoing.user(), false, false, true);
        call.send(UpstreamRequest.post(
                way.basePath() + path, headers, OpenAiProvider.body(outgoing, splice), expected(outgoing)));
    }

    private static UpstreamRequest.Answer expected(Outgoing outgoing) {
        return outgoing.request().facts().stream() ? UpstreamRequest.Answer.EVENTS : UpstreamRequest.Answer.WHOLE;
    }

    private static Format.Wanted wanted(Outgoing outgoing) {
        Long most = outgoing.endpoint().maxCompletionTokens();
        return new Format.Wanted(
                outgoing.model(),
                outgoing.outputLimit(),
                most == null ? 0 : most,
                outgoing.user(),
                outgoing.request().facts().stream());
    }

    private void said(Format.Wanted wanted, Supplier<Ready> outcome) {
        Ready ready;
        try {
            ready = outcome.get();
        } catch (ApiException e) {
            refuse(ErrorRenderer.render(e.error()).message());
            return;
        } catch (RuntimeException e) {
            LOG.error("a request cannot be said in the format of its provider", e);
            giveUp(() -> answer.broken(new UpstreamFailure(
                    UpstreamFailure.Kind.INTERNAL, false, "the request cannot be said in the provider's format")));
            return;
        }
        answer.expect(ready.said().answer(), wanted.stream());
        call.send(UpstreamRequest.post(
                ready.path(),
                ready.lines(),
                UpstreamBody.of(Unpooled.wrappedBuffer(ready.said().body())),
                wanted.stream() ? UpstreamRequest.Answer.EVENTS : UpstreamRequest.Answer.WHOLE));
    }

    /// Tells it as if the provider had refused, which it would have.
    private void refuse(String why) {
        giveUp(() -> answer.refused(why));
    }

    /// Nothing is sent. The listener is never called from inside a method of its call.
    private void giveUp(Runnable tell) {
        call.cancel();
        loop.execute(() -> {
            if (!over) {
                tell.run();
            }
        });
    }

    @Override
    public void cancel() {
        over = true;
        answer.cancel();
        super.cancel();
    }
}
