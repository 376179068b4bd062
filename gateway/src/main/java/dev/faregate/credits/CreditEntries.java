package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.CREDIT_GRANT;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.TRANSFER;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books.TransferKind;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// The credit of organizations as people change it: entries between an organization and the house,
/// grants that end, and whether the balance is a cap. Everything happens under the lock of the balance,
/// in the caller's transaction; the caller makes this node forget the organization's keys after the
/// commit. All of it is a 503 while a restored backup waits for its reconciliation.
public final class CreditEntries {
    /// The most one entry may move, and the most that all may come to.
    public static final Usd MOST_AT_ONCE = Usd.ofDollars(1_000_000);

    public static final Usd MOST_IN_ALL = Usd.ofDollars(1_000_000_000);

    /// Grants of one organization that may wait for their end.
    static final int MOST_ENDING = 1_000;

    private static final String GIVEN = "ref:";
    private static final String OURS = "entry:";
    private static final String EXPIRY = "expiry:";

    /// An entry to make. `reference` makes it happen once, if it is given; `expiresAt` is for grants.
    public record NewEntry(
            String organizationId,
            TransferKind kind,
            Usd amount,
            String reason,
            @Nullable String reference,
            @Nullable Instant expiresAt,
            String actor) {}

    /// An entry as it stands. `amount` is positive where the organization gained. `takenBack` is what
    /// was not spent of a grant that has ended.
    public record Entry(
            String id,
            Instant at,
            TransferKind kind,
            Usd amount,
            String reason,
            @Nullable String reference,
            String actor,
            @Nullable Instant expiresAt,
            @Nullable Usd takenBack) {}

    private final Books books;
    private final Limits limits;

    public CreditEntries(Books books, Limits limits) {
        this.books = books;
        this.limits = limits;
    }

    /// Makes an entry. With a reference that an entry of the same content has, that one is returned and
    /// nothing is done; with one that another has, this is a 409.
    public Entry add(Tx tx, String id, NewEntry wanted) {
        RestorationStore.requireReconciled(tx);
        String organization = wanted.organizationId();
        String given = wanted.reference();
        Books.Transfer transfer = new Books.Transfer(
                id,
                organization,
                wanted.kind(),
                wanted.amount(),
                given == null ? OURS + id : GIVEN + given,
                wanted.actor(),
                wanted.reason());
        if (!books.enter(tx, transfer)) {
            return repeated(tx, transfer, wanted.expiresAt());
        }
        Usd total = books.credited(tx, organization);
        if (total.max(Usd.ZERO.minus(total)).compareTo(MOST_IN_ALL) > 0) {
            throw new ApiException(new ApiError.BadRequest(
                    "The credits of an organization must not pass " + MOST_IN_ALL + ".", "amount_usd"));
        }
        if (wanted.expiresAt() != null) {
            begin(tx, transfer, wanted.expiresAt());
        }
        Changes.record(tx, organization, false);
        return find(tx, organization, id).orElseThrow();
    }

    private Entry repeated(Tx tx, Books.Transfer transfer, @Nullable Instant expiresAt) {
        Entry before = one(tx, transfer.organization(), TRANSFER.REFERENCE.eq(transfer.reference()))
                .orElseThrow();
        if (!Objects.equals(before.expiresAt(), expiresAt)) {
            throw new ApiException(
                    new ApiError.Conflict("The reference was used for a grant that ends at another time."));
        }
        return before;
    }

    private void begin(Tx tx, Books.Transfer grant, Instant expiresAt) {
        int ending = tx.sql()
                .fetchCount(
                        CREDIT_GRANT,
                        CREDIT_GRANT.ORGANIZATION_ID.eq(grant.organization()).and(CREDIT_GRANT.SPENT_UNTIL.isNull()));
        if (ending >= MOST_ENDING) {
            throw new ApiException(new ApiError.Conflict("At most " + MOST_ENDING + " grants may wait for their end."));
        }
        tx.sql()
                .insertInto(CREDIT_GRANT)
                .set(CREDIT_GRANT.TRANSFER_ID, grant.id())
                .set(CREDIT_GRANT.ORGANIZATION_ID, grant.organization())
                .set(CREDIT_GRANT.AMOUNT, grant.amount().nanos())
                .set(CREDIT_GRANT.EXPIRES_AT, Micros.of(expiresAt))
                .set(
                        CREDIT_GRANT.SPENT_BEFORE,
                        books.spent(tx, grant.organization()).nanos())
                .execute();
    }

    /// The grants whose end has come, earliest first.
    List<String> due(Tx tx, int most) {
        return tx.sql()
                .select(CREDIT_GRANT.TRANSFER_ID)
                .from(CREDIT_GRANT)
                .where(CREDIT_GRANT.SPENT_UNTIL.isNull())
                .and(CREDIT_GRANT.EXPIRES_AT.le(Micros.of(tx.now())))
                .orderBy(CREDIT_GRANT.EXPIRES_AT, CREDIT_GRANT.TRANSFER_ID)
                .limit(most)
                .fetch(CREDIT_GRANT.TRANSFER_ID);
    }

    /// Ends a grant: what of it was not spent is taken back by an entry. What running requests hold
    /// counts as spent, and a prepaid balance is never taken below zero by this. Returns the
    /// organization, or empty when another node was faster.
    Optional<String> end(Tx tx, String grantId) {
        RestorationStore.requireReconciled(tx);
        String organization = tx.sql()
                .select(CREDIT_GRANT.ORGANIZATION_ID)
                .from(CREDIT_GRANT)
                .where(CREDIT_GRANT.TRANSFER_ID.eq(grantId))
                .fetchOne(CREDIT_GRANT.ORGANIZATION_ID);
        if (organization == null) {
            return Optional.empty();
        }
        books.lock(tx, organization);
        boolean open = tx.sql()
                .fetchExists(CREDIT_GRANT, CREDIT_GRANT.TRANSFER_ID.eq(grantId).and(CREDIT_GRANT.SPENT_UNTIL.isNull()));
        if (!open) {
            return Optional.empty();
        }
        Limits.State balance = balance(tx, organization);
        long spent = balance.used().plus(balance.held()).nanos();
        long unspent = GrantSpending.unspent(rivals(tx, organization, grantId, spent), grantId);
        Usd left = balance.remaining();
        if (left != null) {
            unspent = Math.min(unspent, left.max(Usd.ZERO).nanos());
        }
        tx.sql()
                .update(CREDIT_GRANT)
                .set(CREDIT_GRANT.SPENT_UNTIL, spent)
                .set(CREDIT_GRANT.TAKEN_BACK, unspent)
                .where(CREDIT_GRANT.TRANSFER_ID.eq(grantId))
                .execute();
        if (unspent > 0) {
            books.transfer(
                    tx,
                    organization,
                    TransferKind.EXPIRY,
                    Usd.ZERO.minus(Usd.ofNanos(unspent)),
                    EXPIRY + grantId,
                    "expiry",
                    "What was not spent of the grant " + grantId + " when it ended.");
        }
        Changes.record(tx, organization, false);
        return Optional.of(organization);
    }

    /// The grant and those that may have paid for the same and end no later. One that has not ended yet
    /// may have paid until now.
    private static List<GrantSpending.Grant> rivals(Tx tx, String organization, String grantId, long spent) {
        var grant = tx.sql()
                .select(CREDIT_GRANT.EXPIRES_AT, CREDIT_GRANT.SPENT_BEFORE)
                .from(CREDIT_GRANT)
                .where(CREDIT_GRANT.TRANSFER_ID.eq(grantId))
                .fetchSingle();
        return tx.sql()
                .selectFrom(CREDIT_GRANT)
                .where(CREDIT_GRANT.ORGANIZATION_ID.eq(organization))
                .and(CREDIT_GRANT.EXPIRES_AT.le(grant.value1()))
                .and(CREDIT_GRANT.SPENT_UNTIL.isNull().or(CREDIT_GRANT.SPENT_UNTIL.gt(grant.value2())))
                .fetch(row -> {
                    Long until = row.get(CREDIT_GRANT.SPENT_UNTIL);
                    return new GrantSpending.Grant(
                            required(row.get(CREDIT_GRANT.TRANSFER_ID)),
                            required(row.get(CREDIT_GRANT.AMOUNT)),
                            Micros.toInstant(required(row.get(CREDIT_GRANT.EXPIRES_AT))),
                            required(row.get(CREDIT_GRANT.SPENT_BEFORE)),
                            until == null ? spent : until);
                });
    }

    /// Makes the balance a cap (prepaid): what is credited minus what was ever spent. Or makes it one no
    /// more.
    public void bill(Tx tx, String organization, boolean prepaid) {
        RestorationStore.requireReconciled(tx);
        books.lock(tx, organization);
        tx.sql()
                .update(ORGANIZATION)
                .set(ORGANIZATION.BILLING, prepaid ? "prepaid" : "postpaid")
                .where(ORGANIZATION.ID.eq(organization))
                .execute();
        Usd cap = prepaid ? books.credited(tx, organization) : null;
        limits.define(tx, Scope.BALANCE, organization, Window.TOTAL, cap);
        Changes.record(tx, organization, false);
    }

    public Optional<Entry> find(Tx tx, String organization, String id) {
        return one(tx, organization, TRANSFER.ID.eq(id));
    }

    /// A page of the entries, oldest first.
    public List<Entry> list(Tx tx, String organization, int offset, int count) {
        return tx.sql()
                .select(TRANSFER.fields())
                .select(CREDIT_GRANT.EXPIRES_AT, CREDIT_GRANT.TAKEN_BACK)
                .from(TRANSFER)
                .leftJoin(CREDIT_GRANT)
                .on(CREDIT_GRANT.TRANSFER_ID.eq(TRANSFER.ID))
                .where(TRANSFER.ORGANIZATION_ID.eq(organization))
                .orderBy(TRANSFER.AT, TRANSFER.ID)
                .limit(count)
                .offset(offset)
                .fetch(row -> read(row, organization));
    }

    public int count(Tx tx, String organization) {
        return tx.sql().fetchCount(TRANSFER, TRANSFER.ORGANIZATION_ID.eq(organization));
    }

    /// The word of a kind on the wire.
    public static String word(TransferKind kind) {
        return kind == TransferKind.ADJUST ? "correction" : kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    private Optional<Entry> one(Tx tx, String organization, Condition which) {
        return tx.sql()
                .select(TRANSFER.fields())
                .select(CREDIT_GRANT.EXPIRES_AT, CREDIT_GRANT.TAKEN_BACK)
                .from(TRANSFER)
                .leftJoin(CREDIT_GRANT)
                .on(CREDIT_GRANT.TRANSFER_ID.eq(TRANSFER.ID))
                .where(TRANSFER.ORGANIZATION_ID.eq(organization))
                .and(which)
                .fetchOptional(row -> read(row, organization));
    }

    private static Entry read(Record row, String organization) {
        long amount = required(row.get(TRANSFER.AMOUNT));
        boolean gained = organization.equals(row.get(TRANSFER.CREDIT));
        String reference = required(row.get(TRANSFER.REFERENCE));
        Long takenBack = row.get(CREDIT_GRANT.TAKEN_BACK);
        return new Entry(
                required(row.get(TRANSFER.ID)),
                Micros.toInstant(required(row.get(TRANSFER.AT))),
                TransferKind.valueOf(required(row.get(TRANSFER.KIND))),
                Usd.ofNanos(gained ? amount : -amount),
                required(row.get(TRANSFER.REASON)),
                reference.startsWith(GIVEN) ? reference.substring(GIVEN.length()) : null,
                required(row.get(TRANSFER.ACTOR)),
                Micros.toNullable(row.get(CREDIT_GRANT.EXPIRES_AT)),
                takenBack == null ? null : Usd.ofNanos(takenBack));
    }

    private Limits.State balance(Tx tx, String organization) {
        Map<Window, Limits.State> states = limits.states(tx, Scope.BALANCE, organization);
        return Objects.requireNonNull(states.get(Window.TOTAL), "an organization without a balance");
    }

    private static <T> T required(@Nullable T value) {
        return Objects.requireNonNull(value);
    }
}
