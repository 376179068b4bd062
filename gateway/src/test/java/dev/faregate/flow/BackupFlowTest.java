package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `./faregate backup`, `restore` and `ledger reconcile`: what was answered before a backup is in it, a restored
/// service is closed until somebody has said what was spent since, and nothing is ever half done.
///
/// Long because each case begins with a store that was filled, backed up and stopped, and looks into the archive: what
/// does that is here once.
class BackupFlowTest {
    private static final String CHAT = TestServer.chat("test/priced", "");
    private static final String FREE = TestServer.chat("test/free", "");
    private static final int CALLERS = 4;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final Path before = TestServer.temporaryFolder();
    private final Path after = TestServer.temporaryFolder();
    private final Path shelf = TestServer.temporaryFolder();
    private final Path archive = shelf.resolve("store.fgbackup");
    private final Commands commands = new Commands();
    private final StringWriter out = commands.out;
    private final StringWriter err = commands.err;

    @BeforeEach
    void script() {
        upstream.script(Script.answer());
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    private int run(Path folder, String... arguments) {
        return commands.run(folder, arguments);
    }

    private void succeeds(Path folder, String... arguments) {
        commands.succeeds(folder, arguments);
    }

    private JsonNode printed() {
        return commands.printed();
    }

    private void copyMasterKey() throws IOException {
        Path key = before.resolve("data").resolve("master.key");
        Files.createDirectories(after.resolve("data"));
        Files.copy(key, after.resolve("data").resolve("master.key"));
    }

    private TestServer restored() {
        return TestServer.startIn(after, "", upstream);
    }

    /// A store with some requests, its backup, and what was spent by then, in nano-dollars.
    private long backedUp() {
        try (TestServer server = kept(before)) {
            for (int i = 0; i < 3; i++) {
                assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            }
            succeeds(before, "backup", archive.toString());
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            return TestServer.number(server.faregate, "SELECT sum(charged) FROM posting") * 3 / 4;
        }
    }

    private TestServer kept(Path folder) {
        return TestServer.startIn(folder, "", upstream);
    }

    @Test
    void whatWasAnsweredBeforeABackupUnderLoadIsInIt() throws Exception {
        Set<String> answeredBefore = new HashSet<>();
        Set<String> answered = ConcurrentHashMap.newKeySet();
        AtomicBoolean enough = new AtomicBoolean();
        try (TestServer server = kept(before)) {
            List<Thread> callers = Stream.generate(() -> Thread.ofVirtual().start(() -> {
                        while (!enough.get()) {
                            HttpResponse<String> answer = server.chat(CHAT);
                            if (answer.statusCode() == 200) {
                                answered.add(TestServer.json(answer).get("id").asString());
                            }
                        }
                    }))
                    .limit(CALLERS)
                    .toList();
            while (answered.size() < 60) {
                Thread.onSpinWait();
            }
            answeredBefore.addAll(answered);
            succeeds(before, "backup", archive.toString(), "--json");
            assertThat(answered.size()).as("requests went on").isGreaterThan(answeredBefore.size());
            enough.set(true);
            for (Thread caller : callers) {
                caller.join();
            }
            copyMasterKey();
        }
        JsonNode manifest = printed();
        assertThat(manifest.path("rows").path("posting").asInt()).isGreaterThanOrEqualTo(answeredBefore.size());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
                .isEqualTo("rw-------");
        try (Stream<Path> beside = Files.list(shelf)) {
            assertThat(beside).as("nothing half beside it").containsExactly(archive);
        }

        succeeds(after, "restore", archive.toString());
        try (TestServer server = restored()) {
            succeeds(after, "verify");
            long here = TestServer.number(server.faregate, "SELECT count(*) FROM posting WHERE source = 'EXACT'");
            assertThat(here).isGreaterThanOrEqualTo(answeredBefore.size());
            for (String id : answeredBefore) {
                assertThat(TestServer.number(
                                server.faregate,
                                "SELECT count(*) FROM posting WHERE 'gen-' || generation = '" + id + "'"))
                        .as(id)
                        .isOne();
            }
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(503);
            succeeds(after, "ledger", "reconcile", "--accept");
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            succeeds(after, "verify");
        }
    }

    @Test
    void aRestoredServiceIsClosedUntilItIsReconciled() throws Exception {
        long spent = backedUp();
        succeeds(after, "restore", archive.toString());
        assertThat(out.toString()).contains("epoch 1", "ledger reconcile");
        try (TestServer server = restored()) {
            for (String body : List.of(CHAT, FREE)) {
                HttpResponse<String> refused = server.chat(body);
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.headers().firstValue("Retry-After")).contains("60");
                assertThat(refused.body()).contains("restored from a backup", "ledger reconcile");
            }
            HttpResponse<String> grant =
                    server.manage("POST", "/api/v1/credits/entries", "{\"amount_usd\":5,\"reason\":\"too early\"}");
            assertThat(grant.statusCode()).as(grant.body()).isEqualTo(503);
            assertThat(run(after, "credits", "grant", "5", "--reason", "too early"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("ledger reconcile");
            HttpResponse<String> ready = server.get("/health/ready", null);
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("restored from a backup");
            assertThat(server.manage("GET", "/api/v1/keys", "").statusCode()).isEqualTo(200);
            HttpResponse<String> made = server.manage("POST", "/api/v1/keys", "{\"name\":\"anew\"}");
            assertThat(made.statusCode()).as("keys can be made and ended").isEqualTo(201);

            assertThat(run(after, "ledger", "reconcile")).isEqualTo(1);
            assertThat(out.toString()).contains("closed", "The books balance", "--charge");
            assertThat(run(after, "ledger", "reconcile", "--charge", "nobody=1"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("no organization nobody");
            for (String wrong : List.of("default=0", "default=-1", "default=1e-10", "default=x")) {
                assertThat(run(after, "ledger", "reconcile", "--charge", wrong))
                        .as(wrong)
                        .isEqualTo(2);
            }
            assertThat(server.chat(CHAT).statusCode())
                    .as("none of this opened it")
                    .isEqualTo(503);

            succeeds(after, "ledger", "reconcile", "--charge", "default=1.25");
            assertThat(out.toString()).contains("Charged $1.25 to default", "open");
            assertThat(server.get("/health/ready", null).statusCode()).isEqualTo(200);
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            ObjectNode credits = TestServer.json(server.manage("GET", "/api/v1/credits", ""));
            assertThat(credits.get("data").get("total_credits").decimalValue()).isEqualByComparingTo("-1.25");
            assertThat(TestServer.number(
                            server.faregate,
                            "SELECT sum(charged) FROM posting WHERE posted_at < (SELECT "
                                    + "restored_at FROM restoration)"))
                    .isEqualTo(spent);

            succeeds(after, "ledger", "reconcile", "--charge", "default=1.25", "--json");
            assertThat(printed().path("charged")).as("once").isEmpty();
            assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM transfer"))
                    .isOne();
            succeeds(after, "verify");
            assertThat(TestServer.number(
                            server.faregate,
                            "SELECT count(*) FROM audit_event WHERE action IN ('store.restore', 'store.reconcile')"))
                    .isEqualTo(2);
        }
    }

    @Test
    void aStoppedStoreIsBackedUpAndReconciledToo() throws Exception {
        Path data = before.resolve("data");
        backedUpAndStopped();
        succeeds(before, "backup", archive.toString());
        assertThat(data.resolve(SqliteDatabase.FILE)).exists();
        assertThat(run(before, "ledger", "reconcile")).isZero();
        assertThat(out.toString()).contains("never restored");
        succeeds(after, "restore", archive.toString(), "--json");
        assertThat(printed().path("epoch").asInt()).isOne();
        succeeds(after, "ledger", "reconcile", "--accept");
        succeeds(after, "backup", archive.toString(), "--force");

        Path third = TestServer.temporaryFolder();
        succeeds(third, "restore", archive.toString(), "--json");
        assertThat(printed().path("epoch").asInt())
                .as("each restore is an epoch")
                .isEqualTo(2);
        assertThat(run(third, "ledger", "reconcile")).isEqualTo(1);
    }

    /// A store without a server, which [TestServer#close] would take away with its folder.
    private void backedUpAndStopped() throws IOException {
        Path stays = TestServer.temporaryFolder();
        try (TestServer server = kept(before)) {
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            succeeds(before, "backup", stays.resolve("first").toString());
        }
        Files.createDirectories(before);
        succeeds(before, "restore", stays.resolve("first").toString());
        try (Connection connection = open(before);
                var statement = connection.createStatement()) {
            statement.execute("DELETE FROM restoration");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Connection open(Path folder) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + folder.resolve("data").resolve(SqliteDatabase.FILE));
    }

    @Test
    void findingsKeepItClosedUntilEachIsNamed() throws Exception {
        backedUp();
        succeeds(after, "restore", archive.toString());
        try (Connection connection = open(after);
                var statement = connection.createStatement()) {
            statement.execute("UPDATE limit_definition SET cap = 7000000000 WHERE scope = 'BALANCE'");
        }
        try (TestServer server = restored()) {
            assertThat(run(after, "ledger", "reconcile", "--accept", "--json")).isEqualTo(1);
            JsonNode finding = printed().path("findings").get(0);
            assertThat(finding.path("rule").asString()).isEqualTo("I8");
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(503);
            succeeds(
                    after,
                    "ledger",
                    "reconcile",
                    "--accept",
                    "--despite",
                    finding.path("row").asString());
            assertThat(server.chat(FREE).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void rowsThatTheBackupHadAndTheStoreHasNotAreFound() throws Exception {
        backedUp();
        succeeds(after, "restore", archive.toString());
        try (Connection connection = open(after);
                var statement = connection.createStatement()) {
            statement.execute("UPDATE restoration SET postings = postings + 1");
        }
        assertThat(run(after, "ledger", "reconcile", "--accept")).isEqualTo(1);
        assertThat(out.toString()).contains("table posting: the backup had 4 rows, but there are 3");
    }

    /// The recorder of a later life must not speak for it, not even when somebody puts it back.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRequestThatRanAtTheTimeOfTheBackupIsChargedInFull(boolean recorderPutBack) throws Exception {
        upstream.script(Script.answer().latency(Duration.ofSeconds(3)));
        Path flights = TestServer.temporaryFolder();
        Path node = after.resolve("data");
        try (TestServer server = kept(before)) {
            Thread caller = Thread.ofVirtual().start(() -> server.chat(CHAT));
            while (server.held().signum() == 0) {
                Thread.onSpinWait();
            }
            succeeds(before, "backup", archive.toString(), "--json");
            assertThat(printed().path("holds").path("count").asInt()).isOne();
            assertThat(printed().path("holds").path("usd").decimalValue()).isPositive();
            caller.join();
            // Its slot is free again: a recorder that says that nothing was sent.
            try (Stream<Path> files = Files.list(before.resolve("data").resolve("flights"))) {
                for (Path file : files.toList()) {
                    Files.copy(file, flights.resolve(file.getFileName()));
                }
            }
            if (recorderPutBack) {
                Files.createDirectories(node);
                Files.copy(before.resolve("data").resolve("node-id"), node.resolve("node-id"));
            }
        }
        long held = printed()
                .path("holds")
                .path("usd")
                .decimalValue()
                .movePointRight(9)
                .longValueExact();
        succeeds(after, "restore", archive.toString());
        if (recorderPutBack) {
            Files.move(flights, node.resolve("flights"));
        }
        upstream.script(Script.answer());
        try (TestServer server = restored()) {
            assertThat(TestServer.number(server.faregate, "SELECT charged FROM posting WHERE source = 'ORPHAN'"))
                    .isEqualTo(held);
            assertThat(server.held()).isZero();
            succeeds(after, "ledger", "reconcile", "--accept");
        }
    }

    @Test
    void sessionsAndLinksOfBeforeTheBackupAreOver() throws Exception {
        backedUp();
        try (Connection connection = zipped();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM account_link")) {
            assertThat(rows.getInt(1)).as("the link of the first start").isOne();
        }
        succeeds(after, "restore", archive.toString());
        try (Connection connection = open(after);
                var statement = connection.createStatement()) {
            for (String table : List.of(
                    "session",
                    "pending_sign_in",
                    "account_link",
                    "invitation",
                    "auth_code",
                    "device_code",
                    "refresh_token",
                    "mail_outbox",
                    "node_life")) {
                try (var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
                    assertThat(rows.getInt(1)).as(table).isZero();
                }
            }
        }
    }

    /// The database in the archive, as any tool finds it.
    private Connection zipped() throws IOException, SQLException {
        Path file = TestServer.temporaryFolder().resolve("unzipped.db");
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            Files.copy(zip.getInputStream(zip.getEntry(SqliteDatabase.FILE)), file);
        }
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    @Test
    void theMasterKeyMustBeTheOneThatSealed() throws Exception {
        try (TestServer server = kept(before)) {
            assertThat(server.manage(
                                    "POST",
                                    "/api/v1/byok",
                                    "{\"provider\":\"sim\",\"key\":\"sk-planted-in-a-backup-01\"}")
                            .statusCode())
                    .isEqualTo(201);
            succeeds(before, "backup", archive.toString());
            assertThat(run(after, "restore", archive.toString())).isEqualTo(1);
            assertThat(err.toString()).contains("The master key is missing");
            assertUntouched(after);
            Files.writeString(
                    after.resolve("data").resolve("master.key"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
            assertThat(run(after, "restore", archive.toString())).isEqualTo(1);
            assertThat(err.toString()).contains("is not the one that sealed the secrets");
            Files.delete(after.resolve("data").resolve("master.key"));
            copyMasterKey();
            succeeds(after, "restore", archive.toString());
        }
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
                String text = new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(text.contains("sk-planted-in-a-backup-01")).isFalse();
                assertThat(text.contains(TestServer.INFERENCE_KEY)).isFalse();
                assertThat(text.contains(TestServer.MANAGEMENT_KEY)).isFalse();
            }
            assertThat(zip.stream().map(ZipEntry::getName)).containsExactly("manifest.json", SqliteDatabase.FILE);
        }
    }

    private static void assertUntouched(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            assertThat(files.map(file -> file.getFileName().toString())).isSubsetOf("faregate.lock", "master.key");
        }
    }

    @Test
    void aDamagedOrForeignArchiveIsRefusedAndNothingIsLeft() throws Exception {
        backedUp();
        byte[] good = Files.readAllBytes(archive);
        Path bad = archive.resolveSibling("bad");
        // Not the names and sizes around the contents, which a ZIP has twice.
        for (int at = good.length / 7; at < good.length - 400; at += good.length / 7) {
            byte[] flipped = good.clone();
            flipped[at] ^= 0x10;
            Files.write(bad, flipped);
            if (java.util.Arrays.equals(database(archive), database(bad))) {
                // Another way to pack the same bytes.
                continue;
            }
            assertRefused(bad, at + " of " + good.length);
        }
        for (int length : new int[] {0, 1, good.length / 2, good.length - 1}) {
            Files.write(bad, java.util.Arrays.copyOf(good, length));
            assertRefused(bad, "cut at " + length);
        }
        Files.writeString(bad, "not a backup");
        assertRefused(bad, "text");
        assertThat(run(after, "restore", archive.resolveSibling("none").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("There is no backup");

        rewrite(bad, "\"format\":1", "\"format\":2");
        assertRefused(bad, "of a later format");
        assertThat(err.toString()).contains("format 2", "reads format 1");
        rewrite(bad, "\"posting\":3", "\"posting\":2");
        assertRefused(bad, "with a wrong count");
        assertThat(err.toString()).contains("rows");
        succeeds(after, "restore", archive.toString());
    }

    /// What is unpacked from it, or nothing where that fails.
    private static byte[] database(Path file) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(SqliteDatabase.FILE);
            return entry == null ? new byte[0] : zip.getInputStream(entry).readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private void assertRefused(Path bad, String how) throws IOException {
        assertThat(run(after, "restore", bad.toString())).as(how).isEqualTo(1);
        assertThat(err.toString()).as(how).startsWith("faregate: ").hasLineCount(1);
        assertUntouched(after);
    }

    /// The archive with something else in its manifest.
    private void rewrite(Path target, String what, String with) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile());
                ZipOutputStream copy = new ZipOutputStream(Files.newOutputStream(target))) {
            for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
                copy.putNextEntry(new ZipEntry(entry.getName()));
                byte[] bytes = zip.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith(".json")) {
                    String json = new String(bytes, StandardCharsets.UTF_8);
                    assertThat(json).contains(what);
                    bytes = json.replace(what, with).getBytes(StandardCharsets.UTF_8);
                }
                copy.write(bytes);
                copy.closeEntry();
            }
        }
    }

    @Test
    void aStoreOfALaterVersionIsRefused() throws Exception {
        backedUpAndStopped();
        try (Connection connection = open(before);
                var statement = connection.createStatement()) {
            statement.execute("INSERT INTO flyway_schema_history SELECT installed_rank + 100, '9000', 'later', type, "
                    + "'V9000__later.sql', checksum, installed_by, installed_on, execution_time, success "
                    + "FROM flyway_schema_history WHERE installed_rank = 1");
        }
        // The program of that version would make this; ours does not open such a store.
        Path file = TestServer.temporaryFolder().resolve("later.db");
        try (Connection connection = open(before);
                var copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, file.toString());
            copy.execute();
        }
        assertThat(run(before, "backup", archive.toString())).isEqualTo(3);
        assertThat(err.toString()).contains("made by a newer one");
        assertThat(archive).doesNotExist();
        zip(file, "9000");
        assertThat(run(after, "restore", archive.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("made by a newer one");
        assertUntouched(after);
    }

    private void zip(Path database, String schema) throws IOException, SQLException {
        byte[] bytes = Files.readAllBytes(database);
        StringBuilder rows = new StringBuilder();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            List<String> tables = new java.util.ArrayList<>();
            try (var names = statement.executeQuery("SELECT name FROM sqlite_schema WHERE type = 'table'")) {
                while (names.next()) {
                    tables.add(names.getString(1));
                }
            }
            for (String table : tables) {
                try (var count = statement.executeQuery("SELECT count(*) FROM " + table)) {
                    rows.append(rows.isEmpty() ? "" : ",").append("\"" + table + "\":" + count.getLong(1));
                }
            }
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("manifest.json"));
            zip.write(("{\"format\":1,\"program\":\"later\",\"taken_at\":\"2030-01-01T00:00:00Z\",\"database\":"
                            + "\"sqlite\",\"schema\":\"" + schema + "\",\"bytes\":" + bytes.length + ",\"sha256\":\""
                            + java.util.HexFormat.of().formatHex(dev.faregate.base.Sha256.of(bytes))
                            + "\",\"holds\":{\"count\":0,\"usd\":0},\"rows\":{" + rows + "}}")
                    .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry(SqliteDatabase.FILE));
            zip.write(bytes);
        }
    }

    @Test
    void nothingIsOverwritten() throws Exception {
        try (TestServer server = kept(before)) {
            assertThat(server.chat(CHAT).statusCode()).isEqualTo(200);
            Files.writeString(archive, "somebody's");
            assertThat(run(before, "backup", archive.toString())).isEqualTo(1);
            assertThat(err.toString()).contains("exists", "--force");
            assertThat(archive).hasContent("somebody's");
            succeeds(before, "backup", archive.toString(), "--force");
            assertThat(run(before, "backup", shelf.toString(), "--force")).isEqualTo(1);
            assertThat(err.toString()).contains("is a folder");
            assertThat(run(before, "backup", "/nowhere/at/all")).isEqualTo(1);
            assertThat(err.toString()).contains("is not there");
            assertThat(run(before, "backup", "/proc/backup")).isEqualTo(1);
            assertThat(err.toString()).hasLineCount(1);

            assertThat(run(before, "restore", archive.toString())).as("in use").isEqualTo(1);
            assertThat(err.toString()).contains("in use");
        }
        Files.createDirectories(after.resolve("data"));
        for (String left : List.of("faregate.db", "faregate.db-wal", "spool", "spool-damaged-1", "flights")) {
            Path other = Files.createFile(after.resolve("data").resolve(left));
            assertThat(run(after, "restore", archive.toString())).as(left).isEqualTo(1);
            assertThat(err.toString()).contains("belongs to another store", left);
            Files.delete(other);
        }
    }

    /// What a killed backup or restore leaves is in a folder of its own, and goes with the next one.
    @Test
    void interruptedOnesLeaveNothingThatCounts() throws Exception {
        Path half = half("." + archive.getFileName() + ".0123456789abcdef.partial");
        Path ofAnother = half(".other.zip.0123456789abcdef.partial");
        Path somebodys = half("." + archive.getFileName() + ".mine.partial");
        backedUp();
        assertThat(half).doesNotExist();
        assertThat(ofAnother).isNotEmptyDirectory();
        assertThat(somebodys).isNotEmptyDirectory();
        Path work = Files.createDirectories(after.resolve("data").resolve("restoring"));
        Files.writeString(work.resolve("faregate.db"), "half", StandardOpenOption.CREATE);
        succeeds(after, "restore", archive.toString());
        assertThat(work).doesNotExist();
    }

    private Path half(String name) throws IOException {
        Path half = Files.createDirectory(archive.resolveSibling(name));
        for (String file : List.of("lock", "faregate.db", "archive")) {
            Files.writeString(half.resolve(file), "half");
        }
        return half;
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup", "restore"})
    void postgresqlIsToldWhatToUse(String command) {
        commands.variables.put("FAREGATE_DATABASE_URL", TestPostgres.freshUrl());
        assertThat(run(before, command, archive.toString())).isNotZero();
        assertThat(err.toString()).contains("PostgreSQL", "docs/backup.md");
    }
}
