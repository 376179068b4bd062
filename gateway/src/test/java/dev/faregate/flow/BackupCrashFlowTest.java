package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.faregate.Main;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Backups and restores that are cut off: by kill -9 in their middle, and by a disk that has no more room. There is a
/// whole one or none, and nothing starts from half of one.
class BackupCrashFlowTest {
    /// So that each step takes long enough to be caught in it.
    private static final int GENERATIONS = 20_000;

    private static final String CHAT = TestServer.chat("test/priced", "");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// A step that is over before anybody saw it is looked for again.
    private static final int TRIES = 20;

    /// Above what the JVM writes for itself, below the database and the archive: 10,000 blocks of 512 bytes.
    private static final List<String> LIMITED = List.of("/bin/sh", "-c", "ulimit -f 10000; exec \"$0\" \"$@\"");

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final Commands commands = new Commands();
    private final Path before = TestServer.temporaryFolder();
    private final Path after = TestServer.temporaryFolder();
    private final Path shelf = TestServer.temporaryFolder();
    private final Path archive = shelf.resolve("store.zip");
    private final Path database = after.resolve("data").resolve(SqliteDatabase.FILE);
    private final Path restoring = after.resolve("data").resolve("restoring");

    @BeforeEach
    void fill() throws Exception {
        upstream.script(Script.answer());
        fill(before);
        beside(after);
    }

    /// A store of a stopped server.
    private void fill(Path folder) throws Exception {
        TestServer server = TestServer.startIn(folder, "", upstream);
        try {
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
        } finally {
            server.faregate.close();
        }
        GrownStore.grow(folder.resolve("data"), GENERATIONS);
    }

    /// A folder without a store, and with the same master key.
    private void beside(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.copy(before.resolve("data/master.key"), folder.resolve("data/master.key"));
        Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream));
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"faregate.db", "archive"})
    void aBackupThatIsKilledLeavesTheFormerOneAndAStoreThatStarts(String caughtAt) throws Exception {
        AtomicInteger code = new AtomicInteger();
        for (int tries = 1; code.get() == 0; tries++) {
            assertThat(tries).as("caught in time").isLessThan(TRIES);
            Files.writeString(archive, "yesterday's");
            try (ChildServer server = ChildServer.start(before, List.of(), Main.class, "serve")) {
                assertThat(server.port()).isPositive();
                Thread operator = Thread.ofPlatform()
                        .start(() -> code.set(commands.run(before, "backup", archive.toString(), "--force")));
                awaitContent(() -> partials().findFirst().map(it -> it.resolve(caughtAt)), () -> !operator.isAlive());
                server.kill();
                operator.join();
            }
        }
        assertThat(code).as(commands.err.toString()).hasValue(3);
        assertThat(commands.err.toString()).contains("did not answer");
        assertThat(archive).hasContent("yesterday's");
        assertThat(partials()).as("what is half stays under its own name").hasSize(1);

        try (NextLife next = NextLife.in(before)) {
            assertThat(TestServer.number(next.faregate, "SELECT count(*) FROM posting"))
                    .isEqualTo(GENERATIONS + 1);
            commands.succeeds(before, "backup", archive.toString(), "--force");
        }
        assertThat(listed(shelf)).containsExactly("store.zip");
        commands.succeeds(after, "restore", archive.toString());
        commands.succeeds(after, "verify");
    }

    @Test
    void backupsOfTwoStoresToOneFileLeaveOneWholeBackup() throws Exception {
        Path second = TestServer.temporaryFolder();
        beside(second);
        fill(second);
        boolean together = false;
        for (int tries = 1; !together; tries++) {
            assertThat(tries).as("seen at work together").isLessThan(TRIES);
            try (ChildServer one = backup(before);
                    ChildServer other = backup(second)) {
                long end = System.nanoTime() + PATIENCE.toNanos();
                while ((one.isAlive() || other.isAlive()) && System.nanoTime() < end) {
                    together |= partials().count() == 2;
                    Thread.sleep(1);
                }
                assertThat(one.exitCode(PATIENCE)).as(one.log()).isZero();
                assertThat(other.exitCode(PATIENCE)).as(other.log()).isZero();
            }
            assertThat(listed(shelf)).containsExactly("store.zip");
        }
        commands.succeeds(after, "restore", archive.toString());
        commands.succeeds(after, "verify");
    }

    private ChildServer backup(Path folder) throws IOException {
        return ChildServer.start(folder, List.of(), Main.class, "backup", archive.toString(), "--force");
    }

    @ParameterizedTest
    @ValueSource(strings = {SqliteDatabase.FILE, SqliteDatabase.FILE + "-wal"})
    void aRestoreThatIsKilledStartsNothingUntilItIsDoneAgain(String caughtAt) throws Exception {
        commands.succeeds(before, "backup", archive.toString());
        for (int tries = 1; !Files.exists(restoring) || Files.exists(database); tries++) {
            assertThat(tries).as("caught in time").isLessThan(TRIES);
            Files.deleteIfExists(database);
            try (ChildServer restore = ChildServer.start(after, List.of(), Main.class, "restore", archive.toString())) {
                awaitContent(() -> Optional.of(restoring.resolve(caughtAt)), () -> Files.exists(database));
                restore.kill();
            }
        }
        assertThat(database).doesNotExist();
        assertThat(restoring).isNotEmptyDirectory();
        assertThatThrownBy(() -> NextLife.in(after))
                .hasMessageContaining("was cut off")
                .hasMessageContaining("./faregate restore");
        assertThat(database).as("no empty store instead").doesNotExist();

        commands.succeeds(after, "restore", archive.toString(), "--json");
        assertThat(commands.printed().path("epoch").asInt()).isOne();
        assertThat(restoring).doesNotExist();
        try (NextLife next = NextLife.in(after)) {
            assertThat(TestServer.number(next.faregate, "SELECT count(*) FROM posting"))
                    .isEqualTo(GENERATIONS + 1);
            assertThat(commands.run(after, "ledger", "reconcile")).as("closed").isEqualTo(1);
        }
    }

    /// Killed between its last two steps: it is whole, only its folder is still there.
    @Test
    void whatARestoreThatWasDoneLeftIsRemovedByTheStart() throws Exception {
        commands.succeeds(before, "backup", archive.toString());
        commands.succeeds(after, "restore", archive.toString());
        Files.createDirectory(restoring);
        Files.writeString(restoring.resolve(SqliteDatabase.FILE + "-shm"), "left");
        NextLife.in(after).close();
        assertThat(restoring).doesNotExist();
    }

    @Test
    void aBackupThatFindsNoMoreRoomSaysSoAndLeavesNothing() throws Exception {
        assumeThat(Path.of("/bin/sh")).exists();
        try (ChildServer backup = ChildServer.start(before, LIMITED, Main.class, "backup", archive.toString())) {
            assertThat(backup.exitCode(PATIENCE)).as(backup.log()).isEqualTo(1);
            assertThat(lastLine(backup))
                    .startsWith("faregate: The backup " + archive + " cannot be made: ")
                    .endsWith(" Nothing was kept of it.");
        }
        assertThat(listed(shelf)).isEmpty();
        commands.succeeds(before, "backup", archive.toString());
    }

    @Test
    void aRestoreThatFindsNoMoreRoomSaysSoAndLeavesNothing() throws Exception {
        assumeThat(Path.of("/bin/sh")).exists();
        commands.succeeds(before, "backup", archive.toString());
        try (ChildServer restore = ChildServer.start(after, LIMITED, Main.class, "restore", archive.toString())) {
            assertThat(restore.exitCode(PATIENCE)).as(restore.log()).isEqualTo(1);
            assertThat(lastLine(restore))
                    .startsWith("faregate: The backup cannot be restored: ")
                    .endsWith(" Nothing was restored.");
        }
        assertThat(listed(after.resolve("data"))).containsExactly("faregate.lock", "master.key");
        commands.succeeds(after, "restore", archive.toString());
    }

    @Test
    void aDiskThatIsTooSmallIsNamedBeforeAnythingIsWritten() throws Exception {
        Path small = TestServer.temporaryFolder();
        assumeThat(mounted("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()))
                .as("this machine lets us mount a small disk")
                .isTrue();
        try {
            assertThat(commands.run(before, "backup", small.resolve("store.zip").toString()))
                    .isEqualTo(1);
            assertThat(commands.err.toString())
                    .contains("There is no room in " + small, "MiB are needed", "1 MiB are free")
                    .hasLineCount(1);
            assertThat(listed(small)).isEmpty();

            commands.succeeds(before, "backup", archive.toString());
            assertThat(commands.run(
                            before,
                            "restore",
                            archive.toString(),
                            "--data",
                            small.resolve("data").toString()))
                    .isEqualTo(1);
            assertThat(commands.err.toString()).contains("There is no room in " + small.resolve("data"));
            assertThat(listed(small.resolve("data"))).containsExactly("faregate.lock");
        } finally {
            assertThat(mounted("umount", small.toString())).isTrue();
        }
    }

    /// Some of these files are there for moments only, so whoever looks may come too late: then `done` holds.
    private static void awaitContent(Supplier<Optional<Path>> file, BooleanSupplier done) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        // Zero also while it is not there.
        while (file.get().map(it -> it.toFile().length()).orElse(0L) == 0 && !done.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it appears in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    /// The folders in which backups are being made.
    private Stream<Path> partials() {
        File[] found = shelf.toFile().listFiles((_, name) -> name.matches("\\.store\\.zip\\.[0-9a-f]{16}\\.partial"));
        return Stream.of(Objects.requireNonNull(found)).map(File::toPath);
    }

    private static List<String> listed(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String lastLine(ChildServer child) throws IOException {
        return child.log().lines().toList().getLast();
    }

    private static boolean mounted(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
