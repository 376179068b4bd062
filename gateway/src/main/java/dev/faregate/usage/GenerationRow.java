package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.RecordTable;
import dev.faregate.usage.Generation.Client;
import dev.faregate.usage.Generation.Cost;
import dev.faregate.usage.Generation.Media;
import dev.faregate.usage.Generation.Outcome;
import dev.faregate.usage.Generation.Owner;
import dev.faregate.usage.Generation.Route;
import dev.faregate.usage.Generation.Tokens;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A [Generation] as a row of its table: values that JDBC binds as they are (`String`, `Long`, `Integer`,
/// `Boolean`, null) on both databases. Text that came from outside is cut to its column and stripped of
/// what PostgreSQL cannot store, because a row that the database refuses would hold up the money.
public final class GenerationRow {
    private static final List<Field<?>> FIELDS = List.of(
            GENERATION.ID,
            GENERATION.ORGANIZATION_ID,
            GENERATION.WORKSPACE_ID,
            GENERATION.API_KEY_ID,
            GENERATION.APP_ID,
            GENERATION.CREATED_AT,
            GENERATION.API_TYPE,
            GENERATION.REQUESTED_MODEL,
            GENERATION.MODEL,
            GENERATION.UPSTREAM_MODEL,
            GENERATION.REPORTED_MODEL,
            GENERATION.PROVIDER,
            GENERATION.PROVIDER_NAME,
            GENERATION.ENDPOINT,
            GENERATION.ROUTER,
            GENERATION.PRESET_ID,
            GENERATION.SERVICE_TIER,
            GENERATION.DATA_REGION,
            GENERATION.STATUS,
            GENERATION.ERROR_TYPE,
            GENERATION.STREAMED,
            GENERATION.CANCELLED,
            GENERATION.FINISH_REASON,
            GENERATION.NATIVE_FINISH_REASON,
            GENERATION.LATENCY,
            GENERATION.GENERATION_TIME,
            GENERATION.MODERATION_LATENCY,
            GENERATION.TOKENS_PROMPT,
            GENERATION.TOKENS_COMPLETION,
            GENERATION.NATIVE_TOKENS_PROMPT,
            GENERATION.NATIVE_TOKENS_COMPLETION,
            GENERATION.NATIVE_TOKENS_CACHED,
            GENERATION.NATIVE_TOKENS_CACHE_WRITE,
            GENERATION.NATIVE_TOKENS_REASONING,
            GENERATION.NATIVE_TOKENS_IMAGES,
            GENERATION.NUM_MEDIA_PROMPT,
            GENERATION.NUM_AUDIO_PROMPT,
            GENERATION.NUM_MEDIA_COMPLETION,
            GENERATION.NUM_SEARCH_RESULTS,
            GENERATION.NUM_FETCHES,
            GENERATION.WEB_SEARCH_ENGINE,
            GENERATION.CHARGE_NANOS,
            GENERATION.UPSTREAM_COST_NANOS,
            GENERATION.CACHE_DISCOUNT_NANOS,
            GENERATION.COST_SOURCE,
            GENERATION.PRICE_VERSION,
            GENERATION.IS_BYOK,
            GENERATION.IS_FREE,
            GENERATION.EXTERNAL_USER,
            GENERATION.SESSION_ID,
            GENERATION.REQUEST_ID,
            GENERATION.HTTP_REFERER,
            GENERATION.USER_AGENT,
            GENERATION.UPSTREAM_ID,
            GENERATION.CACHE_SOURCE_ID,
            GENERATION.ATTEMPTS);

    /// Columns with few values, the same in most requests of a deployment, and all of them our own words: what a client
    /// or a provider wrote is always bound.
    private static final Set<Field<?>> COMMON = Set.of(
            GENERATION.ORGANIZATION_ID,
            GENERATION.WORKSPACE_ID,
            GENERATION.API_TYPE,
            GENERATION.MODEL,
            GENERATION.UPSTREAM_MODEL,
            GENERATION.PROVIDER,
            GENERATION.PROVIDER_NAME,
            GENERATION.ENDPOINT,
            GENERATION.ROUTER,
            GENERATION.PRESET_ID,
            GENERATION.DATA_REGION,
            GENERATION.STATUS,
            GENERATION.ERROR_TYPE,
            GENERATION.STREAMED,
            GENERATION.CANCELLED,
            GENERATION.FINISH_REASON,
            GENERATION.COST_SOURCE,
            GENERATION.PRICE_VERSION,
            GENERATION.IS_BYOK,
            GENERATION.IS_FREE);

    /// Table and columns, for whoever inserts rows without knowing what they mean.
    static final String TABLE = GENERATION.getName();

    static final List<String> COLUMNS = FIELDS.stream().map(Field::getName).toList();

    private GenerationRow() {}

    /// The table with its roll-ups, for one ledger.
    public static RecordTable table() {
        return new RecordTable(
                TABLE, COLUMNS, COMMON.stream().map(Field::getName).collect(Collectors.toSet()), new UsageSums());
    }

    static Object[] of(Generation generation) {
        Owner owner = generation.owner();
        Route route = generation.route();
        Outcome outcome = generation.outcome();
        Tokens tokens = generation.tokens();
        Media media = generation.media();
        Cost cost = generation.cost();
        Client client = generation.client();
        @Nullable
        Object[] row = {
            generation.id().toString(),
            owner.organizationId(),
            owner.workspaceId(),
            owner.apiKeyId(),
            owner.appId(),
            Micros.of(generation.createdAt()),
            generation.apiType(),
            fit(route.requestedModel(), GENERATION.REQUESTED_MODEL),
            fit(route.model(), GENERATION.MODEL),
            fit(route.upstreamModel(), GENERATION.UPSTREAM_MODEL),
            fit(route.reportedModel(), GENERATION.REPORTED_MODEL),
            fit(route.provider(), GENERATION.PROVIDER),
            fit(route.providerName(), GENERATION.PROVIDER_NAME),
            fit(route.endpoint(), GENERATION.ENDPOINT),
            fit(route.router(), GENERATION.ROUTER),
            fit(route.presetId(), GENERATION.PRESET_ID),
            fit(route.serviceTier(), GENERATION.SERVICE_TIER),
            fit(route.dataRegion(), GENERATION.DATA_REGION),
            outcome.status(),
            fit(outcome.errorType(), GENERATION.ERROR_TYPE),
            outcome.streamed(),
            outcome.cancelled(),
            fit(outcome.finishReason(), GENERATION.FINISH_REASON),
            fit(outcome.nativeFinishReason(), GENERATION.NATIVE_FINISH_REASON),
            outcome.latency(),
            outcome.generationTime(),
            outcome.moderationLatency(),
            tokens.prompt(),
            tokens.completion(),
            tokens.nativePrompt(),
            tokens.nativeCompletion(),
            tokens.nativeCached(),
            tokens.nativeCacheWrite(),
            tokens.nativeReasoning(),
            tokens.nativeImages(),
            media.prompt(),
            media.audioPrompt(),
            media.completion(),
            media.searchResults(),
            media.fetches(),
            fit(media.webSearchEngine(), GENERATION.WEB_SEARCH_ENGINE),
            cost.charge().nanos(),
            cost.upstream().nanos(),
            nanos(cost.cacheDiscount()),
            cost.source().word(),
            fit(cost.priceVersion(), GENERATION.PRICE_VERSION),
            cost.byok(),
            cost.free(),
            fit(client.externalUser(), GENERATION.EXTERNAL_USER),
            fit(client.sessionId(), GENERATION.SESSION_ID),
            fit(client.requestId(), GENERATION.REQUEST_ID),
            fit(client.httpReferer(), GENERATION.HTTP_REFERER),
            fit(client.userAgent(), GENERATION.USER_AGENT),
            fit(route.upstreamId(), GENERATION.UPSTREAM_ID),
            fit(media.cacheSourceId(), GENERATION.CACHE_SOURCE_ID),
            AttemptsJson.store(generation.attempts(), route, cost)
        };
        return row;
    }

    static List<Field<?>> fields() {
        return FIELDS;
    }

    static Generation read(Record row) {
        Route route = route(row);
        Cost cost = cost(row);
        return new Generation(
                UUID.fromString(get(row, GENERATION.ID)),
                Micros.toInstant(get(row, GENERATION.CREATED_AT)),
                get(row, GENERATION.API_TYPE),
                new Owner(
                        get(row, GENERATION.ORGANIZATION_ID),
                        get(row, GENERATION.WORKSPACE_ID),
                        get(row, GENERATION.API_KEY_ID),
                        row.get(GENERATION.APP_ID)),
                new Client(
                        row.get(GENERATION.EXTERNAL_USER),
                        row.get(GENERATION.SESSION_ID),
                        row.get(GENERATION.REQUEST_ID),
                        row.get(GENERATION.HTTP_REFERER),
                        row.get(GENERATION.USER_AGENT)),
                route,
                outcome(row),
                tokens(row),
                media(row),
                cost,
                AttemptsJson.read(row.get(GENERATION.ATTEMPTS), route, cost));
    }

    private static Route route(Record row) {
        return new Route(
                get(row, GENERATION.REQUESTED_MODEL),
                get(row, GENERATION.MODEL),
                row.get(GENERATION.UPSTREAM_MODEL),
                row.get(GENERATION.REPORTED_MODEL),
                row.get(GENERATION.PROVIDER),
                row.get(GENERATION.PROVIDER_NAME),
                get(row, GENERATION.ENDPOINT),
                row.get(GENERATION.ROUTER),
                row.get(GENERATION.PRESET_ID),
                row.get(GENERATION.SERVICE_TIER),
                get(row, GENERATION.DATA_REGION),
                row.get(GENERATION.UPSTREAM_ID));
    }

    private static Outcome outcome(Record row) {
        return new Outcome(
                get(row, GENERATION.STATUS),
                row.get(GENERATION.ERROR_TYPE),
                get(row, GENERATION.STREAMED),
                get(row, GENERATION.CANCELLED),
                row.get(GENERATION.FINISH_REASON),
                row.get(GENERATION.NATIVE_FINISH_REASON),
                row.get(GENERATION.LATENCY),
                row.get(GENERATION.GENERATION_TIME),
                row.get(GENERATION.MODERATION_LATENCY));
    }

    private static Tokens tokens(Record row) {
        return new Tokens(
                row.get(GENERATION.TOKENS_PROMPT),
                row.get(GENERATION.TOKENS_COMPLETION),
                row.get(GENERATION.NATIVE_TOKENS_PROMPT),
                row.get(GENERATION.NATIVE_TOKENS_COMPLETION),
                row.get(GENERATION.NATIVE_TOKENS_CACHED),
                row.get(GENERATION.NATIVE_TOKENS_CACHE_WRITE),
                row.get(GENERATION.NATIVE_TOKENS_REASONING),
                row.get(GENERATION.NATIVE_TOKENS_IMAGES));
    }

    private static Media media(Record row) {
        return new Media(
                row.get(GENERATION.NUM_MEDIA_PROMPT),
                row.get(GENERATION.NUM_AUDIO_PROMPT),
                row.get(GENERATION.NUM_MEDIA_COMPLETION),
                row.get(GENERATION.NUM_SEARCH_RESULTS),
                row.get(GENERATION.NUM_FETCHES),
                row.get(GENERATION.WEB_SEARCH_ENGINE),
                row.get(GENERATION.CACHE_SOURCE_ID));
    }

    private static Cost cost(Record row) {
        Long discount = row.get(GENERATION.CACHE_DISCOUNT_NANOS);
        return new Cost(
                Usd.ofNanos(get(row, GENERATION.CHARGE_NANOS)),
                Usd.ofNanos(get(row, GENERATION.UPSTREAM_COST_NANOS)),
                discount == null ? null : Usd.ofNanos(discount),
                Generation.Source.ofWord(get(row, GENERATION.COST_SOURCE)),
                row.get(GENERATION.PRICE_VERSION),
                get(row, GENERATION.IS_BYOK),
                get(row, GENERATION.IS_FREE));
    }

    /// The value of a column that the schema declares NOT NULL.
    private static <T> T get(Record row, Field<T> field) {
        return Objects.requireNonNull(row.get(field), field.getName());
    }

    private static @Nullable Long nanos(@Nullable Usd amount) {
        return amount == null ? null : amount.nanos();
    }

    /// The text without NUL, which PostgreSQL refuses, and at most as long as its column.
    private static @Nullable String fit(@Nullable String text, Field<String> column) {
        if (text == null) {
            return null;
        }
        String clean = text.indexOf('\0') < 0 ? text : text.replace("\0", "");
        int max = column.getDataType().length();
        if (clean.length() <= max) {
            return clean;
        }
        return clean.substring(0, Character.isHighSurrogate(clean.charAt(max - 1)) ? max - 1 : max);
    }
}
