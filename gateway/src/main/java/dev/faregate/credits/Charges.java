package dev.faregate.credits;

/// What a settlement charges each row of a hold or an orphan: never more than stands there, never less than
/// nothing.
final class Charges {
    private Charges() {}

    /// Charges for rows of `limits` on which `amounts` stand. A limit that the settlement does not know was
    /// added to the hold later and is charged as the settlement's first one; without any claim to go by, in
    /// full.
    static long[] of(Settlement settlement, long[] limits, long[] amounts) {
        long[] charges = new long[limits.length];
        if (settlement.source() == Settlement.Source.VOID) {
            return charges;
        }
        for (int i = 0; i < limits.length; i++) {
            charges[i] = Math.clamp(asked(settlement, limits[i], amounts[i]), 0, amounts[i]);
        }
        return charges;
    }

    private static long asked(Settlement settlement, long limit, long otherwise) {
        for (int i = 0; i < settlement.held().size(); i++) {
            if (settlement.held().get(i).limitId() == limit) {
                return settlement.charges().get(i).nanos();
            }
        }
        return settlement.charges().isEmpty()
                ? otherwise
                : settlement.charges().getFirst().nanos();
    }
}
