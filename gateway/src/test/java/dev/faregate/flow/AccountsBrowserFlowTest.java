package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
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

    private RealBrowser.Visitor stranger() {
        return browser.visitor("http://127.0.0.1:" + server.port(), 1440, false);
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
        signUpAndJoinByKeyboard();
        resetByKeyboard();
        assertThat(failures).isEmpty();
    }

    /// Takes the pictures and notes what is wrong with the page; all of it is told at the end.
    private void keep(RealBrowser.Visitor visitor, String name) throws IOException {
        try {
            visitor.looks(name);
        } catch (AssertionError e) {
            failures.add(name + ": " + e.getMessage());
        }
    }

    private void setUpByKeyboard() throws IOException {
        try (RealBrowser.Visitor visitor = stranger()) {
            Page page = visitor.page();
            page.navigate(SetupFlowTest.link(server));
            keep(visitor, "setup-1");
            visitor.focused(page.locator("#name"));
            // After the password comes the button that shows it.
            type(page, NASTY.substring(0, 40), OWNER, PASSWORD, "");
            page.keyboard().press("Tab");
            page.keyboard().press("Enter");
            page.waitForURL("**/setup/models");
            keep(visitor, "setup-2");
            page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Continue"))
                    .press("Enter");
            page.waitForURL("**/setup/key");
            keep(visitor, "setup-3");
            visitor.focused(page.locator("#name"));
            page.keyboard().press("Enter");
            page.waitForSelector("#curl");
            keep(visitor, "setup-done");
            assertThat(page.textContent("#key")).startsWith("sk-fg-v1-");
            assertThat(page.textContent("#curl")).contains("Bearer " + page.textContent("#key"));
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    private void signInAndOutByKeyboard() throws IOException {
        try (RealBrowser.Visitor visitor = stranger()) {
            Page page = visitor.page();
            page.navigate("/account");
            assertThat(page.url()).endsWith("/sign-in?next=%2Faccount");
            visitor.focused(page.locator("#email"));
            type(page, OWNER);
            page.keyboard().type("not the password");
            page.keyboard().press("Enter");
            page.waitForSelector(".alert-danger");
            keep(visitor, "sign-in-wrong");
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
        PageClient owner = owner();
        owner.get("/settings/members");
        owner.post("/settings/members/invite", "email", "new@example.com", "role", "member");
        Map<String, String> inside = Map.of(
                "account", "/account",
                "members", "/settings/members",
                "member", "/settings/members/" + member,
                "not-there-inside", "/no/such/page");
        Map<String, String> outside = Map.of(
                "sign-in", "/sign-in",
                "sign-up", "/sign-up",
                "reset", "/reset",
                "invitation", mailbox.path("new@example.com", 1),
                "dead-link", "/reset/choose?token=none",
                "not-there", "/no/such/page");
        look(inside, true);
        look(outside, false);
    }

    private PageClient owner() {
        PageClient owner = new PageClient(server.port());
        owner.cookies.put("faregate_session", session);
        return owner;
    }

    private void look(Map<String, String> pages, boolean signedIn) throws IOException {
        try (RealBrowser.Visitor visitor = stranger()) {
            if (signedIn) {
                visitor.context()
                        .addCookies(List.of(new Cookie("faregate_session", session)
                                .setUrl(server.uri("").toString())));
            }
            for (Map.Entry<String, String> page : pages.entrySet()) {
                visitor.page().navigate(page.getValue());
                keep(visitor, page.getKey());
            }
            assertThat(visitor.complaints()).allMatch(complaint -> complaint.matches(".*\\b4(04|10)\\b.*"));
        }
    }

    /// Somebody makes an account of their own, then joins the owner's organization.
    private void signUpAndJoinByKeyboard() throws IOException {
        String email = "grace@example.com";
        try (RealBrowser.Visitor visitor = stranger()) {
            Page page = visitor.page();
            page.navigate("/sign-up");
            visitor.focused(page.locator("#email"));
            page.keyboard().type(email);
            page.keyboard().press("Enter");
            page.getByText("Look into your mail").waitFor();
            page.navigate(mailbox.path(email, 1));
            keep(visitor, "newcomer");
            visitor.focused(page.locator("#name"));
            type(page, "Grace Hopper");
            page.keyboard().type(PASSWORD);
            page.keyboard().press("Enter");
            page.waitForURL("**/setup/models");

            PageClient owner = owner();
            owner.get("/settings/members");
            owner.post("/settings/members/invite", "email", email, "role", "billing");
            page.navigate(mailbox.path(email, 2));
            keep(visitor, "invitation-signed-in");
            visitor.tabTo(page.getByText("Join", new Page.GetByTextOptions().setExact(true)));
            page.keyboard().press("Enter");
            page.waitForURL("**/account");
            assertThat(page.textContent("main [role=status]")).contains("You are in ");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    /// First the owner's address is confirmed: only then does a reset reach it. The last step, because it ends the
    /// owner's session.
    private void resetByKeyboard() throws IOException {
        try (RealBrowser.Visitor visitor = stranger()) {
            Page page = visitor.page();
            page.navigate(mailbox.path(OWNER, 1));
            keep(visitor, "email-confirm");
            visitor.tabTo(page.getByText("Yes, confirm it"));
            page.keyboard().press("Enter");
            page.waitForURL("**/sign-in");

            page.navigate("/reset");
            visitor.focused(page.locator("#email"));
            page.keyboard().type(OWNER);
            page.keyboard().press("Enter");
            page.getByText("Look into your mail").waitFor();
            page.navigate(mailbox.path(OWNER, 2));
            keep(visitor, "reset-choose");
            visitor.focused(page.locator("#password"));
            page.keyboard().type("eleven loud trumpets");
            page.keyboard().press("Enter");
            page.waitForURL("**/sign-in");
            assertThat(page.textContent("main [role=status]")).contains("Your password is changed");
            assertThat(visitor.complaints()).isEmpty();
        }
        assertThat(PageClient.location(owner().get("/account"))).startsWith("/sign-in");
    }
}
