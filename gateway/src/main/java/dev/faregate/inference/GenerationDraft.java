package dev.faregate.inference;

import dev.faregate.apps.AppAttribution;
import dev.faregate.apps.Apps;
import dev.faregate.base.ApiError;
import dev.faregate.base.Sha256;
import dev.faregate.chat.AnswerCodec;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.credits.Settlement;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.RequestHead;
import dev.faregate.keys.Caller;
import dev.faregate.routing.Candidate;
import dev.faregate.usage.ContentCapture;
import dev.faregate.usage.ContentLog;
import dev.faregate.usage.Generation;
import dev.faregate.usage.OrphanGenerations;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The record of a generation while it is being made: when things happened and what was tried. Turned
/// into a [Generation] once, when the request ends.
final class GenerationDraft {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int STATUS_CLIENT_GONE = 499;
    private static final String REGION = "global";

    private final UUID id;
    private final RequestHead head;
    private final ChatRequest.Facts facts;
    private final Instant created;
    private final List<Generation.Attempt> attempts = new ArrayList<>(1);
    private final AppAttribution attribution;
    private final @Nullable Integer app;

    private @Nullable Candidate candidate;
    private long dispatchedNanos;
    private long answeredNanos;
    private long firstByteNanos;
    private boolean cancelled;
    private @Nullable ContentCapture content;

    GenerationDraft(
            UUID id, RequestHead head, ChatRequest.Facts facts, Instant created, AppAttribution from, Apps apps) {
        this.id = id;
        this.head = head;
        this.facts = facts;
        this.created = created;
        this.attribution = from;
        this.app = apps.numberOf(attribution);
    }

    /// An attempt begins: where its request is to be stored, so are the texts of its answer.
    void opened(ContentLog log, Caller caller, ChatRequest request, AnswerCodec answer) {
        if (content == null) {
            content = log.begin(caller, id, request);
        }
        if (content != null) {
            answer.keepTexts(content.answer());
        }
    }

    /// The request has its record.
    void ended(ContentLog log, Generation generation) {
        ContentCapture kept = content;
        content = null;
        if (kept != null) {
            log.end(kept, generation);
        }
    }

    /// The request is over, and may have no record.
    void closed(ContentLog log) {
        ContentCapture kept = content;
        content = null;
        if (kept != null) {
            log.forget(kept);
        }
    }

    Instant created() {
        return created;
    }

    void candidate(Candidate chosen) {
        candidate = chosen;
    }

    void dispatched(long nanos) {
        dispatchedNanos = nanos;
        answeredNanos = 0;
        firstByteNanos = 0;
    }

    void answered(long nanos) {
        answeredNanos = nanos;
    }

    void firstByte(long nanos) {
        firstByteNanos = nanos;
    }

    void cancelled() {
        cancelled = true;
    }

    void failedAttempt(int status, long nowNanos) {
        attempts.add(attempt(status, null, nowNanos));
    }

    private Generation.Attempt attempt(int status, @Nullable String upstreamId, long nowNanos) {
        Candidate tried = candidate;
        return new Generation.Attempt(
                status,
                tried == null ? null : tried.endpoint().provider().name(),
                tried == null ? null : tried.endpoint().tag(),
                tried == null ? null : tried.model().canonicalSlug(),
                upstreamId,
                (nowNanos - dispatchedNanos) / NANOS_PER_MILLI,
                tried != null && tried.own() != null);
    }

    /// The failed attempts before the last one, in the slim form of contract 1.1.
    List<Map<String, ?>> earlierErrors() {
        List<Map<String, ?>> earlier = new ArrayList<>();
        for (int i = 0; i < attempts.size() - 1; i++) {
            Generation.Attempt attempt = attempts.get(i);
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("provider", String.valueOf(attempt.providerName()));
            error.put("code", attempt.status() == null ? 502 : attempt.status());
            error.put("status", attempt.status() == null ? 502 : attempt.status());
            earlier.add(error);
        }
        return earlier;
    }

    /// From the arrival of the request to the first token (or to the answer's head where there are no
    /// tokens to time).
    Duration latency(long nowNanos) {
        return Duration.ofNanos(Math.max(0, firstSign(nowNanos) - head.arrivedNanos()));
    }

    /// The same from when the endpoint that answers was asked: the endpoints that failed before have no part in it.
    Duration endpointLatency(long nowNanos) {
        return Duration.ofNanos(Math.max(0, firstSign(nowNanos) - dispatchedNanos));
    }

    private long firstSign(long nowNanos) {
        return firstByteNanos != 0 ? firstByteNanos : answeredNanos != 0 ? answeredNanos : nowNanos;
    }

    Duration generationTime(long nowNanos) {
        long first = firstByteNanos != 0 ? firstByteNanos : dispatchedNanos;
        return Duration.ofNanos(Math.max(0, nowNanos - first));
    }

    /// When the request was sent to the candidate that is asked now, as `System.nanoTime()` tells it.
    long sentNanos() {
        return dispatchedNanos;
    }

    /// When the first token of its answer came; an answer that came in one piece came whole, now.
    long firstTokenNanos(long nowNanos) {
        return firstByteNanos != 0 ? firstByteNanos : nowNanos;
    }

    /// The end user as a provider may know them: stable, and nothing that leads back to a person
    /// (contract 3.11).
    @Nullable
    String upstreamUser(Caller caller) {
        String user = facts.user();
        if (user == null) {
            return null;
        }
        return HexFormat.of().formatHex(Sha256.of(caller.organizationId() + "\n" + user), 0, 16);
    }

    /// An answer that reached its end.
    Generation complete(Caller caller, Bill bill, AnswerCodec answer, long nowNanos) {
        attempts.add(attempt(200, answer.upstreamId(), nowNanos));
        return generation(caller, bill, answer, 200, null, nowNanos);
    }

    /// An answer that was cut: by the provider (`error`), or by the client (null).
    Generation cut(Caller caller, Bill bill, AnswerCodec answer, @Nullable ApiError error, long nowNanos) {
        if (error == null) {
            attempts.add(attempt(200, answer.upstreamId(), nowNanos));
        }
        contentFailed(error);
        return generation(caller, bill, answer, 200, error == null ? null : type(error), nowNanos);
    }

    /// No answer at all; `error` is what the client heard, null when there was nobody to hear it.
    Generation failed(Caller caller, Bill bill, @Nullable ApiError error, long nowNanos) {
        contentFailed(error);
        int status =
                error == null ? STATUS_CLIENT_GONE : ErrorRenderer.render(error).status();
        return generation(caller, bill, null, status, error == null ? null : type(error), nowNanos);
    }

    private void contentFailed(@Nullable ApiError error) {
        if (content != null) {
            content.failed(error);
        }
    }

    private static String type(ApiError error) {
        return ErrorRenderer.render(error).type();
    }

    private Generation generation(
            Caller caller,
            Bill bill,
            @Nullable AnswerCodec answer,
            int status,
            @Nullable String errorType,
            long nowNanos) {
        Candidate chosen = java.util.Objects.requireNonNull(candidate);
        boolean known = bill.source() != Settlement.Source.VOID;
        return new Generation(
                id,
                created,
                facts.kind().apiType(),
                owner(caller),
                new Generation.Client(
                        facts.user(),
                        facts.sessionId(),
                        head.requestId(),
                        attribution.referer(),
                        head.header(HttpHeaderNames.USER_AGENT)),
                route(chosen, answer),
                new Generation.Outcome(
                        status,
                        errorType,
                        facts.stream(),
                        cancelled,
                        answer == null ? null : answer.finishReason(),
                        answer == null ? null : answer.nativeFinishReason(),
                        dispatchedNanos == 0 ? null : latency(nowNanos).toMillis(),
                        dispatchedNanos == 0 ? null : generationTime(nowNanos).toMillis(),
                        null),
                known ? tokens(bill) : Generation.Tokens.UNKNOWN,
                media(bill),
                new Generation.Cost(
                        bill.charged(),
                        bill.cost().total(),
                        known ? bill.cacheDiscount(chosen) : null,
                        source(bill.source()),
                        chosen.endpoint().prices().version().value(),
                        chosen.own() != null,
                        chosen.free()),
                attempts);
    }

    /// What is kept beside the hold, so that the generation can be recorded when this process does not
    /// live to do it.
    String context(Caller caller) {
        Candidate chosen = java.util.Objects.requireNonNull(candidate);
        String requested = facts.model();
        return OrphanGenerations.context(new OrphanGenerations.Intent(
                owner(caller),
                facts.kind().apiType(),
                requested == null ? chosen.model().id() : requested,
                chosen.model().id(),
                chosen.endpoint().provider().slug(),
                chosen.endpoint().provider().name(),
                chosen.endpoint().tag(),
                facts.stream(),
                chosen.own() != null,
                caller.balanceLimit()));
    }

    private Generation.Owner owner(Caller caller) {
        return new Generation.Owner(caller.organizationId(), caller.workspaceId(), caller.keyId(), app);
    }

    private Generation.Route route(Candidate chosen, @Nullable AnswerCodec answer) {
        String requested = facts.model();
        return new Generation.Route(
                requested == null ? chosen.model().id() : requested,
                chosen.model().id(),
                chosen.endpoint().upstreamModel(),
                answer == null ? null : answer.upstreamModel(),
                chosen.endpoint().provider().slug(),
                chosen.endpoint().provider().name(),
                chosen.endpoint().tag(),
                null,
                facts.presetId(),
                null,
                REGION,
                answer == null ? null : answer.upstreamId());
    }

    private Generation.Media media(Bill bill) {
        int images = facts.extras().images();
        long made = bill.usage().images();
        if (facts.kind() == RequestKind.TRANSCRIPTIONS) {
            return new Generation.Media(null, 1L, null, null, null, null, null);
        }
        return images == 0 && made <= 0
                ? Generation.Media.NONE
                : new Generation.Media(
                        images == 0 ? null : (long) images, null, made <= 0 ? null : made, null, null, null, null);
    }

    private static Generation.Tokens tokens(Bill bill) {
        return new Generation.Tokens(
                bill.usage().prompt(),
                bill.usage().completion(),
                bill.usage().prompt(),
                bill.usage().completion(),
                bill.usage().cached(),
                bill.usage().cacheWrite(),
                bill.usage().reasoning(),
                null);
    }

    private static Generation.Source source(Settlement.Source source) {
        return switch (source) {
            case EXACT -> Generation.Source.EXACT;
            case ESTIMATED -> Generation.Source.ESTIMATED;
            case ORPHAN -> Generation.Source.ORPHAN;
            case VOID -> Generation.Source.VOID;
        };
    }
}
