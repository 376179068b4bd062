package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.storage.SqliteDatabase;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A limit that was just seen to be short refuses without the database (ledger 2.4), and not a moment longer.
class HopelessHoldsTest {
    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private Kit kit = unset();
    private HopelessHolds hopeless = new HopelessHolds(unsetLedger(), writes::get, nanos::get);

    @SuppressWarnings("NullAway") // set before each test
    private static Kit unset() {
        return null;
    }

    @SuppressWarnings("NullAway") // set before each test
    private static Ledger unsetLedger() {
        return null;
    }

    @BeforeEach
    void begin() {
        kit = new Kit(SqliteDatabase.open(folder, SqliteDatabase.Options.DEFAULT), LedgerSettings.DEFAULT);
        kit.found("1");
        hopeless = new HopelessHolds(kit.ledger, writes::get, nanos::get);
    }

    @AfterEach
    void end() {
        assertThat(kit.audit()).isEmpty();
        kit.close();
    }

    @Test
    void refusesWhatWouldBeRefusedAgainAndSaysWhy() {
        assertThat(hold("2")).isInstanceOf(HoldResult.Insufficient.class);
        long asked = kit.ledger.stats().holds();
        assertThat(hold("1.5"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages()).singleElement().satisfies(shortage -> {
                            assertThat(shortage.scope()).isEqualTo(Scope.BALANCE);
                            assertThat(shortage.asked()).isEqualTo(usd("1.5"));
                            assertThat(shortage.available()).isEqualTo(usd("1"));
                        }));
        assertThat(kit.ledger.stats().holds()).as("the database was not asked").isEqualTo(asked);
        assertThat(hopeless.refused()).isOne();
        assertThat(hold("1")).as("what fits is asked for").isInstanceOf(HoldResult.Held.class);
    }

    @Test
    void remembersForAMomentOnlyWhatAnotherNodeHasChanged() {
        hold("2");
        topUp();
        assertThat(hold("2")).isInstanceOf(HoldResult.Insufficient.class);
        nanos.addAndGet(HopelessHolds.REMEMBERED.toNanos() + 1);
        assertThat(hold("2")).isInstanceOf(HoldResult.Held.class);
    }

    @Test
    void forgetsAtOnceWhatThisNodeHasChanged() {
        hold("2");
        topUp();
        writes.incrementAndGet();
        assertThat(hold("2")).isInstanceOf(HoldResult.Held.class);
    }

    @Test
    void doesNotRememberAnAnswerThatAWriteOvertook() {
        CompletableFuture<HoldResult> answer = new CompletableFuture<>();
        // The answer is from before the write, and is heard after it.
        hopeless.hold(
                kit.request("2"),
                task -> Thread.startVirtualThread(() -> {
                    topUp();
                    writes.incrementAndGet();
                    task.run();
                }),
                answer::complete);
        assertThat(Kit.get(answer)).isInstanceOf(HoldResult.Insufficient.class);
        assertThat(hold("2")).isInstanceOf(HoldResult.Held.class);
    }

    private void topUp() {
        kit.write(tx ->
                kit.books.transfer(tx, Kit.ORGANIZATION, Books.TransferKind.TOPUP, usd("5"), "more", "test", "more"));
    }

    @Test
    void forgetsAtOnceWhenMoneyComesBackOrTheRulesChange() {
        HoldResult.Held running = (HoldResult.Held) hold("0.9");
        assertThat(hold("0.5")).isInstanceOf(HoldResult.Insufficient.class);
        CompletableFuture<SettleResult> settled = new CompletableFuture<>();
        hopeless.settle(
                Kit.voided(running.hold().generation(), running.hold().claims()), Runnable::run, settled::complete);
        Kit.get(settled);
        assertThat(hold("0.5")).as("the answer that freed it was heard").isInstanceOf(HoldResult.Held.class);
        assertThat(hold("0.6")).isInstanceOf(HoldResult.Insufficient.class);
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, false, null));
        long asked = kit.ledger.stats().holds();
        assertThat(hold("0.6")).isInstanceOf(HoldResult.Insufficient.class);
        assertThat(kit.ledger.stats().holds())
                .as("under new rules it is asked again")
                .isEqualTo(asked + 1);
    }

    private HoldResult hold(String amount) {
        CompletableFuture<HoldResult> answer = new CompletableFuture<>();
        hopeless.hold(kit.request(amount), Runnable::run, answer::complete);
        return Kit.get(answer);
    }
}
