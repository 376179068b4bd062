package dev.faregate.credits;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A ledger on an open database, with a prepaid organization `acme` and its key `k1`, and calls that wait.
final class Kit implements AutoCloseable {
    static final String ORGANIZATION = "acme";
    static final String KEY = "k1";
    static final String NODE = "node-1";
    static final RecordTable RECORDS = new RecordTable(
            "test_record", List.of("id", "cost", "name", "flag", "payload"), Set.of("name", "flag"), RecordSums.NONE);

    /// What the composition root would make of an orphan.
    static final OrphanRecords ORPHANS = (orphan, finding) -> new Object[] {
        orphan.generation().toString(),
        0L,
        (finding instanceof Finding.NeverSent ? "nothing of " : "orphan of ") + orphan.context(),
        true,
        "{}"
    };

    final Database database;
    final Limits limits = new JooqLimits();
    final Books books = new JooqBooks();
    final GroupLedger ledger;

    Kit(Database database, LedgerSettings settings) {
        this(database, settings, Safeguards.NONE);
    }

    Kit(Database database, LedgerSettings settings, Safeguards safeguards) {
        this(database, settings, safeguards, UnaryOperator.identity());
    }

    /// `between` stands between the ledger and its store.
    Kit(Database database, LedgerSettings settings, Safeguards safeguards, UnaryOperator<LedgerStore> between) {
        this.database = database;
        database.write(tx -> {
            String json = tx.kind() == Database.Kind.SQLITE ? "text" : "jsonb";
            return tx.sql()
                    .execute("CREATE TABLE IF NOT EXISTS test_record (id VARCHAR(36) NOT NULL PRIMARY KEY, "
                            + "cost BIGINT NOT NULL CHECK (cost >= 0), name VARCHAR(100), flag BOOLEAN NOT NULL, payload "
                            + json + ")");
        });
        String boot = UUID.randomUUID().toString();
        ledger = new GroupLedger(
                between.apply(GroupLedger.storeFor(database, NODE, boot, RECORDS)), settings, ORPHANS, safeguards);
        ledger.begin();
    }

    static Usd usd(String dollars) {
        return Usd.parse(dollars);
    }

    /// Makes the organization with `paid` on its balance, and its key with gates open. Returns nothing to
    /// remember: see `limit`.
    void found(String paid) {
        write(tx -> {
            tx.sql()
                    .execute("INSERT INTO organization (id, slug, name, billing, created_at) "
                            + "VALUES ('acme', 'acme', 'Acme', 'prepaid', 0)");
            limits.define(tx, Scope.BALANCE, ORGANIZATION, Window.TOTAL, Usd.ZERO);
            limits.define(tx, Scope.KEY, KEY, Window.TOTAL, null);
            return books.transfer(
                    tx, ORGANIZATION, Books.TransferKind.TOPUP, usd(paid), "first", "test", "to begin with");
        });
    }

    <T> T write(Function<Tx, T> work) {
        return database.write(work);
    }

    <T> T read(Function<Tx, T> work) {
        return database.read(work);
    }

    Limits.State limit(Scope scope, String owner, Window window) {
        Limits.State state = read(tx -> limits.states(tx, scope, owner)).get(window);
        if (state == null) {
            throw new AssertionError("no " + scope + " limit of " + owner);
        }
        return state;
    }

    Limits.State balance() {
        return limit(Scope.BALANCE, ORGANIZATION, Window.TOTAL);
    }

    Limits.State key() {
        return limit(Scope.KEY, KEY, Window.TOTAL);
    }

    long define(Scope scope, String owner, Window window, @Nullable String cap) {
        return write(tx -> limits.define(tx, scope, owner, window, cap == null ? null : usd(cap)));
    }

    List<String> audit() {
        return read(books::audit);
    }

    /// A request for `amount` on the key, the balance and `others`, with the policy as it is.
    HoldRequest request(String amount, long... others) {
        List<Claim> claims = new ArrayList<>();
        claims.add(new Claim(key().limitId(), usd(amount)));
        claims.add(new Claim(balance().limitId(), usd(amount)));
        Arrays.stream(others).forEach(id -> claims.add(new Claim(id, usd(amount))));
        return new HoldRequest(Ids.nextFast(), claims, key().policySeq(), "v1", "ctx");
    }

    HoldResult hold(HoldRequest request) {
        return await(answer -> ledger.hold(request, Runnable::run, answer::complete));
    }

    Hold held(HoldRequest request) {
        if (hold(request) instanceof HoldResult.Held(Hold hold)) {
            return hold;
        }
        throw new AssertionError("not held: " + hold(request));
    }

    HoldResult extend(Hold hold, String more) {
        HoldRequest request = new HoldRequest(
                hold.generation(),
                hold.claims().stream()
                        .map(c -> new Claim(c.limitId(), usd(more)))
                        .toList(),
                key().policySeq(),
                "v1",
                null);
        return await(answer -> ledger.extend(hold, request, Runnable::run, answer::complete));
    }

    SettleResult settle(Settlement settlement) {
        return await(answer -> ledger.settle(settlement, Runnable::run, answer::complete));
    }

    SettleResult settle(Hold hold, String charge) {
        return settle(settlement(hold, charge));
    }

    static Settlement settlement(Hold hold, String charge) {
        Object[] record = {hold.generation().toString(), usd(charge).nanos(), "exact", false, "{\"a\": 1}"};
        return new Settlement(
                hold.generation(),
                hold.claims(),
                Collections.nCopies(hold.claims().size(), usd(charge)),
                usd(charge),
                Settlement.Source.EXACT,
                record);
    }

    static Settlement voided(UUID generation, List<Claim> claims) {
        return new Settlement(
                generation,
                claims,
                Collections.nCopies(claims.size(), Usd.ZERO),
                Usd.ZERO,
                Settlement.Source.VOID,
                new Object[0]);
    }

    /// The record's name, or null when there is none.
    @Nullable
    String recordOf(UUID generation) {
        return read(tx -> {
            var row = tx.sql().fetchOne("SELECT name FROM test_record WHERE id = ?", generation.toString());
            return row == null ? null : row.get(0, String.class);
        });
    }

    @Override
    public void close() {
        ledger.close();
        database.close();
    }

    /// As a crash leaves it: nothing more is settled.
    void crash() {
        ledger.abandon();
        database.close();
    }

    interface Call<T> {
        void with(CompletableFuture<T> answer);
    }

    static <T> T await(Call<T> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        call.with(answer);
        return get(answer);
    }

    static <T> T get(CompletableFuture<T> answer) {
        try {
            return answer.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no answer of the ledger", e);
        }
    }
}
