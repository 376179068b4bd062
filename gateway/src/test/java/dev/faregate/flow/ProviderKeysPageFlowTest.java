package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The pages of provider keys without a browser: who may, that page and API say the same, that requests follow, and
/// that no page shows a key.
class ProviderKeysPageFlowTest extends FreshServer {
    private static final String PATH = "/settings/provider-keys";
    private static final String OWN = "sk-own-planted-0123456789abcdef";

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private JsonNode api(String path) {
        return TestServer.json(server.get("/api/v1" + path, TestServer.MANAGEMENT_KEY));
    }

    private JsonNode key(String path) {
        return api("/byok/" + path.substring(path.lastIndexOf('/') + 1)).path("data");
    }

    /// Brings one on the page; its path there.
    private String bring(PageClient client, String... more) {
        client.get(PATH + "/new");
        HttpResponse<String> made = client.post(PATH, with(more));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(303);
        return PageClient.location(made);
    }

    private static String[] with(String... more) {
        String[] fields = new String[more.length + 6];
        String[] first = {"provider", "sim", "key", OWN + "\r\n", "name", "Production"};
        System.arraycopy(first, 0, fields, 0, first.length);
        System.arraycopy(more, 0, fields, first.length, more.length);
        return fields;
    }

    private String credentialOfNextRequest() {
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        return upstream.truth().all().getLast().header("authorization").orElse("");
    }

    @Test
    void isForWhoManagesTheOrganization() {
        String path = bring(client(Role.OWNER));
        assertThat(client(Role.ADMIN).get(path).statusCode()).isEqualTo(200);
        for (Role role : new Role[] {Role.MEMBER, Role.BILLING, Role.VIEWER}) {
            PageClient client = client(role);
            assertThat(client.get("/settings/keys").body()).doesNotContain(PATH);
            for (String page : new String[] {PATH, PATH + "/new", path}) {
                HttpResponse<String> refused = client.get(page);
                assertThat(refused.statusCode()).as(role.word()).isEqualTo(403);
                assertThat(refused.body())
                        .doesNotContain("Production", key(path).path("label").asString());
            }
            for (String form :
                    new String[] {PATH, path, path + "/key", path + "/state", path + "/test", path + "/delete"}) {
                assertThat(client.post(form, with("state", "off", "confirm", "Production"))
                                .statusCode())
                        .as(role.word() + " " + form)
                        .isEqualTo(403);
            }
        }
        assertThat(api("/byok").path("total_count").asInt()).isEqualTo(1);
        assertThat(key(path).path("disabled").asBoolean()).isFalse();
        assertThat(upstream.truth().all()).isEmpty();
    }

    @Test
    void whatThePageSaysTheApiShowsAndRequestsFollow() {
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get(PATH).body()).contains("No provider keys here yet");
        assertThat(owner.get(PATH + "/new").body()).contains("<option value=\"sim\">", "<option value=\"openai\">");
        String hash = api("/keys").path("data").get(0).path("hash").asString();
        String path = bring(
                owner,
                "is_required",
                "on",
                "allowed_models",
                "test/priced\r\ntest/other",
                "allowed_api_key_hashes",
                hash,
                "declared_zdr",
                "true");
        JsonNode made = key(path);
        assertThat(made.path("provider").asString()).isEqualTo("sim");
        assertThat(made.path("is_required").asBoolean()).isTrue();
        assertThat(made.path("declared_zdr").asBoolean()).isTrue();
        assertThat(made.path("allowed_models").size()).isEqualTo(2);
        assertThat(made.path("workspace_id").asString())
                .isEqualTo(api("/workspaces/default").path("data").path("id").asString());
        assertThat(owner.get(PATH).body())
                .contains("Production", made.path("label").asString(), "This workspace", "only 2 models, 1 key")
                .contains("Always used");
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer " + OWN);

        assertThat(owner.post(path, "name", "Shared", "is_fallback", "on", "sort_order", "7")
                        .statusCode())
                .isEqualTo(303);
        JsonNode saved = key(path);
        assertThat(saved.path("name").asString()).isEqualTo("Shared");
        assertThat(saved.path("is_required").asBoolean()).isFalse();
        assertThat(saved.path("is_fallback").asBoolean()).isTrue();
        assertThat(saved.path("sort_order").asInt()).isEqualTo(7);
        assertThat(saved.path("declared_zdr").isNull()).isTrue();
        assertThat(saved.path("allowed_models").isNull()).isTrue();
        assertThat(owner.get(PATH).body()).contains("Shared", "Fallback", "place 7");
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer sk-upstream-secret-sim");

        server.manage("PATCH", "/api/v1/byok/" + saved.path("id").asString(), "{\"name\":\"By the API\"}");
        assertThat(owner.get(path).body()).contains("By the API");
    }

    @Test
    void replacesDisablesAndDeletes() {
        PageClient owner = client(Role.OWNER);
        String path = bring(owner, "everywhere", "on");
        assertThat(key(path).path("workspace_id").isNull()).isTrue();
        owner.get(path);
        String before = key(path).path("label").asString();
        assertThat(owner.post(path + "/key", "key", " ").body()).contains("Paste the key here.");
        assertThat(owner.post(path + "/key", "key", "sk-new-planted-9876543210zyxw")
                        .statusCode())
                .isEqualTo(303);
        assertThat(key(path).path("label").asString()).isNotEqualTo(before);
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer sk-new-planted-9876543210zyxw");

        owner.post(path + "/state", "state", "off");
        assertThat(key(path).path("disabled").asBoolean()).isTrue();
        assertThat(owner.get(PATH).body()).contains("Disabled");
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer sk-upstream-secret-sim");
        owner.post(path + "/state", "state", "on");
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer sk-new-planted-9876543210zyxw");

        assertThat(owner.post(path + "/delete", "confirm", "production").body()).contains("That is not the name");
        assertThat(PageClient.location(owner.post(path + "/delete", "confirm", "Production")))
                .isEqualTo(PATH);
        assertThat(owner.get(path).statusCode()).isEqualTo(404);
        assertThat(credentialOfNextRequest()).isEqualTo("Bearer sk-upstream-secret-sim");
        List<String> actions = api("/audit-events?subject=" + path.substring(path.lastIndexOf('/') + 1))
                .path("data")
                .valueStream()
                .map(event -> event.path("action").asString())
                .toList();
        assertThat(actions).containsExactly("byok.delete", "byok.update", "byok.update", "byok.rotate", "byok.create");
    }

    @Test
    void testsTheConnectionAndRemembersUntilTheKeyIsAnother() {
        PageClient owner = client(Role.OWNER);
        String path = bring(owner);
        assertThat(owner.get(PATH).body()).contains("never");
        assertThat(owner.post(path + "/test").statusCode()).isEqualTo(303);
        assertThat(owner.get(path).body()).contains("The provider takes the key.");
        assertThat(owner.get(PATH).body()).contains("Works").doesNotContain("never");

        upstream.close();
        String call = "/api/v1/byok/" + key(path).path("id").asString() + "/test";
        JsonNode refused = TestServer.json(server.manage("POST", call, "")).path("data");
        assertThat(refused.path("ok").asBoolean()).isFalse();
        assertThat(owner.get(PATH).body()).contains("Failed", "The provider could not be reached");
        assertThat(api("/audit-events?action=byok.test").path("data").size()).isEqualTo(2);

        owner.post(path + "/key", "key", "sk-new-planted-9876543210zyxw");
        assertThat(owner.get(PATH).body()).contains("never").doesNotContain("Failed");

        String unknown = TestServer.json(
                        server.manage("POST", "/api/v1/byok", "{\"provider\":\"deepgram\",\"key\":\"" + OWN + "\"}"))
                .path("data")
                .path("id")
                .asString();
        assertThat(owner.post(PATH + "/" + unknown + "/test").statusCode()).isEqualTo(303);
        assertThat(owner.get(PATH + "/" + unknown).body()).contains("Keys of this provider cannot be tested");
    }

    @Test
    void complainsBesideTheFieldAndForgetsTheKey() {
        PageClient owner = client(Role.OWNER);
        owner.get(PATH + "/new");
        String[][] wrong = {
            {"provider", "no-such", "key", OWN, "Is not the slug of a provider"},
            {"provider", "", "key", OWN, "Choose the provider that the key is from."},
            {"provider", "sim", "key", "", "Paste the key here."},
            {"provider", "azure", "key", "{\"api_key\":\"" + OWN + "\"}", "key-error"},
            {"provider", "sim", "key", OWN, "Write a whole number", "sort_order", "first"},
            {"provider", "sim", "key", OWN, "64 lowercase hexadecimal digits", "allowed_api_key_hashes", "mine"},
            {"provider", "sim", "key", OWN, "Not together with", "is_byok_only", "on", "is_fallback", "on"},
        };
        for (String[] line : wrong) {
            List<String> fields = new ArrayList<>(List.of(line));
            String said = fields.remove(4);
            fields.addAll(List.of("name", "<i>kept</i>"));
            HttpResponse<String> answer = owner.post(PATH, fields.toArray(String[]::new));
            assertThat(answer.statusCode()).as(said).isEqualTo(422);
            assertThat(answer.body()).as(said).contains(said, "&lt;i>kept").doesNotContain(OWN, "<i>kept");
        }
        assertThat(api("/byok").path("total_count").asInt()).isZero();
    }

    @Test
    void aFormSentTwiceMakesOne() {
        PageClient owner = client(Role.OWNER);
        String once = owner.get(PATH + "/new").body().replaceAll("(?s).*name=\"once\" value=\"([^\"]+)\".*", "$1");
        for (int i = 0; i < 2; i++) {
            assertThat(owner.post(PATH, with("once", once)).statusCode()).isEqualTo(303);
        }
        HttpResponse<String> other = owner.post(PATH, with("once", once, "is_fallback", "on"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("This form was sent before").doesNotContain(OWN);
        assertThat(api("/byok").path("total_count").asInt()).isEqualTo(1);
    }

    @Test
    void noPageShowsAKey() {
        PageClient owner = client(Role.OWNER);
        String path = bring(owner);
        owner.post(path + "/test");
        for (String page : new String[] {PATH, PATH + "/new", path, "/settings/audit"}) {
            assertThat(owner.get(page).body()).as(page).doesNotContain(OWN);
        }
        owner.get(path);
        assertThat(owner.post(path, "sort_order", "x").body()).doesNotContain(OWN);
        assertThat(owner.post(path + "/delete", "confirm", "x").body()).doesNotContain(OWN);
    }
}
