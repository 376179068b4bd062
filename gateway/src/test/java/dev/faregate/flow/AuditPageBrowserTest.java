package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The page of the audit log in Chromium: it looks right at every width, and its filters work by the keyboard
/// and the mouse alone.
class AuditPageBrowserTest {
    @Test
    void looksRightAndFilters() throws Exception {
        try (RealBrowser browser = RealBrowser.start();
                ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            for (String name :
                    List.of("checkout", "<img src=x onerror=alert(1)>", "a-name-that-is-long-" + "x".repeat(60))) {
                server.manage("POST", "/api/v1/keys", "{\"name\":\"" + name + "\",\"limit\":12.5}");
            }
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                Page page = visitor.page();
                page.navigate("/settings/audit");
                page.locator("tbody summary").first().click();
                visitor.looks("audit");
                page.locator("input[name=action]").fill("key.create");
                page.locator("input[name=since]").fill("2030-01-01");
                page.locator("button:has-text('Filter')").click();
                assertThat(page.url()).contains("action=key.create", "since=2030-01-01");
                assertThat(page.locator(".fg-empty").textContent()).contains("No event is like that");
                visitor.looks("audit-nothing");
                page.locator(".fg-empty a").click();
                assertThat(page.locator("tbody tr").count()).isPositive();
                assertThat(visitor.complaints()).isEmpty();
            }
        }
    }
}
