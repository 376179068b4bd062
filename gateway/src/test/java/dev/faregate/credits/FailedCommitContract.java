package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Usd;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// The disk fails at commit N, for many N (reliability, check 39): nobody is told of what is not durable,
/// nothing is admitted any more, and the next life finds everything that anybody was told of.
class FailedCommitContract {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");

    /// When the error comes: before the commit reaches the disk, or when only its answer is lost.
    private enum When {
        BEFORE,
        AFTER
    }

    @TempDir
    private static Path template;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeTheTemplate() {
        try (SqliteDatabase database = SqliteDatabase.open(template, SqliteDatabase.Options.DEFAULT);
                Kit kit = new Kit(database, LedgerSettings.DEFAULT)) {
            kit.found("1000");
        }
    }

    @Test
    void noFalseAcknowledgementWhereverTheDiskFails() {
        IntStream.rangeClosed(1, 200).filter(n -> LONG || n <= 6 || n % 37 == 0).forEach(n -> {
            for (When when : When.values()) {
                failAt(n, when, UnaryOperator.identity());
            }
        });
    }

    @Test
    void aStoreThatAcknowledgesWhatFailedIsCaught() {
        assertThatThrownBy(() -> failAt(9, When.BEFORE, Lying::new)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> failAt(10, When.BEFORE, Lying::new)).isInstanceOf(AssertionError.class);
    }

    /// Planted: tells everybody that all is well.
    private static final class Lying extends ForwardingStore {
        Lying(LedgerStore store) {
            super(store);
        }

        @Override
        public Outcome apply(Batch batch) {
            try {
                return store.apply(batch);
            } catch (StoreFailure e) {
                return new Outcome(
                        batch.settles().stream().map(_ -> Ending.POSTED).toList(),
                        batch.holds().stream().map(op -> (HoldResult) op.held()).toList());
            }
        }
    }

    private void failAt(int commit, When when, UnaryOperator<LedgerStore> between) {
        Path data = folder.resolve(when + "-" + commit);
        copyTemplate(data);
        int[] left = {Integer.MAX_VALUE};
        SqliteWriter.CommitHook hook = new SqliteWriter.CommitHook() {
            @Override
            public void beforeCommit() throws SQLException {
                failIf(when == When.BEFORE && --left[0] == 0);
            }

            @Override
            public void afterCommit() throws SQLException {
                failIf(when == When.AFTER && --left[0] == 0);
            }
        };
        SqliteDatabase database = SqliteDatabase.open(
                data, new SqliteDatabase.Options(InstantSource.system(), hook, 1, Duration.ofSeconds(5)));
        Spool spool = Spool.open(data, 1 << 20, null);
        Kit kit = new Kit(database, LedgerSettings.DEFAULT, new Safeguards(spool, Evidence.NONE, null), between);
        HoldRequest like = kit.request("0.01");
        left[0] = commit;
        Usd owed = Usd.ZERO;
        int told = 0;
        List<Hold> open = new ArrayList<>();
        while (database.failure() == null && told < 300) {
            told++;
            HoldRequest request =
                    new HoldRequest(dev.faregate.base.Ids.nextFast(), like.claims(), like.policySeq(), "v1", "ctx");
            if (kit.hold(request) instanceof HoldResult.Held(Hold hold)) {
                SettleResult result = told % 5 == 0 ? null : kit.settle(hold, "0.004");
                boolean durable = result instanceof SettleResult.Settled || result instanceof SettleResult.Spooled;
                owed = owed.plus(usd(durable ? "0.004" : "0.01"));
                if (result == null) {
                    open.add(hold);
                }
            }
        }
        assertThat(database.failure()).as("commit %d, %s", commit, when).isNotNull();
        assertThat(kit.hold(like)).isInstanceOf(HoldResult.Unavailable.class);
        kit.ledger.abandon();
        spool.close();
        database.close();
        nextLife(data, owed, open, commit + " " + when);
    }

    private static void nextLife(Path data, Usd owed, List<Hold> open, String where) {
        Spool spool = Spool.open(data, 1 << 20, null);
        try (SqliteDatabase database = SqliteDatabase.open(data, SqliteDatabase.Options.DEFAULT);
                Kit kit = new Kit(database, LedgerSettings.DEFAULT, new Safeguards(spool, Evidence.NONE, null))) {
            String integrity = kit.read(
                    tx -> tx.sql().fetchSingle("PRAGMA integrity_check").get(0, String.class));
            assertThat(integrity).isEqualTo("ok");
            assertThat(kit.balance().used()).as(where).isEqualTo(owed);
            assertThat(kit.balance().held()).as(where).isEqualTo(Usd.ZERO);
            assertThat(kit.audit()).as(where).isEmpty();
            assertThat(kit.ledger.stats().orphans()).isEqualTo(open.size());
        } finally {
            spool.close();
        }
    }

    private static void failIf(boolean now) throws SQLException {
        if (now) {
            throw new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
        }
    }

    private static void copyTemplate(Path to) {
        try {
            Files.createDirectories(to);
            Files.copy(template.resolve(SqliteDatabase.FILE), to.resolve(SqliteDatabase.FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
