package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.keys.KeyText;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The key page without a browser: what it does, for whom, and what it never shows.
class KeyPageFlowTest extends OneServer {
    private static final Pattern SECRET = Pattern.compile("<code id=\"secret\"[^>]*>(sk-fg-[A-Za-z0-9-]+)</code>");
    private static final Pattern ONCE = Pattern.compile("name=\"once\" value=\"([^\"]+)\"");
    private static final Pattern ADDRESS = Pattern.compile("href=\"(/settings/keys/[0-9a-f]{64}[^\"#]*)\"");

    private int people;

    private PageClient client(Role role) {
        return Persons.client(server, Persons.signedIn(server, role, "p" + people++ + "@example.com"));
    }

    private static String found(Pattern pattern, HttpResponse<String> answer) {
        Matcher matcher = pattern.matcher(answer.body());
        assertThat(matcher.find()).as(pattern + " in " + answer.body()).isTrue();
        return matcher.group(1);
    }

    /// Makes a key as the form does; the answer shows its secret.
    private static HttpResponse<String> create(PageClient client, String name, String... more) {
        String once = found(ONCE, client.get("/settings/keys/new"));
        String[] fields = new String[4 + more.length];
        fields[0] = "name";
        fields[1] = name;
        fields[2] = "once";
        fields[3] = once;
        System.arraycopy(more, 0, fields, 4, more.length);
        return client.post("/settings/keys", fields);
    }

    private long audited(String action, String hash) {
        return TestServer.number(
                server.faregate,
                "SELECT count(*) FROM audit_event WHERE actor_kind = 'user' AND action = '" + action
                        + "' AND subject = (SELECT id FROM api_key WHERE hash = '" + hash + "')");
    }

    private static String hashOf(String address) {
        return address.substring("/settings/keys/".length()).substring(0, 64);
    }

    @Test
    void leadsThereFromThePathsThatPeopleKnow() {
        for (String path : List.of("/keys", "/dashboard/apiKeys")) {
            assertThat(PageClient.location(new PageClient(server.port()).get(path)))
                    .isEqualTo("/settings/keys");
        }
        assertThat(PageClient.location(new PageClient(server.port()).get("/settings/keys")))
                .isEqualTo("/sign-in?next=%2Fsettings%2Fkeys");
    }

    @Test
    void makesAKeyThatWorksAndShowsItsSecretInThatAnswerOnly() {
        PageClient client = client(Role.MEMBER);
        HttpResponse<String> made =
                create(client, "My Project Key", "limit", "2.50", "limit_reset", "daily", "environment", "production");
        assertThat(made.statusCode()).isEqualTo(200);
        assertThat(made.headers().firstValue("cache-control")).contains("no-store");
        String secret = found(SECRET, made);
        String address = found(ADDRESS, made);
        assertThat(made.body())
                .contains("FAREGATE_API_KEY=" + secret, "shown only this once", ".gitignore")
                .contains("http://127.0.0.1:" + server.port() + "/api/v1/chat/completions");
        assertThat(server.keyInfo(secret).path("limit").decimalValue()).isEqualByComparingTo("2.5");
        assertThat(server.keyInfo(secret).path("limit_reset").asString()).isEqualTo("daily");
        String list = client.get("/settings/keys").body();
        String detail = client.get(address).body();
        assertThat(list).contains("My Project Key", KeyText.label(secret), "production");
        assertThat(detail).contains("My Project Key", KeyText.label(secret));
        assertThat(list + detail).doesNotContain(secret);
        assertThat(audited("key.create", hashOf(address))).isEqualTo(1);
    }

    @Test
    void saysOfAKeyThatItMayOnlyLook() {
        OAuthRig rig = new OAuthRig(server, Persons.signedIn(server, Role.MEMBER, "only-looks@example.com"));
        String key = OAuthRig.text(rig.token(rig.client(false), "scope", "read"), "access_token");
        String list = rig.browser.get("/settings/keys").body();
        assertThat(list.split(">Read only<", -1)).as("one badge for one key").hasSize(2);
        String page = rig.browser
                .get(found(ADDRESS, rig.browser.get("/settings/keys")))
                .body();
        assertThat(page).contains(KeyText.label(key), ">Read only<", "Look only");

        PageClient other = client(Role.MEMBER);
        String address = found(ADDRESS, create(other, "Does everything"));
        assertThat(other.get("/settings/keys").body() + other.get(address).body())
                .contains("Does everything")
                .doesNotContain("Read only", "Look only");
    }

    @Test
    void makesOneKeyHoweverOftenTheFormIsSent() {
        PageClient client = client(Role.MEMBER);
        String once = found(ONCE, client.get("/settings/keys/new"));
        HttpResponse<String> first = client.post("/settings/keys", "name", "Once", "once", once, "expires", "30");
        HttpResponse<String> again = client.post("/settings/keys", "name", "Once", "once", once, "expires", "30");
        assertThat(again.statusCode()).isEqualTo(303);
        assertThat(PageClient.location(again)).isEqualTo(found(ADDRESS, first));
        assertThat(client.get(PageClient.location(again)).body())
                .contains("shown then, once")
                .doesNotContain(found(SECRET, first));
        HttpResponse<String> other = client.post("/settings/keys", "name", "Twice", "once", once);
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("sent before", "value=\"Twice\"");
    }

    @Test
    void saysWhatIsWrongBesideTheFieldAndKeepsWhatWasTyped() {
        PageClient client = client(Role.MEMBER);
        HttpResponse<String> refused =
                create(client, "Kept name", "limit", "a lot", "allowed_ips", "nowhere", "rpm", "600", "expires", "7");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body())
                .contains("id=\"limit-error\"", "value=\"a lot\"", "value=\"Kept name\"", "value=\"600\"", "nowhere");
        HttpResponse<String> byTheApi = create(client, "x".repeat(201), "allowed_ips", "nowhere");
        assertThat(byTheApi.statusCode()).isEqualTo(422);
        assertThat(byTheApi.body()).contains("id=\"name-error\"", "at most 200 characters");
    }

    @Test
    void changesDisablesAndEnablesAKeyByTheRulesOfTheApi() {
        PageClient client = client(Role.MEMBER);
        HttpResponse<String> made = create(client, "Changing", "limit", "5");
        String secret = found(SECRET, made);
        String address = found(ADDRESS, made);
        client.get(address);
        assertThat(client.post(address, "name", "Changed", "limit", "7", "limit_reset", "weekly", "parallel", "3")
                        .statusCode())
                .isEqualTo(303);
        assertThat(server.keyInfo(secret).path("limit").decimalValue()).isEqualByComparingTo("7");
        assertThat(client.get(address).body()).contains("Changed", "Every week", "3 at the same time");
        assertThat(client.post(address, "name", "", "limit", "7").statusCode()).isEqualTo(422);

        client.post(address + "/state", "state", "off");
        assertThat(server.get("/api/v1/key", secret).statusCode()).isEqualTo(401);
        assertThat(client.get(address).body()).contains("Disabled");
        client.post(address + "/state", "state", "on");
        assertThat(server.get("/api/v1/key", secret).statusCode()).isEqualTo(200);
        assertThat(audited("key.update", hashOf(address))).isEqualTo(3);
    }

    @Test
    void rotatesWithAnOverlapAndShowsBothPreviews() {
        PageClient client = client(Role.MEMBER);
        HttpResponse<String> made = create(client, "Turning");
        String before = found(SECRET, made);
        String address = found(ADDRESS, made);
        String once = found(ONCE, client.get(address));
        HttpResponse<String> turned = client.post(address + "/rotate", "grace", "3600", "once", once);
        String after = found(SECRET, turned);
        assertThat(after).isNotEqualTo(before);
        assertThat(turned.body()).contains(KeyText.label(before), KeyText.label(after));
        assertThat(server.get("/api/v1/key", before).statusCode()).isEqualTo(200);
        assertThat(server.get("/api/v1/key", after).statusCode()).isEqualTo(200);
        assertThat(client.get(address).body())
                .contains(KeyText.label(before), KeyText.label(after), "old secret still works")
                .doesNotContain(after);

        HttpResponse<String> third = client.post(address + "/rotate", "grace", "3600");
        assertThat(third.statusCode()).isEqualTo(422);
        assertThat(third.body()).contains("Two secrets of this key work now");
        HttpResponse<String> forced = client.post(address + "/rotate", "grace", "0", "end_older", "on");
        assertThat(server.get("/api/v1/key", before).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/key", after).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/key", found(SECRET, forced)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void deletesAKeyOnceItsNameIsTyped() {
        PageClient client = client(Role.MEMBER);
        HttpResponse<String> made = create(client, "Going away");
        String secret = found(SECRET, made);
        String address = found(ADDRESS, made);
        client.get(address);
        assertThat(client.post(address + "/delete", "confirm", "something else").statusCode())
                .isEqualTo(422);
        assertThat(server.get("/api/v1/key", secret).statusCode()).isEqualTo(200);
        HttpResponse<String> deleted = client.post(address + "/delete", "confirm", "Going away");
        assertThat(PageClient.location(deleted)).isEqualTo("/settings/keys");
        assertThat(server.get("/api/v1/key", secret).statusCode()).isEqualTo(401);
        assertThat(client.get("/settings/keys").body()).contains("“Going away” is deleted");
        assertThat(client.get(address).statusCode()).isEqualTo(404);
        assertThat(audited("key.delete", hashOf(address))).isEqualTo(1);
    }

    @Test
    void showsAMemberOwnKeysAndManagersAll() {
        HttpResponse<String> made = create(client(Role.MEMBER), "Of the first member");
        String address = found(ADDRESS, made);
        PageClient other = client(Role.MEMBER);
        assertThat(other.get("/settings/keys").body()).doesNotContain("Of the first member");
        assertThat(other.get(address).statusCode()).isEqualTo(404);
        other.get("/settings/keys/new");
        for (String action : List.of("", "/state", "/rotate", "/delete")) {
            assertThat(other.post(address + action, "state", "off", "confirm", "Of the first member", "name", "x")
                            .statusCode())
                    .as(action)
                    .isEqualTo(404);
        }
        PageClient admin = client(Role.ADMIN);
        assertThat(admin.get("/settings/keys").body()).contains("Of the first member", "@example.com");
        assertThat(admin.get("/settings/keys?made_by=me").body()).doesNotContain("Of the first member");
        admin.get(address);
        assertThat(admin.post(address + "/state", "state", "off").statusCode()).isEqualTo(303);
    }

    @Test
    void letsViewersLookButNotTouch() {
        HttpResponse<String> made = create(client(Role.MEMBER), "Looked at");
        String address = found(ADDRESS, made);
        for (Role role : List.of(Role.VIEWER, Role.BILLING)) {
            PageClient viewer = client(role);
            assertThat(viewer.get("/settings/keys").body())
                    .contains("Looked at")
                    .doesNotContain("Create New Key", "name=\"state\" value=\"off\"", "Delete…");
            assertThat(viewer.get(address).body()).contains("Looked at").doesNotContain("action=\"/settings/keys");
            assertThat(viewer.get("/settings/keys/new").statusCode()).isEqualTo(403);
            for (String path :
                    List.of("/settings/keys", address, address + "/state", address + "/rotate", address + "/delete")) {
                assertThat(viewer.post(path, "name", "x", "state", "off", "confirm", "Looked at")
                                .statusCode())
                        .as(role + " " + path)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void letsOnlyOwnersHaveManagementKeys() {
        PageClient owner = client(Role.OWNER);
        String once = found(ONCE, owner.get("/settings/keys/new?kind=management"));
        HttpResponse<String> made =
                owner.post("/settings/keys?kind=management", "name", "Terraform", "once", once, "limit", "3");
        String secret = found(SECRET, made);
        assertThat(secret).startsWith("sk-fg-adm-");
        assertThat(made.body()).contains("FAREGATE_MANAGEMENT_KEY=" + secret);
        assertThat(server.get("/api/v1/keys", secret).statusCode()).isEqualTo(200);
        assertThat(owner.get("/settings/keys").body()).doesNotContain("Terraform");
        assertThat(owner.get("/settings/keys?kind=management").body()).contains("Terraform");
        String address = found(ADDRESS, made);
        assertThat(owner.get(address).statusCode()).isEqualTo(200);
        for (Role role : List.of(Role.ADMIN, Role.MEMBER, Role.VIEWER)) {
            PageClient other = client(role);
            assertThat(other.get("/settings/keys?kind=management").statusCode())
                    .as(role.word())
                    .isEqualTo(403);
            assertThat(other.get(address).statusCode()).as(role.word()).isEqualTo(403);
            assertThat(other.post("/settings/keys?kind=management", "name", "no")
                            .statusCode())
                    .as(role.word())
                    .isEqualTo(403);
        }
    }

    @Test
    void findsKeysAndTellsTheWholeListByItsAddress() {
        PageClient client = client(Role.MEMBER);
        for (int i = 0; i < 27; i++) {
            create(client, "Paged " + i, "environment", i % 2 == 0 ? "even" : "odd");
        }
        String first = client.get("/settings/keys?q=paged").body();
        assertThat(first).contains("27 keys", "Paged 26", "Paged 2<").doesNotContain(">Paged 1<");
        String older =
                first.replaceAll("(?s).*rel=\"next\" href=\"([^\"]+)\".*", "$1").replace("&amp;", "&");
        assertThat(older).contains("q=paged", "after=");
        assertThat(client.get(older).body()).contains(">Paged 1<", ">Paged 0<").doesNotContain(">Paged 2<");
        assertThat(client.get("/settings/keys?environment=odd").body())
                .contains("13 keys")
                .doesNotContain(">Paged 4<");
        assertThat(client.get("/settings/keys?q=nothing+like+it").body()).contains("No key is like that");
        assertThat(client.get("/settings/keys?state=strange").statusCode()).isEqualTo(400);
    }

    @Test
    void teachesTheFirstStepOnAnEmptyPage() {
        assertThat(client(Role.MEMBER).get("/settings/keys").body())
                .contains("You have no keys yet", "Create New Key", "curl http://127.0.0.1:" + server.port());
    }
}
