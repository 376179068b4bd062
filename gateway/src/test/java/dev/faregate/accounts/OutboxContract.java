package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import dev.faregate.byok.Sealer;
import dev.faregate.byok.TestMasterKey;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Mail outlives a mail server that is away, and the node that wrote it.
class OutboxContract {
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();
    private static final MailSender.Result AWAY = new MailSender.Result(false, false, "away");
    private static final MailSender.Result REFUSED = new MailSender.Result(false, true, "refused");

    private final Sealer sealer = new Sealer(TestMasterKey.shared());
    private volatile MailSender.Result answer = MailSender.Result.SENT;
    private final List<Mail> asked = new CopyOnWriteArrayList<>();

    private static Database empty(Database.Kind kind) {
        Database database = Stores.shared(kind);
        database.write(tx -> tx.sql().execute("DELETE FROM mail_outbox"));
        return database;
    }

    private Outbox outbox(Database database) {
        return Outbox.start(
                database,
                sealer,
                mail -> {
                    asked.add(mail);
                    return answer;
                },
                PAUSE,
                _ -> {});
    }

    private static void put(Database database, Outbox outbox, Mail mail, Duration lifetime) {
        Outbox.Sealable sealed = outbox.seal(mail, lifetime);
        database.write(tx -> {
            outbox.put(tx, sealed);
            return null;
        });
        outbox.wake();
    }

    private static Mail mail(String to) {
        return new Mail(to, "Subject", Secret.of("planted link in " + to));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static long rows(Database database) {
        return database.read(tx -> ((Number)
                        java.util.Objects.requireNonNull(tx.sql().fetchValue("SELECT COUNT(*) FROM mail_outbox")))
                .longValue());
    }

    private long sent(String to) {
        return asked.stream().filter(mail -> mail.to().equals(to)).count();
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void triesAgainUntilItIsTakenAlsoInTheNextLife(Database.Kind kind) throws InterruptedException {
        Database database = empty(kind);
        answer = AWAY;
        try (Outbox outbox = outbox(database)) {
            put(database, outbox, mail("a@example.com"), LIFETIME);
            await(() -> sent("a@example.com") >= 3);
        }
        assertThat(rows(database)).isEqualTo(1);
        assertThat(String.valueOf(database.<Object>read(tx -> tx.sql().fetchValue("SELECT sealed FROM mail_outbox"))))
                .doesNotContain("planted");
        answer = MailSender.Result.SENT;
        database.write(tx -> tx.sql().execute("UPDATE mail_outbox SET next_attempt_at = 0"));
        try (Outbox next = outbox(database)) {
            assertThat(next.isOn()).isTrue();
            await(() -> rows(database) == 0);
        }
        assertThat(asked.getLast().text().reveal()).isEqualTo("planted link in a@example.com");
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void sendsNothingToNobodyAndDropsWhatIsRefusedForGood(Database.Kind kind) throws InterruptedException {
        Database database = empty(kind);
        try (Outbox outbox = outbox(database)) {
            put(database, outbox, Mail.toNobody(mail("a@example.com")), LIFETIME);
            await(() -> rows(database) == 0);
            assertThat(asked).isEmpty();
            answer = REFUSED;
            put(database, outbox, mail("b@example.com"), LIFETIME);
            await(() -> rows(database) == 0);
            assertThat(sent("b@example.com")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void givesUpWhenTheLinksInItAreDeadAnyway(Database.Kind kind) throws InterruptedException {
        Database database = empty(kind);
        answer = AWAY;
        try (Outbox outbox = outbox(database)) {
            put(database, outbox, mail("a@example.com"), Duration.ZERO);
            await(() -> rows(database) == 0);
            assertThat(asked).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void twoNodesSendAMailOnce(Database.Kind kind) throws InterruptedException {
        Database database = empty(kind);
        try (Outbox one = outbox(database);
                Outbox two = outbox(database)) {
            for (int i = 0; i < 10; i++) {
                put(database, one, mail("n" + i + "@example.com"), LIFETIME);
                two.wake();
            }
            await(() -> rows(database) == 0);
        }
        assertThat(asked).hasSize(10);
        assertThat(asked.stream().map(Mail::to).distinct()).hasSize(10);
    }
}
