package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.credits.JooqBooks;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The start after a crash, in this process: what it made of what it found. In quiet nothing is held and
/// the books balance.
final class NextLife implements AutoCloseable {
    /// A generation as it is recorded; money in nano-dollars.
    record Row(
            String id,
            String source,
            long charge,
            long upstreamCost,
            @Nullable String upstreamId) {}

    final Faregate faregate;

    private NextLife(Faregate faregate) {
        this.faregate = faregate;
    }

    static NextLife in(Path folder) {
        return in(folder, Map.of());
    }

    static NextLife in(Path folder, Map<String, String> moreFlags) {
        Map<String, String> flags = new HashMap<>(moreFlags);
        flags.put("port", "0");
        flags.put("admin.port", "0");
        flags.put("data", "data");
        flags.put("timeouts.balancer", "1ms");
        flags.put("disk.reserve", "0");
        Config config = Config.load(new Config.Sources(flags, new Environment(Map.of()), folder));
        NextLife life = new NextLife(Faregate.start(config));
        try {
            life.checkQuiet();
        } catch (AssertionError e) {
            life.close();
            throw e;
        }
        return life;
    }

    private void checkQuiet() {
        assertThat(faregate.firstStart()).as("not a first start").isEmpty();
        List<String> wrong = faregate.database().read(tx -> new JooqBooks().audit(tx));
        assertThat(wrong).as("trial balance").isEmpty();
        assertThat(TestServer.number(faregate, "SELECT COALESCE(SUM(held), 0) FROM limit_window"))
                .isZero();
        assertThat(TestServer.number(faregate, "SELECT COUNT(*) FROM hold")).isZero();
    }

    /// All generations, by time.
    List<Row> rows() {
        return faregate.database().read(tx -> {
            try (Statement statement = tx.connection().createStatement();
                    ResultSet found = statement.executeQuery("SELECT id, cost_source, charge_nanos, "
                            + "upstream_cost_nanos, upstream_id FROM generation ORDER BY id")) {
                List<Row> rows = new ArrayList<>();
                while (found.next()) {
                    rows.add(new Row(
                            found.getString(1),
                            found.getString(2),
                            found.getLong(3),
                            found.getLong(4),
                            found.getString(5)));
                }
                return rows;
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Override
    public void close() {
        faregate.close();
    }
}
