package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.UUID;

/// The end of a hold: what each of its limits is charged (same order as the hold's claims, each at most its
/// claim), what the provider's bill for it is, and the record of the generation as an opaque row of the
/// columns that the ledger was made with; an empty row records nothing.
///
/// `VOID` charges nothing, whatever `charges` says. A limit that was added to the hold after it was taken
/// is charged as the first one. A settlement without claims records a generation that held nothing (a free
/// model).
public record Settlement(
        UUID generation, List<Claim> held, List<Usd> charges, Usd realCost, Source source, Object[] record) {
    /// How the charge is known.
    public enum Source {
        /// The provider reported the usage.
        EXACT,
        /// The provider reported none; counted or bounded by us.
        ESTIMATED,
        /// The node that held it is gone: the full hold, until the truth is known.
        ORPHAN,
        /// Nothing was asked of a provider, or nothing is billed: charge 0.
        VOID
    }

    public Settlement {
        if (held.size() != charges.size()) {
            throw new IllegalArgumentException("one charge for each claim");
        }
    }
}
