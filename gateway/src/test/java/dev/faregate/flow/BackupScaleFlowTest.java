package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Backup under load, restore and reconcile of a store with very many generations (reliability, check 40): a million in
/// the long run, which prints sizes and times and allows five minutes; fewer by default.
class BackupScaleFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");
    private static final int GENERATIONS = LONG ? 1_000_000 : 3_000;
    private static final int CALLERS = 4;
    private static final Duration MOST = Duration.ofMinutes(5);
    private static final String CHAT = TestServer.chat("test/priced", "");

    private final Commands commands = new Commands();
    private final Path before = TestServer.temporaryFolder();
    private final Path after = TestServer.temporaryFolder();
    private final Path archive = TestServer.temporaryFolder().resolve("store.zip");
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private Duration inAll = Duration.ZERO;

    @Test
    void aMillionGenerationsAreBackedUpRestoredAndReconciledInTime() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer());
            fill(upstream);
            Set<String> answeredBefore;
            try (TestServer server = TestServer.startIn(before, "", upstream)) {
                answeredBefore = backedUpUnderLoad(server);
                Files.createDirectories(after.resolve("data"));
                Files.copy(before.resolve("data/master.key"), after.resolve("data/master.key"));
            }
            timed("restore", () -> commands.succeeds(after, "restore", archive.toString()));
            long began = System.nanoTime();
            try (TestServer server = TestServer.startIn(after, "", upstream)) {
                tell("start", Duration.ofNanos(System.nanoTime() - began));
                assertThat(server.chat(CHAT).statusCode()).isEqualTo(503);
                timed("reconcile", () -> commands.succeeds(after, "ledger", "reconcile", "--accept"));
                assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
                assertExact(server, answeredBefore);
            }
        }
        tell("in all", inAll);
        if (LONG) {
            assertThat(inAll).isLessThan(MOST);
        }
    }

    private void fill(ScriptedUpstream upstream) throws SQLException {
        TestServer server = TestServer.startIn(before, "", upstream);
        try {
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
        } finally {
            server.faregate.close();
        }
        GrownStore.grow(before.resolve("data"), GENERATIONS);
    }

    /// Ids that were answered before the backup began.
    private Set<String> backedUpUnderLoad(TestServer server) throws InterruptedException, IOException {
        AtomicBoolean enough = new AtomicBoolean();
        List<Thread> callers = Stream.generate(() -> Thread.ofVirtual().start(() -> call(server, enough)))
                .limit(CALLERS)
                .toList();
        while (answered.size() < 40) {
            Thread.onSpinWait();
        }
        Set<String> answeredBefore = Set.copyOf(answered);
        timed("backup", () -> commands.succeeds(before, "backup", archive.toString(), "--json"));
        int meanwhile = answered.size() - answeredBefore.size();
        enough.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(meanwhile).as("requests went on").isPositive();
        System.out.printf(
                "%,d generations: database %,d MiB, archive %,d MiB, %,d requests answered meanwhile%n",
                commands.printed().path("rows").path("generation").asInt(),
                commands.printed().path("bytes").asLong() >> 20,
                Files.size(archive) >> 20,
                meanwhile);
        return answeredBefore;
    }

    private void call(TestServer server, AtomicBoolean enough) {
        while (!enough.get()) {
            HttpResponse<String> answer = server.chat(CHAT);
            if (answer.statusCode() == 200) {
                answered.add(TestServer.json(answer).get("id").asString().substring("gen-".length()));
            }
        }
    }

    private void assertExact(TestServer server, Set<String> answeredBefore) {
        commands.succeeds(after, "verify", "--json");
        assertThat(commands.printed().path("checked").path("posting").asInt())
                .isGreaterThan(GENERATIONS + answeredBefore.size());
        for (String id : answeredBefore) {
            assertThat(TestServer.number(
                            server.faregate, "SELECT count(*) FROM posting WHERE generation = '" + id + "'"))
                    .as(id)
                    .isOne();
        }
        server.faregate
                .database()
                .write(
                        tx -> tx.sql()
                                .execute(
                                        "UPDATE posting SET charged = charged + 1 WHERE generation = (SELECT min(generation) FROM posting)"));
        assertThat(commands.run(after, "verify")).as("a row edited by hand").isEqualTo(1);
        assertThat(commands.out.toString()).contains("I8: posting of generation 01900000-0000-7000-9000-000000000000");
    }

    private void timed(String what, Runnable work) {
        long began = System.nanoTime();
        work.run();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        inAll = inAll.plus(took);
        tell(what, took);
    }

    private static void tell(String what, Duration took) {
        System.out.printf("%-10s %6.1f s%n", what, took.toMillis() / 1e3);
    }
}
