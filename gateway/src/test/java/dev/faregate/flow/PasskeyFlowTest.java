package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import dev.faregate.accounts.TestCodes;
import dev.faregate.identity.Role;
import dev.faregate.storage.Database;
import dev.faregate.testkit.OpenIdProvider;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Passkeys in Chromium, with the virtual authenticator of its developer protocol, and how the pages about security
/// look.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PasskeyFlowTest {
    private SecurityServer server;
    private RealBrowser browser;

    @BeforeAll
    void start() throws Exception {
        server = SecurityServer.start(Database.Kind.SQLITE);
        browser = RealBrowser.start();
    }

    @AfterAll
    void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
        server.close();
    }

    /// A browser with an authenticator in it, whose person has just typed the right password.
    private final class Device implements AutoCloseable {
        final RealBrowser.Visitor visitor;
        final Page page;
        private final CDPSession protocol;
        private final String authenticator;

        Device(int width, boolean dark) {
            visitor = browser.visitor(server.url(), width, dark);
            page = visitor.page();
            protocol = visitor.context().newCDPSession(page);
            protocol.send("WebAuthn.enable");
            JsonObject options = new JsonObject();
            options.addProperty("protocol", "ctap2");
            options.addProperty("transport", "internal");
            options.addProperty("hasResidentKey", true);
            options.addProperty("hasUserVerification", true);
            options.addProperty("isUserVerified", true);
            options.addProperty("automaticPresenceSimulation", true);
            JsonObject added = new JsonObject();
            added.add("options", options);
            authenticator = protocol.send("WebAuthn.addVirtualAuthenticator", added)
                    .get("authenticatorId")
                    .getAsString();
        }

        Device signedIn(String person) {
            PageClient client = server.withPassword(person);
            String token = client.cookies.getOrDefault("faregate_session", client.cookies.get("faregate_step"));
            String name = client.cookies.containsKey("faregate_session") ? "faregate_session" : "faregate_step";
            visitor.context().clearCookies();
            visitor.context().addCookies(List.of(new Cookie(name, token).setUrl(server.url())));
            return this;
        }

        void addPasskey(String name) {
            page.navigate("/account/security/passkeys/new");
            page.fill("#name", name);
            page.click("text=Make the passkey");
        }

        void verifies(boolean verified) {
            JsonObject user = new JsonObject();
            user.addProperty("authenticatorId", authenticator);
            user.addProperty("isUserVerified", verified);
            protocol.send("WebAuthn.setUserVerified", user);
        }

        @Override
        public void close() {
            visitor.close();
        }
    }

    private static Predicate<String> at(String path) {
        return url -> url.replaceFirst("https?://[^/]+", "").split("\\?", 2)[0].equals(path);
    }

    @Test
    void registersAndSignsInWithoutAPassword() throws Exception {
        String person = server.person(Role.MEMBER);
        try (Device laptop = new Device(1440, false);
                Device phone = new Device(390, true)) {
            laptop.signedIn(person).addPasskey("Laptop");
            laptop.page.waitForSelector("#codes");
            laptop.visitor.checked().shot("security-codes-light-1440");
            phone.signedIn(person);
            phone.page.navigate("/account/security");
            assertThat(phone.page.url()).as("the passkey is a second step now").contains("/sign-in");

            laptop.visitor.context().clearCookies();
            laptop.page.navigate("/sign-in/passkey?next=/account/security/passkeys/new");
            laptop.visitor.checked().shot("sign-in-passkey-light-1440");
            laptop.page.locator("form[data-passkey] button[type=submit]").focus();
            laptop.page.keyboard().press("Enter");
            laptop.page.waitForURL(at("/account/security/passkeys/new"));
            laptop.page.fill("#name", "Second one");
            laptop.page.click("text=Make the passkey");
            laptop.page.waitForSelector("text=This device has a passkey of yours");
            laptop.page.navigate("/account/security");
            assertThat(laptop.page.textContent("main")).contains("Laptop", "used just now", "10 left");
            laptop.visitor.checked().shot("security-light-1440");
            assertThat(laptop.visitor.complaints()).isEmpty();
        }
    }

    @Test
    void takesAPasskeyAsTheSecondStepAndSeveralOfThem() throws Exception {
        String person = server.person(Role.MEMBER);
        try (Device laptop = new Device(1440, true);
                Device phone = new Device(390, false)) {
            laptop.signedIn(person).addPasskey("Laptop");
            laptop.page.waitForSelector("#codes");

            laptop.signedIn(person).page.navigate("/sign-in/step");
            laptop.visitor.checked().shot("sign-in-step-passkey-dark-1440");
            laptop.page.click("text=Use a passkey");
            laptop.page.waitForURL(at("/account/security"));

            String session = laptop.visitor.context().cookies().stream()
                    .filter(cookie -> cookie.name.equals("faregate_session"))
                    .findFirst()
                    .orElseThrow()
                    .value;
            phone.visitor.context().addCookies(List.of(new Cookie("faregate_session", session).setUrl(server.url())));
            phone.addPasskey("Phone");
            phone.page.waitForURL(at("/account/security"));
            phone.visitor.checked().shot("security-light-390");
            assertThat(phone.page.textContent("main")).contains("Laptop", "Phone");

            phone.visitor.context().clearCookies();
            phone.page.navigate("/sign-in/passkey");
            phone.page.click("text=Use a passkey");
            phone.page.waitForURL(url -> !at("/sign-in/passkey").test(url));
            phone.page.navigate("/account/security");
            phone.page.click("[aria-label='Remove the passkey Laptop']");
            phone.page.waitForSelector("text=does not sign you in any more");

            laptop.visitor.context().clearCookies();
            laptop.page.navigate("/sign-in/passkey");
            laptop.page.click("text=Use a passkey");
            laptop.page.waitForSelector("text=That passkey was not taken");
            laptop.visitor.complaints();
        }
    }

    @Test
    void refusesAPasskeyWhoseCounterWentBackOrWhosePersonWasNotVerified() throws Exception {
        String person = server.person(Role.MEMBER);
        try (Device device = new Device(1440, false)) {
            device.signedIn(person).addPasskey("Copied");
            device.page.waitForSelector("#codes");
            long count = counter(person, "sign_count + 1000");
            device.visitor.context().clearCookies();
            device.page.navigate("/sign-in/passkey");
            device.page.click("text=Use a passkey");
            device.page.waitForSelector("text=That passkey was not taken");
            assertThat(counter(person, "sign_count")).isEqualTo(count);

            counter(person, "0");
            device.verifies(false);
            device.page.navigate("/sign-in/passkey");
            device.page.click("text=Use a passkey");
            device.page.waitForSelector("[data-passkey-error]:visible");
            assertThat(device.page.url()).contains("/sign-in/passkey");
        }
    }

    private long counter(String person, String value) {
        return server.rig.database.write(tx -> {
            tx.sql().execute("UPDATE passkey SET sign_count = " + value + " WHERE person_id = ?", person);
            return tx.sql()
                    .fetchSingle("SELECT sign_count FROM passkey WHERE person_id = ?", person)
                    .get(0, Long.class);
        });
    }

    @Test
    void setsAnAuthenticatorAppUpInDarkAndLightNarrowAndWide() throws Exception {
        for (boolean dark : new boolean[] {false, true}) {
            for (int width : new int[] {390, 1440}) {
                String look = (dark ? "dark-" : "light-") + width;
                String person = server.person(Role.MEMBER);
                try (Device device = new Device(width, dark)) {
                    device.signedIn(person).page.navigate("/account/security");
                    device.visitor.checked().shot("security-empty-" + look);
                    device.page.click("text=Set up");
                    device.visitor.checked().shot("security-totp-" + look);
                    String secret = device.page.textContent("#totp-secret");
                    device.page.fill("#code", TestCodes.code(secret, -1));
                    device.page.keyboard().press("Enter");
                    device.page.waitForSelector("#codes");
                    device.visitor.checked().shot("security-codes-" + look);
                    device.signedIn(person).page.navigate("/sign-in/step");
                    device.visitor.checked().shot("sign-in-step-" + look);
                    assertThat(device.visitor.complaints()).isEmpty();
                }
            }
        }
    }

    @Test
    void addsAProviderAndADirectoryWithoutScriptsOrStylesOfTheirOwn() throws Exception {
        String person = server.person(Role.OWNER);
        try (OpenIdProvider provider = OpenIdProvider.start("faregate", "a secret");
                Device wide = new Device(1440, false);
                Device narrow = new Device(390, true)) {
            wide.signedIn(person).page.navigate("/settings/sso");
            wide.visitor.checked().shot("sso-empty-light-1440");
            wide.page.click("text=Add a provider");
            wide.page.fill("#name", "Acme <b>Login</b>");
            wide.page.fill("#issuer", "https://10.0.0.1");
            wide.page.fill("#client_id", "faregate");
            wide.page.click("text=Save and check");
            wide.page.waitForSelector("#issuer-error");
            wide.visitor.checked().shot("sso-form-error-light-1440");
            wide.visitor.complaints();
            wide.page.fill("#issuer", provider.issuer());
            wide.page.fill("#client_secret", "a secret");
            wide.page.fill("#roles", "platform team = admin");
            wide.page.click("text=Save and check");
            wide.page.waitForSelector("#callback");
            wide.visitor.checked().shot("sso-form-light-1440");
            assertThat(wide.visitor.complaints()).isEmpty();

            narrow.signedIn(person).page.navigate("/settings/sso");
            narrow.page.click("text=Make a token");
            narrow.page.waitForSelector("#directory-token");
            narrow.visitor.checked().shot("sso-token-dark-390");
            narrow.page.navigate("/account/security");
            narrow.visitor.checked().shot("security-provider-dark-390");
            assertThat(narrow.page.textContent("main")).contains("Acme <b>Login</b>");
            assertThat(narrow.visitor.complaints()).isEmpty();
        }
    }
}
