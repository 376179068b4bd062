package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Bench.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    @Test
    void a_short_run_of_the_mock_alone_prints_a_table_writes_json_and_ends_what_it_started(@TempDir Path folder)
            throws Exception {
        Path json = folder.resolve("out.json");

        int code = run(
                "--subjects",
                "direct",
                "--points",
                "closed-4",
                "--rounds",
                "1",
                "--duration",
                "1",
                "--warmup",
                "0",
                "--json",
                json.toString());

        assertThat(code).as(out.toString() + err).isZero();
        assertThat(out.toString()).contains("closed-4 round 1: direct").containsPattern("closed-4 +direct +[1-9]");
        assertThat(Files.readString(json)).contains("\"point\" : \"closed-4\"");
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void wrong_arguments_are_named_and_nothing_is_started() {
        assertThat(run("--subjects", "apache")).isEqualTo(2);
        assertThat(run("--points", "closed-0")).isEqualTo(2);
        assertThat(run("--peer", "x")).isEqualTo(2);
        assertThat(run("--rounds", "0")).isEqualTo(2);
        assertThat(run("--json", "/no/such/folder/out.json")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "no subject apache",
                        "not a load point: closed-0",
                        "expected NAME=URL",
                        "--rounds",
                        "no such folder");
    }

    @Test
    void help_tells_the_exit_codes() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Exit codes", "--points", "--peer");
    }
}
