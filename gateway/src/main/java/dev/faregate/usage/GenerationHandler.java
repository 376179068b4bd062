package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.Caller;
import dev.faregate.storage.Database;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /generation?id=`: the record of one inference, for the key that made it and its workspace. It is
/// there before the last byte of the answer was sent. Every field that clients insist on is present
/// (contract section 4).
public final class GenerationHandler {
    private static final int UUID_LENGTH = 36;

    private final Database database;
    private final GenerationStore store;

    public GenerationHandler(Database database, GenerationStore store) {
        this.database = database;
        this.store = store;
    }

    public Response handle(Request request) {
        Caller caller = request.principal(Caller.class);
        String id = request.head().queryParameter("id");
        if (id == null || id.isEmpty()) {
            throw new ApiException(new ApiError.BadRequest("`id` is required.", "id"));
        }
        Generation generation = parse(id)
                .flatMap(uuid -> database.read(
                        tx -> store.find(tx, uuid, caller.organizationId(), caller.workspaceId(), caller.keyId())))
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("Generation not found")));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            write(json, generation);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static Optional<UUID> parse(String id) {
        String uuid = id.startsWith(Generation.ID_PREFIX) ? id.substring(Generation.ID_PREFIX.length()) : id;
        if (uuid.length() != UUID_LENGTH) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(uuid));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static void write(JsonGenerator json, Generation generation) {
        json.writeStringProperty("id", generation.wireId());
        json.writeStringProperty("created_at", generation.createdAt().toString());
        json.writeStringProperty("api_type", generation.apiType());
        json.writeStringProperty("workspace_id", generation.owner().workspaceId());
        number(json, "app_id", generation.owner().appId());
        writeClient(json, generation.client());
        writeRoute(json, generation.route());
        writeOutcome(json, generation.outcome());
        writeTokens(json, generation.tokens());
        writeMedia(json, generation.media());
        writeCost(json, generation.cost());
        if (generation.attempts().isEmpty()) {
            json.writeNullProperty("provider_responses");
        } else {
            json.writeName("provider_responses");
            json.writeRawValue(AttemptsJson.write(generation.attempts()));
        }
    }

    private static void writeClient(JsonGenerator json, Generation.Client client) {
        json.writeStringProperty("origin", origin(client.httpReferer()));
        text(json, "http_referer", client.httpReferer());
        text(json, "user_agent", client.userAgent());
        text(json, "external_user", client.externalUser());
        text(json, "session_id", client.sessionId());
        text(json, "request_id", client.requestId());
    }

    private static void writeRoute(JsonGenerator json, Generation.Route route) {
        json.writeStringProperty("model", route.model());
        text(json, "provider_name", route.providerName());
        text(json, "router", route.router());
        text(json, "preset_id", route.presetId());
        text(json, "service_tier", route.serviceTier());
        json.writeStringProperty("data_region", route.dataRegion());
        text(json, "upstream_id", route.upstreamId());
    }

    private static void writeOutcome(JsonGenerator json, Generation.Outcome outcome) {
        json.writeBooleanProperty("streamed", outcome.streamed());
        json.writeBooleanProperty("cancelled", outcome.cancelled());
        text(json, "finish_reason", outcome.finishReason());
        text(json, "native_finish_reason", outcome.nativeFinishReason());
        number(json, "latency", outcome.latency());
        number(json, "generation_time", outcome.generationTime());
        number(json, "moderation_latency", outcome.moderationLatency());
    }

    private static void writeTokens(JsonGenerator json, Generation.Tokens tokens) {
        number(json, "tokens_prompt", tokens.prompt());
        number(json, "tokens_completion", tokens.completion());
        number(json, "native_tokens_prompt", tokens.nativePrompt());
        number(json, "native_tokens_completion", tokens.nativeCompletion());
        number(json, "native_tokens_cached", tokens.nativeCached());
        number(json, "native_tokens_reasoning", tokens.nativeReasoning());
        number(json, "native_tokens_completion_images", tokens.nativeImages());
    }

    private static void writeMedia(JsonGenerator json, Generation.Media media) {
        number(json, "num_media_prompt", media.prompt());
        number(json, "num_input_audio_prompt", media.audioPrompt());
        number(json, "num_media_completion", media.completion());
        number(json, "num_search_results", media.searchResults());
        number(json, "num_fetches", media.fetches());
        text(json, "web_search_engine", media.webSearchEngine());
        text(json, "response_cache_source_id", media.cacheSourceId());
    }

    /// What a provider charges us is nobody's business but ours; with BYOK it is the caller's own bill
    /// (contract 3.5).
    private static void writeCost(JsonGenerator json, Generation.Cost cost) {
        json.writeNumberProperty("usage", cost.charge().dollars());
        json.writeNumberProperty("total_cost", cost.charge().dollars());
        money(json, "upstream_inference_cost", cost.byok() ? cost.upstream() : null);
        money(json, "cache_discount", cost.cacheDiscount());
        json.writeBooleanProperty("is_byok", cost.byok());
        json.writeStringProperty("cost_source", cost.source().word());
        text(json, "price_version", cost.priceVersion());
    }

    /// The origin of the referer, which was checked when it came in; empty without one.
    private static String origin(@Nullable String referer) {
        if (referer == null) {
            return "";
        }
        try {
            URI uri = URI.create(referer);
            return uri.getScheme() + "://" + uri.getRawAuthority() + "/";
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private static void number(JsonGenerator json, String name, @Nullable Number value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, value.longValue());
        }
    }

    private static void money(JsonGenerator json, String name, @Nullable Usd amount) {
        if (amount == null) {
            json.writeNullProperty(name);
        } else {
            json.writeNumberProperty(name, amount.dollars());
        }
    }
}
