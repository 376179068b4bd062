package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The pages of presets without a browser: who may, that page and API say the same, and that requests follow.
class PresetsPageFlowTest extends FreshServer {
    private static final String PATH = "/settings/presets";
    private static final String ONE = PATH + "/email-writer";

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "@example.com"));
    }

    private JsonNode api(String path) {
        return TestServer.json(server.get("/api/v1" + path, TestServer.MANAGEMENT_KEY));
    }

    private JsonNode designated() {
        return api("/presets/email-writer").path("data").path("designated_version");
    }

    private static HttpResponse<String> make(PageClient client, String... more) {
        client.get(PATH + "/-/new");
        return client.post(PATH, with(List.of("slug", "email-writer", "newest", "0"), more));
    }

    private static String[] with(List<String> first, String... more) {
        List<String> fields = new ArrayList<>(first);
        fields.addAll(List.of(more));
        return fields.toArray(String[]::new);
    }

    /// Saves the form as it was drawn from a version, with these fields in it.
    private static HttpResponse<String> save(PageClient client, int version, int newest, String... more) {
        client.get(ONE);
        return client.post(
                ONE, with(List.of("version", Integer.toString(version), "newest", Integer.toString(newest)), more));
    }

    @Test
    void everybodyLooksWhoeverMakesKeysWritesAndManagersSwitchOff() {
        PageClient owner = client(Role.OWNER);
        assertThat(make(owner, "model", "test/priced").statusCode()).isEqualTo(303);
        String[] terms = {"name", "E-mail", "status", "disabled"};
        for (Role role : new Role[] {Role.BILLING, Role.VIEWER}) {
            PageClient client = client(role);
            assertThat(client.get(PATH).body()).contains("@preset/email-writer").doesNotContain("New preset");
            assertThat(client.get(ONE).body()).contains("disabled").doesNotContain("Name and state");
            assertThat(client.get(PATH + "/-/new").statusCode()).isEqualTo(403);
            client.get(ONE);
            assertThat(client.post(PATH, "slug", "other").statusCode()).isEqualTo(403);
            assertThat(client.post(ONE, "version", "1", "newest", "1").statusCode())
                    .isEqualTo(403);
            assertThat(client.post(ONE + "/terms", terms).statusCode()).isEqualTo(403);
        }
        PageClient member = client(Role.MEMBER);
        assertThat(save(member, 1, 1, "model", "test/other").statusCode()).isEqualTo(303);
        assertThat(member.get(ONE).body()).contains("member@example.com").doesNotContain("Name and state");
        assertThat(member.post(ONE + "/terms", terms).statusCode()).isEqualTo(403);
        assertThat(api("/presets").path("total_count").asInt()).isEqualTo(1);
        assertThat(designated().path("version").asInt()).isEqualTo(2);
        assertThat(server.chat(TestServer.chat("@preset/email-writer", "")).statusCode())
                .isNotEqualTo(404);
        assertThat(owner.post(ONE + "/terms", terms).statusCode()).isEqualTo(303);
        assertThat(api("/presets/email-writer").path("data").path("status").asString())
                .isEqualTo("disabled");
        assertThat(server.chat(TestServer.chat("@preset/email-writer", "")).statusCode())
                .isEqualTo(404);
        assertThat(owner.get(PATH).body()).contains("E-mail", "Disabled");
    }

    @Test
    void whatThePageSaysTheApiShowsAndRequestsFollow() {
        PageClient owner = client(Role.OWNER);
        assertThat(owner.get(PATH).body()).contains("No presets in this workspace yet");
        HttpResponse<String> made = make(
                owner,
                "model",
                "test/priced",
                "models",
                "test/stops\r\ntest/other",
                "system_prompt",
                "<b>Short</b>\r\nand friendly.",
                "temperature",
                "0.7",
                "max_tokens",
                "77",
                "provider_sort",
                "price",
                "provider_only",
                "sim",
                "provider_no_fallbacks",
                "on",
                "provider_no_collection",
                "on");
        assertThat(PageClient.location(made)).as(made.body()).isEqualTo(ONE);
        JsonNode version = designated();
        assertThat(version.path("system_prompt").asString()).isEqualTo("<b>Short</b>\nand friendly.");
        assertThat(version.path("config").toString())
                .isEqualTo("{\"model\":\"test/priced\",\"models\":[\"test/stops\",\"test/other\"],\"temperature\":0.7,"
                        + "\"max_tokens\":77,\"provider\":{\"only\":[\"sim\"],\"sort\":\"price\","
                        + "\"allow_fallbacks\":false,\"data_collection\":\"deny\"}}");
        assertThat(owner.get(PATH).body()).contains("test/priced, system prompt, 4 more settings", "version 1");
        assertThat(owner.get(ONE).body())
                .contains("&lt;b&gt;Short&lt;/b&gt;", "value=\"0.7\"", "\"@preset/email-writer\"")
                .doesNotContain("<b>Short");
        assertThat(save(owner, 1, 1, "model", "test/priced", "max_tokens", "88").statusCode())
                .isEqualTo(303);
        assertThat(designated().path("config").toString()).isEqualTo("{\"model\":\"test/priced\",\"max_tokens\":88}");
        assertThat(server.chat(TestServer.chat("@preset/email-writer", "")).statusCode())
                .isEqualTo(200);
        assertThat(new String(upstream.truth().all().getLast().body(), StandardCharsets.UTF_8))
                .contains("\"max_tokens\":88");
    }

    @Test
    void whatTheFormHasNoFieldForStaysAndJsonShowsAll() {
        server.post(
                "/api/v1/presets/email-writer/chat/completions",
                "{\"model\":\"test/priced\",\"seed\":7,\"provider\":{\"max_price\":{\"prompt\":\"3\"}},"
                        + "\"messages\":[{\"role\":\"system\",\"content\":\"Be short\"}]}",
                TestServer.MANAGEMENT_KEY);
        PageClient owner = client(Role.OWNER);
        assertThat(save(owner, 1, 1, "model", "test/stops", "system_prompt", "Be short")
                        .statusCode())
                .isEqualTo(303);
        assertThat(designated().path("config").toString())
                .isEqualTo("{\"model\":\"test/stops\",\"seed\":7,\"provider\":{\"max_price\":{\"prompt\":\"3\"}}}");
        assertThat(owner.get(ONE + "?as=json").body()).contains("\"seed\" : 7");
        HttpResponse<String> saved = save(owner, 2, 2, "as_json", "on", "json", "{\"seed\": 8}");
        assertThat(saved.statusCode()).as(saved.body()).isEqualTo(303);
        assertThat(designated().path("config").toString()).isEqualTo("{\"seed\":8}");
        assertThat(designated().path("system_prompt").isNull()).isTrue();
        assertThat(owner.get(ONE + "?version=1").body()).contains("This is version 1 of 3", "Be short");
        assertThat(save(owner, 1, 3, "model", "test/priced").statusCode()).isEqualTo(303);
        assertThat(designated().path("config").path("seed").asInt()).isEqualTo(7);
        assertThat(designated().path("version").asInt()).isEqualTo(4);
        assertThat(owner.get(ONE + "?version=9").statusCode()).isEqualTo(404);
        assertThat(owner.get(PATH + "/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void complainsBesideTheField() {
        PageClient owner = client(Role.OWNER);
        String[][] wrong = {
            {"slug", "no slug!", "slug-error"},
            {"temperature", "warm", "Write a number, like 0.7"},
            {"max_tokens", "1.5", "max_tokens-error"},
            {"provider_sort", "luck", "must be one of price, throughput, latency"},
        };
        for (String[] line : wrong) {
            owner.get(PATH + "/-/new");
            HttpResponse<String> answer = owner.post(
                    PATH,
                    with(
                            line[0].equals("slug") ? List.of() : List.of("slug", "email-writer"),
                            line[0],
                            line[1],
                            "system_prompt",
                            "<i>kept</i>"));
            assertThat(answer.statusCode()).as(line[2]).isEqualTo(422);
            assertThat(answer.body())
                    .as(line[2])
                    .contains(line[2], "&lt;i&gt;kept")
                    .doesNotContain("<i>kept");
        }
        for (String json : new String[] {"{", "[]", "", "{\"max_tokens\":1.5}"}) {
            HttpResponse<String> answer = make(owner, "as_json", "on", "json", json);
            assertThat(answer.statusCode()).as(json).isEqualTo(422);
            assertThat(answer.body()).as(json).contains("json-error");
        }
        assertThat(api("/presets").path("total_count").asInt()).isZero();
        assertThat(make(owner, "model", "test/priced").statusCode()).isEqualTo(303);
        assertThat(make(owner).body()).contains("Is the name of a preset of this workspace already");
        assertThat(owner.post(ONE + "/terms", "name", " ", "status", "active").body())
                .contains("name-error");
        assertThat(owner.post(ONE + "/terms", "name", "x", "status", "gone").body())
                .contains("Must be one of");
        assertThat(designated().path("version").asInt()).isEqualTo(1);
    }

    @Test
    void aFormThatWasOvertakenAsksFirst() {
        PageClient owner = client(Role.OWNER);
        make(owner, "model", "test/priced");
        save(owner, 1, 1, "model", "test/stops");
        HttpResponse<String> overtaken = save(owner, 1, 1, "model", "test/other");
        assertThat(overtaken.statusCode()).isEqualTo(422);
        assertThat(overtaken.body())
                .contains("Version 2 was saved while this form was open", "name=\"newest\" value=\"2\"", "test/other");
        assertThat(designated().path("config").path("model").asString()).isEqualTo("test/stops");
        assertThat(save(owner, 1, 2, "model", "test/other").statusCode()).isEqualTo(303);
        assertThat(designated().path("config").path("model").asString()).isEqualTo("test/other");
    }

    @Test
    void aFormSentTwiceMakesOne() {
        PageClient owner = client(Role.OWNER);
        String once = owner.get(PATH + "/-/new").body().replaceAll("(?s).*name=\"once\" value=\"([^\"]+)\".*", "$1");
        for (int i = 0; i < 2; i++) {
            assertThat(owner.post(PATH, "once", once, "slug", "email-writer", "seed", "1")
                            .statusCode())
                    .isEqualTo(303);
        }
        assertThat(designated().path("version").asInt()).isEqualTo(1);
    }
}
