package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Caller;
import dev.faregate.storage.Database;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /generation?id=`: the record of one inference, for the key that made it, its workspace and the
/// management keys of its organization. It is there before the last byte of the answer was sent, or for
/// what costs nothing just after. Every field that clients insist on is present (contract section 4).
public final class GenerationHandler {
    /// The categories of the contract.
    private static final List<String> CATEGORIES =
            List.of("latency", "incoherence", "incorrect_response", "formatting", "billing", "api_error", "other");

    private static final int MAX_COMMENT_LENGTH = 1_000;
    private static final int MAX_ID_LENGTH = 100;

    private final Database database;
    private final GenerationStore store;
    private final Writes writes;

    public GenerationHandler(Database database, GenerationStore store, Writes writes) {
        this.database = database;
        this.store = store;
        this.writes = writes;
    }

    public Response handle(Request request) {
        Caller caller = request.principal(Caller.class);
        UUID id = id(request);
        Generation generation = WireIds.await(id, () -> database.read(tx -> store.find(tx, id, caller)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            write(json, generation);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `GET /generation/content?id=`: prompt and answer, where they were stored. Whoever may see the
    /// generation may see them.
    public Response content(Request request) {
        Caller caller = request.principal(Caller.class);
        UUID id = id(request);
        WireIds.await(id, () -> database.read(tx -> store.find(tx, id, caller)));
        GenerationLog.Content content = database.read(tx -> store.findContent(tx, id))
                .orElseThrow(() -> new ApiException(new ApiError.NotFound(
                        "No content is stored for this generation: input and output logging was off for it, "
                                + "or its content was deleted since.")));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeName("input");
            json.writeRawValue(content.input());
            json.writeObjectPropertyStart("output");
            text(json, "completion", content.completion());
            text(json, "reasoning", content.reasoning());
            json.writeEndObject();
            json.writeName("error");
            json.writeRawValue(content.error() == null ? "null" : content.error());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `POST /generation/feedback`: what somebody thinks of a generation of the organization.
    public Response feedback(Request request) {
        Caller caller = request.principal(Caller.class);
        BodyFields body = BodyFields.of(request.body());
        String named = body.text("generation_id", MAX_ID_LENGTH);
        String category = body.findWord("category", CATEGORIES);
        if (category == null) {
            throw body.bad("category", "is required");
        }
        String comment = body.findProse("comment", MAX_COMMENT_LENGTH);
        UUID id = WireIds.parse(named).orElseThrow(WireIds::notFound);
        WireIds.await(id, () -> database.read(tx -> store.find(tx, id, caller)));
        database.write(tx -> {
            if (writes.claim(tx, request, id.toString()).isEmpty()) {
                store.say(tx, id, caller.organizationId(), caller.actorId(), category, comment);
                writes.record(tx, request, "generation.feedback", id.toString(), Map.of("category", category));
            }
            return true;
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeBooleanProperty("success", true);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static UUID id(Request request) {
        String id = request.head().queryParameter("id");
        if (id == null || id.isEmpty()) {
            throw new ApiException(new ApiError.BadRequest("`id` is required.", "id"));
        }
        return WireIds.parse(id).orElseThrow(WireIds::notFound);
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
