package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Tokens;
import dev.faregate.identity.Role;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody may try at the entrance, each refused.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountAttacksFlowTest {
    private static final String PASSWORD = SetupFlowTest.PASSWORD;
    private static final String OWNER = "owner@example.com";
    private static final int ATTEMPTS = 10;

    private ScriptedUpstream upstream;
    private Mailbox mailbox;
    private TestServer server;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        mailbox = Mailbox.start();
        server = TestServer.startWith(
                "public_url: http://llm.example.com/\ntrusted_proxies: 127.0.0.1\naccounts.sign_up: open\n"
                        + mailbox.yaml(),
                upstream);
        PageClient client = client();
        SetupFlowTest.setUp(client, SetupFlowTest.link(server), OWNER);
        String path = mailbox.path(OWNER, 1);
        client.get(path);
        client.post("/account/email/confirm", "token", Entrance.token(path));
    }

    @AfterAll
    void stop() {
        server.close();
        mailbox.close();
        upstream.close();
    }

    /// Each client comes from an address of its own, as the proxy in front says, so that they do not share attempts.
    private PageClient client() {
        PageClient client = new PageClient(server.port());
        client.headers.put("X-Forwarded-For", "192.0.2." + ++clients);
        return client;
    }

    private int clients;

    @Test
    void linksInMailsBeginWithThePublicAddressWhateverTheHostSays() throws IOException {
        PageClient client = client();
        client.get("/reset");
        String body = "csrf=" + client.csrf() + "&email=" + URLEncoder.encode(OWNER, StandardCharsets.UTF_8);
        int before = mailbox.textsTo(OWNER).size();
        try (RawClient raw = RawClient.connect("127.0.0.1", server.port())) {
            raw.send("POST /reset HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
                    + "Forwarded: host=evil.example\r\nX-Forwarded-Proto: https\r\nOrigin: http://evil.example\r\n"
                    + "Cookie: faregate_visitor=" + client.cookies.get("faregate_visitor")
                    + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body);
            assertThat(raw.response().status()).isEqualTo(200);
        }
        assertThat(mailbox.link(OWNER, before + 1)).startsWith("http://llm.example.com/reset/choose?token=");
        assertThat(mailbox.raw()).doesNotContain("evil.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "https://evil.example/",
                "http:evil.example",
                "javascript:alert(1)",
                "/\t/evil.example",
                "/%0d%0aSet-Cookie: a=b\r\nX: y",
                "/settings/keys\u0001",
                "/settings/keys\u007f",
                " /settings/keys",
                "settings/keys",
                "",
            })
    void nextLeadsToNoOtherPlace(String next) {
        PageClient client = client();
        client.get("/sign-in?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
        HttpResponse<String> answer = client.post("/sign-in", "email", OWNER, "password", PASSWORD, "next", next);
        assertThat(PageClient.location(answer)).isEqualTo("/");
        assertThat(PageClient.location(client.get("/sign-in?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8))))
                .isEqualTo("/");
    }

    @Test
    void nextLeadsToAPageOfOurs() {
        PageClient client = client();
        HttpResponse<String> away = client.get("/settings/members?page=1");
        assertThat(PageClient.location(away)).isEqualTo("/sign-in?next=%2Fsettings%2Fmembers%3Fpage%3D1");
        assertThat(client.get(PageClient.location(away)).body())
                .contains("name=\"next\" value=\"/settings/members?page=1\"");
        assertThat(PageClient.location(client.post(
                        "/sign-in", "email", OWNER, "password", PASSWORD, "next", "/settings/members?page=1")))
                .isEqualTo("/settings/members?page=1");
    }

    @Test
    void aPlantedSessionIsNotTheOneAfterSignIn() {
        PageClient victim = client();
        String planted = Tokens.generate().reveal();
        victim.cookies.put("faregate_session", planted);
        Entrance.signIn(victim, OWNER, PASSWORD);
        assertThat(victim.cookies.get("faregate_session")).isNotNull().isNotEqualTo(planted);
        PageClient attacker = client();
        attacker.cookies.put("faregate_session", planted);
        assertThat(PageClient.location(attacker.get("/account"))).startsWith("/sign-in");

        Persons.Person eve = Persons.signedIn(server, Role.VIEWER, "eve@example.com");
        PageClient other = Persons.client(server, eve);
        other.headers.put("X-Forwarded-For", "192.0.2." + ++clients);
        other.get("/account");
        assertThat(PageClient.location(other.post("/sign-in", "email", OWNER, "password", PASSWORD)))
                .isEqualTo("/");
        assertThat(other.get("/account").body()).contains(OWNER);
        PageClient whoPlanted = Persons.client(server, eve);
        assertThat(PageClient.location(whoPlanted.get("/account")))
                .as("the session of before is over")
                .startsWith("/sign-in");
    }

    @Test
    void formsComeFromPagesOfOursOnly() {
        PageClient client = client();
        client.get("/sign-in");
        String before = client.csrf();
        for (String path : List.of("/sign-in", "/sign-up", "/reset", "/reset/choose", "/invitation", "/setup")) {
            assertThat(client.postAs("cross-site", path, List.of("csrf", before, "email", OWNER, "password", PASSWORD))
                            .statusCode())
                    .as(path)
                    .isEqualTo(403);
            assertThat(client.postAs("same-origin", path, List.of("email", OWNER, "password", PASSWORD))
                            .statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
        Entrance.signIn(client, OWNER, PASSWORD);
        for (String path : List.of(
                "/sign-out",
                "/account/name",
                "/account/password",
                "/account/email",
                "/account/leave",
                "/settings/members/invite",
                "/settings/organization/name",
                "/setup/key")) {
            assertThat(client.postAs("same-origin", path, List.of("csrf", before))
                            .statusCode())
                    .as("the token of before sign-in at " + path)
                    .isEqualTo(403);
        }
        assertThat(client.get("/account").statusCode()).as("still signed in").isEqualTo(200);
    }

    @Test
    void anUnknownAddressIsAnsweredLikeAKnownOne() {
        PageClient client = client();
        HttpResponse<String> known = Entrance.signIn(client, OWNER, "wrong but long enough");
        HttpResponse<String> unknown = Entrance.signIn(client, "nobody@example.com", "wrong but long enough");
        assertThat(unknown.statusCode()).isEqualTo(known.statusCode()).isEqualTo(422);
        assertThat(unknown.body().replace("nobody@example.com", OWNER)).isEqualTo(known.body());
        assertThat(names(unknown)).isEqualTo(names(known));

        client.get("/reset");
        long links = rows("account_link");
        HttpResponse<String> knownReset = client.post("/reset", "email", OWNER);
        HttpResponse<String> unknownReset = client.post("/reset", "email", "nobody@example.com");
        assertThat(unknownReset.body().replace("nobody@example.com", OWNER)).isEqualTo(knownReset.body());
        assertThat(rows("account_link")).as("both leave the same").isEqualTo(links + 2);
        mailbox.link(OWNER, 2);
        assertThat(mailbox.textsTo("nobody@example.com")).isEmpty();
    }

    private static List<String> names(HttpResponse<String> answer) {
        return answer.headers().map().keySet().stream().sorted().toList();
    }

    private long rows(String table) {
        return TestServer.number(server.faregate, "SELECT COUNT(*) FROM " + table);
    }

    @Test
    void guessingEndsWhetherThereIsSuchAnAccountOrNot() {
        for (String email : List.of("victim@example.com", "no-such@example.com")) {
            if (email.startsWith("victim")) {
                Persons.signedIn(server, Role.MEMBER, email);
            }
            PageClient client = client();
            client.get("/sign-in");
            for (int i = 0; i < ATTEMPTS; i++) {
                assertThat(client.post("/sign-in", "email", email, "password", "guess number " + i)
                                .statusCode())
                        .as(email + " " + i)
                        .isEqualTo(422);
            }
            HttpResponse<String> answer = client.post("/sign-in", "email", email, "password", "guess");
            assertThat(answer.statusCode()).as(email).isEqualTo(429);
            assertThat(answer.headers().firstValue("retry-after")).contains("900");
            assertThat(answer.body()).contains("Too many attempts");
        }
        assertThat(Entrance.signIn(client(), OWNER, PASSWORD).statusCode())
                .as("others are not kept out")
                .isEqualTo(303);
    }

    /// Whoever sits at a browser that was left open has no attempts of their own.
    @Test
    void guessesAtTheProofCountTogetherWithThoseAtTheSignIn() {
        String email = "proved@example.com";
        PageClient inside = new Entrance(server, mailbox).signedUp(email);
        PageClient outside = client();
        inside.headers.putAll(outside.headers);
        inside.get("/account/security");
        String proof = "/account/security/proof/password";
        for (int i = 0; i < ATTEMPTS / 2; i++) {
            assertThat(inside.post(proof, "password", "guess number " + i).statusCode())
                    .isEqualTo(422);
            assertThat(Entrance.signIn(outside, email, "guess number " + i).statusCode())
                    .isEqualTo(422);
        }
        HttpResponse<String> answer = inside.post(proof, "password", PASSWORD);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("retry-after")).contains("900");
        assertThat(answer.body()).contains("Too many attempts");
        assertThat(Entrance.signIn(outside, email, PASSWORD).statusCode()).isEqualTo(429);
    }

    @Test
    void nobodyIsFloodedWithMail() {
        PageClient client = client();
        client.get("/sign-up");
        for (int i = 0; i < 8; i++) {
            assertThat(client.post("/sign-up", "email", "flooded@example.com").statusCode())
                    .isEqualTo(200);
        }
        mailbox.link("flooded@example.com", 5);
        client.post("/sign-up", "email", "last@example.com");
        mailbox.link("last@example.com", 1);
        assertThat(mailbox.textsTo("flooded@example.com")).hasSize(5);
    }

    @Test
    void noPasswordAndNoLinkIsInTheDataFolder() throws IOException {
        PageClient client = client();
        client.get("/reset");
        client.post("/reset", "email", "nobody-at-all@example.com");
        String token = Entrance.token(mailbox.link(OWNER, 1));
        try (Stream<Path> files = Files.walk(server.folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(token, PASSWORD, "/reset/choose?token=");
            }
        }
    }

    @Test
    void aMemberDecidesNothingAndAnAdminNothingAboutOwners() {
        Persons.Person member = Persons.signedIn(server, Role.MEMBER, "mel@example.com");
        PageClient client = Persons.client(server, member);
        client.get("/account");
        String owner = server.faregate
                .database()
                .read(tx -> String.valueOf(
                        tx.sql().fetchValue("SELECT person_id FROM organization_member WHERE role = 'owner'")));
        assertThat(client.get("/settings/members").statusCode()).isEqualTo(403);
        assertThat(client.post("/settings/members/invite", "email", "x@example.com", "role", "member")
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.post("/settings/members/" + member.userId() + "/role", "role", "owner")
                        .statusCode())
                .isEqualTo(403);

        PageClient admin = Persons.client(server, Persons.signedIn(server, Role.ADMIN, "adm@example.com"));
        assertThat(admin.get("/settings/members/" + owner).body()).contains("Only an owner decides about owners");
        assertThat(admin.post("/settings/members/" + owner + "/role", "role", "member")
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin.post("/settings/members/" + owner + "/remove", "email", OWNER)
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin.post("/settings/members/" + member.userId() + "/role", "role", "owner")
                        .statusCode())
                .isEqualTo(422);
        assertThat(admin.post("/settings/members/invite", "email", "x@example.com", "role", "owner")
                        .statusCode())
                .isEqualTo(422);
        assertThat(admin.get("/settings/members/00000000-0000-7000-8000-000000000000")
                        .statusCode())
                .isEqualTo(404);
    }
}
