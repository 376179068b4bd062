package dev.faregate.usage;

import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One finished inference: who asked, what ran where, how it ended, what it cost. Written once, by the
/// ledger, in the batch that settles the hold. Durations are milliseconds; a null figure is not known.
///
/// `createdAt` is when the request arrived: its UTC day is the one that the usage counts on.
public record Generation(
        UUID id,
        Instant createdAt,
        String apiType,
        Owner owner,
        Client client,
        Route route,
        Outcome outcome,
        Tokens tokens,
        Media media,
        Cost cost,
        List<Attempt> attempts) {
    /// What every id looks like on the wire.
    public static final String ID_PREFIX = "gen-";

    public Generation {
        attempts = List.copyOf(attempts);
    }

    /// Who pays: ids of the organization, workspace, key and, where one named itself, the app.
    public record Owner(
            String organizationId,
            String workspaceId,
            String apiKeyId,
            @Nullable Integer appId) {}

    /// What the client said about itself.
    public record Client(
            @Nullable String externalUser,
            @Nullable String sessionId,
            @Nullable String requestId,
            @Nullable String httpReferer,
            @Nullable String userAgent) {
        public static final Client SILENT = new Client(null, null, null, null, null);
    }

    /// Where it ran. `requestedModel` was asked for, `upstreamModel` sent, `reportedModel` answered;
    /// `model` is the id in the catalogue of the one that served. `endpoint` names the model endpoint,
    /// empty when none was reached; `provider` is a slug, `providerName` for people.
    public record Route(
            String requestedModel,
            String model,
            @Nullable String upstreamModel,
            @Nullable String reportedModel,
            @Nullable String provider,
            @Nullable String providerName,
            String endpoint,
            @Nullable String router,
            @Nullable String presetId,
            @Nullable String serviceTier,
            String dataRegion,
            @Nullable String upstreamId) {}

    /// How it ended: the HTTP status the client saw and, for a failure, its `error_type`. `latency` is
    /// the time to the first token, `generationTime` from there to the end.
    public record Outcome(
            int status,
            @Nullable String errorType,
            boolean streamed,
            boolean cancelled,
            @Nullable String finishReason,
            @Nullable String nativeFinishReason,
            @Nullable Long latency,
            @Nullable Long generationTime,
            @Nullable Long moderationLatency) {}

    /// Token counts: normalised ones first, then the provider's own, which are billed.
    public record Tokens(
            @Nullable Long prompt,
            @Nullable Long completion,
            @Nullable Long nativePrompt,
            @Nullable Long nativeCompletion,
            @Nullable Long nativeCached,
            @Nullable Long nativeCacheWrite,
            @Nullable Long nativeReasoning,
            @Nullable Long nativeImages) {
        public static final Tokens UNKNOWN = new Tokens(null, null, null, null, null, null, null, null);
    }

    /// What was counted besides tokens.
    public record Media(
            @Nullable Long prompt,
            @Nullable Long audioPrompt,
            @Nullable Long completion,
            @Nullable Long searchResults,
            @Nullable Long fetches,
            @Nullable String webSearchEngine,
            @Nullable String cacheSourceId) {
        public static final Media NONE = new Media(null, null, null, null, null, null, null);
    }

    /// What the organization was charged, and what the provider charges at list price. With `byok` the
    /// latter is paid with the organization's own credential and counts as BYOK usage. `free` is a free
    /// model on our own capacity.
    public record Cost(
            Usd charge,
            Usd upstream,
            @Nullable Usd cacheDiscount,
            Source source,
            @Nullable String priceVersion,
            boolean byok,
            boolean free) {}

    /// How the charge is known; the words of the database.
    public enum Source {
        EXACT("exact"),
        ESTIMATED("estimated"),
        ORPHAN("orphan"),
        /// Nothing was asked of a provider: it counts for nothing.
        VOID("void");

        private final String word;

        Source(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }

        static Source ofWord(String word) {
            for (Source source : values()) {
                if (source.word.equals(word)) {
                    return source;
                }
            }
            throw new IllegalArgumentException("no such cost source: " + word);
        }
    }

    /// One call of a provider (contract 2.3, `provider_responses`). `status` is null when no answer came.
    public record Attempt(
            @Nullable Integer status,
            @Nullable String providerName,
            @Nullable String endpoint,
            @Nullable String model,
            @Nullable String upstreamId,
            @Nullable Long latency,
            boolean byok) {}

    /// The id as clients see it.
    public String wireId() {
        return ID_PREFIX + id;
    }

    /// How the charge is known, as clients see it.
    public String costSource() {
        return cost.source().word();
    }

    /// The values of [GenerationRow#COLUMNS], in that order.
    public Object[] toRow() {
        return GenerationRow.of(this);
    }
}
