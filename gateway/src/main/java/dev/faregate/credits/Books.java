package dev.faregate.credits;

import dev.faregate.base.Usd;
import dev.faregate.storage.Tx;
import java.util.List;

/// The double-entry side of the ledger: transfers between accounts, and the proof that the books balance.
public interface Books {
    /// Why money moved between accounts outside of inference.
    enum TransferKind {
        TOPUP,
        REFUND,
        GRANT,
        FEE,
        ADJUST,
        CHARGEBACK,
        OVERRUN
    }

    /// Adds (or, negative, takes) credit of an organization. `reference` makes it happen once: a repeated
    /// reference with the same content changes nothing and returns false; with other content it is an
    /// `ApiException` 409.
    boolean transfer(
            Tx tx, String organization, TransferKind kind, Usd amount, String reference, String actor, String reason);

    /// What was bought or granted, in sum.
    Usd credited(Tx tx, String organization);

    /// What was spent, in sum.
    Usd spent(Tx tx, String organization);

    /// Everything that does not add up: empty when the books balance. Checks for each limit that `used` is
    /// the sum of its postings and `held` the sum of its holds, and that debits equal credits over all
    /// accounts.
    List<String> audit(Tx tx);
}
