package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.ACCOUNT;
import static dev.faregate.storage.tables.Tables.LIMIT_DEFINITION;
import static dev.faregate.storage.tables.Tables.LIMIT_WINDOW;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.TRANSFER;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jooq.Record;
import org.jooq.impl.DSL;

/// The books on either database. An organization's account bears its id; house accounts bear their kind.
/// The cap of a prepaid balance is the sum of its transfers and moves with them; a postpaid one has no cap.
public final class JooqBooks implements Books {
    private static final String CUSTOMER = "customer";

    @Override
    public boolean enter(Tx tx, Transfer transfer) {
        String organization = transfer.organization();
        TransferKind kind = transfer.kind();
        Usd amount = transfer.amount();
        String reference = transfer.reference();
        if (amount.isZero()) {
            throw new ApiException(new ApiError.BadRequest("The amount must not be zero.", "amount"));
        }
        Optional<Record> balance = locked(tx, organization);
        openAccount(tx, organization);
        String house = houseAccount(kind);
        String debit = amount.isNegative() ? organization : house;
        String credit = amount.isNegative() ? house : organization;
        long positive = Math.absExact(amount.nanos());
        int inserted = tx.sql()
                .insertInto(TRANSFER)
                .set(TRANSFER.ID, transfer.id())
                .set(TRANSFER.AT, Micros.of(tx.now()))
                .set(TRANSFER.ORGANIZATION_ID, organization)
                .set(TRANSFER.KIND, kind.name())
                .set(TRANSFER.DEBIT, debit)
                .set(TRANSFER.CREDIT, credit)
                .set(TRANSFER.AMOUNT, positive)
                .set(TRANSFER.REFERENCE, reference)
                .set(TRANSFER.ACTOR, transfer.actor())
                .set(TRANSFER.REASON, transfer.reason())
                .onConflictDoNothing()
                .execute();
        if (inserted == 0) {
            requireSame(tx, organization, reference, kind, debit, positive);
            return false;
        }
        balance.filter(row -> row.get(LIMIT_DEFINITION.CAP) != null)
                .ifPresent(row -> JooqLimits.setCap(tx, row.get(LIMIT_DEFINITION.ID), credited(tx, organization)));
        return true;
    }

    @Override
    public void lock(Tx tx, String organization) {
        var _ = locked(tx, organization);
    }

    /// The organization's row first, as whoever makes budgets takes it; then the balance, whose lock
    /// orders entries among themselves and with admission.
    private static Optional<Record> locked(Tx tx, String organization) {
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql()
                    .selectOne()
                    .from(ORGANIZATION)
                    .where(ORGANIZATION.ID.eq(organization))
                    .forNoKeyUpdate()
                    .fetch();
        }
        return JooqLimits.find(tx, Scope.BALANCE, organization, Window.TOTAL);
    }

    @Override
    public Usd credited(Tx tx, String organization) {
        BigDecimal sum = tx.sql()
                .select(DSL.coalesce(
                        DSL.sum(DSL.when(TRANSFER.CREDIT.eq(organization), TRANSFER.AMOUNT)
                                .otherwise(TRANSFER.AMOUNT.neg())),
                        BigDecimal.ZERO))
                .from(TRANSFER)
                .where(TRANSFER.ORGANIZATION_ID.eq(organization))
                .fetchSingle()
                .value1();
        return Usd.ofNanos(sum.longValueExact());
    }

    @Override
    public Usd spent(Tx tx, String organization) {
        Long used = tx.sql()
                .select(LIMIT_WINDOW.USED)
                .from(LIMIT_WINDOW)
                .join(LIMIT_DEFINITION)
                .on(LIMIT_DEFINITION.ID.eq(LIMIT_WINDOW.DEFINITION_ID))
                .where(LIMIT_DEFINITION
                        .SCOPE
                        .eq(Scope.BALANCE.name())
                        .and(LIMIT_DEFINITION.OWNER.eq(organization))
                        .and(LIMIT_DEFINITION.WINDOW_KIND.eq(Window.TOTAL.name())))
                .fetchOne(LIMIT_WINDOW.USED);
        return used == null ? Usd.ZERO : Usd.ofNanos(used);
    }

    @Override
    public List<String> audit(Tx tx) {
        return LedgerAudit.trialBalance(tx).stream().map(Discrepancy::text).toList();
    }

    private static String houseAccount(TransferKind kind) {
        return switch (kind) {
            case TOPUP, REFUND, GRANT, ADJUST, CHARGEBACK, EXPIRY -> "funding";
            case FEE -> "revenue";
            case OVERRUN -> "overrun";
        };
    }

    private static void openAccount(Tx tx, String organization) {
        tx.sql()
                .insertInto(ACCOUNT)
                .set(ACCOUNT.ID, organization)
                .set(ACCOUNT.ORGANIZATION_ID, organization)
                .set(ACCOUNT.KIND, CUSTOMER)
                .onConflictDoNothing()
                .execute();
    }

    private static void requireSame(
            Tx tx, String organization, String reference, TransferKind kind, String debit, long amount) {
        boolean same = tx.sql()
                .fetchExists(tx.sql()
                        .selectOne()
                        .from(TRANSFER)
                        .where(TRANSFER.ORGANIZATION_ID
                                .eq(organization)
                                .and(TRANSFER.REFERENCE.eq(reference))
                                .and(TRANSFER.KIND.eq(kind.name()))
                                .and(TRANSFER.DEBIT.eq(debit))
                                .and(TRANSFER.AMOUNT.eq(amount))));
        if (!same) {
            throw new ApiException(
                    new ApiError.Conflict("The reference " + reference + " was used for another transfer."));
        }
    }
}
