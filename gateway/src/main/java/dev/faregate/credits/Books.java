package dev.faregate.credits;

import dev.faregate.base.Ids;
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
        OVERRUN,
        /// What was not spent of a grant that has ended.
        EXPIRY
    }

    /// One entry: `amount` is added to the credit of an organization, or, negative, taken from it.
    /// `reference` is unique in the organization.
    record Transfer(
            String id,
            String organization,
            TransferKind kind,
            Usd amount,
            String reference,
            String actor,
            String reason) {}

    /// Makes an entry. A repeated reference with the same content changes nothing and returns false;
    /// with other content it is an `ApiException` 409.
    boolean enter(Tx tx, Transfer transfer);

    /// Keeps everybody else from changing the credit of an organization until the transaction ends, and
    /// admission from looking at its balance.
    void lock(Tx tx, String organization);

    /// As [#enter], with an id of its own.
    default boolean transfer(
            Tx tx, String organization, TransferKind kind, Usd amount, String reference, String actor, String reason) {
        return enter(tx, new Transfer(Ids.next().toString(), organization, kind, amount, reference, actor, reason));
    }

    /// What was bought or granted, in sum.
    Usd credited(Tx tx, String organization);

    /// What was spent, in sum.
    Usd spent(Tx tx, String organization);

    /// Everything that does not add up: empty when the books balance. Checks for each limit that `used` is
    /// the sum of its postings and `held` the sum of its holds, and that debits equal credits over all
    /// accounts.
    List<String> audit(Tx tx);
}
