package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.HOLD;
import static dev.faregate.storage.tables.Tables.LIMIT_WINDOW;
import static dev.faregate.storage.tables.Tables.POSTING;
import static dev.faregate.storage.tables.Tables.TRANSFER;
import static org.jooq.impl.SQLDataType.BIGINT;
import static org.jooq.impl.SQLDataType.VARCHAR;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Whether the ledger's tables agree with each other, in one consistent read. What the caps were at the
/// time of each admission is not kept, so I1 shows as what follows from it: nothing is negative, and a
/// window above its cap (legal after the cap was lowered) is noted.
public final class LedgerAudit {
    /// Rows named of each kind; the rest is counted.
    static final int MOST_NAMED = 200;

    private static final String HOLD_LISTED = "hold of generation ";

    private final Tx tx;
    private final List<Discrepancy> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /// @param findings what cannot be; empty when the books are in order
    /// @param notes what is worth knowing and no fault
    /// @param checked rows looked at, by table
    public record Report(List<Discrepancy> findings, List<String> notes, Map<String, Long> checked) {}

    private LedgerAudit(Tx tx) {
        this.tx = tx;
    }

    /// `boot` is the life that runs on this database alone; null when none does or many may.
    public static Report check(Tx tx, @Nullable String boot) {
        LedgerAudit audit = new LedgerAudit(tx);
        audit.windows();
        audit.postings();
        audit.balances();
        audit.accounts();
        audit.lines("hold", HOLD_LISTED);
        audit.lines("posting", "posting of generation ");
        audit.ended();
        audit.openHolds(boot);
        audit.aboveCap();
        Map<String, Long> checked = new LinkedHashMap<>();
        for (Table<?> table : List.of(LIMIT_WINDOW, HOLD, POSTING, TRANSFER)) {
            checked.put(table.getName().toLowerCase(java.util.Locale.ROOT), (long)
                    tx.sql().fetchCount(table));
        }
        return new Report(List.copyOf(audit.findings), List.copyOf(audit.notes), checked);
    }

    /// The trial balance alone: the part that must hold at every moment of a running server.
    static List<Discrepancy> trialBalance(Tx tx) {
        LedgerAudit audit = new LedgerAudit(tx);
        audit.windows();
        audit.postings();
        audit.balances();
        audit.accounts();
        return audit.findings;
    }

    private void add(String rule, String row, String expected, String found, String text) {
        findings.add(new Discrepancy(rule, row, expected, found, text));
    }

    /// Each window: `used` is its seed and its postings, `held` its holds.
    private void windows() {
        rows("""
                SELECT a.definition_id, a.window_start, sum(a.used), sum(a.posted), sum(a.held), sum(a.holds)
                FROM (
                    SELECT definition_id, window_start, used, seed AS posted, held, 0 AS holds FROM limit_window
                    UNION ALL
                    SELECT definition_id, window_start, 0, sum(amount), 0, 0 FROM posting_line
                    GROUP BY definition_id, window_start
                    UNION ALL
                    SELECT definition_id, window_start, 0, 0, 0, sum(amount) FROM hold_line
                    GROUP BY definition_id, window_start
                ) a
                GROUP BY a.definition_id, a.window_start
                HAVING sum(a.used) <> sum(a.posted) OR sum(a.held) <> sum(a.holds)
                ORDER BY a.definition_id, a.window_start""", BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT).forEach(row -> {
            String window = "limit " + row.get(0) + ", window " + Micros.toInstant(row.get(1, Long.class));
            add(
                    "I8",
                    window,
                    "used " + usd(row, 3) + ", held " + usd(row, 5),
                    "used " + usd(row, 2) + ", held " + usd(row, 4),
                    window + ": used " + usd(row, 2) + " but posted " + usd(row, 3) + ", held " + usd(row, 4)
                            + " but holds of " + usd(row, 5));
        });
    }

    /// Each posting: what it charges to the customer is what stands on the balance.
    private void postings() {
        rows("""
                SELECT p.generation, p.charged, coalesce(sum(l.amount), 0)
                FROM posting p
                LEFT JOIN (
                    SELECT x.generation, x.amount FROM posting_line x
                    JOIN limit_definition f ON f.id = x.definition_id WHERE f.scope = 'BALANCE') l
                ON l.generation = p.generation
                GROUP BY p.generation, p.charged
                HAVING p.charged <> coalesce(sum(l.amount), 0)
                ORDER BY p.generation""", VARCHAR, BIGINT, BIGINT).forEach(row -> {
            String posting = "posting of generation " + row.get(0);
            add(
                    "I8",
                    posting,
                    "charged " + usd(row, 2),
                    "charged " + usd(row, 1),
                    posting + ": charged " + usd(row, 1) + " but " + usd(row, 2) + " stands on the balance");
        });
    }

    /// Each prepaid balance: its cap is the sum of its transfers.
    private void balances() {
        rows("""
                SELECT f.owner, f.cap, coalesce((
                    SELECT sum(CASE WHEN t.credit = f.owner THEN t.amount ELSE -t.amount END)
                    FROM transfer t WHERE t.organization_id = f.owner), 0)
                FROM limit_definition f WHERE f.scope = 'BALANCE' AND f.cap IS NOT NULL ORDER BY f.owner""", VARCHAR, BIGINT, BIGINT).forEach(row -> {
            if (usd(row, 1).equals(usd(row, 2))) {
                return;
            }
            String balance = "balance of organization " + row.get(0);
            add(
                    "I8",
                    balance,
                    "cap " + usd(row, 2),
                    "cap " + usd(row, 1),
                    balance + ": cap " + usd(row, 1) + " but credited " + usd(row, 2));
        });
    }

    /// All accounts: what customers owe is what the house earned, and each transfer is between a customer
    /// and a house account that exist.
    private void accounts() {
        Record row = rows("""
                SELECT (SELECT coalesce(sum(w.used), 0) FROM limit_window w
                        JOIN limit_definition f ON f.id = w.definition_id WHERE f.scope = 'BALANCE'),
                       (SELECT coalesce(sum(p.charged), 0) FROM posting p)""", BIGINT, BIGINT).getFirst();
        if (!usd(row, 0).equals(usd(row, 1))) {
            add(
                    "I8",
                    "all accounts",
                    "debited " + usd(row, 1),
                    "debited " + usd(row, 0),
                    "all accounts: customers were debited " + usd(row, 0) + " but revenue was credited " + usd(row, 1));
        }
        tx.sql()
                .fetch("""
                SELECT t.id FROM transfer t
                LEFT JOIN account d ON d.id = t.debit
                LEFT JOIN account c ON c.id = t.credit
                WHERE d.id IS NULL OR c.id IS NULL OR t.amount <= 0
                   OR coalesce(d.organization_id, c.organization_id) <> t.organization_id
                   OR (d.organization_id IS NULL) = (c.organization_id IS NULL)
                ORDER BY t.id""")
                .forEach(bad -> add(
                        "I8",
                        "transfer " + bad.get(0),
                        "a customer of it and a house account",
                        "other accounts",
                        "transfer " + bad.get(0) + ": not between a customer of it and a house account"));
    }

    /// Each hold and each posting: limits, windows and amounts side by side, none negative, and each window
    /// exists.
    private void lines(String table, String name) {
        String count = tx.kind() == Database.Kind.SQLITE ? "json_array_length" : "cardinality";
        rows(
                        "SELECT h.generation, " + count + "(h.limits), " + count + "(h.windows), " + count
                                + "(h.amounts) FROM " + table + " h WHERE " + count + "(h.limits) <> " + count
                                + "(h.windows) OR " + count + "(h.limits) <> " + count
                                + "(h.amounts) ORDER BY h.generation LIMIT "
                                + MOST_NAMED,
                        VARCHAR,
                        BIGINT,
                        BIGINT,
                        BIGINT)
                .forEach(row -> findings.add(Discrepancy.of(
                        "I8",
                        name + row.get(0),
                        "the number of windows and amounts",
                        String.valueOf(row.get(1)),
                        row.get(2) + " and " + row.get(3))));
        rows(
                        "SELECT l.generation, l.definition_id, l.amount, w.used FROM " + table + "_line l "
                                + "LEFT JOIN limit_window w ON w.definition_id = l.definition_id "
                                + "AND w.window_start = l.window_start "
                                + "WHERE l.amount < 0 OR w.definition_id IS NULL ORDER BY l.generation, l.definition_id LIMIT "
                                + MOST_NAMED,
                        VARCHAR,
                        BIGINT,
                        BIGINT,
                        BIGINT)
                .forEach(row -> findings.add(
                        row.get(3) == null
                                ? Discrepancy.of(
                                        "I8",
                                        name + row.get(0),
                                        "the window of limit " + row.get(1) + " that it stands on",
                                        "there",
                                        "missing")
                                : Discrepancy.of(
                                        "I1",
                                        name + row.get(0),
                                        "the amount on limit " + row.get(1),
                                        "at least $0",
                                        String.valueOf(usd(row, 2)))));
    }

    /// A generation is held or posted, never both.
    private void ended() {
        tx.sql()
                .fetch("SELECT h.generation FROM hold h JOIN posting p ON p.generation = h.generation "
                        + "ORDER BY h.generation LIMIT " + MOST_NAMED)
                .forEach(row -> findings.add(Discrepancy.of(
                        "I5", HOLD_LISTED + row.get(0), "the hold of a posted generation", "released", "still there")));
    }

    /// What is held and by whom. On PostgreSQL each holder has a row; it may be dead and be ended soon.
    private void openHolds(@Nullable String boot) {
        String known =
                tx.kind() == Database.Kind.POSTGRESQL ? "(SELECT max(n.id) FROM node n WHERE n.id = h.node)" : "h.node";
        rows(
                        "SELECT h.node, h.boot, count(*), min(h.created_at), " + known
                                + " FROM hold h GROUP BY h.node, h.boot ORDER BY h.node, h.boot",
                        VARCHAR,
                        VARCHAR,
                        BIGINT,
                        BIGINT,
                        VARCHAR)
                .forEach(row -> {
                    String life = "node " + row.get(0) + ", life " + row.get(1);
                    String what = row.get(2) + " open since " + Micros.toInstant(row.get(3, Long.class));
                    boolean over = boot != null && !boot.equals(row.get(1, String.class));
                    if (over || row.get(4) == null) {
                        findings.add(Discrepancy.of(
                                "I7", life, "the number of holds of a life that is over or unknown", "0", what));
                    } else if (boot == null) {
                        notes.add(life + ": holds " + what + "; they end with their requests, or are charged in full "
                                + "when that life is over.");
                    }
                });
    }

    private void aboveCap() {
        rows("""
                SELECT f.scope, f.owner, f.window_kind, f.cap, w.used, w.held
                FROM limit_window w JOIN limit_definition f ON f.id = w.definition_id
                WHERE f.cap IS NOT NULL AND f.removed_at IS NULL AND w.used + w.held > f.cap
                ORDER BY f.id, w.window_start LIMIT\s""" + MOST_NAMED, VARCHAR, VARCHAR, VARCHAR, BIGINT, BIGINT, BIGINT)
                .forEach(row -> notes.add(row.get(0) + " limit of " + row.get(1) + " (" + row.get(2) + "): used "
                        + usd(row, 4) + " and held " + usd(row, 5) + " are above its cap of " + usd(row, 3)
                        + "; that is so after a cap was lowered, and nothing is admitted."));
    }

    /// With the types of the columns: SQLite's driver takes that of a sum from the value it meets first,
    /// and would cut later ones to 32 bits.
    private Result<Record> rows(String sql, DataType<?>... types) {
        Field<?>[] fields = new Field<?>[types.length];
        for (int i = 0; i < types.length; i++) {
            fields[i] = DSL.field("c" + i, types[i]);
        }
        return tx.sql().resultQuery(sql).coerce(fields).fetch();
    }

    private static Usd usd(Record row, int field) {
        return Usd.ofNanos(row.get(field, Long.class));
    }
}
