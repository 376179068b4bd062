package dev.faregate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.server.Config;
import dev.faregate.server.ConfigException;
import dev.faregate.server.Environment;
import dev.faregate.storage.SqliteDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class CliTest {
    /// True for texts whose last six characters are not all zeros: enough of a checksum to tell two texts
    /// apart.
    private static boolean isKey(String text) {
        return !text.endsWith("000000");
    }

    @TempDir
    Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> variables = new HashMap<>();
    private final List<Config> served = new ArrayList<>();
    private RuntimeException failure = new IllegalStateException();
    private boolean fails;

    private int run(String... arguments) {
        Context context = new Context(
                new Environment(variables), folder, new PrintWriter(out, true), new PrintWriter(err, true), false);
        List<Callable<Integer>> commands = List.of(
                new ServeCommand(context, this::serve),
                new DoctorCommand(context),
                new VerifyCommand(context),
                new BackupCommand(context),
                new RestoreCommand(context),
                new LedgerCommand(context),
                new KeysCommand(context),
                new CreditsCommand(context),
                new SetupLinkCommand(context),
                new ResetLinkCommand(context),
                new ScanCommand(context, CliTest::isKey),
                new VersionCommand(context));
        return Cli.run(context, commands, arguments);
    }

    private int serve(Config config) {
        if (fails) {
            throw failure;
        }
        served.add(config);
        return 7;
    }

    private static JsonNode json(StringWriter text) {
        return Json.read(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "doctor",
                "verify",
                "backup",
                "restore",
                "ledger",
                "keys",
                "credits",
                "setup-link",
                "reset-link",
                "scan",
                "version"
            })
    void explainsEveryCommandAndItsExitCodes(String command) {
        assertThat(run(command, "--help")).isZero();
        assertThat(out.toString()).contains("Usage: faregate " + command, "Exit codes:", "3   the server or");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void listsTheCommandsWhenAskedForNone() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("serve", "doctor", "verify", "scan", "version");
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("serve", "doctor", "verify", "scan", "version");
    }

    @Test
    void answersAMistakeWithOneLineAndCodeTwo() {
        assertThat(run("serv")).isEqualTo(2);
        assertThat(run("serve", "--prot", "1")).isEqualTo(2);
        assertThat(run("serve", "--port", "many")).isEqualTo(2);
        assertThat(run("serve", "--set", "no.such=1")).isEqualTo(2);
        assertThat(run("serve", "--set", "bootstrap.key=x")).isEqualTo(2);
        assertThat(err.toString().lines())
                .hasSize(5)
                .allSatisfy(line -> assertThat(line).startsWith("faregate: "))
                .anySatisfy(line -> assertThat(line).contains("--port must be a whole number from 0 to 65535."));
        assertThat(served).isEmpty();
    }

    @Test
    void servesWithTheConfigurationThatFlagsGive() {
        assertThat(run(
                        "serve",
                        "--host",
                        "0.0.0.0",
                        "--port",
                        "1",
                        "--admin-port",
                        "2",
                        "--admin-host",
                        "::1",
                        "--data",
                        "d",
                        "--database",
                        "postgresql://h/n",
                        "--set",
                        "limits.queue=9"))
                .isEqualTo(7);
        Config config = served.getFirst();
        assertThat(config.listener()).isEqualTo(new Config.Address("0.0.0.0", 1));
        assertThat(config.admin()).isEqualTo(new Config.Address("::1", 2));
        assertThat(config.data()).isEqualTo(folder.resolve("d"));
        assertThat(config.databaseUrl()).isNotNull();
        assertThat(config.limits().queue()).isEqualTo(9);
    }

    @Test
    void answersAFailureWithOneLineAndItsCodeAndNoStackTrace() {
        fails = true;
        failure = new Failure(Exit.UNREACHABLE, "The database is away.");
        assertThat(run("serve")).isEqualTo(3);
        failure = new ConfigException("faregate.yaml line 1: no.");
        assertThat(run("serve")).isEqualTo(2);
        failure = new IllegalStateException("two\n  lines with sk-planted0123456789");
        assertThat(run("serve")).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly(
                        "faregate: The database is away.",
                        "faregate: faregate.yaml line 1: no.",
                        "faregate: two lines with [redacted]");
    }

    @Test
    void saysItsVersion() {
        assertThat(run("version")).isZero();
        assertThat(run("--version")).isZero();
        assertThat(out.toString().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).startsWith("faregate ").contains("Java 25"));
    }

    @Test
    void saysItsVersionForMachines() {
        assertThat(run("version", "--json")).isZero();
        assertThat(json(out).get("java").asString()).startsWith("25");
    }

    @Test
    void findsKeysInFilesButNotLookAlikesAndShowsNoneInFull() throws IOException {
        String key = "sk-fg-v1-" + "a".repeat(40) + "Zz1234";
        String managementKey = "sk-fg-adm-" + "b".repeat(40) + "Yy5678";
        Files.createDirectories(folder.resolve("src/deep"));
        Files.writeString(folder.resolve("src/deep/app.env"), "A=1\nB=2\nKEY=" + key + "\n");
        Files.writeString(folder.resolve("src/both.txt"), key + " " + managementKey);
        Files.writeString(
                folder.resolve("src/none.txt"),
                key + "x sk-fg-v2-" + "a".repeat(46) + " sk-fg-test-" + "a".repeat(46) + " sk-fg-v1-" + "c".repeat(40)
                        + "000000");
        assertThat(run("scan", "src")).isEqualTo(1);
        assertThat(out.toString())
                .contains(folder.resolve("src/deep/app.env") + ":3: sk-fg-v1-aaa...1234")
                .contains(folder.resolve("src/both.txt") + ":1: sk-fg-adm-bbb...5678")
                .contains("3 keys found")
                .doesNotContain(key, managementKey, "none.txt");
        assertThat(run("scan", "src/none.txt")).isZero();
        assertThat(run("scan", "nowhere")).isEqualTo(2);
        assertThat(run("scan")).isEqualTo(2);
    }

    @Test
    void findsEveryKeyOfALargeFileOnceWhereverItLies() throws IOException {
        CRC32 random = new CRC32();
        StringBuilder text = new StringBuilder();
        List<Integer> lines = new ArrayList<>();
        int line = 1;
        while (text.length() < 3_300_000) {
            random.update(text.length());
            int filler = (int) (random.getValue() % 900);
            text.append("x".repeat(filler)).append(' ');
            text.append("sk-fg-adm-").append("d".repeat(46)).append('\n');
            lines.add(line++);
        }
        Files.writeString(folder.resolve("large.log"), text);
        assertThat(run("scan", "--json", "large.log")).isEqualTo(1);
        List<Integer> found = new ArrayList<>();
        json(out).forEach(hit -> found.add(hit.get("line").asInt()));
        assertThat(found).isEqualTo(lines);
    }

    @Test
    void findsNothingWrongOnAFreshMachine() {
        assertThat(run("doctor", "--port", "0", "--admin-port", "0")).isZero();
        assertThat(out.toString().lines())
                .hasSize(9)
                .allSatisfy(line -> assertThat(line).startsWith("ok "));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void findsWhatIsWrongWithTheMachine() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path key = Files.writeString(data.resolve("master.key"), "x");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(data.resolve("faregate.db"), "this is no database, whatever its name says ".repeat(100));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int code = run("doctor", "--json", "--port", "" + taken.getLocalPort(), "--admin-port", "0");
            assertThat(code).isEqualTo(1);
        }
        assertThat(json(out).findValuesAsString("status"))
                .containsExactly("ok", "ok", "warn", "fail", "fail", "ok", "ok", "warn", "ok");
    }

    @Test
    void reachesADatabaseOrSaysThatItDoesNot() throws SQLException, IOException {
        assertThat(run(
                        "doctor",
                        "--database",
                        "postgresql://u:planted@127.0.0.1:1/x",
                        "--port",
                        "0",
                        "--admin-port",
                        "0"))
                .isEqualTo(3);
        assertThat(out.toString()).contains("fail  database").doesNotContain("planted");
        Files.createDirectory(folder.resolve("data"));
        try (Connection made = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("data/faregate.db"))) {
            made.createStatement().execute("create table t (id integer)");
        }
        assertThat(run("doctor", "--port", "0", "--admin-port", "0")).isZero();
        assertThat(out.toString()).contains("(SQLite 3.");
    }

    @Test
    void findsWhatIsWrongWithTheConfiguration() throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), "port: many\n");
        assertThat(run("doctor")).isEqualTo(2);
        assertThat(out.toString()).contains("faregate.yaml line 1: port must be a whole number");
    }

    @Test
    void refusesBackupsRestoresAndReconciliationsThatAreAskedForWrongly() {
        assertThat(run("backup")).isEqualTo(2);
        assertThat(run("restore")).isEqualTo(2);
        assertThat(run("backup", "a.zip", "b.zip")).isEqualTo(2);
        assertThat(run("restore", "a.zip", "--force")).isEqualTo(2);
        assertThat(run("ledger", "reconcile", "--charge", "default")).isEqualTo(2);
        assertThat(run("ledger", "reconcile", "--charge", "default=0.0000000001"))
                .isEqualTo(2);
        assertThat(run("restore", "a.zip", "--database", "postgresql://h/n")).isEqualTo(2);
        assertThat(run("backup", "a.zip")).isEqualTo(3);
        assertThat(run("ledger", "reconcile", "--accept")).isEqualTo(3);
        assertThat(folder).as("none of these made anything").isEmptyDirectory();
        assertThat(run("restore", "a.zip")).isEqualTo(1);
        assertThat(err.toString().lines())
                .hasSize(10)
                .allSatisfy(line -> assertThat(line).startsWith("faregate: "))
                .anySatisfy(line -> assertThat(line).contains("FILE"))
                .anySatisfy(line -> assertThat(line).contains("--charge default: not ORGANIZATION=USD."))
                .anySatisfy(line -> assertThat(line).contains("There is no database in"))
                .anySatisfy(line -> assertThat(line).contains("There is no backup " + folder.resolve("a.zip") + "."));
        assertThat(run("ledger")).isEqualTo(2);
        assertThat(err.toString()).contains("reconcile");
    }

    @Test
    void backsUpToAFileOfItsOwnOutsideOfTheDataFolder() throws IOException {
        SqliteDatabase.open(folder.resolve("data"), SqliteDatabase.Options.DEFAULT)
                .close();
        byte[] database = Files.readAllBytes(folder.resolve("data/faregate.db"));
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("data"));
        for (String wrong : List.of("data/a.zip", "data/faregate.db", "link/faregate.db")) {
            assertThat(run("backup", wrong, "--force")).as(wrong).isEqualTo(1);
        }
        assertThat(run("backup", "/")).isEqualTo(1);
        assertThat(err.toString().lines())
                .hasSize(4)
                .satisfies(lines -> assertThat(lines.subList(0, 3))
                        .allSatisfy(line -> assertThat(line).contains("is in the data folder")))
                .last()
                .asString()
                .contains("name a file");
        assertThat(folder.resolve("data/faregate.db")).hasBinaryContent(database);
        assertThat(run("backup", "a.zip")).isZero();
        assertThat(out.toString()).startsWith("Wrote " + folder.resolve("a.zip"));
        assertThat(run("backup", "a.zip")).isEqualTo(1);
        assertThat(run("backup", "a.zip", "--force", "--json")).isZero();
    }
}
