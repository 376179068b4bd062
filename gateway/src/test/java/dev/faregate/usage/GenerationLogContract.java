package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.usage.GenerationQuery.End;
import dev.faregate.usage.GenerationQuery.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What people find when they look through generations.
@ParameterizedClass
@EnumSource
class GenerationLogContract {
    private final UsageRig on;
    private final GenerationLog log;

    GenerationLogContract(Database.Kind kind) {
        Database database = Stores.shared(kind);
        on = new UsageRig(database);
        log = new GenerationLog(database, new GenerationStore());
    }

    private Generation made(Caller caller, Instant at, String model, String provider) {
        Generation generation =
                Generations.of(caller, at).model(model, "p1").provider(provider).build();
        Generations.insert(on.rig, List.of(generation));
        return generation;
    }

    private Generation ended(Generation.Outcome outcome) {
        Generation it = Generations.of(on.one, on.now).build();
        Generation generation = new Generation(
                it.id(),
                it.createdAt(),
                it.apiType(),
                it.owner(),
                it.client(),
                it.route(),
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
        return log.page(query, 100).stream()
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
        Place before = null;
        while (true) {
            GenerationQuery all = of(on.rig.workspaceId, null);
            List<LoggedGeneration> page = log.page(
                    new GenerationQuery(
                            all.organizationId(), all.workspaceId(), null, all.since(), null, null, null, null, before),
                    2);
            if (page.isEmpty()) {
                break;
            }
            page.forEach(logged -> paged.add(logged.generation().wireId()));
            before = Place.of(page.getLast().generation());
        }
        assertThat(paged).containsExactlyInAnyOrderElementsOf(made);
        assertThat(paged.subList(0, 3)).containsExactlyInAnyOrderElementsOf(made.subList(0, 3));
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
