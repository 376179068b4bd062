package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The pages of destinations without a browser: who may, that page and API say the same, and that no page shows a
/// secret.
class DestinationsPageFlowTest extends FreshServer {
    private static final String PATH = "/settings/observability";
    private static final String SECRET = "planted-header-0123456789";
    private static final String[] HOOK = {
        "type",
        "webhook",
        "name",
        "Hook",
        "enabled",
        "on",
        "sampling_rate",
        "1",
        "config_url",
        "http://127.0.0.1:9/x",
        "headers",
        "Authorization: Bearer " + SECRET
    };

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private JsonNode api(String path) {
        return TestServer.json(server.get("/api/v1" + path, TestServer.MANAGEMENT_KEY));
    }

    private JsonNode destination(String path) {
        return api("/observability/destinations/" + path.substring(path.lastIndexOf('/') + 1))
                .path("data");
    }

    private String add(PageClient client, String... fields) {
        client.get(PATH + "/new?type=webhook");
        HttpResponse<String> made = client.post(PATH, fields);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(303);
        return PageClient.location(made);
    }

    private static String[] with(String... more) {
        List<String> fields = new ArrayList<>(List.of(HOOK));
        fields.addAll(List.of(more));
        return fields.toArray(String[]::new);
    }

    @Test
    void isForWhoManagesTheOrganization() {
        String path = add(client(Role.OWNER), HOOK);
        assertThat(client(Role.ADMIN).get(path).statusCode()).isEqualTo(200);
        for (Role role : new Role[] {Role.MEMBER, Role.BILLING, Role.VIEWER}) {
            PageClient client = client(role);
            assertThat(client.get("/settings/keys").body()).doesNotContain(PATH);
            for (String page : new String[] {PATH, PATH + "/new", path}) {
                assertThat(client.get(page).statusCode()).as(role.word()).isEqualTo(403);
            }
            for (String form : new String[] {PATH, path, path + "/state", path + "/test", path + "/delete"}) {
                assertThat(client.post(form, with("state", "off", "confirm", "Hook"))
                                .statusCode())
                        .as(role.word() + " " + form)
                        .isEqualTo(403);
            }
        }
        assertThat(api("/observability/destinations").path("total_count").asInt())
                .isEqualTo(1);
        assertThat(destination(path).path("enabled").asBoolean()).isTrue();
    }

    @Test
    void whatThePageSaysTheApiShowsAndBack() {
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get(PATH).body()).contains("No destinations in this workspace yet");
        assertThat(owner.get(PATH + "/new").body()).contains("value=\"webhook\"", "value=\"snowflake\"");
        String path = add(owner, with("broadcast_generation_cost", "on", "config_method", "PUT"));
        JsonNode made = destination(path);
        assertThat(made.path("config").path("url").asString()).isEqualTo("http://127.0.0.1:9/x");
        assertThat(made.path("config").path("method").asString()).isEqualTo("PUT");
        assertThat(made.path("broadcast_generation_cost").asBoolean()).isTrue();
        String masked =
                made.path("config").path("headers").path("Authorization").asString();
        assertThat(masked).contains("...").doesNotContain(SECRET);
        assertThat(owner.get(path).body()).contains("Authorization: " + masked).doesNotContain(SECRET);
        assertThat(owner.get(PATH).body()).contains("All requests", "Enabled");

        HttpResponse<String> saved = owner.post(
                path,
                "name",
                "Renamed",
                "enabled",
                "on",
                "sampling_rate",
                "0.25",
                "config_url",
                "https://hooks.example/y",
                "headers",
                "Authorization: " + masked + "\r\nX-Team: blue",
                "filter_rules",
                "{\"enabled\":false,\"groups\":[]}");
        JsonNode after = destination(path);
        assertThat(saved.statusCode()).as(saved.body()).isEqualTo(303);
        assertThat(after.path("name").asString()).isEqualTo("Renamed");
        assertThat(after.path("sampling_rate").decimalValue()).isEqualByComparingTo("0.25");
        assertThat(after.path("config").path("url").asString()).isEqualTo("https://hooks.example/y");
        assertThat(after.path("config").has("method")).isFalse();
        assertThat(after.path("config").path("headers").path("Authorization").asString())
                .isEqualTo(masked);
        assertThat(after.path("config").path("headers").has("X-Team")).isTrue();
        assertThat(after.path("broadcast_generation_cost").asBoolean()).isFalse();
        assertThat(owner.get(PATH).body()).contains("25 % of requests, by rules");

        owner.get(path);
        owner.post(path + "/state", "state", "off");
        assertThat(destination(path).path("enabled").asBoolean()).isFalse();
        assertThat(owner.get(PATH).body()).contains("Disabled");
        assertThat(owner.post(path + "/delete", "confirm", "renamed").body()).contains("That is not the name");
        assertThat(PageClient.location(owner.post(path + "/delete", "confirm", "Renamed")))
                .isEqualTo(PATH);
        assertThat(owner.get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void testsTheConnection() {
        PageClient owner = client(Role.OWNER);
        String path = add(owner, HOOK);
        assertThat(owner.post(path + "/test").statusCode()).isEqualTo(303);
        assertThat(owner.get(path).body())
                .contains("It could not be reached", "Failed")
                .doesNotContain(SECRET);
        assertThat(owner.get(PATH).body()).contains("Failed");
        String kept = add(
                owner,
                "type",
                "datadog",
                "name",
                "Dog",
                "enabled",
                "on",
                "sampling_rate",
                "1",
                "config_apiKey",
                SECRET,
                "config_mlApp",
                "app");
        assertThat(owner.get(kept).body()).contains("Only kept").doesNotContain("Test connection", SECRET);
        HttpResponse<String> renamed =
                owner.post(kept, "name", "Dog", "enabled", "on", "sampling_rate", "1", "config_mlApp", "other");
        assertThat(renamed.statusCode()).as("a secret that is not typed stays").isEqualTo(303);
        assertThat(destination(kept).path("config").path("mlApp").asString()).isEqualTo("other");
        assertThat(destination(kept).path("config").path("apiKey").asString()).contains("...");
        owner.post(kept + "/test");
        assertThat(owner.get(kept).body()).contains("Nothing is sent to destinations of this type");
    }

    @Test
    void complainsBesideTheFieldAndForgetsSecrets() {
        PageClient owner = client(Role.OWNER);
        String[][] wrong = {
            {"name", "", "Give it a name."},
            {"config_url", "ftp://x", "Must be an http or https URL"},
            {"sampling_rate", "2", "Must be a number from 0.0001 to 1"},
            {"sampling_rate", "half", "Write a share from 0.0001 to 1"},
            {"filter_rules", "{", "This is not JSON."},
            {"filter_rules", "[]", "filter_rules-error"},
            {"api_key_hashes", "mine", "64 lowercase hexadecimal digits"},
            {"headers", "Authorization: Bearer " + SECRET + "\r\nX-Team", "as a name, a colon and a value"},
            {"headers", "Host: " + SECRET, "Must hold names and values that HTTP allows"},
        };
        owner.get(PATH + "/new?type=webhook");
        for (String[] line : wrong) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < HOOK.length; i += 2) {
                if (!HOOK[i].equals(line[0])) {
                    fields.addAll(List.of(HOOK[i], HOOK[i + 1]));
                }
            }
            fields.addAll(List.of(line[0], line[1]));
            HttpResponse<String> answer = owner.post(PATH, fields.toArray(String[]::new));
            assertThat(answer.statusCode()).as(line[2]).isEqualTo(422);
            assertThat(answer.body()).as(line[2]).contains(line[2]).doesNotContain(SECRET);
        }
        assertThat(api("/observability/destinations").path("total_count").asInt())
                .isZero();
        for (int i = 0; i < 5; i++) {
            add(owner, HOOK);
        }
        owner.get(PATH + "/new?type=webhook");
        HttpResponse<String> sixth = owner.post(PATH, HOOK);
        assertThat(sixth.statusCode()).isEqualTo(422);
        assertThat(sixth.body()).contains("A workspace can have at most 5").doesNotContain(SECRET);
    }
}
