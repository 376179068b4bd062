package dev.faregate.credits;

/// What a settlement does to the books, given what the database has of its generation. Pure: the SQLite
/// store and the explorer of the protocol run this very class, and `fg_batch` is compared with it.
///
/// A hold that stands is released in full either way; that needs no decision.
///
/// @param charges what its posting says afterwards, one for each of the lines it was given
/// @param used what is added to `used` of each line's window
record Settling(LedgerStore.Ending ending, long[] charges, long[] used) {
    /// Nothing is posted of this generation. The lines are those of its hold; without one (`held` false)
    /// they are what the settlement claims.
    static Settling first(Settlement settlement, boolean held, long[] limits, long[] amounts) {
        long[] charges = Charges.of(settlement, limits, amounts);
        return new Settling(ending(settlement, held), charges, charges);
    }

    /// It is posted already, as `source` and with these lines. An orphan's charge is lowered to the truth,
    /// never raised; any other posting stays as it is, so that a settlement can be sent again.
    static Settling again(Settlement settlement, String source, long[] limits, long[] amounts) {
        if (!source.equals(Settlement.Source.ORPHAN.name())) {
            return new Settling(LedgerStore.Ending.REPEATED, amounts, new long[amounts.length]);
        }
        long[] charges = Charges.of(settlement, limits, amounts);
        long[] used = new long[charges.length];
        for (int i = 0; i < used.length; i++) {
            used[i] = charges[i] - amounts[i];
        }
        return new Settling(LedgerStore.Ending.LOWERED, charges, used);
    }

    private static LedgerStore.Ending ending(Settlement settlement, boolean held) {
        if (held) {
            return LedgerStore.Ending.POSTED;
        }
        if (settlement.source() == Settlement.Source.VOID) {
            return LedgerStore.Ending.TOMBSTONE;
        }
        return settlement.held().isEmpty() ? LedgerStore.Ending.FREE : LedgerStore.Ending.UNHELD;
    }
}
