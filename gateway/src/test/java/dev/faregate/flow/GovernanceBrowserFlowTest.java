package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The pages of guardrails and of the audit log in a real browser: how they look, and that nothing which people write
/// in them is ever run.
class GovernanceBrowserFlowTest extends BrowserTest {
    private static final String PLANTED = "<img src=x onerror=fgExecuted(1)>";

    private Persons.Person owner;
    private String id = "";

    @BeforeAll
    void prepare() throws Exception {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
        id = TestServer.json(server.post(
                        "/api/v1/guardrails",
                        "{\"name\":\"Interns\",\"description\":\"" + PLANTED + "\",\"limit_usd\":20,"
                                + "\"reset_interval\":\"weekly\",\"allowed_models\":[\"test/priced\"],"
                                + "\"content_filter_builtins\":[{\"slug\":\"email\",\"action\":\"redact\"}],"
                                + "\"content_filters\":[{\"pattern\":\"zeus\",\"action\":\"block\",\"label\":\"Code\"}]}",
                        TestServer.MANAGEMENT_KEY))
                .path("data")
                .path("id")
                .asString();
        String hash = TestServer.json(server.get("/api/v1/keys", TestServer.MANAGEMENT_KEY))
                .path("data")
                .get(0)
                .path("hash")
                .asString();
        server.post(
                "/api/v1/guardrails/" + id + "/assignments/keys",
                "{\"key_hashes\":[\"" + hash + "\"]}",
                TestServer.MANAGEMENT_KEY);
    }

    private RealBrowser.Visitor visitor() {
        return browser.visitor(server, owner, 1440, false);
    }

    @Test
    void looksRightAndRunsNothing() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            for (String[] page : new String[][] {
                {"/settings/guardrails", "guardrails"},
                {"/settings/guardrails/new", "guardrail-new"},
                {"/settings/guardrails/" + id, "guardrail"}
            }) {
                visitor.page().navigate(page[0]);
                visitor.looks(page[1]);
            }
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void findsAModelTriesTheFiltersAndSaves() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            Page page = visitor.page();
            page.navigate("/settings/guardrails/new");
            page.getByLabel("Name").fill("Contractors");
            page.locator("[data-adds='#ignored_models']").fill("test/priced");
            page.locator("[data-adds='#ignored_models']").press("Enter");
            assertThat(page.locator("#ignored_models")).hasValue("test/priced");
            page.locator("#builtin_email").selectOption("redact");
            page.locator("#tried").fill("Write to somebody@example.org");
            page.getByText("Try the filters").click();
            assertThat(page.locator(".fg-trial")).containsText("Write to [EMAIL]");
            assertThat(page.getByLabel("Name")).hasValue("Contractors");
            visitor.looks("guardrail-tried");
            page.locator(".fg-rules > .fg-form-end button").click();
            assertThat(page.locator("h1")).hasText("Contractors");
            assertThat(page.locator("#ignored_models")).hasValue("test/priced");
            assertThat(visitor.complaints()).isEmpty();
        }
    }
}
