package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.keys.Rig;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// How often datasets may be asked for.
class DatasetQuotaTest {
    private final Rig.MovingClock clock = new Rig.MovingClock();

    @Test
    void countsTheKeysOfAnOrganizationTogetherByTheDay() {
        Instant midnight = Instant.parse("2026-09-21T00:00:00Z");
        DatasetQuota quota = new DatasetQuota(clock);
        for (int i = 0; i < DatasetQuota.PER_DAY; i++) {
            clock.moveTo(midnight.plus(Duration.ofMinutes(i)));
            quota.take("key-" + i % 3, "here");
        }
        clock.moveTo(midnight.plus(Duration.ofHours(23)));
        assertThat(Rig.errorOf(() -> quota.take("key-9", "here")))
                .isInstanceOfSatisfying(
                        ApiError.RateLimited.class,
                        error -> assertThat(error.limit()).isEqualTo(DatasetQuota.PER_DAY));
        quota.take("key-9", "there");
        clock.moveTo(midnight.plus(Duration.ofHours(24)));
        quota.take("key-9", "here");
    }
}
