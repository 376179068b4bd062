package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GcLogTest {
    private static final List<String> LOG = List.of(
            "[10.000s][info][gc] GC(7) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(64M) 1.234ms",
            "[10.100s][info][gc] GC(8) Concurrent Mark Cycle 12.345ms",
            "[11.000s][info][gc] GC(9) Pause Young (Concurrent Start) (G1 Evacuation Pause) 34M->4M(64M) 0.900ms",
            "[11.001s][info][gc] GC(8) Pause Remark 5M->5M(64M) 0.100ms",
            "[12,000s][info][gc] GC(10) Pause Young (Allocation Failure) 44M->2M(64M) 0.900ms",
            "no line of a collection at all");

    @Test
    void collections_are_read_whatever_collector_and_locale_wrote_them() {
        assertThat(GcLog.parse(LOG))
                .containsExactly(
                        new GcLog.Pause(10.0, 24, 4), new GcLog.Pause(11.0, 34, 4), new GcLog.Pause(12.0, 44, 2));
    }

    @Test
    void what_the_heap_grew_between_collections_was_allocated() {
        // 30 MB in the first second and 40 MB in the second.
        assertThat(GcLog.bytesPerSecond(GcLog.parse(LOG))).hasValue(35.0 * 1024 * 1024);
    }

    @Test
    void two_collections_are_too_few_to_say() {
        assertThat(GcLog.bytesPerSecond(GcLog.parse(LOG.subList(0, 3)))).isEmpty();
    }
}
