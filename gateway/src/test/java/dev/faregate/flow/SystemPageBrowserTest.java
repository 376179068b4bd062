package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The page of the server itself, in Chromium: how it looks when all is well and when it is not,
/// and that it looks again without being loaded anew.
class SystemPageBrowserTest {
    @Test
    void looksRight() throws Exception {
        try (RealBrowser browser = RealBrowser.start();
                ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                Page page = visitor.page();
                page.navigate("/account");
                page.locator(".fg-nav a[href='/system']").click();
                assertThat(page.locator("#system")).containsText("Everything is in order.");
                visitor.looks("system");
                page.evaluate("() => { window.fgSame = true; }");
                makeTrouble(server, upstream);
                Cluster.await(
                        "the file was looked at",
                        () -> Persons.client(server, owner)
                                .get("/system")
                                .body()
                                .contains("log.level must be"));
                page.getByText("Look again").click();
                assertThat(page.locator("#configuration .fg-notices")).containsText("was not taken up");
                assertThat((Boolean) page.evaluate("() => window.fgSame === true"))
                        .as("only a part of the page was replaced")
                        .isTrue();
                visitor.looks("system-trouble");
                assertThat(visitor.complaints()).isEmpty();
            }
        }
    }

    /// Whoever runs the server has the longest navigation.
    @Test
    void everyEntryOfTheNavigationIsInSightOnALaptop() throws Exception {
        try (RealBrowser browser = RealBrowser.start();
                ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                Page page = visitor.page();
                for (int height : new int[] {768, 900}) {
                    page.setViewportSize(1366, height);
                    page.navigate("/account/security");
                    visitor.checked().shot("navigation-1366-" + height);
                    assertThat(page.evaluate("() => { const side = document.querySelector('.fg-side');"
                                    + " return side.scrollHeight - side.clientHeight; }"))
                            .as("hidden pixels at " + height)
                            .isEqualTo(0);
                }
                page.setViewportSize(1366, 500);
                page.navigate("/account/security");
                assertThat(page.locator(".fg-nav [aria-current='page']")).isInViewport();
                page.locator(".fg-side-foot a").focus();
                assertThat(page.locator(".fg-side-foot a")).isInViewport();
                assertThat(visitor.complaints()).isEmpty();
            }
        }
    }

    /// An endpoint that fails, and a line of the file that is wrong.
    private static void makeTrouble(TestServer server, ScriptedUpstream upstream) throws Exception {
        upstream.script(Script.refusing(500));
        server.chat(TestServer.chat("test/priced", ""));
        Path file = server.folder.resolve("faregate.yaml");
        Files.writeString(file, Files.readString(file) + "log.level: loud\n");
    }
}
