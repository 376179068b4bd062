package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The pages that have to do with apps, in Chromium: what strangers wrote into them runs nothing, and
/// they look right.
class AppPagesBrowserTest extends BrowserTest {
    private Persons.Person owner;

    AppPagesBrowserTest() {
        super("rankings: {scope: installation}\n");
    }

    @BeforeAll
    void prepare() throws Exception {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
        PlantedApps.use(server);
        for (int i = 0; i < PlantedApps.TEXTS.size(); i++) {
            ConnectedAppsFlowTest.connect(
                    server, "t" + i + ".example", printable(PlantedApps.TEXTS.get(i)), owner.userId());
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "");
    }

    private RealBrowser.Visitor visitor(int width, boolean dark) {
        return browser.visitor(server, owner, width, dark);
    }

    @Test
    void textsOfStrangersRunNothing() throws IOException {
        for (boolean dark : new boolean[] {false, true}) {
            for (int width : new int[] {390, 1440}) {
                String how = (dark ? "dark-" : "light-") + width;
                try (RealBrowser.Visitor visitor = visitor(width, dark)) {
                    visitor.page().navigate("/rankings");
                    assertThat(visitor.page().locator(".fg-rank").count()).isGreaterThan(PlantedApps.TEXTS.size());
                    assertThat(visitor.page()
                                    .locator("bdi script, bdi img, bdi svg, bdi iframe")
                                    .count())
                            .isZero();
                    visitor.checked().shot("rankings-" + how);
                    visitor.page().navigate("/settings/apps");
                    visitor.page()
                            .locator(
                                    "summary",
                                    new com.microsoft.playwright.Page.LocatorOptions().setHasText("Disconnect"))
                            .first()
                            .click();
                    visitor.checked().shot("connected-apps-" + how);
                    assertThat(visitor.page().locator("a[href^='javascript']").count())
                            .isZero();
                    assertThat(visitor.complaints()).isEmpty();
                }
            }
        }
    }

    @Test
    void clientsAndDevicesAreNamedByStrangersToo() throws IOException {
        List<String> names = List.of(PlantedApps.TEXTS.getFirst(), PlantedApps.TEXTS.get(4), PlantedApps.TEXTS.get(10));
        String device = "";
        for (String name : names) {
            String json = tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(printable(name));
            var client = RegistrationFlowTest.register(
                    server, "\"client_name\":" + json + "," + RegistrationFlowTest.DEVICE);
            String id = TestServer.json(client).get("client_id").asString();
            device = TestServer.json(RegistrationFlowTest.device(server, id))
                    .get("user_code")
                    .asString();
            // As if an owner had registered it.
            server.faregate
                    .database()
                    .write(tx ->
                            tx.sql().execute("UPDATE oauth_client SET organization_id = ?", owner.organizationId()));
        }
        for (boolean dark : new boolean[] {false, true}) {
            for (int width : new int[] {390, 1440}) {
                String how = (dark ? "dark-" : "light-") + width;
                try (RealBrowser.Visitor visitor = visitor(width, dark)) {
                    visitor.page().navigate("/settings/clients");
                    assertThat(visitor.page().locator("article").count()).isGreaterThanOrEqualTo(names.size());
                    visitor.checked().shot("clients-" + how);
                    visitor.page().navigate("/device");
                    visitor.checked().shot("device-" + how);
                    visitor.page().locator("#user_code").fill("bbbb bbbb");
                    visitor.page().keyboard().press("Enter");
                    visitor.page().getByText("No device waits").waitFor();
                    visitor.checked().shot("device-wrong-" + how);
                    visitor.page().navigate("/device?user_code=" + device);
                    visitor.checked().shot("device-consent-" + how);
                    assertThat(visitor.complaints().stream().filter(it -> !it.contains("422")))
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void aClientIsRegisteredAndItsSecretCopied() throws IOException {
        try (RealBrowser.Visitor visitor = visitor(1440, false)) {
            visitor.page().navigate("/settings/clients");
            if (visitor.page().locator("details.card[open]").count() == 0) {
                visitor.page().locator("details.card > summary").click();
            }
            visitor.page().locator("#name").fill("Books");
            visitor.page().locator("#redirect_uris").fill("https://books.example/cb");
            visitor.page().locator("form .btn-primary").first().click();
            visitor.page().locator("#client-secret").waitFor();
            visitor.checked().shot("client-secret");
            assertThat(visitor.page().locator("#client-secret").inputValue()).hasSizeGreaterThan(40);
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void theKeyboardAloneDisconnectsAnApp() {
        String key = ConnectedAppsFlowTest.connect(server, "keyboard.example", "Keyboard", owner.userId());
        try (RealBrowser.Visitor visitor = visitor(1440, false)) {
            visitor.page().navigate("/settings/apps");
            Locator app = visitor.page()
                    .locator(
                            "article",
                            new Page.LocatorOptions().setHas(visitor.page().getByText("Keyboard")));
            visitor.tabTo(app.locator("summary"));
            visitor.page().keyboard().press("Enter");
            visitor.tabTo(app.locator("form button"));
            visitor.page().keyboard().press("Enter");
            visitor.page().getByText("is disconnected").waitFor();
            assertThat(visitor.complaints()).isEmpty();
        }
        assertThat(server.get("/api/v1/key", key).statusCode()).isEqualTo(401);
    }
}
