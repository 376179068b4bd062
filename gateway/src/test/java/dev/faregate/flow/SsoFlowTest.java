package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.accounts.SignInLink;
import dev.faregate.base.Ids;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.storage.Database;
import dev.faregate.testkit.OpenIdProvider;
import dev.faregate.testkit.OpenIdProvider.Fault;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sign-in at identity providers that are true to the standard, and at some that are not.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SsoFlowTest {
    private static final String SECRET = "planted client secret / with + signs";
    private static final HttpClient BROWSER =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();

    private SecurityServer server;
    private OpenIdProvider provider;
    private OpenIdProvider second;
    private PageClient owner;
    private String joining;
    private String closed;

    @BeforeAll
    void start() {
        server = SecurityServer.start(Database.Kind.SQLITE);
        provider = OpenIdProvider.start("faregate", SECRET);
        second = OpenIdProvider.start("faregate", SECRET);
        owner = server.withPassword(server.person(Role.OWNER));
        joining = add(provider, "Acme", "joins", "on", "listed", "on", "roles", "platform = admin\nfinance = billing");
        closed = add(second, "Beta", "listed", "on");
    }

    @AfterAll
    void stop() throws Exception {
        provider.close();
        second.close();
        server.close();
    }

    @BeforeEach
    void behave() {
        for (OpenIdProvider each : List.of(provider, second)) {
            each.misbehave(Fault.NONE);
            each.thinTokens(false);
        }
    }

    /// Adds a provider by the form, and returns its id.
    private String add(OpenIdProvider added, String name, String... more) {
        owner.get("/settings/sso/new");
        List<String> fields = new ArrayList<>(List.of(
                "name",
                name,
                "issuer",
                added.issuer(),
                "client_id",
                "faregate",
                "client_secret",
                SECRET,
                "fallback",
                "viewer",
                "enabled",
                "on"));
        fields.addAll(List.of(more));
        HttpResponse<String> saved = owner.post("/settings/sso", fields.toArray(String[]::new));
        assertThat(saved.statusCode()).as(saved.body()).isEqualTo(303);
        return PageClient.location(saved).replace("/settings/sso/", "");
    }

    private static ObjectNode claims(String subject, String email, String... groups) {
        ObjectNode claims = JsonNodeFactory.instance
                .objectNode()
                .put("sub", subject)
                .put("email", email)
                .put("email_verified", true)
                .put("given_name", "Grace")
                .put("family_name", "Hopper");
        var list = claims.putArray("groups");
        List.of(groups).forEach(list::add);
        return claims;
    }

    private static String fresh() {
        return UUID.randomUUID().toString();
    }

    private static String at(String location) throws IOException, InterruptedException {
        HttpResponse<String> answer = BROWSER.send(
                HttpRequest.newBuilder(URI.create(location))
                        .timeout(TestServer.PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.headers().firstValue("location").orElseThrow(() -> new AssertionError(answer.body()));
    }

    /// The path that the provider sends the browser back to.
    private String callback(PageClient client, String start) throws Exception {
        HttpResponse<String> sent = client.get(start);
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(303);
        return at(PageClient.location(sent)).replace(server.url(), "");
    }

    private HttpResponse<String> signIn(PageClient client, String issuer) throws Exception {
        return client.get(callback(client, "/sign-in/sso/" + issuer + "?next=/account/security"));
    }

    private PageClient client() {
        return new PageClient(server.port());
    }

    private Member member(PageClient client) {
        Session session = server.session(client);
        return server.rig.database.read(tx -> server.rig
                .members
                .find(tx, session.organizationId(), session.userId())
                .orElseThrow());
    }

    @Test
    void makesAMemberWithTheRoleOfTheirGroupsAndFollowsThem() throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@Example.com", "platform", "finance"));
        PageClient client = client();
        HttpResponse<String> in = signIn(client, joining);
        assertThat(PageClient.location(in)).as(in.body()).isEqualTo("/account/security");
        assertThat(client.get("/account/security").body()).contains("Single sign-on");
        Member member = member(client);
        assertThat(member.role()).isEqualTo(Role.ADMIN);
        assertThat(member.email()).isEqualTo(subject + "@example.com");
        assertThat(member.firstName()).isEqualTo("Grace");
        assertThat(server.session(client).method()).isEqualTo(Session.Method.SSO);

        provider.signsIn(claims(subject, "changed-" + subject + "@example.com", "finance"));
        PageClient again = client();
        signIn(again, joining);
        assertThat(member(again).userId())
                .as("the subject counts, not the address")
                .isEqualTo(member.userId());
        assertThat(member(again).role()).isEqualTo(Role.BILLING);
        provider.signsIn(claims(subject, subject + "@example.com"));
        signIn(again, joining);
        assertThat(member(again).role()).as("of no group").isEqualTo(Role.VIEWER);
    }

    @Test
    void letsNobodyInWhomItDoesNotKnowWhereNobodyMayJoin() throws Exception {
        String subject = fresh();
        second.signsIn(claims(subject, subject + "@example.com"));
        PageClient client = client();
        HttpResponse<String> refused = signIn(client, closed);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("not a member of the organization");
        assertThat(client.cookies).doesNotContainKey("faregate_session");

        String person = server.person(Role.MEMBER);
        second.signsIn(claims(subject, person + "@example.com"));
        signIn(client, closed);
        assertThat(server.session(client).userId())
                .as("a member by their verified address")
                .isEqualTo(person);
        assertThat(member(client).role()).as("no groups, no change").isEqualTo(Role.MEMBER);
    }

    /// However the provider writes an address, it is the person who has it already.
    @Test
    void findsThePersonOfAnAddressHoweverItIsWritten() throws Exception {
        String local = fresh();
        String known = server.person(Role.MEMBER);
        server.rig.database.write(tx ->
                tx.sql().execute("UPDATE person SET email = ? WHERE id = ?", local + "@xn--bcher-kva.example", known));
        provider.signsIn(claims(fresh(), " " + local.toUpperCase(Locale.ROOT) + "@B\u00dccher.Example "));
        PageClient client = client();
        signIn(client, joining);
        assertThat(server.session(client).userId()).isEqualTo(known);
        provider.signsIn(claims(fresh(), local + "@xn--BCHER-kva.example"));
        PageClient other = client();
        signIn(other, joining);
        assertThat(server.session(other).userId()).isEqualTo(known);
    }

    @Test
    void trustsOnlyVerifiedAddresses() throws Exception {
        String person = server.person(Role.ADMIN);
        provider.signsIn(claims(fresh(), person + "@example.com").put("email_verified", false));
        HttpResponse<String> refused = signIn(client(), joining);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("verified");
        ObjectNode silent = claims(fresh(), person + "@example.com");
        silent.remove("email_verified");
        provider.signsIn(silent);
        assertThat(signIn(client(), joining).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "OTHER_SUBJECT"})
    void refusesWhatIsNotFromTheProviderThatItWasSentTo(Fault fault) throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@example.com", "platform"));
        PageClient client = client();
        String callback = callback(client, "/sign-in/sso/" + joining);
        provider.misbehave(fault);
        HttpResponse<String> refused =
                fault == Fault.WRONG_ISS || fault == Fault.NO_ISS ? signIn(client, joining) : client.get(callback);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(client.cookies).doesNotContainKey("faregate_session");
    }

    @Test
    void refusesUserInformationAboutSomebodyElse() throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@example.com", "platform"));
        provider.thinTokens(true);
        PageClient client = client();
        signIn(client, joining);
        assertThat(member(client).role()).as("groups from the user information").isEqualTo(Role.ADMIN);
        provider.misbehave(Fault.OTHER_SUBJECT);
        HttpResponse<String> refused = signIn(client(), joining);
        assertThat(refused.body()).contains("about somebody else");
    }

    @Test
    void takesAnAnswerOnceInTheBrowserThatBegan() throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@example.com", "platform"));
        PageClient victim = client();
        String callback = callback(client(), "/sign-in/sso/" + joining);
        assertThat(victim.get(callback).body()).contains("did not begin in this browser");
        callback(victim, "/sign-in/sso/" + joining);
        assertThat(victim.get(callback).body())
                .as("with another sign-in under way")
                .contains("did not begin in this browser");

        PageClient client = client();
        String own = callback(client, "/sign-in/sso/" + joining);
        String cookie = client.cookies.get("faregate_sso");
        assertThat(client.get(own).statusCode()).isEqualTo(303);
        client.cookies.put("faregate_sso", String.valueOf(cookie));
        assertThat(client.get(own).statusCode()).as("a second time").isEqualTo(403);
    }

    @Test
    void refusesAnAnswerAtAnotherProvidersAddress() throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@example.com", "platform"));
        PageClient client = client();
        String callback = callback(client, "/sign-in/sso/" + joining);
        HttpResponse<String> mixed = client.get(callback.replace(joining, closed));
        assertThat(mixed.statusCode()).isEqualTo(403);
        assertThat(client.cookies).doesNotContainKey("faregate_session");
    }

    @Test
    void followsAProviderThatChangesItsKey() throws Exception {
        String subject = fresh();
        provider.signsIn(claims(subject, subject + "@example.com", "platform"));
        assertThat(signIn(client(), joining).statusCode()).isEqualTo(303);
        provider.rotateKey();
        assertThat(signIn(client(), joining).statusCode()).isEqualTo(303);
        assertThat(provider.refused()).isNull();
    }

    @Test
    void neverSpeaksForAMemberOfAnotherOrganizationUnlessTheyConnectIt() throws Exception {
        String person = server.person(Role.MEMBER);
        String other = server.rig.tenant().organizationId();
        server.rig.database.write(tx -> {
            server.rig.members.join(tx, other, person, Role.OWNER);
            return null;
        });
        String subject = fresh();
        second.signsIn(claims(subject, person + "@example.com"));
        PageClient client = client();
        assertThat(signIn(client, closed).body()).contains("does not speak for yet");
        assertThat(client.cookies).doesNotContainKey("faregate_session");

        PageClient own = server.withPassword(person);
        own.get("/account/security");
        assertThat(PageClient.location(own.post("/account/security/sso/" + closed + "/connect")))
                .isEqualTo("/account/security/sso/" + closed + "/connect");
        HttpResponse<String> connected = own.get(callback(own, "/account/security/sso/" + closed + "/connect"));
        assertThat(PageClient.location(connected)).as(connected.body()).isEqualTo("/account/security");
        signIn(client, closed);
        assertThat(server.session(client).userId()).isEqualTo(person);

        PageClient somebody = server.withPassword(server.person(Role.MEMBER));
        assertThat(somebody.get("/account/security/sso/" + closed + "/connect").statusCode())
                .as("a link alone connects nothing")
                .isEqualTo(403);
        somebody.get("/account/security");
        somebody.post("/account/security/sso/" + closed + "/connect");
        HttpResponse<String> taken = somebody.get(callback(somebody, "/account/security/sso/" + closed + "/connect"));
        assertThat(taken.body()).contains("another account here");
        own.get("/account/security");
        own.post("/account/security/sso/" + closed + "/disconnect");
        assertThat(signIn(client(), closed).body()).contains("does not speak for yet");
    }

    /// Else whoever made the account first, with an address that is not theirs, would share it with its owner.
    @Test
    void givesNobodyAnAccountWhoseAddressWasNeverShownToBeTheirs() throws Exception {
        String person = server.person(Role.MEMBER);
        server.rig.database.write(tx -> tx.sql()
                .execute("INSERT INTO person_password (person_id, hash, changed_at) VALUES (?, 'x', 0)", person));
        provider.signsIn(claims(fresh(), person + "@example.com", "platform"));
        assertThat(signIn(client(), joining).body()).contains("does not speak for yet");
        server.rig.database.write(
                tx -> tx.sql().execute("UPDATE person SET email_verified_at = 1 WHERE id = ?", person));
        PageClient client = client();
        signIn(client, joining);
        assertThat(server.session(client).userId()).isEqualTo(person);
    }

    @Test
    void offersAButtonForEachListedProvider() {
        assertThat(server.sso.links(server.parts))
                .extracting(SignInLink::text)
                .contains("Sign in with a passkey", "Sign in with Acme", "Sign in with Beta");
        assertThat(server.sso.links(server.parts).getFirst().address("/settings/keys"))
                .isEqualTo("/sign-in/passkey?next=%2Fsettings%2Fkeys");
    }

    @Test
    void keepsTheClientSecretToItself() {
        String stored = server.rig.database.read(
                tx -> tx.sql().fetch("SELECT * FROM sso_issuer").formatCSV());
        assertThat(stored).doesNotContain(SECRET);
        assertThat(owner.get("/settings/sso/" + joining).body())
                .contains("One is kept", server.url() + "/sign-in/sso/" + joining + "/callback")
                .doesNotContain(SECRET);
    }

    @Test
    void tellsWhatIsWrongBesideTheFieldAndSendsTheSecretToNobodyElse() {
        owner.get("/settings/sso/new");
        HttpResponse<String> closedNetwork = owner.post(
                "/settings/sso", "name", "Inside", "issuer", "https://10.0.0.1", "client_id", "x", "enabled", "on");
        assertThat(closedNetwork.statusCode()).isEqualTo(422);
        assertThat(closedNetwork.body()).contains("leads into a network that is not allowed", "value=\"Inside\"");
        assertThat(owner.post("/settings/sso", "name", "Plain", "issuer", "http://login.example.com", "client_id", "x")
                        .body())
                .contains("behind TLS");
        assertThat(owner.post(
                                "/settings/sso",
                                "name",
                                "Roles",
                                "issuer",
                                provider.issuer(),
                                "client_id",
                                "x",
                                "roles",
                                "staff = king")
                        .body())
                .contains("the roles are owner, admin");
        owner.get("/settings/sso/" + closed);
        HttpResponse<String> moved = owner.post(
                "/settings/sso/" + closed,
                "name",
                "Beta",
                "issuer",
                provider.issuer(),
                "client_id",
                "faregate",
                "enabled",
                "on");
        assertThat(moved.body()).contains("must be typed in again when the issuer changes");
    }

    @Test
    void letsOnlyOwnersChangeProviders() {
        PageClient admin = server.withPassword(server.person(Role.ADMIN));
        assertThat(admin.get("/settings/sso").statusCode()).isEqualTo(200);
        assertThat(admin.post("/settings/sso/" + closed + "/delete", "confirm", "Beta")
                        .statusCode())
                .isEqualTo(403);
        assertThat(admin.post("/settings/sso/directory").statusCode()).isEqualTo(403);
        PageClient member = server.withPassword(server.person(Role.MEMBER));
        assertThat(member.get("/settings/sso").statusCode()).isEqualTo(403);
    }

    @Test
    void knowsNoProviderOfAnotherOrganization() throws Exception {
        try (SecurityServer stranger = SecurityServer.start(Database.Kind.SQLITE)) {
            PageClient other = stranger.withPassword(stranger.person(Role.OWNER));
            assertThat(other.get("/settings/sso").body()).doesNotContain("Acme");
            assertThat(other.get("/settings/sso/" + joining).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void deletesAProviderByItsNameAndEndsIt() {
        String id = add(provider, "Gone soon");
        owner.get("/settings/sso/" + id);
        assertThat(owner.post("/settings/sso/" + id + "/delete", "confirm", "Gone")
                        .statusCode())
                .isEqualTo(422);
        assertThat(owner.post("/settings/sso/" + id + "/delete", "confirm", "Gone soon")
                        .statusCode())
                .isEqualTo(303);
        assertThat(client().get("/sign-in/sso/" + id).statusCode()).isEqualTo(404);
    }

    @Test
    void whoeverJoinsIsInTheWorkspacesOfTheirGroupsInTheDirectory() throws Exception {
        String person = server.person(Role.VIEWER);
        String group = Ids.next().toString();
        String room = Ids.next().toString();
        TestDirectory.make(server.rig.database, server.rig.organizationId, group, room);
        TestDirectory.fill(server.rig.database, server.rig.organizationId, group, room, person);
        server.rig.database.write(tx -> server.rig.members.leave(tx, server.rig.organizationId, person));
        provider.signsIn(claims(fresh(), person + "@example.com"));
        PageClient client = client();
        signIn(client, joining);
        assertThat(server.session(client).userId()).isEqualTo(person);
        assertThat(server.rig.database.<Boolean>read(
                        tx -> MemberStore.maySee(tx, server.rig.organizationId, room, person, Role.MEMBER)))
                .isTrue();
    }
}
