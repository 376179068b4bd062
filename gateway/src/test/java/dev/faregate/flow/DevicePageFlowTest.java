package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// The page on which people type the code of a device (RFC 8628 section 3.3).
class DevicePageFlowTest extends OneServer {
    private String client;

    @BeforeAll
    void prepare() {
        client = TestServer.json(RegistrationFlowTest.register(
                        server, "\"client_name\":\"Kitchen <b>radio</b>\"," + RegistrationFlowTest.DEVICE))
                .get("client_id")
                .asString();
    }

    private ObjectNode asked() {
        HttpResponse<String> answer = RegistrationFlowTest.device(server, client);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
        return TestServer.json(answer);
    }

    private PageClient person(Role role, String name) {
        return Persons.client(server, Persons.signedIn(server, role, name + "@example.com"));
    }

    /// "verification_uri_complete" is no consent: the code is shown to be compared, and a button has to
    /// be pressed.
    @Test
    void showsClientAndCodeAndAsksAlsoWithTheCompleteAddress() {
        ObjectNode asked = asked();
        assertThat(asked.get("interval").asInt()).isEqualTo(5);
        assertThat(asked.get("expires_in").asInt()).isEqualTo(600);
        assertThat(asked.get("verification_uri").asString())
                .isEqualTo(server.uri("/device").toString());
        String shown = asked.get("user_code").asString();
        assertThat(asked.get("verification_uri_complete").asString()).endsWith("/device?user_code=" + shown);

        PageClient browser = person(Role.MEMBER, "listens");
        assertThat(browser.get("/device").body()).contains("Type the code");
        String typed = shown.toLowerCase(java.util.Locale.ROOT).replace("-", "%20");
        HttpResponse<String> page = browser.get("/device?user_code=" + typed);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .contains("Kitchen &lt;b&gt;radio&lt;/b&gt;", shown, "registered itself", "device that shows the code")
                .as("nothing is carried over, and no answer goes to an address")
                .doesNotContain("Kitchen <b>", "The answer goes to", "where the answer goes", "by hand");
        String path = "/device?user_code=" + shown;
        assertThat(browser.postAs("cross-site", path, List.of("decision", "allow"))
                        .statusCode())
                .isEqualTo(403);
        browser.get(path);
        assertThat(browser.post(path, "decision", "deny").body()).contains("Nothing was given");
        assertThat(browser.get(path).statusCode()).as("answered").isEqualTo(422);
    }

    @Test
    void asksStrangersToSignInAndPeopleWhoMayMakeKeys() {
        String path = "/device?user_code=" + asked().get("user_code").asString();
        assertThat(PageClient.location(new PageClient(server.port()).get(path)))
                .startsWith("/sign-in?next=%2Fdevice%3Fuser_code%3D");
        assertThat(person(Role.VIEWER, "looks").get(path).statusCode()).isEqualTo(403);
    }

    /// RFC 8628 section 5.1: "the authorization server SHOULD implement rate limiting".
    @Test
    void guessingEndsSoonAndHelpsNobodyWhoKnowsTheCode() {
        PageClient guesser = person(Role.MEMBER, "guesses");
        guesser.get("/settings/apps");
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String code = "BBBB-BBB" + "CDFGHJKLMNPQ".charAt(i);
            statuses.add((i % 2 == 0
                            ? guesser.get("/device?user_code=" + code)
                            : guesser.post("/device?user_code=" + code, "decision", "allow"))
                    .statusCode());
        }
        assertThat(statuses.subList(0, 10)).containsOnly(422);
        assertThat(statuses.subList(10, 12)).containsOnly(429);
        String path = "/device?user_code=" + asked().get("user_code").asString();
        assertThat(guesser.get(path).statusCode())
                .as("the right one is not looked at either")
                .isEqualTo(429);
        assertThat(person(Role.MEMBER, "honest").get(path).statusCode()).isEqualTo(200);
    }

    @Test
    void refusesClientsThatMayNot() {
        String web = TestServer.json(RegistrationFlowTest.register(
                        server,
                        "\"token_endpoint_auth_method\":\"none\",\"redirect_uris\":[\"https://app.example/cb\"]"))
                .get("client_id")
                .asString();
        HttpResponse<String> answer = RegistrationFlowTest.device(server, web);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(answer).get("error").asString()).isEqualTo("unauthorized_client");
        assertThat(RegistrationFlowTest.device(server, "nobody").statusCode()).isEqualTo(401);
    }
}
