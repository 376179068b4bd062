package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The pages of credits and of workspaces without a browser.
class CreditsPageFlowTest extends FreshServer {
    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    @Test
    void grantsOnceAndShowsWhoDidIt() {
        PageClient billing = client(Role.BILLING);
        String page = billing.get("/settings/credits").body();
        assertThat(page).contains("No entries yet", "Postpaid");
        String once = page.replaceAll("(?s).*name=\"once\" value=\"([^\"]+)\".*", "$1");
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> granted = billing.post(
                    "/settings/credits/entries", "once", once, "amount_usd", "$1,250.50", "reason", "Invoice 7");
            assertThat(granted.statusCode()).isEqualTo(303);
        }
        assertThat(billing.get("/settings/credits").body())
                .contains("$1,250.50", "Invoice 7", "billing@example.com", "1 entry", "credited");
        assertThat(TestServer.number(
                        server.faregate,
                        "SELECT count(*) FROM audit_event WHERE action = 'credits.grant' AND actor_kind = 'user'"))
                .isEqualTo(1);
        HttpResponse<String> refused =
                billing.post("/settings/credits/entries", "amount_usd", "-5", "reason", "kept reason");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("Must be positive", "value=\"kept reason\"", "data-open");
    }

    @Test
    void makesTheBalanceALimitAndNoneAgain() {
        PageClient owner = client(Role.OWNER);
        owner.get("/settings/credits");
        owner.post("/settings/credits/billing", "billing", "prepaid");
        assertThat(owner.get("/settings/credits").body()).contains("There is nothing to spend");
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(402);
        owner.post("/settings/credits/billing", "billing", "postpaid");
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        assertThat(owner.get("/settings/credits").body()).contains("Spent so far");
    }

    @Test
    void theAddressInARefusalLeadsToWhereCreditsComeFrom() {
        PageClient owner = client(Role.OWNER);
        owner.get("/settings/credits");
        owner.post("/settings/credits/billing", "billing", "prepaid");
        String refusal = server.chat(TestServer.chat("test/priced", "")).body();
        String address = refusal.replaceAll("(?s).*(https?://[^\\s\"]*/settings/credits).*", "$1");
        assertThat(address).startsWith("http://127.0.0.1:" + server.port() + "/");
        String page = owner.get(Mailbox.path(address)).body();
        assertThat(page).contains("Grant credits", "There is nothing to spend");
        String once = page.replaceAll("(?s).*name=\"once\" value=\"([^\"]+)\".*", "$1");
        owner.post("/settings/credits/entries", "once", once, "amount_usd", "5", "reason", "More");
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
    }

    @Test
    void letsEachRoleDoWhatItMay() {
        server.post(
                "/api/v1/credits/entries",
                "{\"amount_usd\":5,\"reason\":\"Secret reason\"}",
                TestServer.MANAGEMENT_KEY);
        for (Role role : Role.values()) {
            PageClient client = client(role);
            String page = client.get("/settings/credits").body();
            assertThat(page).as(role.word()).contains("Granted in all");
            assertThat(page.contains("Secret reason")).as(role.word()).isEqualTo(role.seesEverything());
            assertThat(page.contains("Grant credits")).as(role.word()).isEqualTo(role.managesMoney());
            assertThat(client.post("/settings/credits/entries", "amount_usd", "1", "reason", "r")
                            .statusCode())
                    .as(role.word())
                    .isEqualTo(role.managesMoney() ? 303 : 403);
            assertThat(client.post("/settings/credits/billing", "billing", "postpaid")
                            .statusCode())
                    .as(role.word())
                    .isEqualTo(role.managesOrganization() ? 303 : 403);
        }
    }

    @Test
    void looksAtAnotherWorkspaceAndMakesKeysThere() {
        String id = TestServer.json(server.post(
                        "/api/v1/workspaces",
                        "{\"name\":\"Research\",\"slug\":\"research\"}",
                        TestServer.MANAGEMENT_KEY))
                .path("data")
                .path("id")
                .asString();
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get("/settings/workspaces").body()).contains("Research", "You are here");
        assertThat(owner.post("/settings/workspaces", "workspace", id).statusCode())
                .isEqualTo(303);
        assertThat(owner.get("/settings/keys").body()).contains("Research").doesNotContain("First inference key");
        owner.get("/settings/keys/new");
        assertThat(owner.post("/settings/keys", "name", "Of research").statusCode())
                .isEqualTo(200);
        assertThat(TestServer.number(
                        server.faregate,
                        "SELECT count(*) FROM api_key WHERE name = 'Of research' AND workspace_id = '" + id + "'"))
                .isEqualTo(1);

        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "put-in@example.com");
        PageClient member = Persons.client(server, person);
        assertThat(member.get("/settings/workspaces").body()).doesNotContain("Research");
        for (String workspace : List.of(id, "nothing")) {
            assertThat(member.post("/settings/workspaces", "workspace", workspace)
                            .statusCode())
                    .isEqualTo(404);
        }
        server.post(
                "/api/v1/workspaces/" + id + "/members/add",
                "{\"user_ids\":[\"" + person.userId() + "\"]}",
                TestServer.MANAGEMENT_KEY);
        assertThat(member.post("/settings/workspaces", "workspace", id).statusCode())
                .isEqualTo(303);
    }
}
