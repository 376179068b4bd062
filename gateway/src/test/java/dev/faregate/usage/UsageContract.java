package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.Window;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyUsage;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Generations, the roll-ups that the database keeps of them, and the answers made of both.
@ParameterizedClass
@EnumSource
class UsageContract {
    private static final long SEED = 4_711;

    private final Rig rig;
    private final GenerationHandler generations;
    private final CreditsHandler credits;

    UsageContract(Database.Kind kind) {
        rig = new Rig(kind);
        generations = new GenerationHandler(rig.database, new GenerationStore(), rig.writes);
        credits = new CreditsHandler(new ManagedCredits(
                rig.database, rig.books, rig.limits, rig.entries, rig.organizations, rig.directory, rig.writes));
    }

    @Test
    void addsUpWindowsThatNest() {
        Random random = new Random(SEED);
        Caller one = rig.caller(rig.inference);
        Caller two = rig.caller(rig.tenant().inference());
        Instant now = rig.database.read(Tx::now);
        List<Generation> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            // Dense near today, so that the edges of day, week and month are met.
            Duration ago = Duration.ofMinutes((long) (Math.pow(random.nextDouble(), 3) * 70 * 24 * 60));
            all.add(Generations.of(random.nextBoolean() ? one : two, now.minus(ago))
                    .cost(random.nextLong(1_000_000_000L), random.nextLong(1_000_000_000L), random.nextInt(4) == 0)
                    .source(random.nextInt(10) == 0 ? Generation.Source.VOID : Generation.Source.EXACT)
                    .build());
        }
        Generations.insert(rig, all);
        rig.database.read(tx -> {
            Map<String, KeyUsage> usage = KeyUsage.of(tx, List.of(one.keyId(), two.keyId(), "nobody"));
            assertThat(usage).containsOnlyKeys(one.keyId(), two.keyId());
            for (Caller caller : List.of(one, two)) {
                KeyUsage seen = usage.getOrDefault(caller.keyId(), KeyUsage.NONE);
                assertThat(seen.credit()).isEqualTo(expected(all, caller, tx.now(), false));
                assertThat(seen.byok()).isEqualTo(expected(all, caller, tx.now(), true));
                for (KeyUsage.Sums sums : List.of(seen.credit(), seen.byok())) {
                    assertThat(sums.daily()).isLessThanOrEqualTo(sums.weekly()).isLessThanOrEqualTo(sums.monthly());
                    assertThat(sums.weekly()).isLessThanOrEqualTo(sums.total());
                    assertThat(sums.monthly()).isLessThanOrEqualTo(sums.total());
                }
            }
            return 0;
        });
    }

    @Test
    void countsDaysWeeksAndMonthsByTheUtcCalendar() {
        Caller caller = rig.caller(rig.inference);
        // Thursday, 1 October 2026: the week began on Monday, in September.
        Instant now = Instant.parse("2026-10-01T00:30:00Z");
        Generations.insert(
                rig,
                List.of(
                        Generations.of(caller, Instant.parse("2026-10-01T00:00:00Z"))
                                .cost(1, 0, false)
                                .build(),
                        Generations.of(caller, Instant.parse("2026-09-30T23:59:59.999999Z"))
                                .cost(10, 0, false)
                                .build(),
                        Generations.of(caller, Instant.parse("2026-09-28T00:00:00Z"))
                                .cost(100, 0, false)
                                .build(),
                        Generations.of(caller, Instant.parse("2026-09-27T23:59:59.999999Z"))
                                .cost(1_000, 0, false)
                                .build(),
                        Generations.of(caller, Instant.parse("2025-10-01T00:00:00Z"))
                                .cost(10_000, 0, false)
                                .build()));
        assertThat(usage(caller, now).credit())
                .isEqualTo(new KeyUsage.Sums(Usd.ofNanos(11_111), Usd.ofNanos(1), Usd.ofNanos(111), Usd.ofNanos(1)));
        // Wednesday the 30th: the week is younger than the month.
        Instant before = Instant.parse("2026-09-30T23:59:59.999999Z");
        assertThat(usage(caller, before).credit().weekly()).isEqualTo(Usd.ofNanos(111));
    }

    @Test
    void rollsUpPerModelAndEndpoint() {
        Caller caller = rig.caller(rig.inference);
        Instant now = rig.database.read(Tx::now);
        Generations.insert(
                rig,
                List.of(
                        Generations.of(caller, now)
                                .model("a/x", "p1")
                                .cost(5, 0, false)
                                .build(),
                        Generations.of(caller, now)
                                .model("a/x", "p1")
                                .cost(6, 0, false)
                                .build(),
                        Generations.of(caller, now)
                                .model("a/x", "p2")
                                .cost(7, 0, false)
                                .build(),
                        Generations.of(caller, now)
                                .model("a/y", "p1")
                                .cost(1, 70, true)
                                .build()));
        assertThat(rows(
                        "SELECT model, endpoint, requests, prompt_tokens, completion_tokens, reasoning_tokens, "
                                + "cached_tokens, usage_nanos, byok_usage_nanos FROM usage_day WHERE api_key_id = ? ORDER BY 1, 2",
                        caller))
                .containsExactly("a/x|p1|2|20|50|10|6|11|0", "a/x|p2|1|10|25|5|3|7|0", "a/y|p1|1|10|25|5|3|1|70");
    }

    @Test
    void rollsUpWorkspacesByHourAndDayAndAppsByDay() {
        Caller one = rig.caller(rig.inference);
        Caller two = rig.caller(Secret.of(
                rig.create(rig.management, "{\"name\":\"n\"}").path("key").asString()));
        Instant noon = Instant.parse("2026-09-21T12:30:00Z");
        Generation replaced = Generations.of(one, noon)
                .model("a/x", "p1")
                .app(7)
                .timed(40, 500)
                .build();
        Generations.insert(
                rig,
                List.of(
                        replaced,
                        Generations.of(two, noon.plusSeconds(60))
                                .model("a/x", "p1")
                                .provider("P")
                                .cost(5, 0, false)
                                .build(),
                        Generations.of(one, noon.plusSeconds(7_200))
                                .model("a/x", "p1")
                                .cost(1, 70, true)
                                .app(7)
                                .build(),
                        Generations.of(one, noon)
                                .model("a/y", "p1")
                                .source(Generation.Source.VOID)
                                .app(7)
                                .build()));
        String figures = "requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, "
                + "usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens";
        assertThat(rows(
                        "SELECT span, slot, model, endpoint, provider_name, " + figures
                                + " FROM workspace_usage WHERE workspace_id = ? ORDER BY 1, 2",
                        one.workspaceId()))
                .containsExactly(
                        "3600|HOUR|a/x|p1|P|2|0|20|50|10|6|5|0|40|1|500|25".replace("HOUR", hour(noon)),
                        "3600|HOUR|a/x|p1|null|1|1|10|25|5|3|1|70|0|0|0|0"
                                .replace("HOUR", hour(noon.plusSeconds(7_200))),
                        "86400|DAY|a/x|p1|P|3|1|30|75|15|9|6|70|40|1|500|25".replace("DAY", day(noon)));
        assertThat(rows("SELECT app_id, day, " + figures + " FROM app_usage WHERE workspace_id = ?", one.workspaceId()))
                .containsExactly("7|DAY|2|1|20|50|10|6|1|70|40|1|500|25".replace("DAY", day(noon)));
        assertThat(rows("SELECT " + figures + " FROM usage_day WHERE api_key_id = ?", one.keyId()))
                .containsExactly("2|1|20|50|10|6|1|70|40|1|500|25");
        Generations.insert(
                rig,
                List.of(Generations.of(one, noon)
                        .id(replaced.id())
                        .model("a/z", "p2")
                        .build()));
        assertThat(rows(
                        "SELECT model, requests, latency FROM workspace_usage WHERE span = 86400 AND workspace_id = ? "
                                + "ORDER BY 1",
                        one.workspaceId()))
                .containsExactly("a/x|2|0", "a/z|1|0");
        assertThat(rows("SELECT requests FROM app_usage WHERE workspace_id = ?", one.workspaceId()))
                .containsExactly("1");
    }

    private static String hour(Instant at) {
        return Long.toString(at.getEpochSecond() / 3_600);
    }

    private static String day(Instant at) {
        return Long.toString(at.getEpochSecond() / 86_400);
    }

    @Test
    void keepsTheRollUpsRightWhenTheTruthReplacesAnOrphan() {
        Caller caller = rig.caller(rig.inference);
        Instant now = rig.database.read(Tx::now);
        Generation orphan = Generations.of(caller, now)
                .cost(900, 0, false)
                .source(Generation.Source.ORPHAN)
                .build();
        Generations.insert(rig, List.of(orphan));
        Generation truth =
                Generations.of(caller, now).id(orphan.id()).cost(20, 0, false).build();
        Generations.insert(rig, List.of(truth));
        Generations.insert(rig, List.of(truth));
        assertThat(usage(caller, now).credit().total()).isEqualTo(Usd.ofNanos(20));
        assertThat(rows("SELECT requests, usage_nanos FROM usage_counter WHERE api_key_id = ?", caller))
                .containsExactly("1|20", "1|20");
        Generations.insert(
                rig,
                List.of(Generations.of(caller, now)
                        .id(orphan.id())
                        .cost(0, 0, false)
                        .source(Generation.Source.VOID)
                        .build()));
        assertThat(rows("SELECT requests, usage_nanos FROM usage_counter WHERE api_key_id = ?", caller))
                .containsExactly("0|0", "0|0");
    }

    @Test
    void keepsTheRollUpsWhenDetailsAreDeleted() {
        Caller caller = rig.caller(rig.inference);
        Instant now = rig.database.read(Tx::now);
        Generations.insert(
                rig, List.of(Generations.of(caller, now).cost(20, 0, false).build()));
        rig.database.write(tx -> tx.sql().execute("DELETE FROM generation WHERE api_key_id = ?", caller.keyId()));
        assertThat(usage(caller, now).credit().total()).isEqualTo(Usd.ofNanos(20));
    }

    @Test
    void countsTodaysFreeRequestsOfTheWholeOrganization() {
        Caller one = rig.caller(rig.inference);
        Secret second = Secret.of(
                rig.create(rig.management, "{\"name\":\"n\"}").path("key").asString());
        Instant now = rig.database.read(Tx::now);
        Generations.insert(
                rig,
                List.of(
                        Generations.of(one, now).free().build(),
                        Generations.of(rig.caller(second), now).free().build(),
                        Generations.of(one, now).build(),
                        Generations.of(one, now.minus(Duration.ofDays(1)))
                                .free()
                                .build(),
                        Generations.of(one, now).free().cost(0, 5, true).build(),
                        Generations.of(one, now)
                                .free()
                                .source(Generation.Source.VOID)
                                .build(),
                        Generations.of(rig.caller(rig.tenant().inference()), now)
                                .free()
                                .build()));
        JsonNode free = rig.self(second).path("free_model_daily_requests");
        assertThat(free.path("used").longValue()).isEqualTo(2);
        assertThat(free.path("remaining").longValue())
                .isEqualTo(free.path("limit").longValue() - 2);
    }

    @Test
    void showsUsageOnEveryAnswerAboutAKey() {
        Caller caller = rig.caller(rig.inference);
        Generations.insert(
                rig,
                List.of(
                        Generations.of(caller, rig.database.read(Tx::now))
                                .cost(75, 0, false)
                                .build(),
                        Generations.of(caller, rig.database.read(Tx::now))
                                .cost(0, 1_500_000_000L, true)
                                .build()));
        for (JsonNode data : List.of(
                rig.self(rig.inference),
                rig.get(rig.management, caller.keyId()).path("data"),
                rig.list(rig.management, Map.of()).path("data").get(0))) {
            assertThat(plain(data, "usage")).isEqualTo("0.000000075");
            assertThat(plain(data, "usage_daily")).isEqualTo("0.000000075");
            assertThat(plain(data, "byok_usage_monthly")).isEqualTo("1.5");
        }
    }

    @Test
    void givesBackWhatWasRecorded() {
        Caller caller = rig.caller(rig.inference);
        Generation full = Generations.full(caller);
        Generations.insert(rig, List.of(full));
        assertThat(find(caller, full.id())).contains(full);
        Generation bare = Generations.of(caller, full.createdAt()).bare();
        Generations.insert(rig, List.of(bare));
        assertThat(find(caller, bare.id())).contains(bare);
    }

    @Test
    void fitsAnyTextIntoItsColumn() {
        Caller caller = rig.caller(rig.inference);
        String endless = "é🔑\0".repeat(1_000);
        Generation wild = new Generation(
                Ids.next(),
                rig.database.read(Tx::now),
                "completions",
                new Generation.Owner(caller.organizationId(), caller.workspaceId(), caller.keyId(), null),
                new Generation.Client(endless, endless, endless, endless, endless),
                new Generation.Route(
                        endless, endless, endless, endless, endless, endless, endless, endless, endless, endless,
                        "global", endless),
                new Generation.Outcome(502, endless, true, true, endless, endless, 1L, 2L, 3L),
                Generation.Tokens.UNKNOWN,
                new Generation.Media(null, null, null, null, null, endless, endless),
                new Generation.Cost(Usd.ZERO, Usd.ZERO, null, Generation.Source.EXACT, endless, false, false),
                List.of(new Generation.Attempt(null, "p\0", endless, null, null, null, false)));
        Generations.insert(rig, List.of(wild));
        Generation seen = find(caller, wild.id()).orElseThrow();
        assertThat(seen.client().externalUser()).hasSizeBetween(255, 256).doesNotContain("\0");
        assertThat(seen.route().model()).hasSizeBetween(199, 200);
        assertThat(seen.attempts()).isEqualTo(wild.attempts());
    }

    @Test
    void answersAGenerationWithEveryFieldThatClientsInsistOn() {
        Caller caller = rig.caller(rig.inference);
        Generation full = Generations.full(caller);
        Generation bare = Generations.of(caller, full.createdAt()).bare();
        Generations.insert(rig, List.of(full, bare));
        for (Generation generation : List.of(full, bare)) {
            JsonNode data = get(rig.inference, generation.wireId());
            assertThat(Rig.typesOf(
                            data,
                            "id",
                            "model",
                            "created_at",
                            "origin",
                            "is_byok",
                            "usage",
                            "total_cost",
                            "data_region"))
                    .isEqualTo("ssssbnns");
            assertThat(Rig.typesOf(
                            data,
                            "api_type",
                            "external_user",
                            "finish_reason",
                            "http_referer",
                            "native_finish_reason",
                            "preset_id",
                            "provider_name",
                            "router",
                            "service_tier",
                            "upstream_id",
                            "user_agent",
                            "web_search_engine",
                            "workspace_id",
                            "session_id",
                            "request_id"))
                    .matches("[s0]{15}");
            assertThat(Rig.typesOf(
                            data,
                            "app_id",
                            "cache_discount",
                            "generation_time",
                            "latency",
                            "moderation_latency",
                            "native_tokens_prompt",
                            "native_tokens_completion",
                            "native_tokens_completion_images",
                            "native_tokens_reasoning",
                            "native_tokens_cached",
                            "num_fetches",
                            "num_input_audio_prompt",
                            "num_media_prompt",
                            "num_media_completion",
                            "num_search_results",
                            "tokens_prompt",
                            "tokens_completion",
                            "upstream_inference_cost"))
                    .matches("[n0]{18}");
            assertThat(Rig.typesOf(data, "cancelled", "streamed")).isEqualTo("bb");
            assertThat(Rig.typesOf(data, "provider_responses")).matches("[a0]");
        }
        JsonNode data = get(rig.inference, full.wireId());
        assertThat(plain(data, "total_cost")).isEqualTo("0.000001234");
        assertThat(plain(data, "upstream_inference_cost")).isEqualTo("0.5");
        assertThat(data.path("origin").asString()).isEqualTo("https://example.org/");
        assertThat(data.path("provider_responses").toString())
                .isEqualTo("[{\"status\":429,\"provider_name\":\"One\",\"is_byok\":false},"
                        + "{\"status\":200,\"provider_name\":\"Two\",\"endpoint_id\":\"two/a\",\"model_permaslug\":\"a/x\","
                        + "\"id\":\"up-1\",\"latency\":40,\"is_byok\":true}]");
    }

    @Test
    void showsAGenerationToItsKeyItsWorkspaceAndManagementOnly() {
        Caller caller = rig.caller(rig.inference);
        Secret neighbour = Secret.of(
                rig.create(rig.management, "{\"name\":\"n\"}").path("key").asString());
        String room = rig.database
                .write(tx -> rig.organizations.createWorkspace(tx, caller.organizationId(), "room", "Room"))
                .id();
        Secret nextDoor = Secret.of(rig.create(rig.management, "{\"name\":\"n\",\"workspace_id\":\"room\"}")
                .path("key")
                .asString());
        assertThat(rig.caller(nextDoor).workspaceId()).isEqualTo(room);
        Rig.Tenant stranger = rig.tenant();
        Generation mine = Generations.of(caller, rig.database.read(Tx::now)).build();
        Generations.insert(rig, List.of(mine));
        String id = mine.wireId();
        Secret elsewhere = rig.keys
                .create(Keys.NewKey.plain(caller.organizationId(), room, KeyKind.MANAGEMENT, "m"))
                .text();
        for (Secret key : List.of(rig.inference, neighbour, rig.management, elsewhere)) {
            assertThat(get(key, id).path("id").asString()).isEqualTo(id);
        }
        for (Secret key : List.of(nextDoor, stranger.inference(), stranger.management())) {
            assertThat(Rig.errorOf(() -> get(key, id))).isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(get(rig.inference, mine.id().toString()).path("id").asString())
                .isEqualTo(id);
        for (String nonsense :
                List.of("gen-", "gen-1", "x", "gen-" + UUID.randomUUID(), "gen-" + "-".repeat(36), "\0")) {
            assertThat(Rig.errorOf(() -> get(rig.inference, nonsense))).isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(Rig.errorOf(() -> get(rig.inference, null))).isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void answersCreditsBoughtAndSpent() {
        JsonNode before = credits(rig.management);
        assertThat(Rig.typesOf(before, "total_credits", "total_usage")).isEqualTo("nn");
        assertThat(before.path("total_credits").decimalValue()).isZero();
        rig.database.write(tx -> rig.books.transfer(
                tx,
                rig.organizationId,
                Books.TransferKind.GRANT,
                Usd.parse("12.5"),
                "g-" + rig.organizationId,
                "test",
                "test"));
        assertThat(credits(rig.management).path("total_credits").toString()).isEqualTo("12.5");
        assertThat(credits(rig.tenant().management()).path("total_credits").decimalValue())
                .isZero();
    }

    private JsonNode get(Secret key, @Nullable String id) {
        Map<String, List<String>> query = id == null ? Map.of() : Map.of("id", List.of(id));
        return rig.call(generations::handle, key, Rig.head("GET", "/generation", Map.of(), query), "")
                .path("data");
    }

    private static String plain(JsonNode data, String name) {
        return data.path(name).decimalValue().toPlainString();
    }

    private JsonNode credits(Secret key) {
        return rig.call(credits::handle, key, Rig.head("GET", "/credits", Map.of(), Map.of()), "")
                .path("data");
    }

    private java.util.Optional<Generation> find(Caller caller, UUID id) {
        return rig.database.read(tx ->
                new GenerationStore().find(tx, id, caller.organizationId(), caller.workspaceId(), caller.keyId()));
    }

    private KeyUsage usage(Caller caller, Instant now) {
        return rig.database.read(
                tx -> KeyUsage.of(new Tx(tx.sql(), tx.connection(), tx.kind(), now), List.of(caller.keyId()))
                        .getOrDefault(caller.keyId(), KeyUsage.NONE));
    }

    private List<String> rows(String query, Caller caller) {
        return rows(query, caller.keyId());
    }

    private List<String> rows(String query, String id) {
        return rig.database.read(tx -> tx.sql()
                .fetch(query, id)
                .map(row -> String.join(
                        "|",
                        java.util.Arrays.stream(row.intoArray())
                                .map(String::valueOf)
                                .toList())));
    }

    private static KeyUsage.Sums expected(List<Generation> all, Caller caller, Instant now, boolean byok) {
        return new KeyUsage.Sums(
                sum(all, caller, Window.TOTAL.start(now), byok),
                sum(all, caller, Window.DAILY.start(now), byok),
                sum(all, caller, Window.WEEKLY.start(now), byok),
                sum(all, caller, Window.MONTHLY.start(now), byok));
    }

    private static Usd sum(List<Generation> all, Caller caller, Instant from, boolean byok) {
        return all.stream()
                .filter(generation -> generation.owner().apiKeyId().equals(caller.keyId()))
                .filter(generation -> generation.cost().source() != Generation.Source.VOID)
                .filter(generation -> !generation.createdAt().isBefore(from))
                .filter(generation -> !byok || generation.cost().byok())
                .map(generation ->
                        byok ? generation.cost().upstream() : generation.cost().charge())
                .reduce(Usd.ZERO, Usd::plus);
    }
}
