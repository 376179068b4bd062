package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import dev.faregate.credits.OrphanRecords;

/// Makes the record of a generation from its hold when the process that ran it is gone.
public final class OrphanGenerations implements OrphanRecords {
    private static final Object[] NOTHING = new Object[0];

    @Override
    public Object[] record(Orphan orphan) {
        Usd charged = orphan.claims().stream().map(Claim::amount).reduce(Usd.ZERO, Usd::max);
        return HoldContext.decode(orphan.context())
                .map(context -> GenerationDraft.orphan(orphan.generation(), context, charged, orphan.priceVersion())
                        .toRow())
                .orElse(NOTHING);
    }
}
