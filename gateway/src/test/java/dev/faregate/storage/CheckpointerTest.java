package dev.faregate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointerTest {
    private static final int COMMITS = 600;
    private static final int ROWS = 50;
    private static final int VALUE = 2_000;

    @TempDir
    private Path folder;

    /// Some 130 MB through a log that never rests.
    @Test
    void keepsTheLogShortBesideABusyWriterAndLosesNothing() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        long longest = 0;
        try (SqliteDatabase database = SqliteDatabase.open(folder, SqliteDatabase.Options.DEFAULT)) {
            database.write(tx -> tx.sql().execute("CREATE TABLE busy (id INTEGER PRIMARY KEY, at BIGINT, value BLOB)"));
            byte[] value = new byte[VALUE];
            for (int i = 0; i < COMMITS; i++) {
                int commit = i;
                random.nextBytes(value);
                database.write(tx -> {
                    for (int j = 0; j < ROWS; j++) {
                        tx.sql()
                                .execute(
                                        "INSERT INTO busy (id, at, value) VALUES (?, ?, ?) "
                                                + "ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                                        Math.floorMod(commit * 7_919 + j * 104_729, 20_000),
                                        commit,
                                        value);
                    }
                    return true;
                });
                longest = Math.max(longest, Files.size(folder.resolve(SqliteDatabase.FILE + "-wal")));
            }
        }
        assertThat(longest).isLessThan(40L << 20);
        try (SqliteDatabase database = SqliteDatabase.open(folder, SqliteDatabase.Options.DEFAULT)) {
            long last = database.read(
                    tx -> tx.sql().fetchSingle("SELECT max(at) FROM busy").get(0, Long.class));
            assertThat(last).isEqualTo(COMMITS - 1);
            String whole = database.read(
                    tx -> tx.sql().fetchSingle("PRAGMA integrity_check").get(0, String.class));
            assertThat(whole).isEqualTo("ok");
        }
    }
}
