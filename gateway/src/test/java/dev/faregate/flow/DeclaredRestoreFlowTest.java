package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.faregate.identity.Role;
import dev.faregate.storage.CopiedTables;
import dev.faregate.storage.InstalledPostgres;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `./faregate restore --declare`: a PostgreSQL database that was put back by PostgreSQL's own tools begins an epoch
/// like a restored data folder, and every node is closed until one of them was told what was spent since.
class DeclaredRestoreFlowTest {
    private static final String CHAT = TestServer.chat("test/priced", "");
    private static final String FREE = TestServer.chat("test/free", "");

    /// Puts a copy of a database, as it is at this moment, at another URL.
    private interface Tool {
        void restore(String from, String to) throws Exception;
    }

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final Commands commands = new Commands();
    private final String yaml = "nodes.silent_after: 3s\nmaster: {key_file: \""
            + TestServer.temporaryFolder().resolve("master.key") + "\"}\n";

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aCopyOfTheTablesIsClosedOnEveryNodeUntilItIsReconciled() throws Exception {
        restoredAndDeclared(TestPostgres.freshUrl(), TestPostgres.freshUrl(), CopiedTables::copy);
    }

    @Test
    void whatPgDumpAndPgRestorePutBackIsClosedOnEveryNodeUntilItIsReconciled() throws Exception {
        Optional<Path> programs = InstalledPostgres.programs();
        assumeThat(programs)
                .as("an installed PostgreSQL with its server and tools in /usr/lib/postgresql")
                .isPresent();
        Path folder = TestServer.temporaryFolder();
        Path dump = folder.resolve("store.dump");
        try (InstalledPostgres server = InstalledPostgres.start(programs.orElseThrow(), folder)) {
            restoredAndDeclared(server.create("original"), server.create("restored"), (_, _) -> {
                server.tool("pg_dump", "-Fc", "-f", dump.toString(), "original");
                server.tool("pg_restore", "--exit-on-error", "-d", "restored", dump.toString());
            });
        }
    }

    private void restoredAndDeclared(String original, String restored, Tool tool) throws Exception {
        upstream.script(Script.answer());
        TestServer one = TestServer.startOn(original, yaml, upstream);
        TestServer two = TestServer.startOn(original, yaml, upstream);
        long held;
        try {
            assertThat(one.chat(CHAT).statusCode()).isEqualTo(200);
            Persons.signedIn(one, Role.OWNER, "owner@example.com");
            held = copiedWhileARequestRuns(two, original, restored, tool);
            assertThat(one.chat(CHAT).statusCode()).as("lost with what follows").isEqualTo(200);
            assertNodesMustBeStopped(one, original);
        } finally {
            one.faregate.close();
            two.faregate.close();
        }
        declare(one, restored);
        try (TestServer first = one.restarted(restored, yaml, upstream);
                TestServer second = two.restarted(restored, yaml, upstream)) {
            assertEndedAndChargedInFull(first, held);
            assertClosed(first);
            assertClosed(second);
            reconcile(first);
            assertThat(first.chat(CHAT).statusCode()).isEqualTo(200);
            Cluster.await(
                    "the other node has heard of it",
                    Duration.ofSeconds(5),
                    () -> second.chat(CHAT).statusCode() == 200);
            assertThat(second.get("/health/ready", null).statusCode()).isEqualTo(200);
            commands.succeeds(first.folder, "verify");
        }
    }

    /// What that request holds, in nano-dollars.
    private long copiedWhileARequestRuns(TestServer node, String original, String restored, Tool tool)
            throws Exception {
        upstream.script(Script.answer().latency(Duration.ofSeconds(6)));
        Thread caller = Thread.ofVirtual().start(() -> node.chat(CHAT));
        Cluster.await("it holds money", () -> node.held().signum() > 0);
        long held = TestServer.number(
                node.faregate,
                "SELECT sum(w.held) FROM limit_window w JOIN limit_definition f ON f.id = w.definition_id "
                        + "WHERE f.scope = 'BALANCE'");
        tool.restore(original, restored);
        assertThat(TestServer.number(node.faregate, "SELECT count(*) FROM hold"))
                .as("it still runs")
                .isOne();
        caller.join();
        upstream.script(Script.answer());
        return held;
    }

    private void assertNodesMustBeStopped(TestServer node, String url) {
        commands.variables.put("FAREGATE_DATABASE_URL", url);
        assertThat(commands.run(node.folder, "restore", "--declare")).isEqualTo(1);
        assertThat(commands.err.toString())
                .contains("2 nodes gave a sign of life", "Stop all nodes")
                .hasLineCount(1);
        assertThat(TestServer.number(node.faregate, "SELECT count(*) FROM restoration"))
                .isZero();
        assertThat(node.chat(FREE).statusCode()).isEqualTo(200);
    }

    private void declare(TestServer node, String url) {
        commands.variables.put("FAREGATE_DATABASE_URL", url);
        Cluster.await(
                "the nodes of the backup are silent",
                () -> commands.run(node.folder, "restore", "--declare", "--json") == 0);
        assertThat(commands.printed().path("epoch").asInt()).isOne();
        assertThat(commands.printed().path("open_holds").asInt()).isOne();
        assertThat(commands.run(node.folder, "restore", "--declare"))
                .as("again")
                .isEqualTo(1);
        assertThat(commands.err.toString())
                .contains("declared already, as epoch 1")
                .hasLineCount(1);
    }

    private static void assertEndedAndChargedInFull(TestServer node, long held) {
        assertThat(TestServer.number(
                        node.faregate,
                        "SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM account_link) "
                                + "+ (SELECT count(*) FROM refresh_token)"))
                .isZero();
        Cluster.await("nothing is held", () -> TestServer.number(node.faregate, "SELECT count(*) FROM hold") == 0);
        assertThat(TestServer.number(node.faregate, "SELECT sum(charged) FROM posting WHERE source = 'ORPHAN'"))
                .isEqualTo(held);
        assertThat(TestServer.number(node.faregate, "SELECT count(*) FROM posting WHERE source = 'EXACT'"))
                .as("what was answered before the backup")
                .isOne();
        assertThat(TestServer.number(node.faregate, "SELECT count(*) FROM audit_event WHERE action = 'store.restore'"))
                .isOne();
    }

    private static void assertClosed(TestServer node) {
        assertThat(node.chat(CHAT).statusCode()).isEqualTo(503);
        assertThat(node.chat(FREE).body()).contains("restored from a backup", "ledger reconcile");
        assertThat(node.get("/health/ready", null).statusCode()).isEqualTo(503);
        assertThat(node.manage("GET", "/api/v1/keys", "").statusCode()).isEqualTo(200);
    }

    private void reconcile(TestServer node) {
        assertThat(commands.run(node.folder, "ledger", "reconcile")).isEqualTo(1);
        assertThat(commands.out.toString()).contains("The books balance");
        assertThat(node.chat(CHAT).statusCode()).isEqualTo(503);
        commands.succeeds(node.folder, "ledger", "reconcile", "--charge", "default=0.25");
        assertThat(commands.out.toString()).contains("Charged $0.25 to default", "open");
    }

    @Test
    void onlyAPostgresqlStoreIsDeclared() {
        Path folder = TestServer.temporaryFolder();
        assertThat(commands.run(folder, "restore", "--declare")).isEqualTo(2);
        assertThat(commands.err.toString())
                .contains("--declare is for a PostgreSQL database")
                .hasLineCount(1);
        assertThat(commands.run(folder, "restore")).isEqualTo(2);
        assertThat(commands.err.toString()).contains("FILE", "--declare").hasLineCount(1);
        assertThat(commands.run(folder, "restore", "--declare", "x.zip")).isEqualTo(2);
        assertThat(commands.err.toString()).contains("'x.zip'").hasLineCount(1);

        commands.variables.put("FAREGATE_DATABASE_URL", TestPostgres.emptyUrl());
        assertThat(commands.run(folder, "restore", "--declare")).isEqualTo(1);
        assertThat(commands.err.toString())
                .contains("There is no store in this database")
                .hasLineCount(1);
        commands.variables.put("FAREGATE_DATABASE_URL", "postgresql://nobody:planted@127.0.0.1:1/none");
        assertThat(commands.run(folder, "restore", "--declare")).isEqualTo(3);
        assertThat(commands.err.toString()).contains("Cannot use the database").doesNotContain("planted");
        assertThat(folder).isEmptyDirectory();
    }
}
