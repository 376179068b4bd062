package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books.TransferKind;
import dev.faregate.credits.CreditEntries.Entry;
import dev.faregate.credits.CreditEntries.NewEntry;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Grants, corrections and ends of grants as entries of the ledger, on both databases. After each test
/// the books balance.
@ParameterizedClass
@EnumSource
class CreditEntriesContract {
    private static final Instant LATER = Instant.parse("2999-01-01T00:00:00Z");

    private final Kit kit;
    private final CreditEntries entries;

    CreditEntriesContract(Database.Kind kind) {
        kit = new Kit(Stores.open(kind), LedgerSettings.DEFAULT);
        kit.found("0.000000001");
        entries = new CreditEntries(kit.books, kit.limits);
    }

    @AfterEach
    void booksBalance() {
        try {
            assertThat((List<String>) kit.database.read(kit.books::audit)).isEmpty();
            LedgerAudit.Report report = kit.database.read(tx -> LedgerAudit.check(tx, null));
            assertThat(report.findings()).isEmpty();
        } finally {
            kit.close();
            kit.database.close();
        }
    }

    private Entry add(TransferKind kind, String amount, @Nullable String reference, @Nullable Instant expiresAt) {
        return kit.write(tx -> entries.add(
                tx,
                Ids.next().toString(),
                new NewEntry(Kit.ORGANIZATION, kind, usd(amount), "because", reference, expiresAt, "test")));
    }

    private Usd credited() {
        return kit.read(tx -> kit.books.credited(tx, Kit.ORGANIZATION)).minus(Usd.ofNanos(1));
    }

    private void spend(String amount) {
        kit.settle(kit.held(kit.request(amount)), amount);
    }

    private Entry reread(Entry entry) {
        return kit.read(tx -> entries.find(tx, Kit.ORGANIZATION, entry.id()).orElseThrow());
    }

    /// Lets the time of grants come and ends them.
    private List<String> end(Entry... grants) {
        for (Entry grant : grants) {
            kit.write(tx -> tx.sql()
                    .execute(
                            "UPDATE credit_grant SET expires_at = ? WHERE transfer_id = ?",
                            Micros.of(tx.now())
                                    - grants.length
                                    + List.of(grants).indexOf(grant),
                            grant.id()));
        }
        return GrantExpiry.endDue(kit.database, entries);
    }

    @Test
    void anEntryMovesTheCapOfAPrepaidBalance() {
        add(TransferKind.GRANT, "10", null, null);
        add(TransferKind.ADJUST, "-2.5", "invoice 7", null);
        assertThat(credited()).isEqualTo(usd("7.5"));
        assertThat(kit.balance().cap()).isEqualTo(usd("7.500000001"));
        List<Entry> all = kit.read(tx -> entries.list(tx, Kit.ORGANIZATION, 0, 100));
        assertThat(all).hasSize(3);
        assertThat(all.get(2).amount()).isEqualTo(usd("-2.5"));
        assertThat(all.get(2).reference()).isEqualTo("invoice 7");
        assertThat(all.get(1).reference()).isNull();
        List<Entry> page = kit.read(tx -> entries.list(tx, Kit.ORGANIZATION, 2, 1));
        assertThat(page).containsExactly(all.get(2));
    }

    @Test
    void aReferenceMakesItHappenOnce() {
        Entry first = add(TransferKind.GRANT, "10", "r", LATER);
        assertThat(add(TransferKind.GRANT, "10", "r", LATER)).isEqualTo(first);
        assertThatThrownBy(() -> add(TransferKind.GRANT, "11", "r", LATER)).isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> add(TransferKind.ADJUST, "10", "r", LATER)).isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> add(TransferKind.GRANT, "10", "r", null)).isInstanceOf(ApiException.class);
        assertThat(credited()).isEqualTo(usd("10"));
    }

    @Test
    void whatIsNotSpentOfAGrantIsTakenBackOnce() {
        add(TransferKind.GRANT, "3", null, null);
        Entry grant = add(TransferKind.GRANT, "10", null, LATER);
        spend("4");
        assertThat(GrantExpiry.endDue(kit.database, entries)).as("not yet").isEmpty();
        assertThat(end(grant)).containsExactly(Kit.ORGANIZATION);
        assertThat(credited()).as("the grant paid, so 3 are left").isEqualTo(usd("7"));
        assertThat(reread(grant).takenBack()).isEqualTo(usd("6"));
        assertThat(end(grant)).isEmpty();
        assertThat(credited()).isEqualTo(usd("7"));
        Entry taken = kit.read(tx -> entries.list(tx, Kit.ORGANIZATION, 0, 100)).getLast();
        assertThat(taken.kind()).isEqualTo(TransferKind.EXPIRY);
        assertThat(taken.amount()).isEqualTo(usd("-6"));
    }

    @Test
    void whatRunningRequestsHoldIsNotTakenBack() {
        Entry grant = add(TransferKind.GRANT, "10", null, LATER);
        Hold running = kit.held(kit.request("4"));
        end(grant);
        assertThat(credited()).isEqualTo(usd("4"));
        kit.settle(running, "4");
        assertThat(kit.balance().remaining()).isEqualTo(Usd.ofNanos(1));
    }

    @Test
    void theOneThatEndsFirstIsUsedFirst() {
        Entry early = add(TransferKind.GRANT, "5", null, LATER);
        Entry late = add(TransferKind.GRANT, "5", null, LATER);
        spend("6");
        end(early, late);
        assertThat(reread(early).takenBack()).isEqualTo(Usd.ZERO);
        assertThat(reread(late).takenBack()).isEqualTo(usd("4"));
        assertThat(credited()).isEqualTo(usd("6"));
    }

    @Test
    void anEndNeverTakesAPrepaidBalanceBelowZero() {
        Entry grant = add(TransferKind.GRANT, "10", null, LATER);
        add(TransferKind.ADJUST, "-8", null, null);
        end(grant);
        assertThat(reread(grant).takenBack()).isEqualTo(usd("2.000000001"));
        assertThat(kit.balance().remaining()).isEqualTo(Usd.ZERO);
    }

    @Test
    void aPostpaidGrantEndsToo() {
        kit.write(tx -> {
            entries.bill(tx, Kit.ORGANIZATION, false);
            return true;
        });
        spend("30");
        Entry grant = add(TransferKind.GRANT, "10", null, LATER);
        spend("4");
        end(grant);
        assertThat(reread(grant).takenBack()).isEqualTo(usd("6"));
        assertThat(credited()).isEqualTo(usd("4"));
    }

    @Test
    void theBalanceBecomesACapAndIsNoneAnyMore() {
        add(TransferKind.GRANT, "10", null, null);
        spend("4");
        kit.write(tx -> {
            entries.bill(tx, Kit.ORGANIZATION, false);
            return true;
        });
        assertThat(kit.balance().cap()).isNull();
        spend("20");
        kit.write(tx -> {
            entries.bill(tx, Kit.ORGANIZATION, true);
            return true;
        });
        assertThat(kit.balance().remaining()).isEqualTo(usd("-13.999999999"));
        assertThat(kit.hold(kit.request("0.1"))).isInstanceOf(HoldResult.Insufficient.class);
        add(TransferKind.GRANT, "15", null, null);
        kit.settle(kit.held(kit.request("1")), "1");
    }

    @Test
    void boundsWhatCanBeMoved() {
        add(TransferKind.GRANT, "400000000", null, null);
        add(TransferKind.GRANT, "400000000", null, null);
        assertThatThrownBy(() -> add(TransferKind.GRANT, "400000000", null, null))
                .isInstanceOf(ApiException.class);
        assertThat(credited()).isEqualTo(usd("800000000"));
    }

    /// Sums of more than 2^32 nano-dollars, 4.29 dollars, must come back whole on SQLite too.
    @Test
    void largeSumsAreNotCut() {
        add(TransferKind.GRANT, "100", null, null);
        spend("0.1");
        spend("5");
        spend("6");
        Hold running = kit.held(kit.request("7"));
        kit.write(tx -> kit.limits.define(tx, Scope.KEY, Kit.KEY, Window.DAILY, usd("50")));
        Limits.State daily = kit.read(tx ->
                Objects.requireNonNull(kit.limits.states(tx, Scope.KEY, Kit.KEY).get(Window.DAILY)));
        assertThat(daily.used()).isEqualTo(usd("11.1"));
        assertThat(daily.held()).isEqualTo(usd("7"));
        kit.settle(running, "7");
        kit.write(tx -> tx.sql().execute("UPDATE posting SET real_cost = charged + 3000000000"));
        assertThat((Usd) kit.read(HouseCosts::overrun)).isEqualTo(usd("12"));
        kit.write(tx -> tx.sql().execute("UPDATE posting SET real_cost = charged"));
        assertThat((Usd) kit.read(tx -> kit.books.credited(tx, Kit.ORGANIZATION)))
                .isEqualTo(usd("100.000000001"));
    }
}
