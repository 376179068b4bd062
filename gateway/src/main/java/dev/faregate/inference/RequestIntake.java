package dev.faregate.inference;

import dev.faregate.apps.AppAttribution;
import dev.faregate.apps.Apps;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.chat.TranscriptionForm;
import dev.faregate.guardrails.Screened;
import dev.faregate.http.Exchange;
import dev.faregate.keys.Caller;
import dev.faregate.presets.Presets;
import dev.faregate.skins.Skin;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what came in and hands it to [Inference]. A large body is read on a virtual thread, because nothing may keep
/// an event loop busy; so is one that names a preset which is not in memory, and every one of another wire format.
/// Shared between threads.
public final class RequestIntake {
    private static final Logger LOG = LoggerFactory.getLogger(RequestIntake.class);

    /// Bodies above this many bytes are read off the loop.
    static final int READ_ON_LOOP_BYTES = 64 * 1024;

    /// Exotic text in larger bodies is bounded roughly: folding it would need many times its memory.
    private static final int FOLD_BELOW_BYTES = 4 << 20;

    private final Map<RequestKind, FastThreadLocal<RequestReader>> readers = new EnumMap<>(RequestKind.class);
    private final RequestReader.Limits limits;
    private final Inference inference;
    private final Apps apps;
    private final RequestPreparation preparation;
    private final KeyAdmission admission;

    public RequestIntake(
            Inference inference, Apps apps, Presets presets, RequestReader.Limits limits, KeyAdmission admission) {
        this.apps = apps;
        this.preparation = new RequestPreparation(presets);
        this.limits = limits;
        this.inference = inference;
        this.admission = admission;
        for (RequestKind kind : RequestKind.values()) {
            readers.put(kind, new FastThreadLocal<>() {
                @Override
                protected RequestReader initialValue() {
                    return RequestReader.of(kind, limits);
                }
            });
        }
    }

    /// Takes a request of that kind as it is.
    void take(Exchange exchange, RequestKind kind) {
        Arrival arrival = enter(exchange, kind);
        if (kind == RequestKind.TRANSCRIPTIONS && TranscriptionForm.is(contentType(exchange))) {
            uploadOffLoop(arrival);
            return;
        }
        boolean large = exchange.body().readableBytes() > READ_ON_LOOP_BYTES;
        if (large || !apps.isKnown(arrival.app()) || inference.screens(arrival.caller())) {
            plainOffLoop(arrival);
            return;
        }
        try {
            RequestReader reader = Objects.requireNonNull(readers.get(kind)).get();
            ChatRequest ready = preparation.ready(reader, arrival.caller(), read(reader, exchange.body()));
            if (ready == null) {
                plainOffLoop(arrival);
            } else {
                run(arrival, exchange, Screened.unread(ready));
            }
        } catch (RuntimeException e) {
            admission.leave(arrival.caller().keyId());
            throw e;
        }
    }

    /// Takes a request of another wire format, and has its answer told in that one.
    void skinned(Exchange exchange, Skin skin) {
        Arrival arrival = enter(exchange, RequestKind.CHAT);
        offLoop(arrival, body -> {
            SkinExchange dressed = new SkinExchange(exchange, worn(skin, body));
            Screened screened = screened(arrival, dressed.body());
            return () -> runOrRefuse(arrival, dressed, screened);
        });
    }

    /// Answers how many tokens a request of another wire format would be about, as Anthropic does. It is prepared and
    /// planned like one that is run; nothing is held, sent or charged.
    void count(Exchange exchange, Skin skin) {
        Arrival arrival = enter(exchange, RequestKind.CHAT);
        offLoop(arrival, body -> {
            ChatRequest request =
                    prepared(arrival, Unpooled.wrappedBuffer(worn(skin, body).chat()));
            long tokens = inference.promptTokens(arrival.caller(), request);
            byte[] answer = new JsonWriter()
                    .beginObject()
                    .number("input_tokens", tokens)
                    .endObject()
                    .toBytes();
            return () -> {
                admission.leave(arrival.caller().keyId());
                HttpHeaders headers =
                        new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
                exchange.respond(200, headers, Unpooled.wrappedBuffer(answer));
            };
        });
    }

    private static Skin.Worn worn(Skin skin, ByteBuf body) {
        return skin.wear(Json.readObject(ByteBufUtil.getBytes(body)));
    }

    /// Who asks for what, and on what.
    private record Arrival(Exchange exchange, RequestKind kind, Caller caller, AppAttribution app) {}

    /// What is done with a body off the loop; returns what is to be done on it then. Blocks; throws `ApiException`.
    private interface Work {
        Runnable on(ByteBuf body);
    }

    private Arrival enter(Exchange exchange, RequestKind kind) {
        Caller caller = (Caller) Objects.requireNonNull(exchange.principal());
        admission.enter(caller);
        return new Arrival(
                exchange, kind, caller, AppAttribution.of(exchange.head().headers()));
    }

    private void plainOffLoop(Arrival arrival) {
        offLoop(arrival, body -> {
            Screened screened = screened(arrival, body);
            return () -> runOrRefuse(arrival, arrival.exchange(), screened);
        });
    }

    /// An upload, which is read as the request in JSON that it means.
    private void uploadOffLoop(Arrival arrival) {
        String type = Objects.requireNonNull(contentType(arrival.exchange()));
        offLoop(arrival, body -> {
            int from = body.arrayOffset() + body.readerIndex();
            byte[] json = TranscriptionForm.toJson(body.array(), from, from + body.readableBytes(), type);
            Screened screened = screened(arrival, Unpooled.wrappedBuffer(json));
            return () -> runOrRefuse(arrival, arrival.exchange(), screened);
        });
    }

    private static @Nullable String contentType(Exchange exchange) {
        return exchange.head().header(HttpHeaderNames.CONTENT_TYPE);
    }

    private void offLoop(Arrival arrival, Work work) {
        Exchange exchange = arrival.exchange();
        // The exchange may end meanwhile and give its body back; this reference keeps the bytes.
        ByteBuf body = exchange.body().retain();
        Thread.ofVirtual().name("request-reader").start(() -> {
            try {
                Runnable then = work.on(body);
                exchange.loop().execute(() -> {
                    try {
                        then.run();
                    } finally {
                        body.release();
                    }
                });
            } catch (ApiException e) {
                body.release();
                exchange.loop().execute(() -> refuse(arrival, exchange, e.error()));
            } catch (RuntimeException e) {
                body.release();
                String incident = exchange.head().requestId();
                LOG.error("a request cannot be prepared: incident {}", incident, e);
                exchange.loop().execute(() -> refuse(arrival, exchange, new ApiError.Internal(incident)));
            }
        });
    }

    private Screened screened(Arrival arrival, ByteBuf body) {
        ChatRequest request = prepared(arrival, body);
        apps.learn(arrival.app());
        return inference.screen(arrival.caller(), request);
    }

    private ChatRequest prepared(Arrival arrival, ByteBuf body) {
        RequestReader reader = RequestReader.of(arrival.kind(), limits);
        ChatRequest request = preparation.prepared(reader, arrival.caller(), read(reader, body));
        if (request.bytes() <= FOLD_BELOW_BYTES) {
            request.foldExactly();
        }
        return request;
    }

    private void runOrRefuse(Arrival arrival, Exchange dressed, Screened request) {
        try {
            if (dressed.isGone()) {
                admission.leave(arrival.caller().keyId());
            } else {
                run(arrival, dressed, request);
            }
        } catch (ApiException e) {
            refuse(arrival, dressed, e.error());
        }
    }

    private void run(Arrival arrival, Exchange exchange, Screened request) {
        Caller caller = arrival.caller();
        inference.run(exchange, caller, arrival.app(), request, () -> admission.leave(caller.keyId()));
    }

    private void refuse(Arrival arrival, Exchange exchange, ApiError error) {
        admission.leave(arrival.caller().keyId());
        exchange.respond(error, EmptyHttpHeaders.INSTANCE);
    }

    private static ChatRequest read(RequestReader reader, ByteBuf body) {
        int from = body.arrayOffset() + body.readerIndex();
        return reader.read(body.array(), from, from + body.readableBytes());
    }
}
