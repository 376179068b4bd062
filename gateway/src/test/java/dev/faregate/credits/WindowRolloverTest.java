package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Streams that run over midnight, UTC (reliability, check 11), with a clock that the test moves.
class WindowRolloverTest {
    private static final int STREAMS = 200;

    @TempDir
    private Path folder;

    @Test
    void eachStreamIsChargedToTheWindowItBeganIn() {
        ManualTime now = new ManualTime("2026-11-18T23:59:59Z");
        SqliteDatabase database = SqliteDatabase.open(
                folder, new SqliteDatabase.Options(now, SqliteWriter.CommitHook.NONE, 2, Duration.ofSeconds(5)));
        try (Kit kit = new Kit(database, LedgerSettings.DEFAULT)) {
            kit.found("100");
            long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "2");
            List<Hold> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(kit.held(kit.request("0.01", daily)));
            }
            assertThat(kit.hold(kit.request("0.01", daily))).isInstanceOf(HoldResult.Insufficient.class);

            now.advance(Duration.ofSeconds(2));
            Limits.State today = kit.limit(Scope.KEY, Kit.KEY, Window.DAILY);
            assertThat(today.used()).isEqualTo(Usd.ZERO);
            assertThat(today.held()).as("the new window starts at nothing").isEqualTo(Usd.ZERO);
            Hold whole = kit.held(kit.request("2", daily));
            assertThat(kit.hold(kit.request("0.01", daily)))
                    .as("nothing of yesterday's cap is left over")
                    .isInstanceOf(HoldResult.Insufficient.class);
            for (int i = 0; i < STREAMS; i++) {
                kit.settle(streams.get(i), i % 2 == 0 ? "0.01" : "0.004");
            }
            assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(Usd.ZERO);
            kit.settle(whole, "2");
            assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(usd("2"));
            assertThat(kit.balance().used()).isEqualTo(usd("3.4"));
            assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
            Usd yesterday = kit.read(tx -> Usd.ofNanos(tx.sql()
                    .fetchSingle("SELECT min(used) FROM limit_window WHERE definition_id = ?", daily)
                    .get(0, Long.class)));
            assertThat(yesterday).isEqualTo(usd("1.4"));
            assertThat(kit.audit()).isEmpty();
        }
    }
}
