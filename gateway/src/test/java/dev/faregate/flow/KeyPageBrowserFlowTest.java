package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.identity.Role;
import dev.faregate.testkit.Script;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The pages of keys, credits and workspaces in a real browser: their main jobs by keyboard alone, how they look, and
/// that nothing which people write in them is ever run.
class KeyPageBrowserFlowTest extends BrowserTest {
    private String someKey = "";
    private String exposedKey = "";

    @BeforeAll
    void prepare() throws Exception {
        server.post("/api/v1/workspaces", "{\"name\":\"Research\",\"slug\":\"research\"}", TestServer.MANAGEMENT_KEY);
        fill();
    }

    private RealBrowser.Visitor visitor(Persons.Person person, int width, boolean dark) {
        return browser.visitor(server, person, width, dark);
    }

    // ---- what there is to see --------------------------------------------------------------------------------------

    private void fill() {
        key("Nightly evaluation", "\"limit\":25,\"limit_reset\":\"weekly\"", Window.WEEKLY, "3.214", "0");
        key("Nearly spent", "\"limit\":1234567.89,\"limit_reset\":\"monthly\"", Window.MONTHLY, "1080000.5", "9.25");
        key("Spent", "\"limit\":0.5,\"expires_at\":\"2999-01-01T00:00:00Z\"", Window.TOTAL, "0.5", "0");
        key("W".repeat(120), "\"environment\":\"development\"", Window.TOTAL, "0", "0");
        someKey = key(
                "Production web app",
                "\"limit\":100,\"limit_reset\":\"monthly\",\"environment\":\"production\","
                        + "\"allowed_ips\":[\"203.0.113.0/24\"],\"rate_limits\":{\"rpm\":600}",
                Window.MONTHLY,
                "41.0721458",
                "6.25");
        server.post("/api/v1/keys/" + someKey + "/rotate", "{}", TestServer.MANAGEMENT_KEY);
        exposedKey = key("In a public notebook", "\"limit\":20", Window.TOTAL, "7.5", "0");
        expose(exposedKey);
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "INSERT INTO spend_alert (api_key_id, day, organization_id, created_at, spent_nanos, days_before,"
                                        + " mean_nanos, most_nanos, mailed) SELECT id, ?, organization_id, ?, 84200000000, 14,"
                                        + " 3100000000, 7900000000, FALSE FROM api_key WHERE hash = ?",
                                (int) LocalDate.ofInstant(tx.now(), ZoneOffset.UTC)
                                        .toEpochDay(),
                                Micros.of(tx.now().minusSeconds(600)),
                                someKey));
        server.post(
                "/api/v1/credits/entries", "{\"amount_usd\":500,\"reason\":\"Invoice 7\"}", TestServer.MANAGEMENT_KEY);
    }

    /// Makes a key of which that much is spent and held; its hash.
    private String key(String name, String more, Window window, String spent, String held) {
        HttpResponse<String> made =
                server.post("/api/v1/keys", "{\"name\":\"" + name + "\"," + more + "}", TestServer.MANAGEMENT_KEY);
        String hash = TestServer.json(made).path("data").path("hash").asString();
        server.faregate.database().write(tx -> {
            String id = tx.sql()
                    .fetchSingle("SELECT id FROM api_key WHERE hash = ?", hash)
                    .get(0, String.class);
            if (more.contains("\"limit\"")) {
                new JooqLimits().raise(tx, Scope.KEY, id, window, Usd.parse(spent));
                tx.sql()
                        .execute(
                                "UPDATE limit_window SET held = ? WHERE definition_id IN (SELECT id FROM limit_definition WHERE"
                                        + " owner = ? AND window_kind = ?)",
                                Usd.parse(held).nanos(),
                                id,
                                window.name());
            }
            int today = (int) LocalDate.ofInstant(tx.now(), ZoneOffset.UTC).toEpochDay();
            for (int day = 0; day < 20; day++) {
                tx.sql()
                        .execute(
                                "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                                        + " VALUES (?, ?, 1, ?, 0, 0)",
                                id,
                                today - day,
                                day * 7_919_000_017L % 900_000_000L);
            }
            return true;
        });
        return hash;
    }

    /// As if GitHub had found it in two places.
    private void expose(String hash) {
        server.faregate.database().write(tx -> {
            tx.sql().execute("UPDATE api_key SET disabled = TRUE WHERE hash = ?", hash);
            tx.sql().execute("UPDATE api_key_secret SET exposed_at = ? WHERE hash = ?", Micros.of(tx.now()), hash);
            for (String place : List.of(
                    "https://github.com/somebody/notebooks/blob/0f3a/eval.ipynb",
                    "https://gist.github.com/somebody/" + "7".repeat(90))) {
                tx.sql().execute("""
                        INSERT INTO key_exposure (id, organization_id, api_key_id, secret_hash, origin, source, url, place_hash,
                            outcome, reported_at)
                        SELECT substr(?, 1, 36), organization_id, id, hash, 'github', 'content', ?, ?, 'key_disabled', ?
                        FROM api_key WHERE hash = ?""", place, place, place.substring(19, 51), Micros.of(tx.now()), hash);
            }
            return true;
        });
    }

    @Test
    void looksRightInEveryDress() throws IOException {
        Persons.Person owner = Persons.signedIn(server, Role.OWNER, "looks@example.com");
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "empty@example.com");
        for (int width : List.of(390, 1440)) {
            for (boolean dark : List.of(false, true)) {
                String dress = "-" + width + (dark ? "-dark" : "-light");
                try (RealBrowser.Visitor visitor = visitor(owner, width, dark)) {
                    look(visitor, "/settings/keys", "keys" + dress);
                    look(visitor, "/settings/keys/" + someKey, "key" + dress);
                    look(visitor, "/settings/keys/" + exposedKey, "key-exposed" + dress);
                    look(visitor, "/settings/keys/new", "key-new" + dress);
                    visitor.page().fill("#name", "Shown");
                    visitor.page().locator("main button[type=submit]").click();
                    assertThat(visitor.page().locator("#secret")).isVisible();
                    visitor.checked().shot("key-secret" + dress);
                    look(visitor, "/settings/keys?q=nothing", "keys-none" + dress);
                    look(visitor, "/settings/credits", "credits" + dress);
                    look(visitor, "/settings/workspaces", "workspaces" + dress);
                    assertThat(visitor.complaints()).isEmpty();
                }
                try (RealBrowser.Visitor visitor = visitor(member, width, dark)) {
                    look(visitor, "/settings/keys", "keys-empty" + dress);
                    assertThat(visitor.complaints()).isEmpty();
                }
            }
        }
    }

    private static void look(RealBrowser.Visitor visitor, String path, String name) throws IOException {
        visitor.page().navigate(path);
        visitor.checked().shot(name);
    }

    // ---- the main jobs, by keyboard alone
    // ----------------------------------------------------------------------------

    @Test
    void makesRotatesAndDeletesAKeyByKeyboardAlone() {
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "keyboard@example.com");
        try (RealBrowser.Visitor visitor = visitor(member, 1440, false)) {
            Page page = visitor.page();
            page.navigate("/settings/keys");
            visitor.tabTo(page.locator(".fg-head >> text=Create New Key"));
            page.keyboard().press("Enter");
            assertThat(page.locator("#dialog-name")).isFocused();
            page.keyboard().press("Escape");
            assertThat(page.locator("#create")).isHidden();
            page.keyboard().press("Enter");
            page.keyboard().type("By keyboard");
            visitor.tabTo(page.locator("#dialog-limit"));
            page.keyboard().type("12.50");
            page.keyboard().press("Enter");

            assertThat(page.locator("h1")).hasText("Your new key");
            String secret = page.locator("#secret").textContent();
            assertThat(server.keyInfo(secret).path("limit").decimalValue()).isEqualByComparingTo("12.5");
            visitor.tabTo(page.locator("text=Test this key"));
            page.keyboard().press("Enter");
            assertThat(page.locator("#try-result")).hasText("It works.");
            visitor.tabTo(page.locator("text=Done"));
            page.keyboard().press("Enter");

            assertThat(page.locator("h1")).hasText("By keyboard");
            assertThat(page.content()).doesNotContain(secret);
            visitor.tabTo(page.locator("#grace"));
            visitor.tabTo(page.locator("#rotate button"));
            page.keyboard().press("Enter");
            assertThat(page.locator("h1")).hasText("Your new secret");
            assertThat(page.locator("#secret")).not().hasText(secret);
            page.goBack();

            assertThat(page.locator("#delete button")).isDisabled();
            visitor.tabTo(page.locator("#confirm"));
            page.keyboard().type("By keyboard");
            assertThat(page.locator("#delete button")).isEnabled();
            page.keyboard().press("Enter");
            assertThat(page.locator("main [role=status]").first()).containsText("“By keyboard” is deleted");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void findsSwitchesAndDressesByKeyboard() {
        Persons.Person owner = Persons.signedIn(server, Role.OWNER, "switches@example.com");
        try (RealBrowser.Visitor visitor = visitor(owner, 1440, false)) {
            Page page = visitor.page();
            page.navigate("/settings/credits");
            page.keyboard().press("Control+k");
            page.keyboard().type("production");
            page.keyboard().press("Enter");
            page.waitForURL(Pattern.compile("q=production"));
            assertThat(page.locator(".fg-keys tbody tr")).hasCount(1);

            visitor.tabTo(page.locator(".fg-place summary"));
            page.keyboard().press("Enter");
            Locator research = page.locator(".fg-place button", new Page.LocatorOptions().setHasText("Research"));
            assertThat(research).isVisible();
            page.keyboard().press("Escape");
            assertThat(research).isHidden();
            page.keyboard().press("Enter");
            visitor.tabTo(research);
            page.keyboard().press("Enter");
            assertThat(page.locator(".fg-place summary b")).hasText("Research");
            assertThat(page.locator("main")).containsText("No keys in this workspace yet");

            visitor.tabTo(page.locator("summary[aria-label=Theme]"));
            page.keyboard().press("Enter");
            visitor.tabTo(page.locator(".fg-top .fg-themes button").nth(1));
            page.keyboard().press("Enter");
            assertThat(page.locator("html")).hasAttribute("data-bs-theme", "dark");
            page.navigate("/settings/credits");
            assertThat(page.locator("html")).hasAttribute("data-bs-theme", "dark");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void grantsCreditsAndOpensTheMenuOnANarrowScreen() {
        Persons.Person owner = Persons.signedIn(server, Role.OWNER, "narrow@example.com");
        try (RealBrowser.Visitor visitor = visitor(owner, 390, true)) {
            Page page = visitor.page();
            page.navigate("/settings/keys");
            page.locator("button[aria-label=Menu]").click();
            page.locator(".fg-side >> text=Credits").click();
            page.locator(".fg-head >> text=Grant credits").click();
            page.fill("#amount", "7.25");
            page.fill("#reason", "By the browser");
            page.locator("#grant button[type=submit]").click();
            assertThat(page.locator("main [role=status]").first()).containsText("$7.25 credited");
            assertThat(page.locator(".fg-table tbody tr").first()).containsText("By the browser");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void keepsAPastedKeyOutOfTheAddress() {
        String secret = server.newKey("1");
        Persons.Person owner = Persons.signedIn(server, Role.OWNER, "pastes@example.com");
        try (RealBrowser.Visitor visitor = visitor(owner, 1440, false)) {
            Page page = visitor.page();
            page.navigate("/settings/keys");
            page.locator("main [data-search]").fill(secret);
            page.keyboard().press("Enter");
            page.waitForURL(Pattern.compile("q=sk-fg-v1-"));
            assertThat(page.url()).doesNotContain(secret.substring(15, 35));
            assertThat(page.locator(".fg-keys tbody tr")).hasCount(1);
        }
    }

    private static String quoted(String text) {
        return new String(Json.write(json -> json.writeString(text)), java.nio.charset.StandardCharsets.UTF_8);
    }

    // ---- what people write is never run
    // ------------------------------------------------------------------------------

    @Test
    void runsNothingThatPeopleWrite() {
        Persons.Person owner = Persons.signedIn(server, Role.OWNER, "xss@example.com");
        upstream.script(Script.answer());
        String last = "";
        for (String text : XssCorpus.TEXTS) {
            String quoted = quoted(text);
            String environment = quoted(text.substring(0, Math.min(50, text.length())));
            HttpResponse<String> made = server.post(
                    "/api/v1/keys",
                    "{\"name\":" + quoted + ",\"environment\":" + environment + ",\"creator_user_id\":\""
                            + owner.userId() + "\",\"external\":{\"user\":" + quoted + "}}",
                    TestServer.MANAGEMENT_KEY);
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            last = TestServer.json(made).path("data").path("hash").asString();
            assertThat(server.post(
                                    "/api/v1/credits/entries",
                                    "{\"amount_usd\":1,\"reason\":" + quoted + ",\"reference\":" + quoted + "}",
                                    TestServer.MANAGEMENT_KEY)
                            .statusCode())
                    .isEqualTo(201);
        }
        server.faregate.database().write(tx -> {
            tx.sql()
                    .execute(
                            "UPDATE person SET first_name = ?, last_name = ? WHERE id = ?",
                            XssCorpus.TEXTS.get(0),
                            XssCorpus.TEXTS.get(4),
                            owner.userId());
            tx.sql().execute("UPDATE workspace SET name = ? WHERE slug = 'research'", XssCorpus.TEXTS.get(4));
            return true;
        });
        try (RealBrowser.Visitor visitor = visitor(owner, 1440, false)) {
            Page page = visitor.page();
            for (String path : List.of(
                    "/settings/keys",
                    "/settings/keys/" + last,
                    "/settings/keys/new",
                    "/settings/credits",
                    "/settings/workspaces")) {
                page.navigate(path);
            }
            for (String text : XssCorpus.TEXTS) {
                page.navigate("/settings/keys?q="
                        + java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8));
                page.locator(".fg-keys tbody a").first().click();
                assertThat(page.locator("#confirm")).isVisible();
            }
            page.navigate("/settings/keys");
            page.locator(".fg-place summary").click();
            assertThat(page.locator(".fg-place form").first()).isVisible();
            page.navigate("/settings/keys/new");
            page.fill("#name", XssCorpus.TEXTS.get(6));
            page.locator("main button[type=submit]").click();
            assertThat(page.locator("#secret")).isVisible();
            assertThat(visitor.complaints()).isEmpty();
        }
    }
}
