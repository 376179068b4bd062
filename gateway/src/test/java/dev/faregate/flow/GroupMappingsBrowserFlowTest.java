package dev.faregate.flow;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.faregate.identity.Role;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The page of groups that mean workspaces in a real browser: a mapping made and removed.
class GroupMappingsBrowserFlowTest extends BrowserTest {
    private Persons.Person owner;

    @BeforeAll
    void prepare() {
        owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
        TestDirectory.make(server.faregate.database());
    }

    @Test
    void mapsAGroupAndRemovesTheMapping() throws IOException {
        try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
            Page page = visitor.page();
            page.navigate("/settings/sso");
            visitor.looks("sso");
            page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Groups and workspaces"))
                    .click();
            assertThat(page.locator("h1")).hasText("Groups and workspaces");
            visitor.looks("group-mappings-none");
            page.getByLabel("Role there").selectOption("admin");
            page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Map").setExact(true))
                    .click();
            assertThat(page.locator("#mappings-title")).hasText("1 mapping");
            visitor.looks("group-mappings");
            page.getByLabel("Keep its members").check();
            page.getByLabel("Remove the mapping of Platform team to Mapped").click();
            assertThat(page.locator("#mappings-title")).hasText("0 mappings");
            assertThat(visitor.complaints()).isEmpty();
        }
    }
}
