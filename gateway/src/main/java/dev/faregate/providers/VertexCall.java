package dev.faregate.providers;

import dev.faregate.base.Secret;
import dev.faregate.chat.RequestKind;
import dev.faregate.formats.Format;
import dev.faregate.formats.VertexFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One call to Vertex: it is sent when there is an access token, and sent once more with a new one when a
/// token that was kept is refused. On the loop of the call.
final class VertexCall implements ProviderCall {
    private static final Logger LOG = LoggerFactory.getLogger(VertexCall.class);
    private static final int UNAUTHORIZED = 401;

    private final EventLoop loop;
    private final VertexProvider provider;
    private final UpstreamListener listener;
    private UpstreamCall call;
    private TranslatedAnswer answer;
    private @Nullable TranslatedCall sent;

    /// What is to be sent, with a reference to its bytes until it is surely not sent again: the exchange may end
    /// meanwhile and give its body back.
    private @Nullable Outgoing outgoing;

    /// The token of the request under way, if it was known before and may be out of date.
    private @Nullable Secret kept;

    private boolean again;
    private boolean over;

    VertexCall(EventLoop loop, VertexProvider provider, UpstreamListener listener) {
        this.loop = loop;
        this.provider = provider;
        this.listener = listener;
        this.answer = provider.answer(loop, new Ears());
        this.call = provider.call(loop, answer);
        // Connecting, and getting a token where none is known, overlap the hold.
        provider.tokens().get();
    }

    @Override
    public void send(Outgoing request) {
        request.body().retain();
        outgoing = request;
        withToken(request);
    }

    private void release() {
        if (outgoing != null) {
            outgoing.body().release();
            outgoing = null;
        }
    }

    private void withToken(Outgoing request) {
        CompletableFuture<AccessTokens.Answer> asked = provider.tokens().get();
        if (asked.isDone()) {
            have(request, asked.join(), true);
        } else {
            asked.thenAccept(token -> loop.execute(() -> haveNow(request, token)));
        }
    }

    private void haveNow(Outgoing request, AccessTokens.Answer asked) {
        try {
            have(request, asked, false);
        } catch (RuntimeException e) {
            LOG.error("a request to Vertex cannot be sent", e);
            tellLater(() -> listener.onFailure(
                    new UpstreamFailure(UpstreamFailure.Kind.INTERNAL, true, "the request cannot be sent")));
        }
    }

    private void have(Outgoing request, AccessTokens.Answer asked, boolean known) {
        if (over) {
            return;
        }
        switch (asked) {
            case AccessTokens.Answer.Token token -> {
                kept = known ? token.text() : null;
                dispatch(request, provider.way(token.text()));
            }
            case AccessTokens.Answer.Refused(String why) -> tellLater(() -> refuse(why));
            case AccessTokens.Answer.Failed(String why) ->
                tellLater(() ->
                        listener.onFailure(new UpstreamFailure(UpstreamFailure.Kind.NO_ACCESS_TOKEN, false, why)));
        }
    }

    private void dispatch(Outgoing request, TranslatedCall.Way way) {
        TranslatedCall ready = new TranslatedCall(loop, call, answer, way);
        sent = ready;
        boolean chat = request.request().facts().kind() == RequestKind.CHAT;
        if (chat && VertexFormat.isOpenAi(request.model())) {
            ready.sendUntranslated(request, VertexFormat.CHAT_COMPLETIONS, way.headers());
        } else {
            ready.send(request);
        }
    }

    /// The listener is never called from inside a method of its call.
    private void tellLater(Runnable tell) {
        giveUp();
        release();
        loop.execute(() -> {
            if (!over) {
                tell.run();
            }
        });
    }

    /// As if the provider had refused the credential, which it would have.
    private void refuse(String why) {
        listener.onHead(UNAUTHORIZED, EmptyHttpHeaders.INSTANCE);
        if (!over) {
            listener.onBody(Unpooled.wrappedBuffer(Format.Refusal.ofOurs(why).body()));
        }
        if (!over) {
            listener.onEnd();
        }
    }

    /// Whether a refused token was one that can be replaced; then it is.
    private boolean triesAgain() {
        Secret token = kept;
        Outgoing request = outgoing;
        if (again || token == null || request == null) {
            return false;
        }
        again = true;
        giveUp();
        provider.tokens().refused(token);
        answer = provider.answer(loop, new Ears());
        call = provider.call(loop, answer);
        sent = null;
        withToken(request);
        return true;
    }

    @Override
    public void cancel() {
        over = true;
        release();
        giveUp();
    }

    private void giveUp() {
        if (sent == null) {
            call.cancel();
        } else {
            sent.cancel();
        }
    }

    @Override
    public void pause() {
        call.pauseReading();
    }

    @Override
    public void resume() {
        call.resumeReading();
    }

    @Override
    public void progress() {
        call.noteProgress();
    }

    /// Hears one sending.
    private final class Ears implements UpstreamListener {
        @Override
        public void onHead(int status, HttpHeaders headers) {
            if (status != UNAUTHORIZED || !triesAgain()) {
                release();
                listener.onHead(status, headers);
            }
        }

        @Override
        public void onBody(ByteBuf bytes) {
            listener.onBody(bytes);
        }

        @Override
        public void onReadComplete() {
            listener.onReadComplete();
        }

        @Override
        public void onEnd() {
            listener.onEnd();
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            release();
            listener.onFailure(failure);
        }
    }
}
