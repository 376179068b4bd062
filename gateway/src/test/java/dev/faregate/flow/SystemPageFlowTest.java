package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The page of the server itself: who sees it, and what it tells.
class SystemPageFlowTest extends FreshServer {
    private static final String PAGE = "/system";

    private static PageClient client(TestServer of, Role role) {
        return Persons.client(of, Persons.signedIn(of, role, role.word() + "@example.com"));
    }

    private PageClient operator() {
        return client(server, Role.OWNER);
    }

    private String page() {
        HttpResponse<String> page = operator().get(PAGE);
        assertThat(page.statusCode()).isEqualTo(200);
        return page.body();
    }

    @Test
    void isForTheOwnersOfTheFirstOrganizationAlone() {
        for (Role role : Role.values()) {
            PageClient client = client(server, role);
            client.headers.put("Accept", "text/html");
            boolean sees = role == Role.OWNER;
            HttpResponse<String> page = client.get(PAGE);
            assertThat(page.statusCode()).as(role.word()).isEqualTo(sees ? 200 : 404);
            assertThat(client.get("/account").body().contains("href=\"/system\""))
                    .as("the navigation of " + role.word())
                    .isEqualTo(sees);
            if (!sees) {
                assertThat(page.body().replace(PAGE, ""))
                        .as("nothing tells it from an address that leads nowhere")
                        .isEqualTo(client.get("/nowhere").body().replace("/nowhere", ""));
            }
        }
        PageClient stranger = new PageClient(server.port());
        assertThat(PageClient.location(stranger.get(PAGE))).isEqualTo("/sign-in?next=%2Fsystem");
        stranger.headers.put("Authorization", "Bearer " + TestServer.MANAGEMENT_KEY);
        assertThat(PageClient.location(stranger.get(PAGE)))
                .as("a key opens no page")
                .startsWith("/sign-in");
    }

    @Test
    void isNotForTheOwnersOfOtherOrganizationsUnderAnyName() {
        OrganizationStore organizations = new OrganizationStore();
        MemberStore members = new MemberStore();
        Persons.Person person = Persons.signedIn(server, Role.OWNER, "both@example.com");
        PageClient client = Persons.client(server, person);
        assertThat(client.get(PAGE).statusCode()).isEqualTo(200);
        server.faregate.database().write(tx -> {
            OrganizationStore.Home other = organizations.create(tx, "Default", Organization.Billing.POSTPAID);
            members.join(tx, other.organization().id(), person.userId(), Role.OWNER);
            organizations.rename(tx, person.organizationId(), "The house");
            return tx.sql()
                    .execute(
                            "UPDATE session SET organization_id = ?, workspace_id = ? WHERE person_id = ?",
                            other.organization().id(),
                            other.workspace().id(),
                            person.userId());
        });
        assertThat(client.get(PAGE).statusCode()).isEqualTo(404);
        assertThat(client.get("/account").body()).doesNotContain("href=\"/system\"");
        assertThat(Persons.client(server, Persons.signedIn(server, Role.OWNER, "first@example.com"))
                        .get(PAGE)
                        .statusCode())
                .as("a new name changes nothing")
                .isEqualTo(200);
    }

    @Test
    void tellsHowEverythingStands() {
        upstream.script(Script.answer());
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        assertThat(page())
                .contains(
                        "Everything is in order.",
                        "This node takes requests.",
                        "SQLite 3.",
                        server.folder.resolve("data/faregate.db").toString(),
                        "<dt>Holds</dt><dd class=\"fg-audit-long\">1</dd>",
                        "One node, on SQLite.",
                        "None failed in the last 30 seconds",
                        "data-label=\"Provider\">SIM</td>",
                        "data-label=\"Setting\">timeouts.balancer</td>",
                        "./faregate backup");
    }

    @Test
    void aRateLimitOfAProviderIsNoFailureAndAnErrorIs() {
        PageClient operator = operator();
        upstream.script(Script.refusing(429));
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(429);
        assertThat(operator.get(PAGE).body()).contains("None failed in the last 30 seconds");
        upstream.script(Script.refusing(500));
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(502);
        assertThat(operator.get(PAGE).body()).contains("1 model endpoint failed in the last 30 seconds");
    }

    @Test
    void tellsAScriptTheBlocksAlone() {
        PageClient operator = operator();
        operator.headers.put("HX-Request", "true");
        assertThat(operator.get(PAGE).body()).contains("id=\"ledger\"").doesNotContain("<html", "fg-nav");
    }

    @Test
    void tellsWhatIsWrongAndWhatToDo() throws Exception {
        upstream.script(Script.refusing(500));
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(502);
        Path file = server.folder.resolve("faregate.yaml");
        String good = Files.readString(file);
        Files.writeString(file, good + "log.level: loud\n");
        PageClient operator = operator();
        Cluster.await(
                "the page tells of the bad line",
                () -> operator.get(PAGE)
                        .body()
                        .contains("faregate.yaml line " + (good.lines().count() + 1) + ": log.level must be"));
        assertThat(operator.get(PAGE).body())
                .contains("Act now", "1 model endpoint failed in the last 30 seconds", "test/priced", "SIM")
                .doesNotContain("Everything is in order");
        Files.writeString(file, good + "timeouts.drain: 7s\n");
        Cluster.await(
                "the page tells of what waits",
                () -> operator.get(PAGE)
                        .body()
                        .contains("Changed in the file, but only read at the start: timeouts.drain."));
        assertThat(operator.get(PAGE).body()).doesNotContain("was not taken up");
    }

    @Test
    void tellsWhatCommandsDid() throws Exception {
        Commands commands = new Commands();
        commands.succeeds(server.folder, "verify", "--data", "data");
        Path backup = TestServer.temporaryFolder().resolve("one.zip");
        commands.succeeds(server.folder, "backup", "--data", "data", backup.toString());
        assertThat(page())
                .contains("The last audit found the books in order.", "Last backup", backup.toString())
                .doesNotContain("./faregate verify", "./faregate backup");
    }

    @Test
    void showsNoSecretOfAnyKind() {
        Map<String, String> planted = Map.of(
                "OPENAI_API_KEY", "planted-openai-key-0123456789",
                "FAREGATE_MAIL_PASSWORD", "planted-mail-password",
                "FAREGATE_MASTER_KEY", "cGxhbnRlZC1tYXN0ZXIta2V5LTAxMjM0NTY3ODktYWI=");
        String url = TestPostgres.freshUrl().replace("postgres@", "postgres:planted-database-password@")
                + "?ApplicationName=planted-option";
        String yaml = "leaks.github_keys_url: https://user:planted-in-a-url@example.com/keys\n";
        try (TestServer other = TestServer.startOn(url, yaml, planted, upstream)) {
            String page = client(other, Role.OWNER).get(PAGE).body();
            assertThat(page)
                    .contains("OpenAI", "OPENAI_API_KEY", "PostgreSQL ", "mail.password", "https://example.com/keys")
                    .doesNotContain("planted", "sk-upstream-secret", "postgres@", "postgres:");
            planted.values().forEach(secret -> assertThat(page).doesNotContain(secret));
            assertThat(page).doesNotContain(TestServer.INFERENCE_KEY, TestServer.MANAGEMENT_KEY);
        }
    }

    @Test
    void listsTheNodesAndSaysWhichIsSilent() {
        try (Cluster cluster = new Cluster(2)) {
            PageClient operator = client(cluster.node(0), Role.OWNER);
            String both = operator.get(PAGE).body();
            assertThat(both).contains("(this one)").doesNotContain("Silent");
            assertThat(both.split(">Alive<", -1)).hasSize(3);
            cluster.nodes.get(1).close();
            Cluster.await(
                    "the page tells that a node is silent",
                    () -> operator.get(PAGE).body().contains("1 node gives no sign of life."));
        }
    }
}
