package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstStartTest {
    private static final FirstStart MADE = new FirstStart(
            "http://127.0.0.1:8080",
            Secret.of("http://127.0.0.1:8080/setup?token=planted-link"),
            Secret.of("sk-fg-v1-planted"),
            Secret.of("sk-fg-adm-planted"));
    private static final FirstStart GIVEN = new FirstStart("http://127.0.0.1:8080", null, null, null);

    @TempDir
    Path folder = Path.of("");

    private final StringWriter printed = new StringWriter();

    @Test
    void saysEverythingOnceOnATerminal() {
        MADE.publish(true, folder, new PrintWriter(printed));
        assertThat(printed.toString()).isEqualTo("""

                Faregate is running.

                  URL                       http://127.0.0.1:8080
                  Set up the owner account  http://127.0.0.1:8080/setup?token=planted-link
                    (this link works once, for 30 minutes)
                  Inference key             sk-fg-v1-planted
                  Management key            sk-fg-adm-planted

                Keys are shown only now. Keep them as you would keep a password. Try it:

                curl http://127.0.0.1:8080/v1/chat/completions \\
                  -H "Authorization: Bearer sk-fg-v1-planted" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "faregate/echo", "messages": [{"role": "user", "content": "Hello"}]}'

                """);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void writesAFileForTheOwnerOnlyWhenNobodySitsAtATerminal() throws IOException {
        Path data = folder.resolve("data");
        MADE.publish(false, data, new PrintWriter(printed));
        Path file = data.resolve("first-start.txt");
        assertThat(printed.toString())
                .isEqualTo("Faregate is at http://127.0.0.1:8080; keys and first steps are in " + file
                        + System.lineSeparator());
        assertThat(Files.readString(file)).isEqualTo(MADE.text());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(data).isDirectoryNotContaining(other -> other.toString().endsWith(".part"));
    }

    @Test
    void leavesItsKeysForTheNextStartUntilSomebodyWasTold() throws IOException {
        MADE.keep(folder);
        Path file = FirstStart.recover(folder).orElseThrow();
        assertThat(file).isEqualTo(folder.resolve("first-start.txt"));
        assertThat(Files.readString(file)).contains("sk-fg-v1-planted", "sk-fg-adm-planted", "did not come to its end");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(FirstStart.recover(folder)).isEmpty();
        Files.delete(file);

        MADE.keep(folder);
        MADE.publish(true, folder, new PrintWriter(printed));
        assertThat(folder).isEmptyDirectory();
        GIVEN.keep(folder);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void namesTheVariablesInsteadOfKeysThatWereGiven() {
        assertThat(GIVEN.text())
                .contains("the one in FAREGATE_BOOTSTRAP_KEY\n", "the one in FAREGATE_BOOTSTRAP_MANAGEMENT_KEY\n")
                .contains("-H \"Authorization: Bearer $FAREGATE_BOOTSTRAP_KEY\"")
                .doesNotContain("Set up the owner account");
    }

    @Test
    void showsNothingWhenItIsLogged() {
        assertThat(MADE.toString()).doesNotContain("planted");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, http://127.0.0.1:80",
        "0.0.0.0, http://127.0.0.1:80",
        "::, http://127.0.0.1:80",
        "::1, http://[::1]:80",
        "gate.example, http://gate.example:80",
    })
    void turnsTheListeningAddressIntoOneThatPeopleCanOpen(String host, String url) {
        assertThat(FirstStart.url(false, host, 80)).isEqualTo(url);
        assertThat(FirstStart.url(true, host, 80)).isEqualTo(url.replace("http:", "https:"));
    }
}
