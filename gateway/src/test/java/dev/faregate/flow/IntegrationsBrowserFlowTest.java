package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The pages of provider keys, presets and destinations in a real browser: how they look, their main job by keyboard
/// alone, and that nothing which people write in them is ever run.
class IntegrationsBrowserFlowTest extends BrowserTest {
    private static final String PLANTED = "<img src=x onerror=fgExecuted(1)>";
    private static final String OWN = "sk-own-planted-0123456789abcdef";

    private Persons.Person owner;

    @BeforeAll
    void prepare() throws Exception {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
    }

    private RealBrowser.Visitor visitor() {
        return browser.visitor(server, owner, 1440, false);
    }

    private String bring(String body) {
        return TestServer.json(server.manage("POST", "/api/v1/byok", body))
                .path("data")
                .path("id")
                .asString();
    }

    @Test
    void providerKeysLookRightAndRunNothing() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            visitor.page().navigate("/settings/provider-keys");
            visitor.looks("provider-keys-empty");
            String tested = bring("{\"provider\":\"sim\",\"key\":\"" + OWN + "\",\"name\":\"" + PLANTED
                    + "\",\"allowed_models\":[\"test/priced\"],\"is_required\":true}");
            bring("{\"provider\":\"openai\",\"key\":\"" + OWN + "\",\"workspace_id\":null,\"is_fallback\":true}");
            bring("{\"provider\":\"openai\",\"key\":\"" + OWN + "\",\"name\":\"Old\",\"disabled\":true}");
            server.manage("POST", "/api/v1/byok/" + tested + "/test", "");
            for (String[] page : new String[][] {
                {"/settings/provider-keys", "provider-keys"},
                {"/settings/provider-keys/new", "provider-key-new"},
                {"/settings/provider-keys/" + tested, "provider-key"}
            }) {
                visitor.page().navigate(page[0]);
                visitor.looks(page[1]);
            }
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void presetsLookRightAndRunNothing() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            visitor.page().navigate("/settings/presets");
            visitor.looks("presets-empty");
            server.post(
                    "/api/v1/presets/email-writer/chat/completions",
                    "{\"model\":\"test/priced\",\"temperature\":0.7,\"provider\":{\"sort\":\"price\"},"
                            + "\"messages\":[{\"role\":\"system\",\"content\":\"</textarea>" + PLANTED + "\"}]}",
                    TestServer.MANAGEMENT_KEY);
            server.post("/api/v1/presets/old/chat/completions", "{\"seed\":1}", TestServer.MANAGEMENT_KEY);
            server.manage("PATCH", "/api/v1/presets/old", "{\"status\":\"archived\"}");
            server.manage("PATCH", "/api/v1/presets/email-writer", "{\"description\":\"" + PLANTED + "\"}");
            for (String[] page : new String[][] {
                {"/settings/presets", "presets"},
                {"/settings/presets/-/new", "preset-new"},
                {"/settings/presets/email-writer", "preset"},
                {"/settings/presets/email-writer?as=json", "preset-json"}
            }) {
                visitor.page().navigate(page[0]);
                visitor.looks(page[1]);
            }
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void makesAPresetAndItsNextVersionByHandAlone() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            Page page = visitor.page();
            page.navigate("/settings/presets/-/new");
            visitor.focused(page.locator("#slug"));
            page.keyboard().type("by-hand");
            visitor.tabTo(page.locator("#model"));
            page.keyboard().type("test/priced");
            page.keyboard().press("Enter");
            assertThat(page.locator("#use")).hasText("\"model\": \"@preset/by-hand\"");
            visitor.tabTo(page.locator("#temperature"));
            page.keyboard().type("0.5");
            page.keyboard().press("Enter");
            assertThat(page.locator("main [role=status]").first()).containsText("Saved as version 2.");
            page.getByText("Version 1").click();
            assertThat(page.locator("main")).containsText("This is version 1 of 2");
            assertThat(page.locator("#temperature")).hasValue("");
            visitor.looks("preset-old");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void destinationsLookRightAndRunNothing() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            Page page = visitor.page();
            page.navigate("/settings/observability");
            visitor.looks("destinations-empty");
            server.manage(
                    "POST",
                    "/api/v1/observability/destinations",
                    "{\"name\":\"" + PLANTED + "\",\"type\":\"datadog\",\"config\":{\"apiKey\":\"" + OWN
                            + "\",\"mlApp\":\"app\"}}");
            page.navigate("/settings/observability/new");
            visitor.looks("destination-kinds");
            page.locator("#type").selectOption("webhook");
            page.getByText("Next").click();
            visitor.looks("destination-new");
            page.locator("#name").fill("Hook");
            page.locator("#config_url").fill("http://127.0.0.1:9/x");
            page.locator("#headers").fill("Authorization: Bearer " + OWN);
            page.locator("#headers").press("Tab");
            page.locator(".fg-form-end button").click();
            assertThat(page.locator("h1")).hasText("Hook");
            page.getByText("Test connection").click();
            assertThat(page.locator("main [role=status]").first()).containsText("It could not be reached");
            visitor.looks("destination");
            assertThat(page.content()).doesNotContain(OWN);
            page.navigate("/settings/observability");
            visitor.looks("destinations");
            assertThat(visitor.complaints()).isEmpty();
        }
    }

    @Test
    void bringsAndTestsAKeyByHandAlone() throws IOException {
        try (RealBrowser.Visitor visitor = visitor()) {
            Page page = visitor.page();
            page.navigate("/settings/provider-keys/new");
            visitor.focused(page.locator("#provider"));
            page.keyboard().type("sim");
            visitor.tabTo(page.locator("#key"));
            page.keyboard().type(OWN);
            assertThat(page.locator("#key")).hasAttribute("type", "password");
            visitor.tabTo(page.locator("[data-reveal='#key']"));
            page.keyboard().press("Enter");
            assertThat(page.locator("#key")).hasAttribute("type", "text");
            visitor.tabTo(page.locator("#name"));
            page.keyboard().type("Mine");
            page.keyboard().press("Enter");
            assertThat(page.locator("h1")).hasText("Mine");
            assertThat(page.locator("main [role=status]").first()).containsText("kept, sealed");
            page.getByText("Test connection").click();
            assertThat(page.locator("main [role=status]").first()).containsText("The provider takes the key.");
            visitor.looks("provider-key-tested");
            assertThat(page.content()).doesNotContain(OWN);
            assertThat(visitor.complaints()).isEmpty();
        }
    }
}
