package dev.faregate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    @Test
    void movesOnlyWhenTold() {
        ManualClock clock = new ManualClock();
        assertThat(clock.instant()).isEqualTo(ManualClock.START);
        assertThat(clock.advance(Duration.ofHours(3))).isEqualTo(Instant.parse("2026-01-14T15:00:00Z"));
        clock.advance(Duration.ofHours(-1));
        assertThat(clock.millis())
                .isEqualTo(Instant.parse("2026-01-14T14:00:00Z").toEpochMilli());
        clock.set(Instant.EPOCH);
        assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
    }
}
