package dev.faregate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class SqliteDatabaseContract extends DatabaseContract {
    @TempDir
    private Path folder;

    @Override
    Database open() {
        return SqliteDatabase.open(folder, SqliteDatabase.Options.DEFAULT);
    }

    @Override
    Database reopen() {
        return open();
    }

    @Test
    void refusesASecondProcessInWords() {
        assertThatThrownBy(this::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in use by another faregate process");
    }

    @Test
    void makesFilesThatOnlyTheirOwnerReads(@TempDir Path other) throws IOException {
        try (Database database = SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT)) {
            database.write(tx -> tx.sql().execute("INSERT INTO setting (name, value) VALUES ('a', '1')"));
            for (String file : new String[] {"faregate.db", "faregate.db-wal", "faregate.db-shm"}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(other.resolve(file))))
                        .as(file)
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void refusesADatabaseFromTheFuture(@TempDir Path other) {
        try (Database database = SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT)) {
            database.write(tx -> tx.sql()
                    .execute("INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, "
                            + "checksum, installed_by, execution_time, success) "
                            + "VALUES (999, '999', 'future', 'SQL', 'V999__future.sql', 1, '', 1, 1)"));
        }
        assertThatThrownBy(() -> SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("made by a newer one");
        assertThatThrownBy(() -> SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT))
                .as("the lock was given back")
                .hasMessageContaining("made by a newer one");
    }

    @Test
    void stopsWritingForGoodAfterAFailedCommit(@TempDir Path other) {
        AtomicBoolean broken = new AtomicBoolean();
        SqliteWriter.CommitHook hook = () -> {
            if (broken.get()) {
                throw new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
            }
        };
        try (Database database = SqliteDatabase.open(
                other, new SqliteDatabase.Options(InstantSource.system(), hook, 1, Duration.ofSeconds(1)))) {
            assertThat(database.failure()).isNull();
            broken.set(true);
            assertThatThrownBy(() -> database.write(tx -> tx.sql().execute("DELETE FROM setting")))
                    .hasMessageContaining("disk I/O error");
            broken.set(false);
            assertThat(database.failure()).contains("disk I/O error");
            assertThatThrownBy(() -> database.write(tx -> 0)).isInstanceOf(ApiException.class);
            assertThat((Integer) database.read(tx -> 1)).as("reading goes on").isOne();
        }
    }

    @Test
    void endsAReaderThatTakesTooLong(@TempDir Path other) {
        try (Database database = SqliteDatabase.open(
                other,
                new SqliteDatabase.Options(
                        InstantSource.system(), SqliteWriter.CommitHook.NONE, 1, Duration.ofMillis(200)))) {
            String endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
            long start = System.nanoTime();
            assertThatThrownBy(() -> database.read(tx -> tx.sql().fetch(endless)));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat((Integer) database.read(tx -> 1)).isOne();
        }
    }

    @Test
    void refusesAWriteInsideAWrite(@TempDir Path other) throws SQLException {
        try (Database database = SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT)) {
            assertThatThrownBy(() -> database.write(tx -> database.write(inner -> 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot open another one");
        }
    }

    @Test
    void copiesTheWriteAheadLogBackBeforeItGrowsFar(@TempDir Path other) throws IOException {
        try (Database database = SqliteDatabase.open(other, SqliteDatabase.Options.DEFAULT)) {
            String megabyte = "x".repeat(1 << 20);
            for (int i = 0; i < 80; i++) {
                String generation = "g" + i;
                database.write(tx ->
                        tx.sql().execute("INSERT INTO posting_quarantine VALUES (?, 1, ?)", generation, megabyte));
            }
            assertThat(Files.size(other.resolve("faregate.db-wal"))).isLessThan(40L << 20);
        }
    }
}
