package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Plans;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Which keys people are told of, and that it happens once. The tests share a database with others, so they look at
/// their own organization only; days are chosen, not waited for.
@ParameterizedClass
@EnumSource
class SpendWatchContract {
    private static final SpendWatch.Options OPTIONS =
            new SpendWatch.Options(new UnusualSpend.Rule(Usd.ofDollars(5), new BigDecimal("4")), Duration.ofMinutes(5));

    /// Puts a mail for each alert of this test's organization.
    private final class Told implements SpendWatch.Messenger {
        final AtomicInteger committed = new AtomicInteger();

        @Override
        public boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert) {
            if (!key.organizationId().equals(rig.organizationId)) {
                return false;
            }
            tx.sql()
                    .execute(
                            "INSERT INTO mail_outbox (id, key_id, sealed, attempts, created_at, next_attempt_at, expires_at)"
                                    + " VALUES (?, ?, ?, 0, 0, 0, 0)",
                            Ids.next().toString(),
                            mark(),
                            alert.datedWords(alert.at()));
            return true;
        }

        @Override
        public void committed() {
            committed.incrementAndGet();
        }
    }

    private final Database database;
    private final Rig rig;
    private final LocalDate today;
    private final Instant noon;
    private final Told told = new Told();

    SpendWatchContract(Database.Kind kind) {
        database = Stores.shared(kind);
        rig = new Rig(database);
        today = LocalDate.ofInstant(database.read(Tx::now), ZoneOffset.UTC);
        noon = today.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC);
    }

    /// By which mail of this test is known.
    private String mark() {
        return rig.organizationId.substring(0, 16);
    }

    private SpendWatch watch() {
        return new SpendWatch(database, OPTIONS, told);
    }

    /// A key that is `age` days old.
    private String key(int age) {
        String id = rig.caller(rig.keys
                        .create(Keys.NewKey.plain(rig.organizationId, rig.workspaceId, KeyKind.INFERENCE, "k"))
                        .text())
                .keyId();
        long made = Micros.of(noon.minus(Duration.ofDays(age)));
        execute("UPDATE api_key SET created_at = ? WHERE id = ?", made, id);
        return id;
    }

    private void spent(String key, int daysAgo, String dollars) {
        spent(key, daysAgo, dollars, "0");
    }

    private void spent(String key, int daysAgo, String dollars, String byok) {
        execute(
                "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                        + " VALUES (?, ?, 1, ?, ?, 0)",
                key,
                (int) today.minusDays(daysAgo).toEpochDay(),
                Usd.parse(dollars).nanos(),
                Usd.parse(byok).nanos());
    }

    private void execute(String sql, Object... values) {
        database.write(tx -> tx.sql().execute(sql, values));
    }

    private long count(String query, Object... values) {
        return database.read(tx -> tx.sql().fetchSingle(query, values).get(0, Long.class));
    }

    private long alerts() {
        return count("SELECT count(*) FROM spend_alert WHERE organization_id = ?", rig.organizationId);
    }

    private long events() {
        return count(
                "SELECT count(*) FROM audit_event WHERE organization_id = ? AND action = 'key.unusual_spend'",
                rig.organizationId);
    }

    private long mails() {
        return count("SELECT count(*) FROM mail_outbox WHERE key_id = ?", mark());
    }

    private Optional<SpendAlert> shown(String key) {
        return Optional.ofNullable(database.read(
                tx -> new SpendAlertStore().recent(tx, List.of(key)).get(key)));
    }

    @Test
    void tellsWhatIsUnusualAndKeepsIt() {
        String key = key(30);
        for (int day = 1; day <= 20; day++) {
            spent(key, day, day == 3 ? "7.90" : "3");
        }
        spent(key, 0, "84.20");
        String steady = key(30);
        spent(steady, 1, "40");
        spent(steady, 7, "40");
        spent(steady, 0, "84.20");

        watch().run(noon);

        assertThat(shown(steady)).isEmpty();
        SpendAlert alert = shown(key).orElseThrow();
        assertThat(alert.day()).isEqualTo(today);
        assertThat(alert.spend().words("today"))
                .isEqualTo("spent $84.20 today; on the 14 days before it spent $3.35 a day, $7.90 at most");
        assertThat(mails()).isEqualTo(1);
        assertThat(database.<String>read(tx -> tx.sql()
                        .fetchSingle(
                                "SELECT detail FROM audit_event WHERE organization_id = ? AND subject = ? AND actor_kind = 'operator'",
                                rig.organizationId,
                                key)
                        .get(0, String.class)))
                .isEqualTo(
                        "{\"day\":\"" + today
                                + "\",\"days_before\":14,\"mailed\":true,\"mean_before\":3.35,\"most_before\":7.9,\"spent\":84.2}");
    }

    @Test
    void tellsOnceADayHoweverManyNodesLookAtOnce() throws InterruptedException {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            keys.add(key(30));
            spent(keys.get(i), 0, "9");
        }
        int nodes = 3;
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        List<SpendWatch> watches = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            SpendWatch watch = watch();
            watches.add(watch);
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                watch.run(noon);
            }));
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        watches.forEach(watch -> watch.run(noon.plus(Duration.ofHours(5))));

        assertThat(alerts()).isEqualTo(keys.size());
        assertThat(events()).isEqualTo(keys.size());
        assertThat(mails()).isEqualTo(keys.size());
        assertThat(told.committed.get())
                .isEqualTo(
                        watches.stream().mapToInt(watch -> (int) watch.alerts()).sum())
                .isGreaterThanOrEqualTo(keys.size());

        // The next day it is told again, as long as it is unusual.
        spent(keys.getFirst(), -1, "99");
        spent(keys.getLast(), -1, "1");
        watch().run(noon.plus(Duration.ofDays(1)));
        assertThat(alerts()).isEqualTo(keys.size() + 1);
    }

    @Test
    void countsOwnProviderKeysOnlyWhereTheLimitOfTheKeyDoes() {
        String without = key(30);
        spent(without, 0, "4", "500");
        String with = key(30);
        execute("UPDATE api_key SET include_byok_in_limit = ? WHERE id = ?", true, with);
        spent(with, 0, "4", "500");
        String usual = key(30);
        execute("UPDATE api_key SET include_byok_in_limit = ? WHERE id = ?", true, usual);
        spent(usual, 7, "0", "400");
        spent(usual, 0, "4", "500");

        watch().run(noon);

        assertThat(shown(without)).isEmpty();
        assertThat(shown(with).orElseThrow().spend().spent()).isEqualTo(Usd.ofDollars(504));
        assertThat(shown(usual)).isEmpty();
    }

    @Test
    void leavesOutDeletedKeysAndOrganizationsThatDoNotWantIt() {
        String deleted = key(30);
        spent(deleted, 0, "100");
        execute("UPDATE api_key SET deleted_at = 1 WHERE id = ?", deleted);
        String key = key(30);
        spent(key, 0, "100");
        assertThat(this.<Boolean>written(tx -> OrganizationStore.wantSpendAlerts(tx, rig.organizationId, false)))
                .isTrue();
        watch().run(noon);
        assertThat(alerts()).isZero();

        written(tx -> OrganizationStore.wantSpendAlerts(tx, rig.organizationId, true));
        watch().run(noon);
        assertThat(shown(key)).isPresent();
        assertThat(alerts()).isEqualTo(1);
    }

    private <T> T written(java.util.function.Function<Tx, T> work) {
        return database.write(work);
    }

    @Test
    void knowsNoDaysFromBeforeAKeyWasMade() {
        String fresh = key(0);
        spent(fresh, 0, "19");
        String young = key(2);
        spent(young, 1, "1");
        spent(young, 0, "21");
        String older = key(3);
        spent(older, 0, "6");

        watch().run(noon);

        assertThat(shown(fresh)).isEmpty();
        assertThat(shown(young).orElseThrow().spend().words("today"))
                .isEqualTo("spent $21.00 today; on the 2 days before it spent $0.50 a day, $1.00 at most");
        assertThat(shown(older).orElseThrow().spend().days()).isEqualTo(3);
    }

    @Test
    void looksAtYesterdayForAWhileAfterMidnight() {
        String key = key(30);
        spent(key, 1, "100");
        Instant midnight = today.atStartOfDay().toInstant(ZoneOffset.UTC);
        watch().run(midnight.plus(Duration.ofMinutes(90)));
        assertThat(alerts()).isZero();
        watch().run(midnight.plus(Duration.ofMinutes(64)));
        assertThat(shown(key).orElseThrow().day()).isEqualTo(today.minusDays(1));
    }

    @Test
    void mailsSoOftenADayAndTellsTheRestWithoutMail() {
        for (int i = 0; i < SpendWatch.MOST_MAILED + 3; i++) {
            spent(key(30), 0, "100");
        }
        watch().run(noon);
        assertThat(mails()).isEqualTo(SpendWatch.MOST_MAILED);
        assertThat(alerts()).isEqualTo(SpendWatch.MOST_MAILED + 3);
        assertThat(events()).isEqualTo(SpendWatch.MOST_MAILED + 3);
    }

    @Test
    void anAlertThatCannotBeToldIsTriedAgainAndKeepsNoOtherBack() {
        String broken = key(30);
        spent(broken, 0, "100");
        String fine = key(30);
        spent(fine, 0, "100");
        SpendWatch.Messenger failing = new SpendWatch.Messenger() {
            @Override
            public boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert) {
                if (key.keyId().equals(broken)) {
                    throw new IllegalStateException("broken");
                }
                return false;
            }

            @Override
            public void committed() {}
        };
        new SpendWatch(database, OPTIONS, failing).run(noon);
        assertThat(shown(broken)).isEmpty();
        assertThat(shown(fine)).isPresent();
        assertThat(events()).isEqualTo(1);
        watch().run(noon);
        assertThat(shown(broken)).isPresent();
        assertThat(events()).isEqualTo(2);
    }

    @Test
    void needsNobodyWhoTells() {
        String key = key(30);
        spent(key, 0, "100");
        new SpendWatch(database, OPTIONS, SpendWatch.Messenger.NONE).run(noon);
        assertThat(shown(key)).isPresent();
        assertThat(events()).isEqualTo(1);
        assertThat(mails()).isZero();
    }

    /// Ten thousand keys with two weeks behind them: only those of today are read, by an index, page by page.
    @Test
    void looksUpTheKeysOfADayHoweverManyThereAre() throws SQLException {
        int keys = 10_000;
        try (Database own = Stores.open(database.kind())) {
            Rig there = new Rig(own);
            fill(own, there, keys);
            SpendAlertStore store = new SpendAlertStore();
            List<String> statements =
                    Plans.statements(own, tx -> store.candidates(tx, today, Usd.ofDollars(5), "", 500));
            assertThat(statements).hasSize(2);
            assertThat(Plans.plan(own, statements.getFirst())).contains("usage_counter_by_day");
            for (String statement : statements) {
                assertThat(Plans.plan(own, statement))
                        .as(statement)
                        .doesNotContain("SCAN usage_counter", "Seq Scan on usage_counter", "generation");
            }
            long began = System.nanoTime();
            SpendWatch watch = new SpendWatch(own, OPTIONS, SpendWatch.Messenger.NONE);
            watch.run(noon);
            System.out.printf(
                    "%s: %,d keys that spent today, judged in %d ms%n",
                    own.kind(),
                    keys,
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
            assertThat(own.<List<String>>read(tx ->
                            tx.sql().fetch("SELECT api_key_id FROM spend_alert").getValues(0, String.class)))
                    .as("the one that is unusual, on the last page")
                    .containsExactly(keyId(keys - 1));
        }
    }

    private static String keyId(int i) {
        return "00000000-0000-7000-8000-%012d".formatted(i);
    }

    /// Each key spent $10 on each day, day after day as it happens, and the last one $100 today.
    private void fill(Database own, Rig there, int keys) throws SQLException {
        boolean sqlite = own.kind() == Database.Kind.SQLITE;
        String numbers = sqlite
                ? "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + (keys - 1) + "), "
                        + "d (j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM d WHERE j < 14) "
                : "WITH n (i) AS (SELECT generate_series(0, " + (keys - 1)
                        + ")), d (j) AS (SELECT generate_series(0, 14)) ";
        String digits = sqlite ? "printf('%012d', i)" : "lpad(i::text, 12, '0')";
        String id = "'00000000-0000-7000-8000-' || " + digits;
        String no = sqlite ? "0" : "false";
        try (Connection connection = own.source().getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute(numbers + "INSERT INTO api_key (id, organization_id, workspace_id, hash, kind, name, label, "
                    + "include_byok_in_limit, disabled, created_at) SELECT " + id + ", '" + there.organizationId
                    + "', '"
                    + there.workspaceId + "', '" + "0".repeat(52) + "' || " + digits + ", 'inference', 'k', 'l', " + no
                    + ", " + no + ", 0 FROM n");
            sql.execute(numbers + "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos,"
                    + " last_used_at) SELECT " + id + ", " + today.toEpochDay() + " - j, 1, "
                    + "CASE WHEN i = " + (keys - 1)
                    + " AND j = 0 THEN 100000000000 ELSE 10000000000 END, 0, 0 FROM n, d ORDER BY j DESC, i");
            sql.execute(sqlite ? "PRAGMA optimize" : "ANALYZE");
        }
    }
}
