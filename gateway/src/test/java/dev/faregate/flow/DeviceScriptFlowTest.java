package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// A device without a browser gets a key: `conformance/device-flow`, a shell script, with a person who types its code
/// (RFC 8628).
class DeviceScriptFlowTest {
    private static final Path SCRIPT =
            Path.of("..", "conformance", "device-flow").toAbsolutePath().normalize();
    private static final long PATIENCE_SECONDS = 60;

    @Test
    void aShellScriptGetsAKeyAndUsesIt() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            ProcessBuilder builder = new ProcessBuilder("bash", SCRIPT.toString()).redirectErrorStream(true);
            builder.environment().put("FAREGATE_URL", "http://127.0.0.1:" + server.port());
            Process device = builder.start();
            try (BufferedReader printed = device.inputReader()) {
                String first = printed.readLine();
                Matcher said = Pattern.compile("Open " + server.uri("/device") + " and type ([A-Z]{4}-[A-Z]{4})")
                        .matcher(String.valueOf(first));
                assertThat(said.matches()).as(first).isTrue();
                Persons.Person person = Persons.signedIn(server, Role.MEMBER, "has-a-device@example.com");
                PageClient browser = Persons.client(server, person);
                String page = "/device?user_code=" + said.group(1);
                assertThat(browser.get(page).body()).contains("Shell script", said.group(1));
                assertThat(browser.post(
                                        page,
                                        "decision",
                                        "allow",
                                        "name",
                                        "My shell",
                                        "limit",
                                        "1",
                                        "reset",
                                        "monthly",
                                        "end",
                                        "7",
                                        "workspace",
                                        person.workspaceId())
                                .body())
                        .contains("Go back to your device");
                String rest = printed.lines().collect(Collectors.joining("\n"));
                assertThat(device.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .as(rest)
                        .isTrue();
                assertThat(device.exitValue()).as(rest).isZero();
                assertThat(rest).contains("Connected", "chat.completion").doesNotContain("sk-fg-");
                assertThat(browser.get("/settings/apps")
                                .body()
                                .replaceAll("<[^>]*>", "")
                                .replaceAll("\\s+", " "))
                        .contains("Shell script", "My shell", "of $1.00 a month");
            } finally {
                device.destroyForcibly();
            }
        }
    }
}
