package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The single operations of a ledger batch on SQLite, in statements prepared once, inside the transaction
/// of the caller. For the writer thread only.
final class SqliteBatch implements AutoCloseable {
    /// Holds remembered before all are forgotten.
    private static final int MAX_OPEN = 100_000;

    /// A hold or a posting as it stands in the file.
    private record Stored(long[] limits, long[] windows, long[] amounts, long at, String label) {}

    private final String node;
    private final String boot;
    private final SqliteRows rows;
    private final PreparedStatement insertHold;
    private final PreparedStatement readHold;
    private final PreparedStatement updateHold;
    private final PreparedStatement deleteHold;
    private final PreparedStatement deleteKnownHold;

    /// Holds taken since the last [#forget], so that ending them need not read them first; the file is the truth.
    private final Map<String, Stored> open = new HashMap<>();

    private final PreparedStatement insertPosting;
    private final PreparedStatement readPosting;
    private final PreparedStatement lowerPosting;
    private final PreparedStatement insertQuarantine;
    private final PreparedStatement readLeftovers;
    private final @Nullable SqliteRecords records;

    SqliteBatch(Connection connection, String node, String boot, @Nullable RecordTable table) throws SQLException {
        this.node = node;
        this.boot = boot;
        rows = new SqliteRows(connection);
        insertHold = connection.prepareStatement(
                "INSERT INTO hold (generation, node, boot, created_at, limits, windows, amounts, price_version, context) "
                        + "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 "
                        + "WHERE NOT EXISTS (SELECT 1 FROM posting WHERE generation = ?1) "
                        + "ON CONFLICT (generation) DO NOTHING");
        readHold = connection.prepareStatement(
                "SELECT limits, windows, amounts, created_at, price_version FROM hold WHERE generation = ?");
        updateHold = connection.prepareStatement("UPDATE hold SET amounts = ? WHERE generation = ?");
        deleteHold = connection.prepareStatement("DELETE FROM hold WHERE generation = ? "
                + "RETURNING limits, windows, amounts, created_at, price_version");
        deleteKnownHold = connection.prepareStatement("DELETE FROM hold WHERE generation = ?");
        insertPosting = connection.prepareStatement(
                "INSERT INTO posting (generation, key_limit_id, held_at, posted_at, limits, windows, amounts, charged, "
                        + "real_cost, source, price_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                        + "ON CONFLICT (generation) DO NOTHING");
        readPosting = connection.prepareStatement(
                "SELECT limits, windows, amounts, posted_at, source FROM posting WHERE generation = ?");
        lowerPosting = connection.prepareStatement("UPDATE posting SET amounts = ?, charged = ?, real_cost = ?, "
                + "source = ?, corrected_at = ? WHERE generation = ?");
        insertQuarantine = connection.prepareStatement("INSERT INTO posting_quarantine (generation, at, record) "
                + "VALUES (?, ?, ?) ON CONFLICT (generation) DO NOTHING");
        readLeftovers = connection.prepareStatement(
                "SELECT generation, limits, amounts, price_version, created_at, context, boot FROM hold "
                        + "WHERE generation > ? AND boot <> ? ORDER BY generation LIMIT ?");
        records = table == null ? null : new SqliteRecords(connection, table);
    }

    @Override
    public void close() {
        SqliteRows.close(
                insertHold,
                readHold,
                updateHold,
                deleteHold,
                deleteKnownHold,
                insertPosting,
                readPosting,
                lowerPosting,
                insertQuarantine,
                readLeftovers);
        rows.close();
        if (records != null) {
            records.close();
        }
    }

    void forget() {
        open.clear();
        rows.clear();
        if (records != null) {
            records.forget();
        }
    }

    void flush() throws SQLException {
        if (open.size() > MAX_OPEN) {
            open.clear();
        }
        rows.flush();
        rows.trim();
        if (records != null) {
            records.flush();
        }
    }

    HoldResult hold(HoldOp op, Instant now, long nowMicros) throws SQLException {
        HoldResult refusal = gate(op, nowMicros);
        if (refusal != null) {
            return repeatedOr(op, refusal);
        }
        List<Claim> claims = op.request.claims();
        SqliteRows.WindowRow[] taken = new SqliteRows.WindowRow[claims.size()];
        List<Shortage> shortages = null;
        for (int i = 0; i < taken.length; i++) {
            SqliteRows.Definition definition = definition(claims.get(i).limitId());
            taken[i] = rows.current(definition, now, nowMicros);
            shortages = checkFits(shortages, definition, taken[i], claims.get(i).amount());
        }
        if (shortages != null) {
            return repeatedOr(op, insufficient(shortages));
        }
        if (insertHold(op, taken, nowMicros) == 0) {
            return repeatedOr(op, Admitting.ended());
        }
        for (int i = 0; i < taken.length; i++) {
            rows.move(taken[i], 0, claims.get(i).amount().nanos());
        }
        return op.held(tightest(taken));
    }

    private @Nullable Standing tightest(SqliteRows.WindowRow[] taken) throws SQLException {
        SqliteRows.WindowRow tightest = null;
        long least = Long.MAX_VALUE;
        for (SqliteRows.WindowRow row : taken) {
            Long cap = definition(row.definition).cap;
            if (cap != null && cap - row.used() - row.held() < least) {
                least = cap - row.used() - row.held();
                tightest = row;
            }
        }
        if (tightest == null) {
            return null;
        }
        SqliteRows.Definition definition = definition(tightest.definition);
        return new Standing(
                definition.scope,
                definition.window,
                Usd.ofNanos(java.util.Objects.requireNonNull(definition.cap)),
                Usd.ofNanos(tightest.used()),
                Usd.ofNanos(tightest.held()),
                definition.window.end(Micros.toInstant(tightest.start)));
    }

    HoldResult extend(HoldOp op, long nowMicros) throws SQLException {
        Hold base = Objects.requireNonNull(op.base);
        Stored stored = read(readHold, op.generation);
        if (stored == null) {
            return Admitting.ended();
        }
        open.remove(op.generation);
        List<Claim> claims = op.request.claims();
        if (Admitting.matches(
                stored.limits(),
                stored.amounts(),
                ((HoldResult.Held) op.held()).hold().claims())) {
            return op.held();
        }
        if (!Admitting.matches(stored.limits(), stored.amounts(), base.claims())) {
            return Admitting.conflict();
        }
        HoldResult refusal = gate(op, nowMicros);
        if (refusal != null) {
            return refusal;
        }
        long[] amounts = stored.amounts().clone();
        List<Shortage> shortages = null;
        for (int i = 0; i < amounts.length; i++) {
            // A limit that was added to the hold later follows the first one.
            Usd more = claims.get(i < claims.size() ? i : 0).amount();
            SqliteRows.WindowRow row = windowOf(stored, i);
            shortages = checkFits(shortages, definition(stored.limits()[i]), row, more);
            amounts[i] = Math.addExact(amounts[i], more.nanos());
        }
        if (shortages != null) {
            return insufficient(shortages);
        }
        updateHold.setString(1, Longs.encode(amounts));
        updateHold.setString(2, op.generation);
        updateHold.executeUpdate();
        for (int i = 0; i < amounts.length; i++) {
            rows.move(windowOf(stored, i), 0, amounts[i] - stored.amounts()[i]);
        }
        return op.held();
    }

    LedgerStore.Ending settle(SettleOp op, Instant now, long nowMicros) throws SQLException {
        if (op.recordOnly) {
            return record(op, nowMicros, false) ? LedgerStore.Ending.FREE : LedgerStore.Ending.REPEATED;
        }
        Stored held = takeHold(op.generation);
        Settlement settlement = op.settlement;
        Stored lines = held != null ? held : claimed(settlement, now, nowMicros);
        Settling settling = Settling.first(settlement, held != null, lines.limits(), lines.amounts());
        if (held != null) {
            for (int i = 0; i < held.amounts().length; i++) {
                move(held, i, 0, -held.amounts()[i]);
            }
        }
        if (insertPosting(op, lines, settling.charges(), held != null, nowMicros) == 0) {
            lines = Objects.requireNonNull(read(readPosting, op.generation));
            settling = Settling.again(settlement, lines.label(), lines.limits(), lines.amounts());
        }
        if (settling.ending() == LedgerStore.Ending.LOWERED) {
            lowerPosting(op, lines, settling.charges(), nowMicros);
        }
        for (int i = 0; i < settling.used().length; i++) {
            move(lines, i, settling.used()[i], 0);
        }
        boolean lowered = settling.ending() == LedgerStore.Ending.LOWERED;
        if (op.hasRecord() && (lowered || settling.ending() != LedgerStore.Ending.REPEATED && !op.corrects)) {
            record(op, nowMicros, lowered);
        }
        return settling.ending();
    }

    /// The file has one process at a time, so every other life is over, whatever node it was of: a store that was
    /// restored, or whose folder lost its `node-id`, has a new one.
    List<OrphanRecords.Orphan> leftovers(String after, int max) throws SQLException {
        readLeftovers.setString(1, after);
        readLeftovers.setString(2, boot);
        readLeftovers.setInt(3, max);
        List<OrphanRecords.Orphan> found = new ArrayList<>();
        try (ResultSet row = readLeftovers.executeQuery()) {
            while (row.next()) {
                found.add(new OrphanRecords.Orphan(
                        UUID.fromString(row.getString(1)),
                        claims(Longs.decode(row.getString(2)), Longs.decode(row.getString(3))),
                        row.getString(4),
                        Micros.toInstant(row.getLong(5)),
                        row.getString(6),
                        row.getString(7)));
            }
        }
        return found;
    }

    static List<Claim> claims(long[] limits, long[] amounts) {
        List<Claim> claims = new ArrayList<>(limits.length);
        for (int i = 0; i < limits.length; i++) {
            claims.add(new Claim(limits[i], Usd.ofNanos(amounts[i])));
        }
        return claims;
    }

    private @Nullable HoldResult gate(HoldOp op, long nowMicros) throws SQLException {
        SqliteRows.Definition gate = rows.definition(op.gate());
        if (gate == null || gate.closed) {
            return new HoldResult.Closed(false);
        }
        if (gate.expiresAt <= nowMicros) {
            return new HoldResult.Closed(true);
        }
        boolean stale = gate.policySeq != op.request.policySeq();
        for (Claim claim : op.request.claims()) {
            SqliteRows.Definition definition = rows.definition(claim.limitId());
            stale |= definition == null || definition.removed;
        }
        return stale ? new HoldResult.Stale() : null;
    }

    /// What stands already answers first, whatever the limits say by now.
    private HoldResult repeatedOr(HoldOp op, HoldResult otherwise) throws SQLException {
        Stored stored = read(readHold, op.generation);
        Admitting.Standing standing = Admitting.standing(
                stored == null ? null : stored.limits(),
                stored == null ? null : stored.amounts(),
                stored == null && read(readPosting, op.generation) != null,
                op.request.claims());
        return Admitting.answer(standing, op.held(), otherwise);
    }

    private static HoldResult insufficient(List<Shortage> shortages) {
        shortages.sort(Comparator.comparing(Shortage::scope).thenComparing(Shortage::limitId));
        return new HoldResult.Insufficient(List.copyOf(shortages));
    }

    private static @Nullable List<Shortage> checkFits(
            @Nullable List<Shortage> shortages,
            SqliteRows.Definition definition,
            SqliteRows.WindowRow row,
            Usd amount) {
        if (definition.cap == null || Admitting.fits(definition.cap, row.used(), row.held(), amount.nanos())) {
            return shortages;
        }
        List<Shortage> all = shortages == null ? new ArrayList<>(2) : shortages;
        all.add(new Shortage(
                definition.id,
                definition.scope,
                definition.window,
                amount,
                Usd.ofNanos(definition.cap),
                Usd.ofNanos(row.used()),
                Usd.ofNanos(row.held()),
                definition.window.end(Micros.toInstant(row.start))));
        return all;
    }

    private int insertHold(HoldOp op, SqliteRows.WindowRow[] taken, long nowMicros) throws SQLException {
        List<Claim> claims = op.request.claims();
        long[] limits = new long[taken.length];
        long[] windows = new long[taken.length];
        long[] amounts = new long[taken.length];
        for (int i = 0; i < taken.length; i++) {
            limits[i] = claims.get(i).limitId();
            windows[i] = taken[i].start;
            amounts[i] = claims.get(i).amount().nanos();
        }
        insertHold.setString(1, op.generation);
        insertHold.setString(2, node);
        insertHold.setString(3, boot);
        insertHold.setLong(4, nowMicros);
        insertHold.setString(5, Longs.encode(limits));
        insertHold.setString(6, Longs.encode(windows));
        insertHold.setString(7, Longs.encode(amounts));
        insertHold.setString(8, op.request.priceVersion());
        insertHold.setString(9, op.request.context());
        int inserted = insertHold.executeUpdate();
        if (inserted > 0) {
            open.put(op.generation, new Stored(limits, windows, amounts, nowMicros, op.request.priceVersion()));
        }
        return inserted;
    }

    /// Deletes a hold; what it was, or null when there is none.
    private @Nullable Stored takeHold(String generation) throws SQLException {
        Stored known = open.remove(generation);
        if (known == null) {
            return read(deleteHold, generation);
        }
        deleteKnownHold.setString(1, generation);
        return deleteKnownHold.executeUpdate() > 0 ? known : null;
    }

    private int insertPosting(SettleOp op, Stored lines, long[] charges, boolean held, long nowMicros)
            throws SQLException {
        insertPosting.setString(1, op.generation);
        if (lines.limits().length == 0) {
            insertPosting.setNull(2, Types.BIGINT);
            insertPosting.setNull(3, Types.BIGINT);
        } else {
            insertPosting.setLong(2, lines.limits()[0]);
            insertPosting.setLong(3, lines.at());
        }
        insertPosting.setString(11, held ? lines.label() : null);
        insertPosting.setLong(4, nowMicros);
        insertPosting.setString(5, Longs.encode(lines.limits()));
        insertPosting.setString(6, Longs.encode(lines.windows()));
        insertPosting.setString(7, Longs.encode(charges));
        insertPosting.setLong(8, onBalance(lines.limits(), charges));
        insertPosting.setLong(9, op.settlement.realCost().nanos());
        insertPosting.setString(10, op.settlement.source().name());
        return insertPosting.executeUpdate();
    }

    private void lowerPosting(SettleOp op, Stored posting, long[] charges, long nowMicros) throws SQLException {
        lowerPosting.setString(1, Longs.encode(charges));
        lowerPosting.setLong(2, onBalance(posting.limits(), charges));
        lowerPosting.setLong(3, op.settlement.realCost().nanos());
        lowerPosting.setString(4, op.settlement.source().name());
        lowerPosting.setLong(5, nowMicros);
        lowerPosting.setString(6, op.generation);
        lowerPosting.executeUpdate();
    }

    /// What a settlement without a hold is booked on: the current windows of the limits it names.
    private Stored claimed(Settlement settlement, Instant now, long nowMicros) throws SQLException {
        List<Claim> known = new ArrayList<>(settlement.held().size());
        for (Claim claim : settlement.held()) {
            if (rows.definition(claim.limitId()) != null) {
                known.add(claim);
            }
        }
        long[] windows = new long[known.size()];
        for (int i = 0; i < windows.length; i++) {
            windows[i] = rows.current(definition(known.get(i).limitId()), now, nowMicros).start;
        }
        return new Stored(
                known.stream().mapToLong(Claim::limitId).toArray(),
                windows,
                known.stream().mapToLong(c -> c.amount().nanos()).toArray(),
                nowMicros,
                "");
    }

    /// Writes the record of a generation; false when it stands already and `replaces` does not say to replace it.
    private boolean record(SettleOp op, long nowMicros, boolean replaces) throws SQLException {
        Object[] record = op.settlement.record();
        if (op.quarantined) {
            insertQuarantine.setString(1, op.generation);
            insertQuarantine.setLong(2, nowMicros);
            insertQuarantine.setString(3, SqliteRecords.asJson(record));
            return insertQuarantine.executeUpdate() > 0;
        }
        if (records == null) {
            return true;
        }
        if (replaces) {
            records.put(op.generation, record);
            return true;
        }
        return records.add(record);
    }

    private long onBalance(long[] limits, long[] charges) throws SQLException {
        long charged = 0;
        for (int i = 0; i < limits.length; i++) {
            SqliteRows.Definition definition = rows.definition(limits[i]);
            if (definition != null && definition.scope == Scope.BALANCE) {
                charged += charges[i];
            }
        }
        return charged;
    }

    private void move(Stored lines, int i, long used, long held) throws SQLException {
        SqliteRows.WindowRow row = rows.window(lines.limits()[i], lines.windows()[i]);
        if (row != null) {
            rows.move(row, used, held);
        }
    }

    private SqliteRows.Definition definition(long id) throws SQLException {
        SqliteRows.Definition definition = rows.definition(id);
        if (definition == null) {
            throw new IllegalStateException("no limit " + id);
        }
        return definition;
    }

    private SqliteRows.WindowRow windowOf(Stored stored, int i) throws SQLException {
        SqliteRows.WindowRow row = rows.window(stored.limits()[i], stored.windows()[i]);
        if (row == null) {
            throw new IllegalStateException("no window of limit " + stored.limits()[i]);
        }
        return row;
    }

    private static @Nullable Stored read(PreparedStatement statement, String generation) throws SQLException {
        statement.setString(1, generation);
        try (ResultSet row = statement.executeQuery()) {
            return row.next()
                    ? new Stored(
                            Longs.decode(row.getString(1)),
                            Longs.decode(row.getString(2)),
                            Longs.decode(row.getString(3)),
                            row.getLong(4),
                            row.getString(5))
                    : null;
        }
    }
}
