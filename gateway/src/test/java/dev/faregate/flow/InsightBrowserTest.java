package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.identity.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The pages that tell how an organization stands, in Chromium: how they look, and their main jobs by the keyboard.
class InsightBrowserTest extends BrowserTest {
    private static final List<String> MODELS = List.of(
            "anthropic/claude-sonnet-4.5",
            "openai/gpt-5-mini",
            "google/gemini-2.5-flash",
            "deepseek/deepseek-chat-v3.1",
            "qwen/qwen3-coder",
            "mistralai/mistral-medium-3.1",
            "a-model-with-a-name-that-is-long/" + "x".repeat(60),
            "z-ai/glm-4.6");

    private Persons.Person owner;

    @BeforeAll
    void prepare() throws Exception {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
        List<String> keys = new ArrayList<>();
        for (String name : List.of("Checkout", "Nightly evaluation", "<img src=x onerror=fgExecuted(1)>")) {
            String made = server.manage("POST", "/api/v1/keys", "{\"name\":\"" + name + "\"}")
                    .body();
            keys.add(made.replaceAll("(?s).*\"hash\":\"([0-9a-f]{64})\".*", "$1"));
        }
        attention(keys);
        for (int day = 0; day < 30; day++) {
            for (int model = 0; model < MODELS.size(); model++) {
                long requests = (day * 7L + model * 5L) % 23 * (MODELS.size() - model) * 11;
                PlantedUsage.plant(
                        server,
                        keys.get((day + model) % keys.size()),
                        day,
                        (day + model) % 24,
                        MODELS.get(model),
                        model % 2 == 0 ? "Acme" : "Other",
                        requests,
                        requests * 1_734_567 / (model + 1));
            }
        }
    }

    /// A key that is found in public, one that is nearly spent, one that ends soon, and a budget.
    private void attention(List<String> keys) {
        server.manage("PATCH", "/api/v1/keys/" + keys.get(0), "{\"limit\":50,\"limit_reset\":\"monthly\"}");
        server.manage(
                "PATCH",
                "/api/v1/keys/" + keys.get(1),
                "{\"limit\":1.25,\"expires_at\":\"" + Instant.now().plus(Duration.ofDays(2)) + "\"}");
        server.manage("PUT", "/api/v1/workspaces/default/budgets/monthly", "{\"limit_usd\":400}");
        server.faregate.database().write(tx -> {
            String first = tx.sql()
                    .fetchSingle("SELECT id FROM api_key WHERE hash = ?", keys.get(0))
                    .get(0, String.class);
            String second = tx.sql()
                    .fetchSingle("SELECT id FROM api_key WHERE hash = ?", keys.get(1))
                    .get(0, String.class);
            JooqLimits limits = new JooqLimits();
            limits.raise(tx, Scope.KEY, first, Window.MONTHLY, Usd.parse("43.21"));
            limits.raise(tx, Scope.KEY, second, Window.TOTAL, Usd.parse("1.25"));
            limits.raise(tx, Scope.WORKSPACE, owner.workspaceId(), Window.MONTHLY, Usd.parse("123.4"));
            tx.sql()
                    .execute(
                            "UPDATE api_key_secret SET exposed_at = ? WHERE hash = ?",
                            Micros.of(tx.now()),
                            keys.get(2));
            return true;
        });
    }

    private RealBrowser.Visitor visitor(Persons.Person person, int width) {
        return browser.visitor(server, person, width, false);
    }

    @Test
    void looksRight() throws Exception {
        try (RealBrowser.Visitor visitor = visitor(owner, 1440)) {
            Page page = visitor.page();
            page.navigate("/activity");
            visitor.looks("activity");
            page.locator(".fg-twin summary").first().click();
            assertThat(page.locator(".fg-twin tbody").first()).isVisible();
            visitor.checked().shot("activity-table");
            page.navigate("/activity?by=key");
            visitor.looks("activity-by-key");
            page.navigate("/activity?from=2026-01-01&to=2026-01-02");
            visitor.looks("activity-nothing");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void frontPageLooksRight() throws Exception {
        try (RealBrowser.Visitor visitor = visitor(owner, 1440)) {
            Page page = visitor.page();
            page.navigate("/");
            assertThat(page.locator("#needs")).isVisible();
            visitor.looks("overview");
            page.locator("a", new Page.LocatorOptions().setHasText("Activity of Models"))
                    .first()
                    .click();
            page.waitForURL("**/activity?by=model");
            assertThat(visitor.complaints()).isEmpty();
        }
        Persons.Person newcomer = Persons.signedIn(server, Role.MEMBER, "newcomer@example.com");
        try (RealBrowser.Visitor visitor = visitor(newcomer, 1440)) {
            visitor.page().navigate("/");
            assertThat(visitor.page().locator("#first-request")).isVisible();
            visitor.looks("overview-fresh");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void choosesByTheKeyboard() {
        try (RealBrowser.Visitor visitor = visitor(owner, 1440)) {
            Page page = visitor.page();
            page.navigate("/activity");
            visitor.tabTo(page.locator("text=7 days"));
            page.keyboard().press("Enter");
            page.waitForURL("**/activity?by=model&range=7d");
            page.locator("select[name=by]").selectOption("key");
            page.waitForURL("**by=key**");
            assertThat(page.locator("h2 >> text=By key")).isVisible();
            page.locator(".fg-usage a").first().click();
            page.waitForURL("**key=**");
            assertThat(page.locator("select[name=key]")).not().hasValue("");
            assertThat(page.locator("h2 >> text=By model")).isVisible();
            assertThat(visitor.complaints()).isEmpty();
        }
    }
}
