package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The pages of accounts in a real browser: their main job by keyboard alone, and how they look, wide and narrow, light
/// and dark. A name full of script is on every page that shows names.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsBrowserFlowTest {
    private static final String NASTY = "\"><script>fgExecuted('name')</script><img src=x onerror=fgExecuted(1)>";
    private static final String OWNER = "owner@example.com";
    private static final String PASSWORD = SetupFlowTest.PASSWORD;

    private ScriptedUpstream upstream;
    private Mailbox mailbox;
    private TestServer server;
    private RealBrowser browser;
    private String session = "";
    private final List<String> failures = new ArrayList<>();

    @BeforeAll
    void start() throws IOException, InterruptedException {
        browser = RealBrowser.start();
        upstream = ScriptedUpstream.start();
        mailbox = Mailbox.start();
        server = TestServer.startWith("accounts.sign_up: open\n" + mailbox.yaml(), upstream);
    }

    @AfterAll
    void stop() {
        // Without a browser the tests are skipped and nothing was started.
        if (server != null) {
            server.close();
            mailbox.close();
            upstream.close();
            browser.close();
        }
    }

    private RealBrowser.Visitor visitor(int width, boolean dark) {
        RealBrowser.Visitor visitor = browser.visitor("http://127.0.0.1:" + server.port(), width, dark);
        if (!session.isEmpty()) {
            visitor.context()
                    .addCookies(List.of(new com.microsoft.playwright.options.Cookie("faregate_session", session)
                            .setUrl("http://127.0.0.1:" + server.port())));
        }
        return visitor;
    }

    private static void type(Page page, String... texts) {
        for (String text : texts) {
            page.keyboard().type(text);
            page.keyboard().press("Tab");
        }
    }

    /// One test, because each step stands on the one before.
    @Test
    void leadsEverybodyIn() throws IOException {
        setUpByKeyboard();
        signInAndOutByKeyboard();
        look();
        assertThat(failures).isEmpty();
    }

    /// Takes the picture and notes what is wrong with the page; all of it is told at the end.
    private void keep(RealBrowser.Visitor visitor, String name) throws IOException {
        visitor.shot(name);
        try {
            visitor.checked();
        } catch (AssertionError e) {
            failures.add(name + ": " + e.getMessage());
        }
    }

    private void setUpByKeyboard() throws IOException {
        try (RealBrowser.Visitor visitor = browser.visitor("http://127.0.0.1:" + server.port(), 1440, false)) {
            Page page = visitor.page();
            page.navigate(SetupFlowTest.link(server));
            keep(visitor, "setup-1-light-1440");
            visitor.focused(page.locator("#name"));
            // After the password comes the button that shows it.
            type(page, NASTY.substring(0, 40), OWNER, PASSWORD, "");
            page.keyboard().press("Tab");
            page.keyboard().press("Enter");
            page.waitForURL("**/setup/models");
            keep(visitor, "setup-2-light-1440");
            page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Continue"))
                    .press("Enter");
            page.waitForURL("**/setup/key");
            keep(visitor, "setup-3-light-1440");
            visitor.focused(page.locator("#name"));
            page.keyboard().press("Enter");
            page.waitForSelector("#curl");
            keep(visitor, "setup-done-light-1440");
            assertThat(page.textContent("#key")).startsWith("sk-fg-v1-");
            assertThat(page.textContent("#curl")).contains("Bearer " + page.textContent("#key"));
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    private void signInAndOutByKeyboard() throws IOException {
        try (RealBrowser.Visitor visitor = browser.visitor("http://127.0.0.1:" + server.port(), 1440, false)) {
            Page page = visitor.page();
            page.navigate("/account");
            assertThat(page.url()).endsWith("/sign-in?next=%2Faccount");
            visitor.focused(page.locator("#email"));
            type(page, OWNER);
            page.keyboard().type("not the password");
            page.keyboard().press("Enter");
            page.waitForSelector(".alert-danger");
            keep(visitor, "sign-in-wrong-light-1440");
            assertThat(page.inputValue("#email")).isEqualTo(OWNER);
            visitor.focused(page.locator("#password"));
            page.keyboard().type(PASSWORD);
            page.keyboard().press("Tab");
            page.keyboard().press("Enter");
            assertThat(page.getAttribute("#password", "type")).as("shown").isEqualTo("text");
            page.keyboard().press("Enter");
            page.waitForURL("**/account");
            session = page.context().cookies().stream()
                    .filter(cookie -> cookie.name.equals("faregate_session"))
                    .findFirst()
                    .orElseThrow()
                    .value;
            // The browser says an answer of 422 on its console; nothing else may be there.
            assertThat(visitor.complaints()).allMatch(complaint -> complaint.contains("422"));
        }
    }

    private void look() throws IOException {
        Persons.signedIn(server, Role.ADMIN, "a.person.with.a.rather.long.address@subdomain.example.com");
        String member =
                Persons.signedIn(server, Role.VIEWER, "vera@example.com").userId();
        PageClient owner = new PageClient(server.port());
        owner.cookies.put("faregate_session", session);
        owner.get("/settings/members");
        owner.post("/settings/members/invite", "email", "new@example.com", "role", "member");
        owner.get("/reset");
        owner.post("/reset", "email", OWNER);
        Map<String, String> inside = Map.of(
                "account", "/account",
                "members", "/settings/members",
                "member", "/settings/members/" + member,
                "setup-2", "/setup/models",
                "setup-3", "/setup/key");
        Map<String, String> outside = Map.of(
                "sign-in", "/sign-in",
                "sign-up", "/sign-up",
                "reset", "/reset",
                "invitation", mailbox.path("new@example.com", 1),
                "dead-link", "/reset/choose?token=none");
        for (int width : new int[] {390, 1440}) {
            for (boolean dark : new boolean[] {false, true}) {
                look(width, dark, inside, true);
                look(width, dark, outside, false);
            }
        }
    }

    private void look(int width, boolean dark, Map<String, String> pages, boolean signedIn) throws IOException {
        try (RealBrowser.Visitor visitor =
                signedIn ? visitor(width, dark) : browser.visitor("http://127.0.0.1:" + server.port(), width, dark)) {
            for (Map.Entry<String, String> page : pages.entrySet()) {
                visitor.page().navigate(page.getValue());
                String name = page.getKey() + (dark ? "-dark-" : "-light-") + width;
                // Narrow and dark, wide and light: between them every rule is looked at once.
                if (dark == (width < 600)) {
                    keep(visitor, name);
                } else {
                    visitor.shot(name);
                }
            }
            assertThat(visitor.complaints()).allMatch(complaint -> complaint.contains("410"));
        }
    }
}
