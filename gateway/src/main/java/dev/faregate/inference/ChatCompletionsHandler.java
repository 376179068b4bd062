package dev.faregate.inference;

import dev.faregate.apps.AppAttribution;
import dev.faregate.apps.Apps;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.guardrails.Screened;
import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;
import dev.faregate.keys.Caller;
import dev.faregate.presets.Presets;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /chat/completions` (contract 2.1): reads the body and hands the request to [Inference]. A large
/// body is read on a virtual thread, because nothing may keep an event loop busy; so is one that names a
/// preset which is not in memory.
public final class ChatCompletionsHandler implements Handler.Relay {
    private static final Logger LOG = LoggerFactory.getLogger(ChatCompletionsHandler.class);

    /// Bodies above this many bytes are read off the loop.
    static final int READ_ON_LOOP_BYTES = 64 * 1024;

    /// Exotic text in larger bodies is bounded roughly: folding it would need many times its memory.
    private static final int FOLD_BELOW_BYTES = 4 << 20;

    private final FastThreadLocal<ChatRequestReader> readers = new FastThreadLocal<>() {
        @Override
        protected ChatRequestReader initialValue() {
            return new ChatRequestReader(limits);
        }
    };

    private final ChatRequestReader.Limits limits;
    private final Inference inference;
    private final Apps apps;
    private final RequestPreparation preparation;
    private final KeyAdmission admission;

    public ChatCompletionsHandler(
            Inference inference, Apps apps, Presets presets, ChatRequestReader.Limits limits, KeyAdmission admission) {
        this.apps = apps;
        this.preparation = new RequestPreparation(presets);
        this.limits = limits;
        this.inference = inference;
        this.admission = admission;
    }

    @Override
    public void handle(Exchange exchange) {
        Caller caller = (Caller) Objects.requireNonNull(exchange.principal());
        admission.enter(caller);
        AppAttribution app = AppAttribution.of(exchange.head().headers());
        if (exchange.body().readableBytes() > READ_ON_LOOP_BYTES || !apps.isKnown(app) || inference.screens(caller)) {
            readOffLoop(exchange, caller, app);
            return;
        }
        try {
            ChatRequestReader reader = readers.get();
            ChatRequest ready = preparation.ready(reader, caller, read(reader, exchange.body()));
            if (ready == null) {
                readOffLoop(exchange, caller, app);
            } else {
                run(exchange, caller, app, Screened.unread(ready));
            }
        } catch (RuntimeException e) {
            admission.leave(caller.keyId());
            throw e;
        }
    }

    private void readOffLoop(Exchange exchange, Caller caller, AppAttribution app) {
        // The exchange may end meanwhile and give its body back; this reference keeps the bytes.
        ByteBuf body = exchange.body().retain();
        Thread.ofVirtual().name("chat-request-reader").start(() -> {
            try {
                ChatRequestReader reader = new ChatRequestReader(limits);
                ChatRequest request = preparation.prepared(reader, caller, read(reader, body));
                if (request.bytes() <= FOLD_BELOW_BYTES) {
                    request.foldExactly();
                }
                apps.learn(app);
                Screened screened = inference.screen(caller, request);
                exchange.loop().execute(() -> runOrRefuse(exchange, caller, app, screened, body));
            } catch (ApiException e) {
                body.release();
                exchange.loop().execute(() -> refuse(exchange, caller, e.error()));
            } catch (RuntimeException e) {
                body.release();
                String incident = exchange.head().requestId();
                LOG.error("a request cannot be prepared: incident {}", incident, e);
                exchange.loop().execute(() -> refuse(exchange, caller, new ApiError.Internal(incident)));
            }
        });
    }

    private void runOrRefuse(Exchange exchange, Caller caller, AppAttribution app, Screened request, ByteBuf body) {
        try {
            if (exchange.isGone()) {
                admission.leave(caller.keyId());
            } else {
                run(exchange, caller, app, request);
            }
        } catch (ApiException e) {
            refuse(exchange, caller, e.error());
        } finally {
            body.release();
        }
    }

    private void run(Exchange exchange, Caller caller, AppAttribution app, Screened request) {
        inference.run(exchange, caller, app, request, () -> admission.leave(caller.keyId()));
    }

    private void refuse(Exchange exchange, Caller caller, ApiError error) {
        admission.leave(caller.keyId());
        exchange.respond(error, EmptyHttpHeaders.INSTANCE);
    }

    private static ChatRequest read(ChatRequestReader reader, ByteBuf body) {
        int from = body.arrayOffset() + body.readerIndex();
        return reader.read(body.array(), from, from + body.readableBytes());
    }
}
