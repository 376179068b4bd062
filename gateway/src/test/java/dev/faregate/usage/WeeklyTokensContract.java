package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.keys.Stores;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How many tokens a model took in a week, on both databases. Others use the same store, so it is about differences.
@ParameterizedClass
@EnumSource
class WeeklyTokensContract {
    /// Prompt and completion of one of [Generations].
    private static final long TOKENS = 35;

    private final UsageRig on;
    private final Model model;
    private final WeeklyTokens weekly;

    WeeklyTokensContract(Database.Kind kind) {
        on = new UsageRig(Stores.shared(kind));
        model = on.catalogues.snapshot().models().getFirst();
        weekly = new WeeklyTokens(on.rig.database);
    }

    private void used(String name, int daysAgo) {
        Generations.insert(
                on.rig,
                List.of(Generations.of(on.one, on.now.minus(Duration.ofDays(daysAgo)))
                        .model(name, "acme")
                        .build()));
    }

    private long read() {
        weekly.read();
        return weekly.of(model);
    }

    @Test
    void addsUpSevenDays() {
        long before = read();
        used(model.id(), 0);
        used(model.id(), 6);
        used(model.id(), 7);
        used("acme/other", 0);
        assertThat(weekly.of(model)).as("until it is read anew").isEqualTo(before);
        assertThat(read() - before).isEqualTo(2 * TOKENS);
    }

    @Test
    void leavesOutWhoLeftTheRankings() {
        used(model.id(), 0);
        long before = read();
        on.rig.database.write(tx -> tx.sql()
                .execute("UPDATE organization SET hidden_from_rankings = true WHERE id = ?", on.rig.organizationId));
        assertThat(before - read()).isEqualTo(TOKENS);
    }
}
