package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How many of the last requests failed, over a store.
@ParameterizedClass
@EnumSource
class RecentFailuresContract {
    private final UsageRig on;

    RecentFailuresContract(Database.Kind kind) {
        on = new UsageRig(Stores.shared(kind));
    }

    private RecentFailures found(String workspace, Duration back) {
        return on.rig.database.read(tx -> RecentFailures.of(tx, workspace, on.now.minus(back)));
    }

    @Test
    void countsTheLastRequestsOfAWorkspace() {
        List<Generation> all = new ArrayList<>();
        for (int i = 0; i < RecentFailures.MOST + 5; i++) {
            all.add(Generations.of(on.one, on.now.minusSeconds(60 + i)).build());
        }
        all.add(Generations.of(on.elsewhere, on.now.minusSeconds(60)).build());
        Generations.insert(on.rig, all);
        on.rig.database.write(tx -> tx.sql()
                .execute(
                        "UPDATE generation SET status = 502 WHERE id IN (?, ?, ?)",
                        all.get(0).id().toString(),
                        all.get(7).id().toString(),
                        all.getLast().id().toString()));
        assertThat(found(on.rig.workspaceId, Duration.ofDays(1))).isEqualTo(new RecentFailures(RecentFailures.MOST, 2));
        assertThat(found(on.rig.workspaceId, Duration.ofSeconds(62)).requests()).isEqualTo(3);
        assertThat(found(on.otherWorkspace, Duration.ofDays(1))).isEqualTo(new RecentFailures(1, 1));
        assertThat(found(on.rig.workspaceId, Duration.ZERO)).isEqualTo(new RecentFailures(0, 0));
    }

    /// The page leads from the share to the list of failed requests: both must speak of the same ones.
    @Test
    void callsFailedWhatTheLogListsAsFailed() {
        List<Generation> ends = new ArrayList<>();
        for (int status : List.of(200, 399, 400, 502)) {
            for (boolean named : List.of(false, true)) {
                for (boolean cancelled : List.of(false, true)) {
                    ends.add(Generations.of(on.one, on.now.minusSeconds(60 + ends.size()))
                            .ended(status, named ? "server" : null, cancelled)
                            .build());
                }
            }
        }
        Generations.insert(on.rig, ends);
        GenerationQuery failed = new GenerationQuery(
                on.rig.organizationId,
                on.rig.workspaceId,
                null,
                on.now.minus(Duration.ofDays(1)),
                null,
                null,
                null,
                GenerationQuery.End.ERROR,
                null);
        List<LoggedGeneration> listed =
                new GenerationLog(on.rig.database, new GenerationStore(), () -> on.now).export(failed, 100);
        assertThat(listed).hasSize(6);
        assertThat(found(on.rig.workspaceId, Duration.ofDays(1)))
                .isEqualTo(new RecentFailures(ends.size(), listed.size()));
    }

    @Test
    void tellsTheShareAndHidesNoFailure() {
        assertThat(new RecentFailures(1_000, 12).permille()).isEqualTo(12);
        assertThat(new RecentFailures(3_000, 1).permille()).isEqualTo(1);
        assertThat(new RecentFailures(0, 0).permille()).isZero();
        assertThat(new RecentFailures(7, 7).permille()).isEqualTo(1_000);
    }
}
