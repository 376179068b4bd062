package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import dev.faregate.base.Json;
import dev.faregate.identity.Role;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The Playground in Chromium, over a scripted provider: asking, stopping, what goes wrong, and how it looks.
class PlaygroundBrowserTest extends BrowserTest {
    private static final int WIDE = 1440;

    private int people;

    PlaygroundBrowserTest() {
        super("playground: {daily_limit: 0.02}\n");
    }

    @BeforeEach
    void answersAtOnce() {
        upstream.script(Script.saying("It is a word.").promptTokens(12).completionTokens(4));
    }

    private Persons.Person person(Role role) {
        return Persons.signedIn(server, role, "plays" + people++ + "@example.com");
    }

    private static Page open(RealBrowser.Visitor visitor, String query) {
        visitor.page().navigate("/playground" + query);
        assertThat(visitor.page().locator("#playground")).isVisible();
        return visitor.page();
    }

    private static Locator answer(Page page, int turn) {
        return page.locator(".fg-turn:not([aria-busy])").nth(turn);
    }

    private static void ask(Page page, String text) {
        page.fill("#message", text);
        page.keyboard().press("Enter");
    }

    private static JsonNode sent(Exchange exchange) {
        return Json.read(exchange.bodyText().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void asksStreamsAndShowsWhatItCost() throws Exception {
        String planted = "<img src=x onerror=\"fgExecuted(1)\"> and `code`\nsecond line";
        upstream.script(
                Script.saying(planted).promptTokens(40).completionTokens(100).reasoning(5, 2));
        try (RealBrowser.Visitor visitor = browser.visitor(server, person(Role.MEMBER), WIDE, false)) {
            Page page = open(visitor, "?model=test/priced");
            visitor.focused(page.locator("#message"));
            page.keyboard().type("What is");
            page.keyboard().press("Shift+Enter");
            page.keyboard().type("it's word?");
            page.keyboard().press("Enter");
            assertThat(answer(page, 1)).containsText("second line");
            assertThat(answer(page, 0).locator(".fg-turn-text").last()).hasText("What is\nit's word?");
            assertThat(answer(page, 1).locator(".fg-turn-note"))
                    .containsText(Pattern.compile(
                            "40 tokens in, \\d+ out · \\$0\\.00\\d+ · \\d+\\.\\d s · See it in the log"));
            assertThat(answer(page, 1).locator("details")).isVisible();
            assertThat(page.locator(".fg-turn img")).hasCount(0);
            assertThat(page.locator("#message")).isFocused();
            assertThat(page.locator("#message")).isEmpty();

            page.locator("summary", new Page.LocatorOptions().setHasText("System prompt"))
                    .click();
            page.fill("#system", "Be brief.");
            page.fill("#temperature", "0.5");
            page.fill("#longest", "20");
            ask(page, "And then?");
            assertThat(answer(page, 3)).containsText("See it in the log");
            assertThat(TestServer.number(
                            server.faregate,
                            "SELECT count(*) FROM generation JOIN app ON app.id = app_id"
                                    + " WHERE title = 'Playground' AND identity LIKE 'local:%'"))
                    .as("the app is registered beside the first request, so it is known to the second")
                    .isPositive();
            JsonNode second = sent(upstream.truth().last());
            assertThat(second.findValuesAsString("role")).containsExactly("system", "user", "assistant", "user");
            assertThat(second.at("/messages/1/content").asString()).isEqualTo("What is\nit's word?");
            assertThat(second.at("/messages/2/content").asString()).isEqualTo(planted);
            assertThat(second.get("temperature").asDouble()).isEqualTo(0.5);

            assertThat(page.locator("#code-1")).containsText("\"What is\\nit'\\''s word?\"");
            assertThat(page.locator("#code-2")).containsText("create(**{\n  \"model\": \"test/priced\",");
            assertThat(page.locator("#code-3")).containsText("\"max_tokens\": 20");
            assertThat(page.content() + page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))
                    .doesNotContainPattern("sk-fg-v1-[A-Za-z0-9]{20}");
            visitor.looks("playground");
            assertThat(visitor.complaints()).isEmpty();
            answer(page, 3).locator("a").click();
            assertThat(page.locator("main")).containsText("test/priced");
            page.goBack();
            page.navigate("/settings/keys");
            assertThat(page.locator(".fg-keys")).containsText("Playground of plays");
        }
    }

    @Test
    void stopCancelsTheRequestAndKeepsWhatCame() {
        upstream.script(Script.answer()
                .promptTokens(10)
                .chunks(400)
                .completionTokens(400)
                .chunkDelay(Duration.ofMillis(50)));
        try (RealBrowser.Visitor visitor = browser.visitor(server, person(Role.MEMBER), WIDE, false)) {
            Page page = open(visitor, "?model=test/stops");
            long before = upstream.truth().finishedCount();
            ask(page, "Go on for long");
            assertThat(page.locator(".fg-turn .fg-turn-text").last()).containsText(Pattern.compile(".{10}"));
            assertThat(page.locator("[name=send]")).isHidden();
            page.locator("[name=stop]").click();
            assertThat(answer(page, 1).locator(".fg-turn-note"))
                    .containsText(Pattern.compile("Stopped · .* · See it in the log"));
            assertThat(page.locator("#message")).isFocused();
            upstream.truth().awaitFinished(before + 1, TestServer.PATIENCE);
            assertThat(upstream.truth().last().outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
            page.locator("[name=clear]").click();
            assertThat(page.locator(".fg-turn")).hasCount(0);
            assertThat(page.locator("#no-turns")).isVisible();
            answersAtOnce();
            ask(page, "Short, please");
            assertThat(answer(page, 1)).containsText("It is a word.");
            assertThat(sent(upstream.truth().last()).get("messages").size()).isEqualTo(1);
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void whatGoesWrongIsToldWithTheNextStepAndCanBeSentAgain() throws Exception {
        Persons.Person person = person(Role.MEMBER);
        try (RealBrowser.Visitor visitor = browser.visitor(server, person, WIDE, false)) {
            Page page = open(visitor, "");
            visitor.focused(page.locator("#model"));
            page.fill("#model", "test/nothing");
            ask(page, "Anybody there?");
            assertThat(answer(page, 1)).containsText("test/nothing is not a valid model ID");
            assertThat(answer(page, 1).locator("a")).hasAttribute("href", "/models");
            assertThat(page.locator("#message")).hasValue("Anybody there?");

            page.fill("#model", "test/priced");
            page.locator("#model").blur();
            assertThat(page).hasURL(Pattern.compile("/playground\\?model=test/priced$"));
            page.locator("summary", new Page.LocatorOptions().setHasText("System prompt"))
                    .click();
            page.fill("#longest", "4000");
            page.locator("#message").press("Enter");
            assertThat(answer(page, 3)).containsText("can only afford");
            assertThat(answer(page, 3).locator("a")).hasText("Change the limit of the key");
            visitor.looks("playground-limit");
            page.fill("#temperature", "9");
            page.locator("summary", new Page.LocatorOptions().setHasText("System prompt"))
                    .click();
            page.locator("#message").press("Enter");
            assertThat(page.locator("#temperature")).isFocused();
            page.fill("#temperature", "");
            page.fill("#longest", "");
            page.locator("#message").press("Enter");
            assertThat(answer(page, 5)).containsText("It is a word.");
            assertThat(sent(upstream.truth().last()).get("messages").size())
                    .as("what failed is not part of it")
                    .isEqualTo(1);

            upstream.script(Script.refusing(500));
            ask(page, "And now?");
            assertThat(answer(page, 7).locator(".fg-turn-note")).isVisible();
            assertThat(page.locator("#message")).hasValue("And now?");
            answersAtOnce();
            visitor.complaints();

            // Another window takes the key: this one gets a fresh one without a word.
            Page other = visitor.context().newPage();
            other.navigate("/playground?model=test/priced");
            ask(other, "From there");
            assertThat(answer(other, 1)).containsText("It is a word.");
            page.locator("#message").press("Enter");
            assertThat(answer(page, 9)).containsText("It is a word.");

            page.locator("#playground-key").click();
            assertThat(page.locator("#rotate")).containsText("renews its secret by itself");
            visitor.looks("playground-key");
            page.locator("button", new Page.LocatorOptions().setHasText("Disable"))
                    .click();
            assertThat(page.locator("main")).containsText("Disabled");
            page.navigate("/playground?model=test/priced");
            ask(page, "Still there?");
            assertThat(answer(page, 1)).containsText("is disabled");
            assertThat(answer(page, 1).locator("a")).hasText("Enable the key");

            page.request().post("/sign-out");
            server.faregate
                    .database()
                    .write(tx -> tx.sql().execute("DELETE FROM session WHERE person_id = ?", person.userId()));
            page.locator("#message").press("Enter");
            assertThat(answer(page, 3)).containsText("You are signed out.");
            assertThat(answer(page, 3).locator("a")).hasText("Sign in");
            assertThat(visitor.complaints()).allMatch(it -> it.contains("status of 40"));
        }
    }

    @Test
    void looksRightBeforeTheFirstWordForWhoMayNotAndWithoutScript() throws Exception {
        try (RealBrowser.Visitor visitor = browser.visitor(server, person(Role.MEMBER), WIDE, false)) {
            open(visitor, "?model=test/priced");
            visitor.looks("playground-new");
        }
        Persons.Person viewer = person(Role.VIEWER);
        try (RealBrowser.Visitor visitor = browser.visitor(server, viewer, WIDE, false)) {
            visitor.page().navigate("/playground?model=test/priced");
            assertThat(visitor.page().locator("main")).containsText("You can look, but not send.");
            assertThat(visitor.page().locator("#playground")).hasCount(0);
            visitor.page().locator(".fg-choices label").nth(1).click();
            assertThat(visitor.page().locator("#code-2")).isVisible();
            visitor.looks("playground-viewer");
            assertThat(visitor.complaints()).isEmpty();
            String address = "http://127.0.0.1:" + server.port();
            try (BrowserContext plain = visitor.context()
                    .browser()
                    .newContext(new Browser.NewContextOptions().setJavaScriptEnabled(false))) {
                plain.addCookies(List.of(
                        new Cookie("faregate_session", person(Role.MEMBER).token()).setUrl(address + "/")));
                Page page = plain.newPage();
                page.navigate(address + "/playground?model=test/priced");
                assertThat(page.locator("noscript .alert")).isVisible();
                assertThat(page.locator("#playground")).isHidden();
                assertThat(page.locator("#code-1")).containsText("\"model\": \"test/priced\"");
            }
        }
    }
}
