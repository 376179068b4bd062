package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.sun.net.httpserver.HttpServer;
import dev.faregate.identity.Role;
import dev.faregate.oauth.TestClients;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The pages of consent in a real browser: with the keyboard alone, in both themes and widths, and through
/// to the app, which the page's policy must allow.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsentBrowserFlowTest {
    private static final String PKCE =
            "&code_challenge=" + OAuthRig.CHALLENGE + "&code_challenge_method=S256&state=s-1";

    private ScriptedUpstream upstream;
    private TestServer server;
    private OAuthRig rig;
    private HttpServer app;
    private @Nullable RealBrowser browser;

    @BeforeAll
    void start() throws IOException {
        upstream = ScriptedUpstream.start();
        server = TestServer.start(upstream);
        rig = new OAuthRig(server, Persons.signedIn(server, Role.MEMBER, "person@example.com"));
        app = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        app.createContext("/", exchange -> {
            byte[] page =
                    "<!doctype html><html lang=en><title>App</title><link rel=icon href=data:,><h1>Back in the app</h1>"
                            .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        app.start();
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        app.stop(0);
        server.close();
        upstream.close();
    }

    private RealBrowser.Visitor visitor(int width, boolean dark) throws IOException, InterruptedException {
        if (browser == null) {
            browser = RealBrowser.start();
        }
        RealBrowser.Visitor visitor = browser.visitor(rig.issuer(), width, dark);
        visitor.context().addCookies(List.of(new Cookie("faregate_session", rig.person.token()).setUrl(rig.issuer())));
        return visitor;
    }

    private String callback() {
        return "http://127.0.0.1:" + app.getAddress().getPort() + "/cb";
    }

    @Test
    void theKeyboardAloneGivesAnAppItsKey() throws Exception {
        try (RealBrowser.Visitor visitor = visitor(1440, false)) {
            Page page = visitor.page();
            page.navigate("/auth?callback_url=" + callback() + PKCE);
            visitor.tabTo(page.locator("#limit"));
            page.keyboard().press("ControlOrMeta+A");
            page.keyboard().type("3");
            visitor.tabTo(page.locator("#name"));
            page.keyboard().press("Enter");
            page.waitForURL(callback() + "?code=auth_code_*&state=s-1");
            assertThat(page.getByRole(AriaRole.HEADING).textContent()).isEqualTo("Back in the app");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void everyPageLooksRightInBothThemesAndWidths() throws Exception {
        TestClients.Made self = TestClients.make(
                server.faregate.database(), null, false, "https://app.example/cb", "com.example.app:/cb");
        for (int width : List.of(1440, 390)) {
            for (boolean dark : List.of(false, true)) {
                String look = (dark ? "-dark-" : "-light-") + width;
                try (RealBrowser.Visitor visitor = visitor(width, dark)) {
                    Page page = visitor.page();
                    page.navigate("/auth?callback_url=https%3A%2F%2Fchat.example%2Fcb&limit=2.5" + PKCE);
                    visitor.checked().shot("consent" + look);
                    page.navigate(OAuthRig.authorize(self, "redirect_uri", "com.example.app:/cb", "scope", "read"));
                    visitor.checked().shot("consent-warned" + look);
                    page.getByLabel("It may spend at most").fill("lots");
                    page.getByText("Give it a key").click();
                    page.getByText("must be an amount").waitFor();
                    // The browser notes the status 422 on its console; nothing else may be there.
                    assertThat(visitor.complaints()).allMatch(complaint -> complaint.contains("422"));
                    visitor.checked().shot("consent-wrong" + look);
                    page.navigate("/auth?key_label=Shell%20tool" + PKCE);
                    page.getByText("Give it a key").click();
                    page.getByText("Your code for Shell tool").waitFor();
                    visitor.checked().shot("consent-code" + look);
                    page.navigate("/auth?key_label=Shell%20tool" + PKCE);
                    page.getByText("No, go back").click();
                    page.getByText("Nothing was given").waitFor();
                    visitor.checked().shot("consent-denied" + look);
                    assertThat(visitor.complaints()).isEmpty();
                    page.navigate(OAuthRig.authorize(self, "scope", "nonsense"));
                    visitor.checked().shot("consent-refused" + look);
                    assertThat(visitor.complaints()).allMatch(complaint -> complaint.contains("400"));
                }
            }
        }
    }
}
