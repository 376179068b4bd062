package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What becomes of settlements that the database does not confirm, and of holds whose node died, on either
/// database (ledger 2.2 and 2.3).
class SpoolContract {
    private static final LedgerSettings SETTINGS = new LedgerSettings(
            1_000,
            1_000,
            200,
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            Duration.ofSeconds(2),
            Duration.ofMillis(300));

    @TempDir
    private Path folder;

    private final AtomicBoolean syncFails = new AtomicBoolean();
    private long maxBytes = 1 << 20;
    private Evidence evidence = Evidence.NONE;
    private LedgerSettings settings = SETTINGS;

    private @Nullable Database database;
    private @Nullable Kit current;
    private @Nullable Spool spool;
    private @Nullable CutStore store;

    private Kit begin(Database.Kind kind) {
        database = switch (kind) {
            case SQLITE -> SqliteDatabase.open(folder, SqliteDatabase.Options.DEFAULT);
            case POSTGRESQL -> PostgresDatabase.open(TestPostgres.freshUrl());
        };
        Kit kit = life();
        kit.found("5");
        return kit;
    }

    /// A new life of the node on the same database and data folder.
    private Kit life() {
        Spool fresh = Spool.open(folder, maxBytes, null, () -> {
            if (syncFails.get()) {
                throw new IOException("injected");
            }
        });
        spool = fresh;
        Kit kit = new Kit(database(), settings, new Safeguards(fresh, evidence, null), below -> {
            CutStore between = new CutStore(below);
            store = between;
            return between;
        });
        current = kit;
        return kit;
    }

    /// Ends a life as kill -9 does: what is queued is lost, what was synced is not.
    private Kit nextLife() {
        kit().ledger.abandon();
        spool().close();
        return life();
    }

    private Kit kit() {
        return java.util.Objects.requireNonNull(current);
    }

    private Database database() {
        return java.util.Objects.requireNonNull(database);
    }

    private Spool spool() {
        return java.util.Objects.requireNonNull(spool);
    }

    private CutStore store() {
        return java.util.Objects.requireNonNull(store);
    }

    @AfterEach
    void end() {
        try {
            assertThat(kit().audit()).isEmpty();
        } finally {
            kit().ledger.abandon();
            spool().close();
            database().close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void releasesTheCallerFromTheSpoolAndEmptiesItWhenTheDatabaseIsBack(Database.Kind kind) throws Exception {
        Kit kit = begin(kind);
        Hold hold = kit.held(kit.request("1"));
        List<String> posted = new ArrayList<>();
        store().cut = true;
        CompletableFuture<SettleResult> answer = new CompletableFuture<>();
        kit.ledger.settle(Kit.settlement(hold, "0.4"), Runnable::run, answer::complete, () -> posted.add("posted"));
        assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Spooled());
        assertThat(spool().bytes()).isPositive();
        assertThat(posted).isEmpty();
        assertThat(kit.ledger.stats().waitingSettles()).as("it stays queued").isPositive();
        store().cut = false;
        eventually(() -> kit.balance().used().equals(usd("0.4")));
        eventually(() -> spool().bytes() == 0);
        assertThat(posted).containsExactly("posted");
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(kit.recordOf(hold.generation())).isEqualTo("exact");
    }

    @ParameterizedTest
    @EnumSource
    void theNextLifePostsWhatWasSpooledOnceHoweverOften(Database.Kind kind) throws Exception {
        Kit kit = begin(kind);
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            holds.add(kit.held(kit.request("0.1")));
        }
        store().cut = true;
        List<CompletableFuture<SettleResult>> answers = new ArrayList<>();
        for (Hold hold : holds) {
            CompletableFuture<SettleResult> answer = new CompletableFuture<>();
            answers.add(answer);
            kit.ledger.settle(Kit.settlement(hold, "0.03"), Runnable::run, answer::complete);
        }
        answers.forEach(answer -> assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Spooled()));
        Path file = folder.resolve(SpoolFile.NAME);
        byte[] spooled = Files.readAllBytes(file);
        Kit next = nextLife();
        assertThat(next.balance().used()).isEqualTo(usd("0.9"));
        assertThat(next.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(next.recordOf(holds.getLast().generation())).isEqualTo("exact");
        eventually(() -> spool().bytes() == 0);
        next.ledger.abandon();
        spool().close();
        Files.write(file, spooled);
        assertThat(life().balance().used()).as("again").isEqualTo(usd("0.9"));
    }

    @ParameterizedTest
    @EnumSource
    void aLostAnswerIsSpooledAndPostedOnce(Database.Kind kind) throws Exception {
        Kit kit = begin(kind);
        Hold hold = kit.held(kit.request("1"));
        store().deaf = true;
        assertThat(kit.settle(hold, "0.4")).isEqualTo(new SettleResult.Spooled());
        assertThat(kit.balance().used()).isEqualTo(usd("0.4"));
        assertThat(nextLife().balance().used()).isEqualTo(usd("0.4"));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotConfirmedWhenItStopsIsLeftToTheNextLife(Database.Kind kind) {
        Kit kit = begin(kind);
        Hold hold = kit.held(kit.request("1"));
        store().cut = true;
        kit.ledger.settle(Kit.settlement(hold, "0.4"), Runnable::run, _ -> {});
        kit.ledger.close();
        spool().close();
        assertThat(life().balance().used()).isEqualTo(usd("0.4"));
    }

    @ParameterizedTest
    @EnumSource
    void aFullSpoolAdmitsNothingAndClaimsNothing(Database.Kind kind) throws Exception {
        maxBytes = 100;
        Kit kit = begin(kind);
        Hold hold = kit.held(kit.request("1"));
        HoldRequest more = kit.request("1");
        store().cut = true;
        assertThat(kit.settle(hold, "0.4")).isInstanceOf(SettleResult.Pending.class);
        assertThat(spool().admits()).isFalse();
        assertThat(kit.hold(more)).isInstanceOf(HoldResult.Unavailable.class);
        store().cut = false;
        eventually(() -> spool().admits());
        assertThat(kit.balance().used()).isEqualTo(usd("0.4"));
        kit.held(kit.request("1"));
    }

    @ParameterizedTest
    @EnumSource
    void aFailedSyncIsNeverTriedAgain(Database.Kind kind) throws Exception {
        Kit kit = begin(kind);
        Hold hold = kit.held(kit.request("1"));
        HoldRequest more = kit.request("1");
        syncFails.set(true);
        store().cut = true;
        assertThat(kit.settle(hold, "0.4")).isInstanceOf(SettleResult.Pending.class);
        syncFails.set(false);
        store().cut = false;
        eventually(() -> kit.balance().used().equals(usd("0.4")));
        assertThat(spool().failure()).contains("injected");
        assertThat(kit.hold(more)).isInstanceOf(HoldResult.Unavailable.class);
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedSpoolIsKeptAndTheRestIsPosted(Database.Kind kind) throws Exception {
        Kit kit = begin(kind);
        Hold lost = kit.held(kit.request("1"));
        Hold kept = kit.held(kit.request("1"));
        store().cut = true;
        assertThat(kit.settle(lost, "0.4")).isEqualTo(new SettleResult.Spooled());
        assertThat(kit.settle(kept, "0.3")).isEqualTo(new SettleResult.Spooled());
        kit.ledger.abandon();
        spool().close();
        Path file = folder.resolve(SpoolFile.NAME);
        byte[] bytes = Files.readAllBytes(file);
        bytes[40] ^= 1;
        Files.write(file, bytes);
        Kit next = life();
        assertThat(next.balance().used()).as("one in full, one exact").isEqualTo(usd("1.3"));
        assertThat(SpoolFile.damaged(folder)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void endsEachHoldOfAFormerLifeAsTheEvidenceSays(Database.Kind kind) {
        Map<UUID, Finding> findings = new HashMap<>();
        evidence = hold -> {
            Finding finding = findings.get(hold.generation());
            if (finding == null) {
                throw new IllegalStateException("unreadable");
            }
            return finding;
        };
        Kit kit = begin(kind);
        Hold never = kit.held(kit.request("0.1"));
        Hold exact = kit.held(kit.request("0.2"));
        Hold beyond = kit.held(kit.request("0.4"));
        Hold doubtful = kit.held(kit.request("0.8"));
        Hold unreadable = kit.held(kit.request("1.6"));
        TokenUsage usage = TokenUsage.of(3, 4);
        findings.put(never.generation(), new Finding.NeverSent());
        findings.put(exact.generation(), new Finding.Billed(Settlement.Source.EXACT, usd("0.05"), usd("0.05"), usage));
        findings.put(beyond.generation(), new Finding.Billed(Settlement.Source.ESTIMATED, usd("9"), usd("9"), usage));
        findings.put(doubtful.generation(), new Finding.Doubtful("so"));
        Kit next = nextLife();
        assertThat(source(next, never)).isEqualTo("VOID");
        assertThat(source(next, exact)).isEqualTo("EXACT");
        assertThat(source(next, beyond)).isEqualTo("ESTIMATED");
        assertThat(source(next, doubtful)).isEqualTo("ORPHAN");
        assertThat(source(next, unreadable)).isEqualTo("ORPHAN");
        assertThat(next.balance().used()).isEqualTo(usd("2.85"));
        assertThat(next.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(next.ledger.stats().orphans()).isEqualTo(2);
        assertThat(next.ledger.stats().recovered()).isEqualTo(3);
        assertThat(next.recordOf(exact.generation())).isEqualTo("orphan of ctx");
    }

    /// PENDING becomes HELD or ABANDONED in one step (rulings 3.3): of many holds that race with the end of
    /// their patience, exactly those stand whose callers were told so.
    @ParameterizedTest
    @EnumSource
    void aLateAcknowledgementNeverMeetsAVoid(Database.Kind kind) throws Exception {
        settings = new LedgerSettings(
                1_000,
                10,
                10,
                Duration.ofMillis(150),
                Duration.ofMillis(100),
                Duration.ofSeconds(2),
                Duration.ofMillis(300));
        Kit kit = begin(kind);
        HoldRequest like = kit.request("0.001");
        List<String> told = new ArrayList<>();
        int asked = 0;
        for (int round = 0; round < 30 && !bothHappened(kit, told, asked); round++) {
            List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
            // A quiet round now and then, so that some are in time on any machine.
            store().slowMs = round % 3 == 2 ? 0 : 150;
            store().deaf = round % 4 == 3;
            for (int i = 0; i < (store().slowMs == 0 ? 3 : 40); i++) {
                UUID generation = dev.faregate.base.Ids.nextFast();
                CompletableFuture<HoldResult> answer = new CompletableFuture<>();
                answers.add(answer);
                HoldRequest request = new HoldRequest(generation, like.claims(), like.policySeq(), "v1", null);
                kit.ledger.hold(request, Runnable::run, answer::complete);
                asked++;
            }
            for (CompletableFuture<HoldResult> answer : answers) {
                if (Kit.get(answer) instanceof HoldResult.Held(Hold hold)) {
                    told.add(hold.generation().toString());
                }
            }
            store().deaf = false;
        }
        store().slowMs = 0;
        assertThat(bothHappened(kit, told, asked))
                .as("some were in time, some too late")
                .isTrue();
        eventually(() -> held(kit).equals(told.stream().sorted().toList()));
    }

    private static boolean bothHappened(Kit kit, List<String> told, int asked) {
        return !told.isEmpty() && told.size() < asked && kit.ledger.stats().abandoned() > 0;
    }

    private static List<String> held(Kit kit) {
        return kit.read(tx -> tx.sql()
                .fetch("SELECT generation FROM hold ORDER BY generation")
                .getValues(0, String.class));
    }

    private static String source(Kit kit, Hold hold) {
        return kit.read(tx -> tx.sql()
                .fetchSingle(
                        "SELECT source FROM posting WHERE generation = ?",
                        hold.generation().toString())
                .get(0, String.class));
    }

    private static void eventually(BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(20);
        }
    }
}
