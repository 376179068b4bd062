package dev.faregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the real launcher over made-up JDKs, whose `java` prints its name and arguments, and a made-up Maven.
class LauncherTest {
    private static final List<String> TOOLS = List.of(
            "awk",
            "basename",
            "cat",
            "chmod",
            "cksum",
            "cp",
            "dirname",
            "find",
            "grep",
            "gzip",
            "ls",
            "mkdir",
            "mktemp",
            "mv",
            "nice",
            "env",
            "readlink",
            "rm",
            "sed",
            "sh",
            "sha256sum",
            "sleep",
            "sort",
            "tar",
            "tee",
            "touch",
            "tr",
            "uname");

    /// What a run printed and how it ended.
    private record Result(int code, String out, String err) {}

    @TempDir
    Path folder = Path.of("");

    private final Map<String, String> variables = new HashMap<>();
    private Path home = Path.of("");

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(folder.resolve("with blank/home"));
        Files.copy(Path.of("..", "faregate"), home.resolve("faregate"));
        // Only these tools are on the path, so the machine's own java is never found.
        Path bin = Files.createDirectories(folder.resolve("bin"));
        for (String tool : TOOLS) {
            Path real = Stream.of("/usr/bin", "/bin")
                    .map(place -> Path.of(place, tool))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow();
            script(bin.resolve(tool), "exec " + real + " \"$@\"\n");
        }
        variables.put("PATH", bin.toString());
        variables.put("HOME", folder.resolve("user").toString());
        variables.put("FAREGATE_JDK_FOLDERS", folder.resolve("jvm").toString());
        variables.put("FAREGATE_AOT", "off");
    }

    private void distribution() throws IOException {
        Files.createFile(Files.createDirectories(home.resolve("lib")).resolve("faregate-gateway-1.jar"));
    }

    /// A checkout whose Maven notes that it was called and makes the jars.
    private void checkout() throws IOException {
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        for (String module : List.of("schema", "gateway", "testkit", "bench")) {
            Files.writeString(Files.createDirectories(home.resolve(module)).resolve("pom.xml"), "<project/>");
        }
        Files.createDirectories(home.resolve(".mvn"));
        write("gateway/src/main/java/A.java", "class A {}");
        write("gateway/src/test/java/ATest.java", "class ATest {}");
        write("docs/errors.md", "# Errors");
        script(home.resolve("mvnw"), """
                echo "$JAVA_HOME $*" >>"%1$s/calls"
                echo "[INFO] noise"
                [ ! -e "%1$s/broken" ] || { echo "[ERROR] it is broken"; exit 1; }
                for module in gateway testkit bench; do
                  mkdir -p "%1$s/$module/target/lib"
                  : >"%1$s/$module/target/faregate-$module-1.jar"
                done
                """.formatted(home));
    }

    private void write(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    private List<String> calls() throws IOException {
        Path calls = home.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private static Path jdk(Path where, String version) throws IOException {
        Files.createDirectories(where.resolve("bin"));
        Files.writeString(
                where.resolve("release"),
                "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
        script(
                where.resolve("bin/java"),
                "echo \"java of " + where.getFileName() + "\"; for a in \"$@\"; do echo \"<$a>\"; done\n");
        script(where.resolve("bin/javac"), "");
        return where;
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result run(String... arguments) throws Exception {
        return runAs(home.resolve("faregate"), arguments);
    }

    private Result runAs(Path launcher, String... arguments) throws Exception {
        List<String> command = Stream.concat(Stream.of(launcher.toString()), Arrays.stream(arguments))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(variables);
        File out = folder.resolve("out").toFile();
        File err = folder.resolve("err").toFile();
        Process process = builder.redirectOutput(out).redirectError(err).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends in time").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(
                process.exitValue(),
                Files.readString(out.toPath(), StandardCharsets.UTF_8),
                Files.readString(err.toPath(), StandardCharsets.UTF_8));
    }

    private String chosen() throws Exception {
        Result result = run("java-home");
        assertThat(result.code()).as(result.err()).isZero();
        return folder.relativize(Path.of(result.out().strip())).toString();
    }

    @Test
    void choosesTheFirstThatFitsInTheDocumentedOrder() throws Exception {
        distribution();
        Path onPath = jdk(folder.resolve("path-jdk"), "25.0.1");
        Files.createSymbolicLink(folder.resolve("bin/java"), onPath.resolve("bin/java"));
        assertThat(chosen()).isEqualTo("path-jdk");
        jdk(folder.resolve("jvm/b-jdk-25"), "25");
        assertThat(chosen()).isEqualTo("jvm/b-jdk-25");
        variables.put("JAVA_HOME", jdk(folder.resolve("java-home"), "25.0.3").toString());
        assertThat(chosen()).isEqualTo("java-home");
        jdk(home.resolve("jre"), "25.0.3");
        assertThat(chosen()).isEqualTo("with blank/home/jre");
        variables.put("FAREGATE_JAVA_HOME", jdk(folder.resolve("own"), "25.0.3").toString());
        assertThat(chosen()).isEqualTo("own");
    }

    @Test
    void readsTheReleaseFileAndPassesOverEveryOtherVersion() throws Exception {
        distribution();
        variables.put(
                "FAREGATE_JAVA_HOME", jdk(folder.resolve("own-17"), "17.0.15").toString());
        variables.put("JAVA_HOME", jdk(folder.resolve("home-26"), "26").toString());
        jdk(folder.resolve("jvm/a-250"), "250.1");
        jdk(folder.resolve("jvm/b-1.8"), "1.8.0_25");
        Files.createDirectories(folder.resolve("jvm/c-no-release/bin"));
        Files.delete(jdk(folder.resolve("jvm/d-no-java"), "25").resolve("bin/java"));
        jdk(folder.resolve("jvm/e/Contents/Home"), "25.0.2");
        assertThat(chosen()).isEqualTo("jvm/e/Contents/Home");
        assertThat(run("java-home").err()).contains("own-17", "is not a JDK 25");
    }

    @Test
    void saysInOneLineWhatToInstallWhenNoneFits() throws Exception {
        distribution();
        jdk(folder.resolve("jvm/jdk-21"), "21.0.1");
        Result result = run("serve");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .hasSize(1)
                .first()
                .asString()
                .contains("JDK 25", "install", "FAREGATE_JAVA_HOME");
    }

    @Test
    void wantsACompilerInACheckoutOnly() throws Exception {
        Files.delete(jdk(folder.resolve("jvm/jre-25"), "25").resolve("bin/javac"));
        distribution();
        assertThat(chosen()).isEqualTo("jvm/jre-25");
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        assertThat(run("java-home").code()).isEqualTo(1);
    }

    @Test
    void startsTheProgramOfADistributionWithItsArgumentsUntouched() throws Exception {
        distribution();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        variables.put("FAREGATE_JAVA_OPTS", "-Xmx1g -Dx=y");
        Result result = run("serve", "--data", "a b", "*", "");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .startsWith("java of jdk-25\n")
                .contains("<--enable-native-access=ALL-UNNAMED>", "<--sun-misc-unsafe-memory-access=allow>")
                .contains("<-XX:+ExitOnOutOfMemoryError>", "<-XX:+UseG1GC>", "<-Xmx1g>", "<-Dx=y>")
                .endsWith("<-cp>\n<" + home + "/lib/*>\n<dev.faregate.Main>\n<serve>\n<--data>\n<a b>\n<*>\n<>\n");
    }

    @Test
    void worksThroughSymbolicLinksFromAnywhere() throws Exception {
        distribution();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        Path first = Files.createSymbolicLink(home.resolve("relative"), Path.of("faregate"));
        Path second = Files.createSymbolicLink(folder.resolve("absolute"), first);
        assertThat(runAs(second, "version").out()).contains("<" + home + "/lib/*>", "<version>");
    }

    @Test
    void keepsTheOtherTwoProgramsApart() throws Exception {
        distribution();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        assertThat(run("simulate", "--port", "1").out())
                .endsWith("<" + home + "/lib/tools/*:" + home
                        + "/lib/*>\n<dev.faregate.testkit.Simulate>\n<--port>\n<1>\n");
        assertThat(run("bench").out()).endsWith("<dev.faregate.bench.Bench>\n");
    }

    @Test
    void buildsACheckoutOnlyWhenASourceOfTheProgramChanged() throws Exception {
        checkout();
        Path jdk = jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        Result first = run("version");
        assertThat(first.out()).startsWith("java of jdk-25").doesNotContain("noise");
        assertThat(first.err()).contains("faregate: building");
        assertThat(calls())
                .hasSize(1)
                .first()
                .asString()
                .startsWith(jdk + " ")
                .contains("-Dmaven.test.skip=true", "package");
        assertThat(first.out())
                .contains("<" + home + "/gateway/target/faregate-gateway-1.jar:" + home + "/gateway/target/lib/*>");

        assertThat(run("version").err()).isEmpty();
        write("gateway/src/test/java/ATest.java", "class ATest { int changed; }");
        write("gateway/target/classes/A.class", "made by the build");
        write("docs/adr/0001-why.md", "# Why");
        write("docs/promises.md", "# Promises");
        Files.setLastModifiedTime(
                home.resolve("gateway/src/main/java/A.java"), java.nio.file.attribute.FileTime.fromMillis(0));
        assertThat(run("version").err()).isEmpty();
        assertThat(calls()).hasSize(1);

        write("gateway/src/main/java/A.java", "class A { int changed; }");
        assertThat(run("simulate").out()).contains("/testkit/target/faregate-testkit-1.jar:");
        assertThat(calls()).hasSize(2);
        write("schema/src/main/resources/new.sql", "select 1;");
        run("version");
        assertThat(calls()).hasSize(3);
        write("docs/errors.md", "# Errors, told again");
        run("version");
        assertThat(calls()).hasSize(4);
        Files.delete(home.resolve("gateway/target/faregate-gateway-1.jar"));
        run("version");
        assertThat(calls()).hasSize(5);
        assertThat(home.resolve("target/build.lock")).doesNotExist();
    }

    @Test
    void startsNothingWhenTheBuildFailsAndTriesAgain() throws Exception {
        checkout();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        Files.createFile(home.resolve("broken"));
        Result broken = run("version");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).isEmpty();
        assertThat(broken.err()).contains("[ERROR] it is broken", "the build failed");
        Files.delete(home.resolve("broken"));
        assertThat(run("version").out()).startsWith("java of jdk-25");
    }

    @Test
    void isNotHeldUpByTheLockOfABuildThatDied() throws Exception {
        checkout();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        Process dead = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
        assertThat(dead.waitFor(10, TimeUnit.SECONDS)).isTrue();
        write("target/build.lock/pid", dead.pid() + "\n");
        assertThat(run("version").out()).startsWith("java of jdk-25");
    }

    @Test
    void addsUpTheTestsOfAllModulesAndEndsWithTheirOutcome() throws Exception {
        checkout();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        String report = "<?xml version=\"1.0\"?>\n<testsuite name=\"T\" time=\"1.5\" tests=\"%d\" errors=\"%d\""
                + " skipped=\"%d\" failures=\"%d\">\n  <testcase name=\"tests=&quot;99&quot;\"/>\n</testsuite>\n";
        script(home.resolve("mvnw"), """
                echo "$*" >>"%1$s/calls"
                for module in gateway testkit; do
                  mkdir -p "%1$s/$module/target/surefire-reports"
                  cp "%1$s/$module.xml" "%1$s/$module/target/surefire-reports/TEST-$module.xml"
                done
                echo "[WARNING] noise"
                echo "  more noise"
                echo "[INFO] Tests run: 9, Failures: 0"
                echo "[INFO] noise"
                echo "[ERROR] a failure"
                echo "  at its line"
                echo "[INFO] noise"
                ! [ -e "%1$s/broken" ]
                """.formatted(home));
        write("gateway/target/surefire-reports/TEST-stale.xml", report.formatted(100, 0, 0, 0));
        write("gateway.xml", report.formatted(9, 0, 2, 0));
        write("testkit.xml", report.formatted(3, 0, 0, 0));
        Result good = run("test");
        assertThat(good.code()).isZero();
        assertThat(good.out()).isEqualTo("""
                [INFO] Tests run: 9, Failures: 0
                [ERROR] a failure
                  at its line
                10 passed, 0 failed, 2 skipped
                """);
        assertThat(Files.readString(home.resolve("target/test.log"))).contains("noise");

        write("testkit.xml", report.formatted(3, 1, 0, 1));
        Files.createFile(home.resolve("broken"));
        Result bad = run("test", "--long", "-Dtest=A B");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.out()).endsWith("\n8 passed, 2 failed, 2 skipped\n");
        assertThat(calls().getLast()).endsWith("verify -Plong -Dtest=A B");
    }

    @Test
    void packsADistributionThatIsTheSameEveryTimeAndRuns() throws Exception {
        checkout();
        jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        for (String text : List.of("README", "ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY")) {
            write(text + ".md", "# " + text);
        }
        write("LICENSE", "a licence");
        write("NOTICE", "a notice");
        write("deploy/compose.yaml", "services: {}");
        run("version");
        write("gateway/target/lib/shared.jar", "all need it");
        write("testkit/target/lib/shared.jar", "all need it");
        write("bench/target/lib/shared.jar", "all need it");
        write("bench/target/lib/tool.jar", "only a tool needs it");

        Result first = run("dist");
        assertThat(first.code()).as(first.err()).isZero();
        Path archive = Path.of(first.out().strip());
        assertThat(archive).isEqualTo(home.resolve("target/faregate-1.tar.gz"));
        byte[] bytes = Files.readAllBytes(archive);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        assertThat(archive.resolveSibling("faregate-1.tar.gz.sha256")).hasContent(digest + "  faregate-1.tar.gz");

        run("dist");
        assertThat(archive).hasBinaryContent(bytes);

        Path unpacked = Files.createDirectories(folder.resolve("elsewhere"));
        Process tar = new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", unpacked.toString()).start();
        assertThat(tar.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Path installed = unpacked.resolve("faregate-1");
        try (Stream<Path> files = Files.walk(installed.resolve("lib"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> installed.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "lib/faregate-gateway-1.jar",
                            "lib/shared.jar",
                            "lib/tools/faregate-bench-1.jar",
                            "lib/tools/faregate-testkit-1.jar",
                            "lib/tools/tool.jar");
        }
        assertThat(installed.resolve("README.md")).exists();
        assertThat(installed.resolve("docs/errors.md")).exists();
        assertThat(installed.resolve("deploy/compose.yaml")).exists();
        assertThat(runAs(installed.resolve("faregate"), "version").out()).contains("<" + installed + "/lib/*>");
        assertThat(runAs(installed.resolve("faregate"), "dist").err()).contains("from a checkout");
    }

    @Test
    void warmsTheStartWhileOneWaitsAndUsesACacheThatItCannotWrite() throws Exception {
        distribution();
        Path jdk = jdk(folder.resolve("jvm/jdk-25"), "25.0.3");
        assertThat(run("warm").err()).contains("FAREGATE_AOT is off");

        variables.remove("FAREGATE_AOT");
        variables.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        Result failed = run("warm");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("could not be made");

        script(jdk.resolve("bin/java"), """
                echo "java of jdk-25"
                for a in "$@"; do
                  echo "<$a>"
                  case $a in -XX:AOTCacheOutput=*) echo cache >"${a#*=}" ;; esac
                done
                """);
        Result warm = run("warm");
        assertThat(warm.code()).as(warm.err()).isZero();
        Path cache = Path.of(warm.out().strip());
        assertThat(cache).hasContent("cache");
        assertThat(cache.resolveSibling(cache.getFileName() + ".lock")).doesNotExist();

        Path kept = Objects.requireNonNull(cache.getParent());
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assertThat(run("serve").out()).contains("<-XX:AOTCache=" + cache + ">");
        } finally {
            Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
