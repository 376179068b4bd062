package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// A third-party app, end to end in Chromium (S36): `conformance/demo-app` sends a person to `/auth`,
/// gets a key, chats, and loses it when the person disconnects it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoAppBrowserTest {
    private ScriptedUpstream upstream;
    private TestServer server;
    private RealBrowser browser;
    private Process app;
    private String address = "";

    @BeforeAll
    void start() throws Exception {
        browser = RealBrowser.start();
        upstream = ScriptedUpstream.start();
        server = TestServer.start(upstream);
        ProcessBuilder builder = new ProcessBuilder(
                        "node",
                        Path.of("..", "conformance", "demo-app", "server.mjs").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("FAREGATE_URL", "http://127.0.0.1:" + server.port());
        app = builder.start();
        BufferedReader printed = app.inputReader();
        address = printed.readLine().replace("demo app at ", "");
    }

    @AfterAll
    void stop() {
        if (app != null) {
            app.destroyForcibly();
        }
        if (server != null) {
            server.close();
            upstream.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void connectsChatsAndIsDisconnected() throws IOException {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "uses-apps@example.com");
        String gateway = "http://127.0.0.1:" + server.port();
        try (RealBrowser.Visitor visitor = browser.visitor(gateway, 1440, false)) {
            visitor.context().addCookies(List.of(new Cookie("faregate_session", person.token()).setUrl(gateway + "/")));
            Page page = visitor.page();
            page.navigate(address);
            page.getByRole(AriaRole.BUTTON, named("Connect")).click();

            page.waitForURL(gateway + "/auth**");
            assertThat(page.content()).contains("Demo app", "localhost", "A program on your own machine asks");
            assertThat(page.locator("#limit").inputValue())
                    .as("what the app proposed")
                    .isEqualTo("3");
            visitor.checked().shot("consent-demo-app");
            page.locator("#limit").fill("1.25");
            page.getByRole(AriaRole.BUTTON, named("Give it a key")).click();

            page.getByText("Connected").waitFor();
            assertThat(page.url()).as("no code stays in the address").isEqualTo(address);
            page.getByRole(AriaRole.BUTTON, named("Ask")).click();
            page.getByText("Answered").waitFor();
            assertThat(page.locator("#answer").textContent()).isNotBlank();
            assertThat(visitor.complaints()).isEmpty();

            Page settings = visitor.context().newPage();
            settings.navigate(gateway + "/settings/apps");
            assertThat(settings.locator("main").innerText()).contains("Demo app", "of $1.25");
            settings.locator("summary")
                    .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("Disconnect"))
                    .click();
            settings.locator("form .btn-danger").click();
            settings.getByText("is disconnected").waitFor();

            page.getByRole(AriaRole.BUTTON, named("Ask")).click();
            page.getByText("The key was revoked (401)").waitFor();
            assertThat(visitor.complaints())
                    .as("the browser logs the 401 itself")
                    .allMatch(complaint -> complaint.contains("401"));
        }
    }

    @Test
    void aNoComesBackToTheApp() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "says-no@example.com");
        String gateway = "http://127.0.0.1:" + server.port();
        try (RealBrowser.Visitor visitor = browser.visitor(gateway, 390, true)) {
            visitor.context().addCookies(List.of(new Cookie("faregate_session", person.token()).setUrl(gateway + "/")));
            Page page = visitor.page();
            page.navigate(address);
            page.getByRole(AriaRole.BUTTON, named("Connect")).click();
            page.getByRole(AriaRole.BUTTON, named("No, go back")).click();
            page.getByText("Not connected: access_denied").waitFor();
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }
}
