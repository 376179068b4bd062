package dev.faregate.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SizesTest {
    @Test
    void tellsBytesRoundedDown() {
        assertThat(Sizes.bytes(0)).isEqualTo("0 bytes");
        assertThat(Sizes.bytes(1)).isEqualTo("1 byte");
        assertThat(Sizes.bytes(1023)).isEqualTo("1023 bytes");
        assertThat(Sizes.bytes(1024)).isEqualTo("1.0 KiB");
        assertThat(Sizes.bytes(1024 * 1024 - 1)).isEqualTo("1023.9 KiB");
        assertThat(Sizes.bytes(1024 * 1024)).isEqualTo("1.0 MiB");
        assertThat(Sizes.bytes((3L << 30) + (1L << 29))).isEqualTo("3.5 GiB");
        assertThat(Sizes.bytes(7L << 50)).isEqualTo("7.0 PiB");
    }

    @Test
    void tellsTimesByTheirLargestUnits() {
        assertThat(Sizes.time(Duration.ofSeconds(1))).isEqualTo("1 second");
        assertThat(Sizes.time(Duration.ofSeconds(119))).isEqualTo("1 minute");
        assertThat(Sizes.time(Duration.ofMinutes(61))).isEqualTo("1 hour 1 minute");
        assertThat(Sizes.time(Duration.ofHours(51))).isEqualTo("2 days 3 hours");
    }
}
