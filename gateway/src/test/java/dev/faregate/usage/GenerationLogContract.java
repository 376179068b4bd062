package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Plans;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import dev.faregate.usage.GenerationQuery.End;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What people find when they look through generations.
@ParameterizedClass
@EnumSource
class GenerationLogContract {
    private static final int MANY = 3_000;

    private final Database database;
    private final UsageRig on;
    private final GenerationLog log;

    GenerationLogContract(Database.Kind kind) {
        database = Stores.shared(kind);
        on = new UsageRig(database);
        log = new GenerationLog(database, new GenerationStore(), () -> on.now);
    }

    private Generation made(Caller caller, Instant at, String model, String provider) {
        Generation it = Generations.of(caller, at).model(model, "p1").build();
        Generation.Route route = new Generation.Route(
                model, model, null, null, provider, provider, "p1", null, null, null, "global", null);
        return inserted(it, route, it.outcome());
    }

    private Generation ended(Generation.Outcome outcome) {
        Generation it = Generations.of(on.one, on.now).build();
        return inserted(it, it.route(), outcome);
    }

    private Generation inserted(Generation it, Generation.Route route, Generation.Outcome outcome) {
        Generation generation = new Generation(
                it.id(),
                it.createdAt(),
                it.apiType(),
                it.owner(),
                it.client(),
                route,
                outcome,
                it.tokens(),
                it.media(),
                it.cost(),
                it.attempts());
        Generations.insert(on.rig, List.of(generation));
        return generation;
    }

    private static Generation.Outcome outcome(int status, @Nullable String error, boolean cancelled) {
        return new Generation.Outcome(status, error, false, cancelled, null, null, null, null, null);
    }

    private GenerationQuery of(String workspace, @Nullable String creator) {
        return new GenerationQuery(
                on.rig.organizationId,
                workspace,
                creator,
                on.now.minus(Duration.ofDays(7)),
                null,
                null,
                null,
                null,
                null);
    }

    private GenerationQuery narrowed(
            @Nullable String model, @Nullable String provider, @Nullable String key, @Nullable End end) {
        GenerationQuery all = of(on.rig.workspaceId, null);
        return new GenerationQuery(
                all.organizationId(), all.workspaceId(), null, all.since(), model, provider, key, end, null);
    }

    private List<String> found(GenerationQuery query) {
        return log.page(query, 100).found().stream()
                .map(logged -> logged.generation().wireId())
                .toList();
    }

    @Test
    void pagesFromTheNewestAndMissesNoneOfTheSameMoment() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            made.add(made(on.one, on.now.minusSeconds(i / 3), "a/x", "one").wireId());
        }
        made(on.one, on.now.minus(Duration.ofDays(8)), "a/x", "one");
        List<String> paged = new ArrayList<>();
        UUID before = null;
        while (true) {
            GenerationQuery all = of(on.rig.workspaceId, null);
            List<LoggedGeneration> page = log.page(
                            new GenerationQuery(
                                    all.organizationId(),
                                    all.workspaceId(),
                                    null,
                                    all.since(),
                                    null,
                                    null,
                                    null,
                                    null,
                                    before),
                            2)
                    .found();
            if (page.isEmpty()) {
                break;
            }
            page.forEach(logged -> paged.add(logged.generation().wireId()));
            before = page.getLast().generation().id();
        }
        assertThat(paged).containsExactlyInAnyOrderElementsOf(made);
        assertThat(paged.subList(0, 3)).containsExactlyInAnyOrderElementsOf(made.subList(0, 3));
    }

    @Test
    void findsTheRequestsOfAKeyInWhicheverWorkspaceItIs() {
        String there = made(on.elsewhere, on.now, "a/x", "one").wireId();
        made(on.one, on.now, "a/x", "one");
        GenerationQuery all = of(on.rig.workspaceId, null);
        assertThat(found(new GenerationQuery(
                        all.organizationId(),
                        null,
                        null,
                        all.since(),
                        null,
                        null,
                        on.elsewhere.key().hash(),
                        null,
                        null)))
                .containsExactly(there);
    }

    /// However many requests there are, the newest are read from the end of the primary key.
    @Test
    void walksThePrimaryKeyFromItsEnd() throws Exception {
        try (Database own = Stores.open(database.kind())) {
            UsageRig there = new UsageRig(own);
            List<Generation> many = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                Caller caller = List.of(there.one, there.two, there.elsewhere).get(i % 3);
                many.add(Generations.of(caller, there.now.minusSeconds(i)).build());
            }
            Generations.insert(there.rig, many);
            own.write(tx -> tx.sql().execute("ANALYZE"));
            String organization = there.rig.organizationId;
            String workspace = there.rig.workspaceId;
            Instant since = there.now.minus(Duration.ofDays(7));
            UUID before = many.get(MANY / 2).id();
            String key = there.one.key().hash();
            GenerationStore store = new GenerationStore();
            for (GenerationQuery query : List.of(
                    new GenerationQuery(organization, workspace, null, since, null, null, null, null, null),
                    new GenerationQuery(organization, workspace, null, since, null, null, null, null, before),
                    new GenerationQuery(organization, null, null, since, null, null, key, null, null))) {
                assertWalks(own, tx -> store.list(tx, query, 51));
            }
            assertWalks(own, tx -> RecentFailures.of(tx, workspace, since));
        }
    }

    private static void assertWalks(Database own, Consumer<Tx> work) {
        List<String> asked = Plans.statements(own, work);
        assertThat(asked).hasSize(1);
        assertThat(Plans.plan(own, asked.getFirst()))
                .containsAnyOf(
                        "SEARCH generation USING INDEX sqlite_autoindex_generation_1", "Backward using generation_pkey")
                .doesNotContain("TEMP B-TREE", "Sort");
    }

    @Test
    void answersWithWhatItHasWhenItTakesTooLong() {
        List<String> made = new ArrayList<>();
        for (int hours = 0; hours < 100; hours += 7) {
            made.add(made(on.one, on.now.minus(Duration.ofHours(hours)), "rare/x", "one")
                    .wireId());
            made(on.one, on.now.minus(Duration.ofHours(hours)), "a/x", "one");
        }
        // Each look at the clock is a tenth of a second later.
        AtomicLong looks = new AtomicLong();
        GenerationLog hurried = new GenerationLog(
                database, new GenerationStore(), () -> on.now.plusMillis(100 * looks.getAndIncrement()));
        List<String> found = new ArrayList<>();
        GenerationQuery query = narrowed("rare/x", null, null, null);
        GenerationLog.Page page = hurried.page(query, 100);
        int pages = 1;
        for (; page.searchedTo() != null; pages++) {
            page.found().forEach(logged -> found.add(logged.generation().wireId()));
            page = hurried.page(query.between(query.since(), page.searchedTo()), 100);
        }
        page.found().forEach(logged -> found.add(logged.generation().wireId()));
        assertThat(found).isEqualTo(made);
        assertThat(pages).isGreaterThan(5);
    }

    @Test
    void makesNoFileOfAPartOnly() {
        made(on.one, on.now.minus(Duration.ofDays(3)), "a/x", "one");
        AtomicLong looks = new AtomicLong();
        GenerationLog hurried = new GenerationLog(
                database, new GenerationStore(), () -> on.now.plusSeconds(11 * looks.getAndIncrement()));
        GenerationQuery query = narrowed("rare/x", null, null, null);
        assertThat(Rig.errorOf(() -> hurried.export(query, 100))).isInstanceOf(ApiError.RequestTimeout.class);
        assertThat(log.export(narrowed("a/x", null, null, null), 100)).hasSize(1);
    }

    @Test
    void narrows() {
        String one = made(on.one, on.now, "a/x", "one").wireId();
        String two = made(on.two, on.now, "b/y", "two").wireId();
        String failed = ended(outcome(502, "upstream", false)).wireId();
        String cut = ended(outcome(200, null, true)).wireId();
        String broken = ended(outcome(200, "server", false)).wireId();
        assertThat(found(narrowed("b/y", null, null, null))).containsExactly(two);
        assertThat(found(narrowed(null, "one", null, null))).containsExactly(one);
        assertThat(found(narrowed(null, null, on.two.key().hash(), null))).containsExactly(two);
        assertThat(found(narrowed(null, null, "unheard-of", null))).isEmpty();
        assertThat(found(narrowed(null, null, null, End.OK))).containsExactlyInAnyOrder(one, two);
        assertThat(found(narrowed(null, null, null, End.ERROR))).containsExactlyInAnyOrder(failed, broken);
        assertThat(found(narrowed(null, null, null, End.CANCELLED))).containsExactly(cut);
    }

    @Test
    void showsOfOthersNothing() {
        Generation mine = made(on.elsewhere, on.now, "a/x", "one");
        Generation other = made(on.one, on.now, "a/x", "one");
        assertThat(found(of(on.otherWorkspace, on.member))).containsExactly(mine.wireId());
        assertThat(found(of(on.rig.workspaceId, on.member))).isEmpty();
        assertThat(found(of(on.rig.workspaceId, null))).containsExactly(other.wireId());
        LoggedGeneration logged =
                log.find(on.rig.organizationId, on.member, mine.wireId()).logged();
        assertThat(logged.generation()).isEqualTo(mine);
        assertThat(logged.keyName()).isEqualTo("third");
        ApiError notFound = new ApiError.NotFound("Generation not found");
        assertThat(Rig.errorOf(() -> log.find(on.rig.organizationId, on.member, other.wireId())))
                .isEqualTo(notFound);
        String stranger = on.rig.tenant().organizationId();
        assertThat(Rig.errorOf(() -> log.find(stranger, null, other.wireId()))).isEqualTo(notFound);
        assertThat(Rig.errorOf(() -> log.find(on.rig.organizationId, null, "gen-nothing")))
                .isEqualTo(notFound);
    }
}
