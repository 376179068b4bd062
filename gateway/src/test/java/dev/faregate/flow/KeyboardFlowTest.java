package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.faregate.accounts.TestCodes;
import dev.faregate.identity.Role;
import dev.faregate.testkit.OpenIdProvider;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The main job of each page by keyboard alone: the tab key, Enter, arrows and letters. What is not here stands with
/// its page: keys, set-up, sign-up, sign-in, reset, passkeys, consent, connected apps.
class KeyboardFlowTest extends BrowserTest {
    private Persons.Person owner;

    KeyboardFlowTest() {
        super("rankings: {scope: installation}\negress: {allowed_hosts: 127.0.0.1}\n");
    }

    @BeforeAll
    void prepare() throws Exception {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
    }

    private RealBrowser.Visitor visitor(Persons.Person person) {
        return browser.visitor(server, person, 1440, false);
    }

    /// Goes there by the tab key and presses Enter.
    private static void press(RealBrowser.Visitor visitor, String what) {
        visitor.tabTo(visitor.page().locator(what).first());
        visitor.page().keyboard().press("Enter");
    }

    /// Goes to a field by the tab key and types over what it holds.
    private static void fill(RealBrowser.Visitor visitor, String field, String text) {
        visitor.tabTo(visitor.page().locator(field));
        visitor.page().keyboard().press("ControlOrMeta+A");
        visitor.page().keyboard().type(text);
    }

    private static void says(RealBrowser.Visitor visitor, String text) {
        assertThat(visitor.page().locator("main [role=status]").first()).containsText(text);
    }

    private static void wentWell(RealBrowser.Visitor visitor) {
        assertThat(visitor.complaints()).isEmpty();
    }

    @Test
    void invitesChangesTheRoleOfAndRemovesAMember() throws IOException {
        String member =
                Persons.signedIn(server, Role.MEMBER, "vera@example.com").userId();
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/settings/members");
            fill(visitor, "#email", "hand@example.com");
            visitor.tabTo(page.locator("input[name=role]:checked"));
            page.keyboard().press("ArrowDown");
            press(visitor, "text=Make a link");
            assertThat(page.locator("#link")).containsText("/invitation?token=");
            visitor.looks("invitation-link");
            press(visitor, "text=I have copied it");

            press(visitor, "[aria-label='Manage vera@example.com']");
            assertThat(page.locator("main")).containsText("What they may do");
            visitor.tabTo(page.locator("input[name=role]:checked"));
            page.keyboard().press("ArrowDown");
            press(visitor, "text=Save the role");
            says(visitor, "vera@example.com is billing now");
            press(visitor, "[aria-label='Manage vera@example.com']");
            assertThat(page.locator("#confirm")).isVisible();
            fill(visitor, "#confirm", "vera@example.com");
            page.keyboard().press("Enter");
            says(visitor, "vera@example.com");
            assertThat(page.locator("[href$='" + member + "']")).hasCount(0);
            wentWell(visitor);
        }
    }

    @Test
    void changesTheOwnNameAndPasswordAndShowsIt() throws IOException {
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/account");
            fill(visitor, "#name", "Ada Lovelace");
            page.keyboard().press("Enter");
            says(visitor, "Your name is saved");
            fill(visitor, "#password", "four grey pigeons");
            page.keyboard().press("Enter");
            says(visitor, "Your password is changed");
            assertThat(page.locator("#current")).isVisible();
            provesTheOwner(visitor);
            page.navigate("/account");
            fill(visitor, "#current", "four grey pigeons");
            fill(visitor, "#password", "seven quiet lanterns");
            page.keyboard().press("Enter");
            says(visitor, "Your password is changed");
            wentWell(visitor);
        }
    }

    /// Asked again before a dangerous change: the password of somebody who has no second factor.
    private void provesTheOwner(RealBrowser.Visitor visitor) throws IOException {
        Page page = visitor.page();
        server.faregate
                .database()
                .write(tx -> tx.sql()
                        .execute(
                                "UPDATE session SET authenticated_at = authenticated_at - 3600000000 WHERE person_id = ?",
                                owner.userId()));
        page.navigate("/account/security");
        press(visitor, "text=Set up");
        assertThat(page.locator("h1")).hasText("Is it still you?");
        visitor.looks("proof-password");
        visitor.focused(page.locator("#password"));
        page.keyboard().type("four grey pigeons");
        page.keyboard().press("Enter");
        says(visitor, "Go on with what you were about to do");
    }

    @Test
    void endsASessionAndSetsAnAuthenticatorAppUp() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "secured@example.com");
        PageClient elsewhere = new PageClient(server.port());
        elsewhere.cookies.put("faregate_session", Persons.again(server, person));
        try (RealBrowser.Visitor visitor = visitor(person)) {
            Page page = visitor.page();
            page.navigate("/account/security");
            Locator other = page.locator(
                    "li",
                    new Page.LocatorOptions()
                            .setHas(page.locator("[aria-label^='Sign out']"))
                            .setHasNot(page.getByText("This browser")));
            visitor.tabTo(other.locator("button"));
            page.keyboard().press("Enter");
            says(visitor, "That browser is signed out");
            assertThat(PageClient.location(elsewhere.get("/account"))).startsWith("/sign-in");

            press(visitor, "text=Set up");
            visitor.focused(page.locator("#code"));
            press(visitor, "summary:has-text('No camera')");
            assertThat(page.locator("#totp-secret")).isVisible();
            visitor.tabTo(page.locator("#code"));
            page.keyboard().type(TestCodes.code(page.textContent("#totp-secret"), -1));
            page.keyboard().press("Enter");
            assertThat(page.locator("#codes")).isVisible();
            press(visitor, "text=I have kept them");
            assertThat(page.locator("#totp-title + .card-actions")).hasText("On");
            wentWell(visitor);
        }
    }

    @Test
    void grantsCreditsAndGoesToAnotherWorkspace() {
        server.post("/api/v1/workspaces", "{\"name\":\"Research\",\"slug\":\"research\"}", TestServer.MANAGEMENT_KEY);
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/settings/credits");
            press(visitor, ".fg-head >> text=Grant credits");
            visitor.focused(page.locator("#amount"));
            page.keyboard().type("12.50");
            fill(visitor, "#reason", "By keyboard");
            page.keyboard().press("Enter");
            says(visitor, "$12.50 credited");

            page.navigate("/settings/workspaces");
            visitor.tabTo(page.locator("main button", new Page.LocatorOptions().setHasText("Research")));
            page.keyboard().press("Enter");
            assertThat(page.locator(".fg-place summary b")).hasText("Research");
            wentWell(visitor);
        }
    }

    @Test
    void registersRenewsAndDeletesAClient() {
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/settings/clients");
            register(visitor, "Books", "https://books.example/cb");
            assertThat(page.locator("#client-secret")).hasValue(java.util.regex.Pattern.compile(".{40,}"));
            String first = page.inputValue("#client-secret");
            press(visitor, "text=I have kept it");
            assertThat(page.locator("article")).hasCount(1);

            press(visitor, "article summary:has-text('New secret')");
            press(visitor, "text=Make a new secret");
            assertThat(page.locator("#client-secret")).not().hasValue(first);
            press(visitor, "text=I have kept it");

            assertThat(page.locator("#redirect_uris")).isHidden();
            press(visitor, "summary:has-text('Register a client')");
            register(visitor, "Maps", "https://maps.example/cb");
            assertThat(page.locator("#client-id")).isVisible();
            press(visitor, "text=I have kept it");

            assertThat(page.locator("article")).hasCount(2);
            press(visitor, "article:has-text('Books') summary:has-text('Delete')");
            fill(visitor, "article:has-text('Books') input[name=name]", "Books");
            page.keyboard().press("Enter");
            assertThat(page.locator("article")).hasCount(1);
            wentWell(visitor);
        }
    }

    private static void register(RealBrowser.Visitor visitor, String name, String redirect) {
        fill(visitor, "#name", name);
        fill(visitor, "#redirect_uris", redirect);
        press(visitor, "button:has-text('Register')");
    }

    @Test
    void connectsADevice() {
        String client = TestServer.json(RegistrationFlowTest.register(
                        server, "\"client_name\":\"Radio\"," + RegistrationFlowTest.DEVICE))
                .get("client_id")
                .asString();
        String code = TestServer.json(RegistrationFlowTest.device(server, client))
                .get("user_code")
                .asString();
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/device");
            visitor.focused(page.locator("#user_code"));
            page.keyboard().type(code);
            page.keyboard().press("Enter");
            assertThat(page.locator("h1")).hasText("Radio wants a key");
            fill(visitor, "#limit", "3");
            press(visitor, "[name=decision][value=allow]");
            assertThat(page.locator("h1")).hasText("Go back to your device");
            wentWell(visitor);
        }
    }

    @Test
    void leavesTheRankings() {
        try (RealBrowser.Visitor visitor = visitor(owner)) {
            visitor.page().navigate("/rankings");
            press(visitor, "text=Leave the rankings");
            assertThat(visitor.page().locator("main")).containsText("is left out of these rankings");
            wentWell(visitor);
        }
    }

    @Test
    void connectsAnIdentityProviderAndADirectory() throws Exception {
        try (OpenIdProvider provider = OpenIdProvider.start("faregate", "a secret");
                RealBrowser.Visitor visitor = visitor(owner)) {
            Page page = visitor.page();
            page.navigate("/settings/sso");
            press(visitor, "text=Add a provider");
            assertThat(page.locator("#issuer")).isVisible();
            fill(visitor, "#name", "Acme");
            fill(visitor, "#issuer", provider.issuer());
            fill(visitor, "#client_id", "faregate");
            fill(visitor, "#client_secret", "a secret");
            fill(visitor, "#roles", "platform team = admin");
            visitor.tabTo(page.locator("[name=joins]"));
            page.keyboard().press("Space");
            press(visitor, "text=Save and check");
            assertThat(page.locator("#callback")).containsText("/sign-in/sso/");
            assertThat(page.locator("[name=joins]")).isChecked();
            press(visitor, "text=\"Back\"");
            assertThat(page.locator("#providers-title")).isVisible();
            press(visitor, "text=Make a token");
            assertThat(page.locator("#directory-token")).isVisible();
            wentWell(visitor);
        }
    }
}
