package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The pages of guardrails without a browser: who may, and that page and API say the same.
class GuardrailsPageFlowTest extends FreshServer {
    private static final String PATH = "/settings/guardrails";

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private JsonNode api(String path) {
        return TestServer.json(server.get("/api/v1" + path, TestServer.MANAGEMENT_KEY));
    }

    /// Makes one on the page; its path there.
    private String make(PageClient owner, String... more) {
        owner.get(PATH + "/new");
        String[] fields = new String[more.length + 2];
        fields[0] = "name";
        fields[1] = "Interns";
        System.arraycopy(more, 0, fields, 2, more.length);
        HttpResponse<String> made = owner.post(PATH, fields);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(303);
        return PageClient.location(made).replaceFirst("#.*", "");
    }

    private static String id(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Test
    void isForWhoManagesTheOrganization() {
        String path = make(client(Role.OWNER));
        for (Role role : new Role[] {Role.MEMBER, Role.BILLING, Role.VIEWER}) {
            PageClient client = client(role);
            client.get("/settings/keys");
            for (String page : new String[] {PATH, PATH + "/new", path}) {
                assertThat(client.get(page).statusCode()).as(role.word()).isEqualTo(403);
            }
            for (String form : new String[] {PATH, path, path + "/try", path + "/assign", path + "/delete"}) {
                assertThat(client.post(form, "name", "x", "confirm", "Interns").statusCode())
                        .as(role.word())
                        .isEqualTo(403);
            }
        }
        assertThat(api("/guardrails").path("total_count").asInt()).isEqualTo(1);
    }

    @Test
    void whatThePageSaysTheApiShowsAndBack() {
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get(PATH).body()).contains("No guardrails in this workspace yet");
        String path = make(
                owner,
                "limit_usd",
                "20",
                "reset_interval",
                "weekly",
                "allowed_models",
                "test/priced",
                "builtin_email",
                "redact",
                "pattern_0",
                "<b>zeus</b>",
                "action_0",
                "block",
                "label_0",
                "Codenames");
        JsonNode shown = api("/guardrails/" + id(path)).path("data");
        assertThat(shown.path("limit_usd").decimalValue()).isEqualByComparingTo("20");
        assertThat(shown.path("allowed_models").get(0).asString()).isEqualTo("test/priced");
        assertThat(shown.path("content_filters").get(0).path("pattern").asString())
                .isEqualTo("<b>zeus</b>");
        assertThat(owner.get(path).body())
                .contains("value=\"&lt;b>zeus&lt;/b>\"", "Codenames")
                .doesNotContain("<b>zeus");
        assertThat(owner.get(PATH).body()).contains("$20.00 weekly, 1 model allowed, 2 filters", "Nobody yet");

        server.manage("PATCH", "/api/v1/guardrails/" + id(path), "{\"description\":\"Said by the API\"}");
        assertThat(owner.get(path).body()).contains("Said by the API");
        HttpResponse<String> saved = owner.post(path, "name", "Interns", "description", "Said by the page");
        assertThat(saved.statusCode()).isEqualTo(303);
        JsonNode after = api("/guardrails/" + id(path)).path("data");
        assertThat(after.path("description").asString()).isEqualTo("Said by the page");
        assertThat(after.path("limit_usd").isNull()).isTrue();
        assertThat(after.path("content_filters").isNull()).isTrue();
        assertThat(api("/audit-events?subject=" + id(path)).path("data").size()).isEqualTo(3);
    }

    @Test
    void complainsBesideTheField() {
        PageClient owner = client(Role.OWNER);
        owner.get(PATH + "/new");
        HttpResponse<String> refused =
                owner.post(PATH, "name", "Kept", "allowed_models", "no/such", "description", "<i>kept</i>");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("There is no model “no/such” here.", "&lt;i&gt;kept");
        HttpResponse<String> pattern = owner.post(
                PATH,
                "name",
                "Kept",
                "pattern_0",
                "fine",
                "action_0",
                "flag",
                "pattern_1",
                "(?=no)",
                "action_1",
                "flag");
        assertThat(pattern.statusCode()).isEqualTo(422);
        assertThat(pattern.body()).contains("Is not a pattern that can be matched in linear time", "(?=no)");
        assertThat(api("/guardrails").path("total_count").asInt()).isZero();
    }

    @Test
    void aFormSentTwiceMakesOne() {
        PageClient owner = client(Role.OWNER);
        String once = owner.get(PATH + "/new").body().replaceAll("(?s).*name=\"once\" value=\"([^\"]+)\".*", "$1");
        for (int i = 0; i < 2; i++) {
            assertThat(owner.post(PATH, "once", once, "name", "Interns").statusCode())
                    .isEqualTo(303);
        }
        assertThat(api("/guardrails").path("total_count").asInt()).isEqualTo(1);
    }

    @Test
    void triesTheRealFiltersAndKeepsNothing() {
        PageClient owner = client(Role.OWNER);
        owner.get(PATH + "/new");
        String redacted = owner.post(
                        PATH + "/new/try",
                        "builtin_email",
                        "redact",
                        "tried",
                        "Write to me at somebody@example.org now")
                .body();
        assertThat(redacted).contains("Write to me at [EMAIL] now", "redact=email");
        String blocked = owner.post(
                        PATH + "/new/try",
                        "pattern_0",
                        "zeus",
                        "action_0",
                        "block",
                        "label_0",
                        "Code",
                        "tried",
                        "about zeus")
                .body();
        assertThat(blocked).contains("Refused.", "Request blocked by content filter: Code");
        assertThat(owner.post(PATH + "/new/try", "builtin_email", "redact", "tried", "nothing")
                        .body())
                .contains("Nothing found.");
        assertThat(api("/guardrails").path("total_count").asInt()).isZero();
    }

    @Test
    void bindsAndFreesWithTheLedgerFollowing() {
        PageClient owner = client(Role.OWNER);
        String path =
                make(owner, "limit_usd", "5", "reset_interval", "daily", "pattern_0", "zeus", "action_0", "block");
        String hash = api("/keys").path("data").get(0).path("hash").asString();
        assertThat(owner.post(path + "/assign", "kind", "key", "reference", hash)
                        .statusCode())
                .isEqualTo(303);
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        assertThat(owner.get(path).body()).contains("Budgets now", "$5.00", "resets");
        assertThat(owner.get(PATH).body()).contains("1 key");
        assertThat(owner.post(path + "/assign", "kind", "key", "reference", "nothing")
                        .body())
                .contains("Names no key of this organization");
        assertThat(owner.post(path + "/assign", "kind", "member").body()).contains("Say which member.");
        owner.post(path + "/assign", "kind", "environment", "reference", "production");
        owner.post(path + "/assign", "kind", "organization");
        assertThat(api("/guardrails/" + id(path) + "/assignments/environments")
                        .path("total_count")
                        .asInt())
                .isEqualTo(1);
        for (String kind : new String[] {"key", "environment", "organization"}) {
            String reference = kind.equals("key") ? hash : "production";
            assertThat(owner.post(path + "/unassign", "kind", kind, "reference", reference)
                            .statusCode())
                    .isEqualTo(303);
        }
        assertThat(owner.get(path).body()).contains("Nobody yet").doesNotContain("Budgets now");
    }

    @Test
    void deletesOnceTheNameWasTyped() {
        PageClient owner = client(Role.OWNER);
        String path = make(owner);
        assertThat(owner.post(path + "/delete", "confirm", "interns").body()).contains("That is not the name");
        assertThat(PageClient.location(owner.post(path + "/delete", "confirm", "Interns")))
                .isEqualTo(PATH);
        assertThat(owner.get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void writesTheRulesOfEveryKeyOfTheWorkspace() {
        PageClient owner = client(Role.OWNER);
        String path = owner.get(PATH).body().replaceAll("(?s).*href=\"(/settings/guardrails/[0-9a-f-]{36})\".*", "$1");
        assertThat(owner.get(path).body())
                .contains("Every key of its workspace")
                .doesNotContain("Delete this guardrail");
        assertThat(owner.post(path, "name", "Everybody", "pattern_0", "Hello", "action_0", "block")
                        .statusCode())
                .isEqualTo(303);
        assertThat(owner.get(PATH).body()).contains("Every key of the workspace", "Every key of its workspace");
        assertThat(api("/guardrails/" + id(path)).path("data").path("name").asString())
                .isEqualTo("Everybody");
    }
}
