package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcStatTest {
    private static final String AFTER_COMMAND =
            " S 1 77 77 0 -1 4194560 2046 5 0 0 %d %d 900 901 20 0 12 0 4242 12345678 999 18446744073709551615";

    @Test
    void user_and_system_time_are_added_and_those_of_waited_for_children_are_not() {
        assertThat(ProcStat.ticksIn("77 (nginx)" + AFTER_COMMAND.formatted(120, 34)))
                .isEqualTo(154);
    }

    @Test
    void a_command_may_hold_spaces_and_brackets() {
        assertThat(ProcStat.ticksIn("77 (my (odd) name) 9" + ")" + AFTER_COMMAND.formatted(1, 2)))
                .isEqualTo(3);
    }

    @Test
    void what_compilers_use_is_told_apart() {
        long self = ProcessHandle.current().pid();
        long all = ProcStat.ticks(self).getOrDefault(self, 0L);
        assertThat(ProcStat.compilerTicks(self)).isPositive().isLessThanOrEqualTo(all + 100);
    }

    @Test
    void resident_memory_is_read_in_bytes() {
        assertThat(ProcStat.residentIn("Name:\tjava\nVmPeak:\t 900 kB\nVmRSS:\t  2048 kB\nThreads:\t9\n"))
                .isEqualTo(2048 * 1024);
    }

    @Test
    void a_process_without_memory_has_none() {
        assertThat(ProcStat.residentIn("Name:\tjava\nState:\tZ (zombie)\n")).isZero();
    }

    @Test
    void a_new_process_counts_whole_and_an_ended_one_not_at_all() {
        Map<Long, Long> before = Map.of(1L, 100L, 2L, 50L);
        Map<Long, Long> after = Map.of(1L, 130L, 3L, 20L);

        assertThat(ProcStat.secondsBetween(before, after)).isEqualTo(0.5);
    }

    @Test
    void this_process_has_used_time_and_memory() {
        long pid = ProcessHandle.current().pid();

        assertThat(ProcStat.ticks(pid)).containsKey(pid);
        assertThat(ProcStat.ticks(pid).get(pid)).isPositive();
        assertThat(ProcStat.residentBytes(pid)).isGreaterThan(1_000_000);
    }

    @Test
    void a_process_that_is_gone_has_no_tree() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();

        assertThat(ProcStat.ticks(process.pid())).isEmpty();
    }
}
