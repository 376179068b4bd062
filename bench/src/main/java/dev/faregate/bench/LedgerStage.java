package dev.faregate.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.LedgerSettings;
import dev.faregate.credits.LedgerStats;
import dev.faregate.credits.Safeguards;
import dev.faregate.storage.Database;
import dev.faregate.usage.OrphanGenerations;
import io.netty.channel.EventLoopGroup;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A ledger on one store in this process, with accounts as they are needed. Measures points one after the
/// other and in the end compares the rows of the store with what was settled.
final class LedgerStage implements AutoCloseable {
    /// How the names of threads that write begin.
    private static final List<String> WRITERS = List.of("sqlite-writer", "ledger-postgresql-");
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long UNKNOWN = -1;

    private final LedgerDisk disk;
    private final int accounts;
    private final Database database;
    private final GroupLedger ledger;
    private final EventLoopGroup group = Transport.group("ledger-load");
    private final Map<Integer, List<LedgerAccounts.Account>> made = new HashMap<>();
    private final long usedBefore;
    private long settled;

    LedgerStage(LedgerDisk disk, Path folder, @Nullable String url, int accounts) {
        this.disk = disk;
        this.accounts = accounts;
        this.database = disk.open(folder, url);
        this.usedBefore = used();
        this.ledger = GroupLedger.start(
                database,
                LedgerSettings.DEFAULT,
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                LedgerRecords.table(),
                new OrphanGenerations(),
                Safeguards.NONE);
    }

    LedgerRound measure(LedgerPoint point, int rows, Duration upstream, Duration warmup, Duration window) {
        List<LedgerAccounts.Account> callers = accounts(point, rows);
        LedgerTally tally;
        LedgerStats before;
        LedgerStats after;
        LedgerRound.Cpu cpu;
        double seconds;
        LedgerLoad load = LedgerLoad.start(group.next(), ledger, point, callers, upstream);
        try (load) {
            ChildProcess.pause(warmup);
            LedgerRound.Cpu cpuBefore = cpu();
            before = ledger.stats();
            load.take();
            long start = System.nanoTime();
            ChildProcess.pause(window);
            tally = load.take();
            seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
            after = ledger.stats();
            cpu = difference(cpuBefore, cpu());
        }
        settled += load.settled();
        return LedgerRound.of(
                disk.name(),
                point,
                rows,
                seconds,
                tally,
                after.batches() - before.batches(),
                after.holds() - before.holds() + after.settles() - before.settles(),
                cpu,
                disk.postgres() ? OptionalDouble.of(backends().size()) : OptionalDouble.empty());
    }

    /// Why the store does not hold exactly what was settled, or empty.
    Optional<String> fault() {
        long held = number("SELECT COUNT(*) FROM hold") + number("SELECT COUNT(*) FROM limit_window WHERE held <> 0");
        long expected = Math.multiplyExact(settled, LedgerAccounts.CHARGED.nanos());
        long actual = used() - usedBefore;
        if (held != 0) return Optional.of(disk.name() + ": " + held + " rows still hold something in quiet");
        if (actual != expected) {
            return Optional.of("%s: %d settled requests are %d nano-dollars, the balances say %d"
                    .formatted(disk.name(), settled, expected, actual));
        }
        return Optional.empty();
    }

    /// Damages the store on purpose, for the test of `fault`.
    void write(String sql) {
        database.write(tx -> tx.sql().execute(sql));
    }

    private List<LedgerAccounts.Account> accounts(LedgerPoint point, int rows) {
        int wanted = point.hot() ? 1 : accounts;
        List<LedgerAccounts.Account> known = made.getOrDefault(rows, List.of());
        if (known.size() >= wanted) return known;
        List<LedgerAccounts.Account> all = LedgerAccounts.make(database, wanted, rows);
        made.put(rows, all);
        return all;
    }

    private long used() {
        return number("SELECT COALESCE(SUM(w.used), 0) FROM limit_window w JOIN limit_definition d "
                + "ON d.id = w.definition_id WHERE d.scope = 'BALANCE'");
    }

    /// By JDBC itself: SQLite's sums have no type that a mapper could know, and 32 bits are soon too few.
    private long number(String sql) {
        return database.read(tx -> {
            try (Statement statement = tx.connection().createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? row.getLong(1) : 0L;
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private LedgerRound.Cpu cpu() {
        long process =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        long writer = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> WRITERS.stream().anyMatch(thread.getName()::startsWith))
                .map(thread -> ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()))
                .reduce(Long::sum)
                .orElse(UNKNOWN);
        return new LedgerRound.Cpu(process, writer, server());
    }

    private static LedgerRound.Cpu difference(LedgerRound.Cpu before, LedgerRound.Cpu after) {
        return new LedgerRound.Cpu(
                after.process() - before.process(),
                before.writer() < 0 ? UNKNOWN : after.writer() - before.writer(),
                before.server() < 0 || after.server() < 0 ? UNKNOWN : after.server() - before.server());
    }

    /// CPU time of the database's processes that serve this program, when they run on this machine.
    private long server() {
        if (!disk.postgres() || !ProcStat.available()) return UNKNOWN;
        long ticks = 0;
        for (long pid : backends()) {
            if (!ProcStat.command(pid).startsWith("postgres")) return UNKNOWN;
            ticks += ProcStat.ticks(pid).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
        return TimeUnit.SECONDS.toNanos(ticks) / ProcStat.TICKS_PER_SECOND;
    }

    private List<Long> backends() {
        return database.read(tx -> tx.sql()
                .fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                        + "AND backend_type = 'client backend'")
                .getValues(0, Long.class));
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        ledger.close();
        database.close();
    }
}
