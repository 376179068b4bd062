package dev.faregate.formats;

/// Sums of tokens that other people's servers report.
final class Counts {
    private Counts() {}

    /// The sum; -1, which is no count, where one of them is none or the sum is beyond all numbers.
    static long sum(long... counts) {
        long sum = 0;
        for (long count : counts) {
            if (count < 0 || Long.MAX_VALUE - sum < count) {
                return -1;
            }
            sum += count;
        }
        return sum;
    }
}
