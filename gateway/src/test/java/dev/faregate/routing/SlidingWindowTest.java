package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final SlidingWindow window = new SlidingWindow(30, MINUTE);

    private void sawAt(double minutes) {
        window.at(nanos(minutes)).answered++;
    }

    private static long nanos(double minutes) {
        return (long) (minutes * MINUTE.toNanos());
    }

    private long seen(int periods, double minutes) {
        return seen(window, periods, nanos(minutes));
    }

    private static long seen(SlidingWindow window, int periods, long nanos) {
        long[] sum = new long[1];
        window.newest(periods, nanos, slot -> sum[0] += slot.answered);
        return sum[0];
    }

    @Test
    void emptyItShowsNothing() {
        assertThat(seen(30, 0)).isZero();
        assertThat(seen(30, 1_000_000)).isZero();
    }

    @Test
    void aMinuteBeginsAtItsFirstNanosecond() {
        window.at(MINUTE.toNanos() - 1).answered++;
        window.at(MINUTE.toNanos()).answered++;
        assertThat(seen(window, 1, MINUTE.toNanos() - 1)).isEqualTo(1);
        assertThat(seen(window, 1, 2 * MINUTE.toNanos() - 1)).isEqualTo(1);
        assertThat(seen(window, 2, 2 * MINUTE.toNanos() - 1)).isEqualTo(2);
        assertThat(seen(window, 2, 2 * MINUTE.toNanos())).isEqualTo(1);
    }

    @Test
    void theRunningMinuteIsOneOfThem() {
        for (int minute = 0; minute < 40; minute++) {
            sawAt(minute + 0.5);
        }
        assertThat(seen(1, 39.5)).isEqualTo(1);
        assertThat(seen(5, 39.5)).isEqualTo(5);
        assertThat(seen(30, 39.5)).isEqualTo(30);
        assertThat(seen(5, 40)).isEqualTo(4);
        assertThat(seen(30, 40)).isEqualTo(29);
    }

    @Test
    void whatIsOldFallsOutWithoutBeingCountedAgain() {
        sawAt(3);
        assertThat(seen(30, 32.9)).isEqualTo(1);
        assertThat(seen(30, 33)).isZero();
        // The same place of the ring, one round and many rounds later.
        sawAt(33);
        assertThat(seen(30, 33)).isEqualTo(1);
        sawAt(33 + 30 * 1_000);
        assertThat(seen(30, 33 + 30 * 1_000)).isEqualTo(1);
    }

    @Test
    void gapsCountAsNothing() {
        sawAt(0);
        sawAt(10);
        assertThat(seen(5, 14)).isEqualTo(1);
        assertThat(seen(5, 15)).isZero();
        sawAt(25);
        assertThat(seen(30, 29)).isEqualTo(3);
        assertThat(seen(30, 30)).isEqualTo(2);
    }

    /// Loops stamp at the end of a request and count a moment later.
    @Test
    void whatComesLateCountsInItsOwnMinute() {
        sawAt(10);
        sawAt(9);
        assertThat(seen(1, 10)).isEqualTo(1);
        assertThat(seen(2, 10)).isEqualTo(2);
        assertThat(seen(2, 11)).isEqualTo(1);
    }

    @Test
    void lateIntoAPlaceThatHeldAnOlderRoundBeginsItAnew() {
        sawAt(5);
        sawAt(36);
        sawAt(35);
        assertThat(seen(30, 36)).isEqualTo(2);
    }

    @Test
    void aClockThatJumpsBackLosesNothing() {
        sawAt(100);
        sawAt(20);
        assertThat(seen(1, 100)).isEqualTo(2);
        // Read with the clock that went back: still the newest that is known.
        assertThat(seen(1, 20)).isEqualTo(2);
        sawAt(101);
        assertThat(seen(1, 101)).isEqualTo(1);
        assertThat(seen(30, 129)).isEqualTo(3);
        assertThat(seen(30, 130)).isEqualTo(1);
    }

    @Test
    void histogramsBeginAnewWithTheirSlot() {
        SlidingWindow.Slot first = window.at(nanos(1));
        first.failed = 7;
        first.latency = new LogHistogram();
        first.latency.add(5);
        SlidingWindow.Slot round = window.at(nanos(31));
        assertThat(round).isSameAs(first);
        assertThat(round.failed).isZero();
        assertThat(Objects.requireNonNull(round.latency).count()).isZero();
        assertThat(round.speed).isNull();
    }

    /// Whatever is seen when, a window shows what a list of all of it would.
    @Test
    void agreesWithAListOfEverything() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            SlidingWindow some = new SlidingWindow(30, MINUTE);
            long[] all = new long[500];
            long now = 0;
            for (int i = 0; i < all.length; i++) {
                now += random.nextInt(10) == 0 ? random.nextLong(2_000 * SECOND) : random.nextLong(20 * SECOND);
                all[i] = now;
                some.at(now).answered++;
                int periods = random.nextInt(1, 31);
                long later = now + random.nextLong(90 * SECOND);
                long from = later / MINUTE.toNanos() - periods;
                long expected = Arrays.stream(all, 0, i + 1)
                        .filter(at -> at / MINUTE.toNanos() > from)
                        .count();
                assertThat(seen(some, periods, later))
                        .as("seed %s, %s", seed, i)
                        .isEqualTo(expected);
            }
        }
    }
}
