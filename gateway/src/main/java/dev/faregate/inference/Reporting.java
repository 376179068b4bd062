package dev.faregate.inference;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequest;
import dev.faregate.keys.Caller;
import dev.faregate.observability.Broadcast;
import dev.faregate.observability.Trace;
import dev.faregate.usage.Generation;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Tells destinations how a request ended, when any wants to hear of its workspace. On the loop of the request; never
/// blocks.
final class Reporting {
    /// `trace` and `metadata` are read up to so many bytes; what is larger is not reported.
    private static final int MAX_BYTES = 16 * 1024;

    private static final Reporting NOBODY = new Reporting(null, Trace.Custom.NONE);

    private final @Nullable Broadcast broadcast;
    private final Trace.Custom custom;

    private Reporting(@Nullable Broadcast broadcast, Trace.Custom custom) {
        this.broadcast = broadcast;
        this.custom = custom;
    }

    /// Reads what the request says about itself, while its bytes are there.
    static Reporting of(Broadcast broadcast, Caller caller, ChatRequest request) {
        return broadcast.isWanted(caller.workspaceId())
                ? new Reporting(broadcast, Trace.Custom.of(object(request, "trace"), object(request, "metadata")))
                : NOBODY;
    }

    private static @Nullable JsonNode object(ChatRequest request, String name) {
        byte[] text = request.valueOf(name, MAX_BYTES);
        try {
            return text == null ? null : Json.read(text);
        } catch (ApiException twice) {
            // A key that is there twice, say: nobody's business but the provider's.
            return null;
        }
    }

    void ended(Caller caller, Generation generation) {
        if (broadcast != null) {
            broadcast.offer(trace(caller, generation));
        }
    }

    private Trace trace(Caller caller, Generation generation) {
        Generation.Route route = generation.route();
        Generation.Outcome outcome = generation.outcome();
        Generation.Tokens tokens = generation.tokens();
        Generation.Client client = generation.client();
        Generation.Cost cost = generation.cost();
        return new Trace(
                generation.id(),
                new Trace.Owner(
                        caller.organizationId(),
                        caller.workspaceId(),
                        caller.key().hash(),
                        caller.key().name(),
                        caller.userId()),
                new Trace.Client(
                        client.externalUser(),
                        client.sessionId(),
                        client.requestId(),
                        generation.owner().appId(),
                        client.httpReferer(),
                        client.userAgent()),
                new Trace.Route(
                        route.requestedModel(),
                        route.model(),
                        route.provider(),
                        route.providerName(),
                        route.endpoint(),
                        cost.byok()),
                new Trace.Outcome(
                        outcome.status(),
                        outcome.errorType(),
                        outcome.streamed(),
                        outcome.cancelled(),
                        outcome.finishReason(),
                        outcome.latency(),
                        generation.createdAt(),
                        end(generation)),
                new Trace.Usage(
                        tokens.nativePrompt(),
                        tokens.nativeCompletion(),
                        tokens.nativeCached(),
                        tokens.nativeReasoning(),
                        cost.charge(),
                        cost.upstream(),
                        generation.costSource()),
                custom);
    }

    /// When it ended, as near as its record tells.
    private static Instant end(Generation generation) {
        Long latency = generation.outcome().latency();
        Long rest = generation.outcome().generationTime();
        return generation
                .createdAt()
                .plus(Duration.ofMillis((latency == null ? 0 : latency) + (rest == null ? 0 : rest)));
    }
}
