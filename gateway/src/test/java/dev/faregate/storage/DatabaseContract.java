package dev.faregate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.faregate.base.ApiException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What both databases promise to everybody who opens a transaction.
abstract class DatabaseContract {
    private Database database;

    abstract Database open() throws Exception;

    abstract Database reopen() throws Exception;

    @BeforeEach
    void openOne() throws Exception {
        database = open();
    }

    @AfterEach
    void closeIt() {
        database.close();
    }

    @Test
    void keepsWhatWasWrittenOverAReopen() throws Exception {
        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')"));
        database.close();
        database = reopen();
        assertThat(value("a")).isEqualTo("1");
    }

    @Test
    void undoesAWriteThatThrewAndPassesTheExceptionOn() {
        assertThatThrownBy(() -> database.write(tx -> {
                    tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')");
                    throw new IllegalArgumentException("stop");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stop");
        assertThat(count()).isZero();
        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('b', '2')"));
        assertThat(count()).isOne();
    }

    @Test
    void reportsARepeatedKeyAsTheSameExceptionOnBoth() {
        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')"));
        assertThatThrownBy(() ->
                        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '2')")))
                .isInstanceOf(IntegrityConstraintViolationException.class);
    }

    @Test
    void readsOneStateHoweverOftenItLooks() {
        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')"));
        database.read(tx -> {
            assertThat(count(tx)).isOne();
            database.write(other -> other.sql().execute("INSERT INTO setting (name, value) VALUES ('b', '2')"));
            assertThat(count(tx)).isOne();
            return 0;
        });
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void refusesToWriteInARead() {
        assertThatThrownBy(() ->
                        database.read(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')")))
                .isInstanceOf(RuntimeException.class);
        assertThat(count()).isZero();
    }

    @Test
    void loosesNoneOfManyParallelIncrements() throws InterruptedException {
        database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('n', '0')"));
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(Thread.ofVirtual().start(() -> increment(start)));
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(value("n")).isEqualTo("100");
    }

    private void increment(CountDownLatch start) {
        try {
            start.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < 5; i++) {
            database.write(
                    tx -> tx.sql()
                            .execute(
                                    "UPDATE setting SET value = CAST(CAST(value AS INTEGER) + 1 AS VARCHAR(20)) WHERE name = 'n'"));
        }
    }

    @Test
    void knowsTheTimeInMicroseconds() {
        Instant now = database.write(Tx::now);
        assertThat(now).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES));
        assertThat(now.truncatedTo(ChronoUnit.MICROS)).isEqualTo(now);
        assertThat(database.read(Tx::now)).isAfterOrEqualTo(now);
    }

    @Test
    void takesNoWriteAfterItWasClosed() {
        database.close();
        assertThatThrownBy(() -> database.write(tx -> 0))
                .isInstanceOfAny(ApiException.class, IllegalStateException.class);
    }

    private String value(String name) {
        return database.read(tx -> tx.sql()
                .fetchSingle("SELECT value FROM setting WHERE name = ?", name)
                .get(0, String.class));
    }

    private int count() {
        return database.read(DatabaseContract::count);
    }

    private static int count(Tx tx) {
        return tx.sql().fetchSingle("SELECT count(*) FROM setting").get(0, Integer.class);
    }
}
