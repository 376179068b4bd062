package dev.faregate.routing;

import java.util.Arrays;

/// How often which values were seen, in buckets that grow with the values: whole numbers below 8 have a bucket
/// each, and each doubling above has eight. A quantile is told by the middle of its bucket, so it is off by at
/// most one part in sixteen (6.25 %) of the value that was really seen. Values of [#LARGEST] and more count as
/// `LARGEST`, those below 0 as 0.
///
/// Takes some 700 bytes whatever is recorded. Not safe to share between threads.
final class LogHistogram {
    private static final int BITS = 3;
    private static final int PER_DOUBLING = 1 << BITS;
    private static final int BUCKETS = 160;

    /// The largest value that has a bucket of its size.
    static final long LARGEST = (1L << (BUCKETS / PER_DOUBLING + BITS - 1)) - 1;

    private final int[] counts = new int[BUCKETS];
    private long count;

    void add(long value) {
        counts[bucket(value)]++;
        count++;
    }

    void addAll(LogHistogram other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] += other.counts[i];
        }
        count += other.count;
    }

    void clear() {
        Arrays.fill(counts, 0);
        count = 0;
    }

    long count() {
        return count;
    }

    /// The value that `percent` of what was seen do not exceed (the nearest rank); 0 when nothing was seen.
    double notAbove(int percent) {
        return ranked(least(percent));
    }

    /// The value that `percent` of what was seen reach or exceed; 0 when nothing was seen.
    double notBelow(int percent) {
        return ranked(count - least(percent) + 1);
    }

    /// The least number of values that are `percent` of all.
    private long least(int percent) {
        return (percent * count + 99) / 100;
    }

    /// The value that has `rank - 1` others before it.
    private double ranked(long rank) {
        long before = 0;
        for (int i = 0; i < BUCKETS; i++) {
            before += counts[i];
            if (before >= rank && counts[i] > 0) {
                return middle(i);
            }
        }
        return 0;
    }

    private static int bucket(long value) {
        long within = Math.clamp(value, 0, LARGEST);
        if (within < PER_DOUBLING) {
            return (int) within;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(within) - BITS;
        return (shift + 1) * PER_DOUBLING + (int) (within >>> shift) - PER_DOUBLING;
    }

    private static double middle(int bucket) {
        if (bucket < PER_DOUBLING) {
            return bucket;
        }
        int shift = bucket / PER_DOUBLING - 1;
        long smallest = (long) (PER_DOUBLING + bucket % PER_DOUBLING) << shift;
        return smallest + ((1L << shift) - 1) / 2.0;
    }
}
