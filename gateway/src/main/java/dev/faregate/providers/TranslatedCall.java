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

    /// How a provider is asked. `embeddings` is where and with which lines it takes those, which are in OpenAI's format
    /// everywhere, or null where it makes none.
    record Way(
            Format format,
            String basePath,
            RequestHeaders headers,
            @Nullable Embeddings embeddings) {}

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
        }
    }

    private void chat(Outgoing outgoing) {
        ChatRequest request = outgoing.request();
        Format.Wanted wanted = wanted(outgoing);
        if (request.bytes() <= SAY_ON_LOOP_BYTES) {
            said(wanted, () -> way.format().say(request.tree(), wanted));
            return;
        }
        // The exchange may end meanwhile and give its body back; this reference keeps the bytes.
        ByteBuf body = outgoing.body().retain();
        OffLoop.run(loop, () -> way.format().say(request.tree(), wanted), outcome -> {
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
        answer.expectNoTranslation();
        RequestSplice splice =
                new RequestSplice(outgoing.model(), "max_tokens", 0, outgoing.user(), false, false, false);
        call.send(UpstreamRequest.post(
                way.basePath() + there.path(),
                there.headers(),
                OpenAiProvider.body(outgoing, splice),
                UpstreamRequest.Answer.WHOLE));
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

    private void said(Format.Wanted wanted, Supplier<Format.Said> outcome) {
        Format.Said said;
        try {
            said = outcome.get();
        } catch (ApiException e) {
            refuse(ErrorRenderer.render(e.error()).message());
            return;
        } catch (RuntimeException e) {
            LOG.error("a request cannot be said in the format of its provider", e);
            giveUp(() -> answer.broken(new UpstreamFailure(
                    UpstreamFailure.Kind.INTERNAL, false, "the request cannot be said in the provider's format")));
            return;
        }
        answer.expect(said.answer(), wanted.stream());
        call.send(UpstreamRequest.post(
                way.basePath() + way.format().path(wanted),
                way.headers(),
                UpstreamBody.of(Unpooled.wrappedBuffer(said.body())),
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
