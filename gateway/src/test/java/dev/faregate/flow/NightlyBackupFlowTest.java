package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.faregate.Main;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The units of deploy/systemd that make a backup every night: systemd reads them, and what they run, run here in their
/// order, makes a backup by the running server and keeps so many days of them.
class NightlyBackupFlowTest {
    private static final Path UNITS = Path.of("..", "deploy", "systemd");
    private static final String PROGRAM = "/opt/faregate/faregate";
    private static final String SHELF = "/var/lib/faregate-backups";
    private static final String STATE = "/var/lib/faregate";

    private final Path shelf = TestServer.temporaryFolder();
    private final Path folder = TestServer.temporaryFolder();

    /// A command line of systemd, as far as these need it.
    private record Step(String setting, String command) {
        static List<Step> of(String unit) throws IOException {
            List<Step> steps = new ArrayList<>();
            for (String line : Files.readAllLines(UNITS.resolve(unit))) {
                if (line.startsWith("Exec")) {
                    int equals = line.indexOf('=');
                    steps.add(new Step(
                            line.substring(0, equals),
                            line.substring(equals + 1).replace("%%", "%")));
                }
            }
            return steps;
        }
    }

    /// Runs the commands of the unit until one fails, as systemd does; whether all succeeded.
    private boolean night() throws Exception {
        List<Step> steps = Step.of("faregate-backup.service");
        assertThat(steps).extracting(Step::setting).containsExactly("ExecStartPre", "ExecStart", "ExecStartPost");
        for (Step step : steps) {
            String command = step.command()
                    .replace(PROGRAM, program().toString())
                    .replace(SHELF, shelf.toString())
                    .replace(STATE, folder.toString());
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command);
            builder.directory(folder.toFile());
            builder.environment().put("KEEP_DAYS", "30");
            builder.environment().put("FAREGATE_DATA", folder.resolve("data").toString());
            builder.redirectErrorStream(true).redirectOutput(new File(folder.toFile(), "night.log"));
            Process process = builder.start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            if (process.exitValue() != 0) {
                return false;
            }
        }
        return true;
    }

    /// The program as it is compiled here.
    private Path program() throws IOException {
        Path program = folder.resolve("faregate");
        if (!Files.exists(program)) {
            Files.writeString(
                    program,
                    "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                            + "' --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -cp '"
                            + System.getProperty("java.class.path") + "' " + Main.class.getName() + " \"$@\"\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        }
        return program;
    }

    private Path aged(String name, Duration age) throws IOException {
        Path file = Files.writeString(shelf.resolve(name), "a backup");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    private List<Path> backups() throws IOException {
        try (Stream<Path> files = Files.list(shelf)) {
            return new ArrayList<>(
                    files.filter(file -> file.getFileName().toString().matches("faregate-[-\\dTZ]+\\.zip"))
                            .toList());
        }
    }

    @Test
    void aNightMakesABackupByTheServerAndForgetsOldOnesOnlyThen() throws Exception {
        assumeThat(Path.of("/bin/sh")).exists();
        assumeThat(Path.of("/usr/bin/find")).exists();
        Path old = aged("faregate-2029-01-01T030000Z.zip", Duration.ofDays(32));
        Path young = aged("faregate-2029-02-01T030000Z.zip", Duration.ofDays(29));
        Path somebodys = aged("notes.zip", Duration.ofDays(400));
        Path half = Files.createDirectory(shelf.resolve(".faregate-2029-01-31T030000Z.zip.0123456789abcdef.partial"));
        Files.writeString(half.resolve("faregate.db"), "half");
        Path running =
                Files.createDirectory(shelf.resolve(".faregate-2029-02-02T030000Z.zip.0123456789abcdef.partial"));
        Files.setLastModifiedTime(half, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

        assertThat(night()).as("without a store it fails").isFalse();
        assertThat(old).as("and nothing is forgotten").exists();
        assertThat(half).as("but for what was cut off long ago").doesNotExist();
        assertThat(running).exists();

        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer());
            TestServer server = TestServer.startIn(folder, "", upstream);
            try {
                assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode())
                        .isEqualTo(200);
                assertThat(night())
                        .as(Files.readString(folder.resolve("night.log")))
                        .isTrue();
            } finally {
                server.faregate.close();
            }
        }
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(somebodys).exists();
        List<Path> made = backups();
        made.remove(young);
        assertThat(made).hasSize(1);
        Path after = TestServer.temporaryFolder();
        Files.createDirectories(after.resolve("data"));
        Files.copy(folder.resolve("data/master.key"), after.resolve("data/master.key"));
        new Commands().succeeds(after, "restore", made.getFirst().toString());
    }

    /// The program need not be where the units expect it.
    @Test
    void systemdReadsTheUnits() throws Exception {
        assumeThat(Path.of("/usr/bin/systemd-analyze"))
                .as("systemd is on this machine")
                .exists();
        List<String> command = new ArrayList<>(List.of("/usr/bin/systemd-analyze", "verify"));
        try (Stream<Path> units = Files.list(UNITS)) {
            for (Path unit : units.sorted().toList()) {
                Path copy = folder.resolve(unit.getFileName());
                Files.writeString(copy, Files.readString(unit).replace(PROGRAM, "/bin/true"));
                command.add(copy.toString());
            }
        }
        assertThat(command).hasSize(5);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).doesNotContain("faregate");
    }

    @Test
    void theServerMayWriteWhereTheBackupsGoAndTheTimerStartsThem() throws IOException {
        String server = Files.readString(UNITS.resolve("faregate.service"));
        String backup = Files.readString(UNITS.resolve("faregate-backup.service"));
        for (String unit : List.of(server, backup)) {
            assertThat(unit.lines()).contains("StateDirectory=faregate faregate-backups", "DynamicUser=yes");
        }
        assertThat(backup.lines())
                .as("the user that systemd makes for faregate.service")
                .contains("User=faregate");
        assertThat(Files.readString(UNITS.resolve("faregate-backup.timer")))
                .as("a timer starts the service of its own name")
                .doesNotContain("Unit=")
                .contains("OnCalendar=", "WantedBy=timers.target");
    }
}
