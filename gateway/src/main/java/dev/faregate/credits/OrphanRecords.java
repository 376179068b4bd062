package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes the record of a generation from what its hold says, because the node that knew more is gone.
@FunctionalInterface
public interface OrphanRecords {
    /// Records nothing.
    OrphanRecords NONE = (_, _) -> new Object[0];

    /// A hold that outlived its node. `context` is what the request for it carried, `boot` names the life
    /// of the node that took it.
    record Orphan(
            UUID generation,
            List<Claim> claims,
            String priceVersion,
            Instant created,
            @Nullable String context,
            String boot) {
        /// The settlement that charges all of it until the truth is known (ledger, 2.4: whatever was held may
        /// have been spent). Releasing it would let real cost pass the cap, even with perfect fencing.
        Settlement chargedInFull(Object[] record) {
            return new Settlement(
                    generation,
                    claims,
                    claims.stream().map(Claim::amount).toList(),
                    new Hold(generation, claims).ceiling(),
                    Settlement.Source.ORPHAN,
                    record);
        }

        /// The settlement that follows from what is known of it: each limit is charged at most what it holds.
        public Settlement ended(Finding finding, Object[] record) {
            return switch (finding) {
                case Finding.NeverSent _ -> charged(Settlement.Source.VOID, Usd.ZERO, Usd.ZERO, record);
                case Finding.Billed billed -> charged(billed.source(), billed.charge(), billed.realCost(), record);
                case Finding.Doubtful _ -> chargedInFull(record);
            };
        }

        private Settlement charged(Settlement.Source source, Usd charge, Usd realCost, Object[] record) {
            List<Usd> charges =
                    claims.stream().map(claim -> charge.min(claim.amount())).toList();
            return new Settlement(generation, claims, charges, realCost, source, record);
        }

        /// The settlement that gives it back: only for a hold that surely nobody ever acted on.
        Settlement voided() {
            return new Settlement(
                    generation,
                    claims,
                    Collections.nCopies(claims.size(), Usd.ZERO),
                    Usd.ZERO,
                    Settlement.Source.VOID,
                    new Object[0]);
        }
    }

    /// One value for each column of the [RecordTable], or nothing at all.
    Object[] record(Orphan orphan, Finding finding);

    /// The record of one of which nothing is known here, because another node held it.
    default Object[] record(Orphan orphan) {
        return record(orphan, new Finding.Doubtful("its node gave no sign of life"));
    }
}
