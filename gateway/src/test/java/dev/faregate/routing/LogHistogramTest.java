package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogHistogramTest {
    private static final double BOUND = 1.0 / 16;

    private static LogHistogram of(long... values) {
        LogHistogram histogram = new LogHistogram();
        Arrays.stream(values).forEach(histogram::add);
        return histogram;
    }

    @Test
    void saysNothingOfNothing() {
        LogHistogram empty = new LogHistogram();
        assertThat(empty.count()).isZero();
        assertThat(empty.notAbove(50)).isZero();
        assertThat(empty.notBelow(99)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15})
    void smallValuesAreExact(long value) {
        assertThat(of(value).notAbove(50)).isEqualTo(value);
        assertThat(of(value).notBelow(50)).isEqualTo(value);
    }

    @Test
    void everyValueIsToldWithinOnePartInSixteen() {
        for (long value = 1; value < LogHistogram.LARGEST; value += 1 + value / 500) {
            assertThat(of(value).notAbove(99)).isCloseTo(value, within(value * BOUND));
        }
        assertThat(of(LogHistogram.LARGEST).notAbove(50))
                .isCloseTo(LogHistogram.LARGEST, within(LogHistogram.LARGEST * BOUND));
    }

    /// A larger value is never told as a smaller one.
    @Test
    void valuesKeepTheirOrder() {
        double before = -1;
        for (long value = 0; value < 100_000; value++) {
            double told = of(value).notAbove(50);
            assertThat(told).isGreaterThanOrEqualTo(before);
            before = told;
        }
    }

    @Test
    void whatIsOutOfRangeCountsAtItsEnds() {
        assertThat(of(-1, Long.MIN_VALUE).notAbove(99)).isZero();
        assertThat(of(Long.MAX_VALUE).notAbove(50))
                .isEqualTo(of(LogHistogram.LARGEST).notAbove(50));
        assertThat(of(-1, Long.MAX_VALUE).count()).isEqualTo(2);
    }

    @Test
    void ranksAreTheNearest() {
        LogHistogram ten = of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(ten.notAbove(50)).isEqualTo(5);
        assertThat(ten.notAbove(75)).isEqualTo(8);
        assertThat(ten.notAbove(90)).isEqualTo(9);
        assertThat(ten.notAbove(99)).isEqualTo(10);
        assertThat(ten.notBelow(50)).isEqualTo(6);
        assertThat(ten.notBelow(75)).isEqualTo(3);
        assertThat(ten.notBelow(90)).isEqualTo(2);
        assertThat(ten.notBelow(99)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 11, 97, 100, 1_000, 20_011})
    void percentilesOfRandomDataAreWithinTheBoundOfTheSortedTruth(int size) {
        Random random = new Random(size);
        for (int run = 0; run < 20; run++) {
            double spread = 0.1 + random.nextDouble() * 3;
            long[] values = new long[size];
            LogHistogram histogram = new LogHistogram();
            for (int i = 0; i < size; i++) {
                values[i] = (long) Math.exp(5 + random.nextGaussian() * spread);
                histogram.add(values[i]);
            }
            Arrays.sort(values);
            for (int percent : new int[] {1, 25, 50, 75, 90, 99, 100}) {
                int rank = (int) Math.ceil(percent * (long) size / 100.0);
                assertTold(histogram.notAbove(percent), values[rank - 1]);
                assertTold(histogram.notBelow(percent), values[size - rank]);
            }
        }
    }

    private static void assertTold(double told, long truth) {
        long kept = Math.min(truth, LogHistogram.LARGEST);
        assertThat(told).isCloseTo(kept, within(kept * BOUND));
    }

    @Test
    void sumsAreAsIfAllHadBeenSeenByOne() {
        Random random = new Random(3);
        LogHistogram whole = new LogHistogram();
        LogHistogram sum = new LogHistogram();
        for (int part = 0; part < 5; part++) {
            LogHistogram one = new LogHistogram();
            for (int i = 0; i < 100; i++) {
                long value = random.nextInt(1, 1 << 20);
                one.add(value);
                whole.add(value);
            }
            sum.addAll(one);
        }
        assertThat(sum.count()).isEqualTo(500);
        for (int percent = 1; percent <= 100; percent++) {
            assertThat(sum.notAbove(percent)).isEqualTo(whole.notAbove(percent));
            assertThat(sum.notBelow(percent)).isEqualTo(whole.notBelow(percent));
        }
    }

    @Test
    void clearedItHasSeenNothing() {
        LogHistogram histogram = of(1, 100, 10_000);
        histogram.clear();
        assertThat(histogram.count()).isZero();
        assertThat(histogram.notAbove(99)).isZero();
        histogram.add(5);
        assertThat(histogram.notBelow(99)).isEqualTo(5);
    }
}
