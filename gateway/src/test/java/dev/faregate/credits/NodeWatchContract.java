package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.DatabaseClock;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that watch each other on one PostgreSQL (ledger, 2.4): the dead are charged in full by whoever
/// lives, once; late truth lowers it; and a server that forgot is found out.
class NodeWatchContract {
    private static final Duration SILENCE = Duration.ofMillis(1_200);

    /// A node: its watch and its ledger, as the composition root makes them.
    private record Node(NodeWatch watch, GroupLedger ledger) implements AutoCloseable {
        /// As a crash leaves it.
        void die() {
            watch.close();
            ledger.abandon();
        }

        @Override
        public void close() {
            watch.close();
            ledger.close();
        }
    }

    @TempDir
    Path folder = Path.of("");

    private final List<Node> nodes = new ArrayList<>();
    private final String url;
    private final PostgresDatabase database;
    private final Kit kit;

    NodeWatchContract() {
        url = TestPostgres.freshUrl();
        database = PostgresDatabase.open(url);
        kit = new Kit(database, LedgerSettings.DEFAULT);
    }

    @BeforeEach
    void found() {
        kit.found("100");
    }

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
        kit.close();
    }

    private Node node(String id) throws IOException {
        Path own = Files.createDirectories(folder.resolve(id));
        String boot = UUID.randomUUID().toString();
        NodeWatch watch = new NodeWatch(database, id, boot, SILENCE, Kit.ORPHANS, own);
        GroupLedger ledger = GroupLedger.start(
                database, LedgerSettings.DEFAULT, id, boot, Kit.RECORDS, Kit.ORPHANS, Safeguards.NONE);
        watch.start(ledger, new DatabaseClock(database));
        Node node = new Node(watch, ledger);
        nodes.add(node);
        return node;
    }

    private static Hold held(GroupLedger ledger, HoldRequest request) {
        HoldResult result = Kit.await(answer -> ledger.hold(request, Runnable::run, answer::complete));
        return ((HoldResult.Held) result).hold();
    }

    static void await(BooleanSupplier met) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!met.getAsBoolean()) {
            assertThat(System.nanoTime()).as("too late").isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void chargesTheHoldsOfADeadNodeOnceAndLowersThemWhenTheTruthComes() throws IOException {
        Node dying = node("dying");
        List<Node> living = List.of(node("second"), node("third"));
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            holds.add(held(dying.ledger(), kit.request("1")));
        }
        held(living.getFirst().ledger(), kit.request("1"));
        nodes.remove(dying);
        dying.die();
        await(() -> kit.balance().used().equals(usd("20")));
        // More looks change nothing, and the hold of a living node stays.
        await(() -> living.stream().mapToLong(node -> node.watch().charged()).sum() >= 20);
        assertThat(kit.balance().held()).isEqualTo(usd("1"));
        assertThat(kit.recordOf(holds.getFirst().generation())).isEqualTo("orphan of ctx");
        // It was not dead, only slow: its settlement lowers the charge, and repeating that changes nothing.
        kit.settle(holds.getFirst(), "0.25");
        kit.settle(holds.getFirst(), "0.25");
        assertThat(kit.balance().used()).isEqualTo(usd("19.25"));
        assertThat(kit.audit()).isEmpty();
    }

    /// The zombie: a hold that committed after its caller was told no.
    @Test
    void givesBackAHoldOfThisLifeThatNobodyKnows() throws IOException {
        Node node = node("one");
        Hold known = held(node.ledger(), kit.request("1"));
        Hold forgotten = held(node.ledger(), kit.request("2"));
        node.ledger().known().remove(forgotten.generation().toString());
        kit.write(tx -> tx.sql().execute("UPDATE hold SET created_at = created_at - 60000000"));
        await(() -> node.watch().voided() == 1);
        assertThat(kit.balance().held()).isEqualTo(usd("1"));
        assertThat(kit.balance().used()).isEqualTo(Usd.ZERO);
        assertThat(kit.audit()).isEmpty();
        kit.settle(known, "0.5");
        assertThat(kit.balance().used()).isEqualTo(usd("0.5"));
    }

    @Test
    void chargesHoldsOfANodeThatHasNoRow() throws IOException {
        held(kit.ledger, kit.request("3"));
        kit.write(tx -> tx.sql().execute("UPDATE hold SET created_at = created_at - 60000000"));
        node("one");
        await(() -> kit.balance().used().equals(usd("3")));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    @Test
    void admitsNothingOnAServerThatForgotConfirmedBatches() throws IOException {
        Node node = node("one");
        held(node.ledger(), kit.request("1"));
        held(node.ledger(), kit.request("1"));
        // What an asynchronous standby looks like after its promotion: the last batch is not there.
        kit.write(tx -> tx.sql().execute("UPDATE node_connection SET batches = 1 WHERE node = 'one' AND number = 0"));
        assertThat(node.ledger().fault()).isNull();
        dropConnections();
        await(() -> {
            HoldResult result =
                    Kit.await(answer -> node.ledger().hold(kit.request("1"), Runnable::run, answer::complete));
            return result instanceof HoldResult.Unavailable && node.ledger().fault() != null;
        });
        // What ran is settled all the same.
        Hold before = new Hold(kit.request("1").generation(), kit.request("1").claims());
        CompletableFuture<SettleResult> answer = new CompletableFuture<>();
        node.ledger().settle(Kit.settlement(before, "0.5"), Runnable::run, answer::complete);
        assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled());
    }

    @Test
    void goesOnAfterAConnectionThatWasOnlyLost() throws IOException {
        Node node = node("one");
        held(node.ledger(), kit.request("1"));
        dropConnections();
        held(node.ledger(), kit.request("1"));
        assertThat(node.ledger().fault()).isNull();
    }

    private void dropConnections() {
        kit.read(tx -> tx.sql()
                .fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                        + "AND pid <> pg_backend_pid() AND query LIKE '%fg_batch%'"));
    }

    @Test
    void refusesToStartOnAServerThatIsBehind() throws IOException {
        node("one").close();
        nodes.clear();
        Path file = folder.resolve("one").resolve(FailoverGuard.FILE);
        FailoverGuard.Position seen = FailoverGuard.Position.parse(Files.readString(file));
        assertThat(seen.bytes()).isPositive();
        Files.writeString(
                file, new FailoverGuard.Position(seen.system(), seen.timeline(), seen.bytes() + (1L << 40), 0).text());
        assertThatThrownBy(() -> node("one"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("behind what it confirmed")
                .hasMessageContaining("remove ");
        // Another server altogether is not behind: nothing can be said about it.
        Files.writeString(file, new FailoverGuard.Position("1", seen.timeline(), seen.bytes() + (1L << 40), 0).text());
        node("one");
    }

    @Test
    void takesAServerThatIsBehindOnceItsRestoreWasDeclared() throws IOException {
        node("one").close();
        nodes.clear();
        Path file = folder.resolve("one").resolve(FailoverGuard.FILE);
        FailoverGuard.Position seen = FailoverGuard.Position.parse(Files.readString(file));
        // As it was written before restores could be declared.
        String ahead = seen.system() + " " + seen.timeline() + " " + (seen.bytes() + (1L << 40)) + "\n";
        Files.writeString(file, ahead);
        assertThatThrownBy(() -> node("one")).hasMessageContaining("restore --declare");
        RestorationStore restorations = new RestorationStore();
        kit.write(tx -> restorations.begin(tx, restorations.standing(tx)));
        node("one").close();
        nodes.clear();
        FailoverGuard.Position taken = FailoverGuard.Position.parse(Files.readString(file));
        assertThat(taken.epoch()).isOne();
        Files.writeString(
                file,
                new FailoverGuard.Position(taken.system(), taken.timeline(), taken.bytes() + (1L << 40), 1).text());
        assertThatThrownBy(() -> node("one")).as("once").hasMessageContaining("behind what it confirmed");
    }

    @Test
    void readsWhereAPromotedServerLeftTheOldLine() {
        String history = "1\t0/3000158\tno recovery target specified\n\n2\t1/40000A0\tbefore transaction\n";
        assertThat(FailoverGuard.switchFrom(history, 1)).isEqualTo(0x3000158L);
        assertThat(FailoverGuard.switchFrom(history, 2)).isEqualTo((1L << 32) + 0x40000A0L);
        assertThat(FailoverGuard.switchFrom(history, 7)).isZero();
    }

    @Test
    void aSecondProcessWithTheSameIdStopsTheFirst() throws IOException {
        Node first = node("twin");
        held(first.ledger(), kit.request("1"));
        Node second = node("twin");
        await(() -> first.ledger().fault() != null);
        assertThat(second.ledger().fault()).isNull();
        held(second.ledger(), kit.request("1"));
    }

    /// Without the rights to read the server's position a node works and says so.
    @Test
    void worksWithAnOrdinaryRole() throws IOException {
        String role = "plain_" + UUID.randomUUID().toString().replace("-", "");
        TestPostgres.execute("CREATE ROLE " + role + " LOGIN");
        kit.write(tx -> {
            tx.sql().execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
            tx.sql().execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO " + role);
            return tx.sql().execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        });
        Path own = Files.createDirectories(folder.resolve("plain"));
        try (Database asPlain = PostgresDatabase.open(url.replace("postgres@", role + "@"))) {
            FailoverGuard guard = new FailoverGuard(own);
            assertThat(guard.check(asPlain)).isNull();
            assertThat(own.resolve(FailoverGuard.FILE)).doesNotExist();
        }
    }
}
