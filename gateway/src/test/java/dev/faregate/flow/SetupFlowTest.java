package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.cli.ResetLinkCommand;
import dev.faregate.cli.SetupLinkCommand;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.server.Environment;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From the link of the first start to a key that answers. One server serves all of these: before each its organization
/// is made to be without an owner again.
class SetupFlowTest extends OneServer {
    static final String PASSWORD = "seven quiet lanterns";

    private static final Pattern KEY = Pattern.compile("sk-fg-v1-[A-Za-z0-9]{46}");

    @BeforeEach
    void takeTheOwnersAway() {
        server.faregate.database().write(tx -> {
            tx.sql().execute("UPDATE organization_member SET role = 'viewer'");
            return tx.sql().execute("UPDATE organization SET name = 'Default'");
        });
    }

    /// A link as the first start prints it.
    private String link() {
        assertThat(command("setup-link")).as(err.toString()).isZero();
        return Mailbox.path(out.toString().lines().findFirst().orElseThrow());
    }

    /// The path and query of the link that the first start printed.
    static String link(TestServer server) {
        Secret link = server.faregate.firstStart().orElseThrow().setupLink();
        return Mailbox.path(Objects.requireNonNull(link).reveal());
    }

    static HttpResponse<String> setUp(PageClient client, String link, String email) {
        client.get(link);
        return client.post(
                "/setup",
                "token",
                link.substring(link.indexOf('=') + 1),
                "name",
                "Ada King Lovelace",
                "email",
                email,
                "password",
                PASSWORD,
                "organization",
                "Analytical Engines");
    }

    @Test
    void leadsInThreeStepsToALineThatWorks() {
        PageClient client = new PageClient(server.port());
        String link = link();
        assertThat(link(server)).as("the first start had one of its own").hasSameSizeAs(link);
        HttpResponse<String> page = client.get(link);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("Make the owner account", "value=\"Default\"");

        HttpResponse<String> owner = setUp(client, link, "Ada@Example.com");
        assertThat(PageClient.location(owner)).as(owner.body()).isEqualTo("/setup/models");
        HttpResponse<String> models = client.get("/setup/models");
        assertThat(models.body()).contains("SIM", "test/priced");

        HttpResponse<String> form = client.get("/setup/key");
        assertThat(form.body()).contains("Your first key");
        HttpResponse<String> done =
                client.post("/setup/key", "name", "Première clé <b>", "limit", "2.50", "reset", "daily");
        assertThat(done.statusCode()).isEqualTo(201);
        assertThat(done.headers().firstValue("cache-control")).contains("no-store");
        Matcher key = KEY.matcher(done.body());
        assertThat(key.find()).isTrue();
        assertThat(done.body())
                .contains(server.uri("/v1/chat/completions").toString(), "Authorization: Bearer " + key.group());
        assertThat(server.post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key.group())
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.keyInfo(key.group()).path("limit").decimalValue()).isEqualByComparingTo("2.5");
        assertThat(server.keyInfo(key.group()).path("limit_reset").asString()).isEqualTo("daily");
        assertThat(client.get("/setup/key").body()).doesNotContain(key.group());
        assertThat(client.get("/account").body())
                .contains("Ada King Lovelace", "ada@example.com", "Analytical Engines", "id=\"api-tokens\"");
    }

    @Test
    void theOwnerAdoptsTheKeysOfTheFirstStartAndNoOthers() {
        server.faregate.database().write(tx -> tx.sql().execute("UPDATE api_key SET creator_user_id = NULL"));
        String later = server.newKey("1");
        setUp(new PageClient(server.port()), link(), "adopter@example.com");
        String owner =
                server.keyInfo(TestServer.INFERENCE_KEY).path("creator_user_id").asString();
        assertThat(owner).hasSize(36);
        assertThat(server.keyInfo(TestServer.MANAGEMENT_KEY)
                        .path("creator_user_id")
                        .asString())
                .isEqualTo(owner);
        assertThat(server.keyInfo(later).path("creator_user_id").isNull()).isTrue();
    }

    @Test
    void theLinkWorksOnceAndOnlyWhileThereIsNoOwner() {
        String link = link();
        PageClient client = new PageClient(server.port());
        assertThat(setUp(client, link, "once@example.com").statusCode()).isEqualTo(303);
        PageClient stranger = new PageClient(server.port());
        assertThat(stranger.get(link).statusCode()).isEqualTo(410);
        stranger.get("/sign-in");
        assertThat(stranger.post("/setup", "token", link.substring(link.indexOf('=') + 1))
                        .statusCode())
                .isEqualTo(410);
        assertThat(command("setup-link")).isEqualTo(1);
        assertThat(err.toString()).contains("has an owner");
    }

    @Test
    void refusesALinkWhoseTimeIsOverOrThatNobodyMade() {
        String link = link();
        server.faregate.database().write(tx -> tx.sql().execute("UPDATE account_link SET expires_at = created_at - 1"));
        PageClient client = new PageClient(server.port());
        assertThat(client.get(link).statusCode()).isEqualTo(410);
        assertThat(client.get("/setup").statusCode()).isEqualTo(410);
        assertThat(client.get("/setup?token=" + "A".repeat(43)).statusCode()).isEqualTo(410);
    }

    @Test
    void aFreshLinkFromTheMachineTakesThePlaceOfTheFormer() {
        String former = link();
        String fresh = link();
        PageClient client = new PageClient(server.port());
        assertThat(client.get(former).statusCode()).isEqualTo(410);
        assertThat(setUp(client, fresh, "fresh@example.com").statusCode()).isEqualTo(303);

        assertThat(command("reset-link", "Fresh@example.com"))
                .as(err.toString())
                .isZero();
        String reset = Mailbox.path(out.toString().lines().findFirst().orElseThrow());
        PageClient other = new PageClient(server.port());
        other.get(reset);
        assertThat(PageClient.location(other.post(
                        "/reset/choose",
                        "token",
                        reset.substring(reset.indexOf('=') + 1),
                        "password",
                        "eleven loud trumpets")))
                .isEqualTo("/sign-in");
        assertThat(PageClient.location(client.get("/account")))
                .as("sessions of before are over")
                .startsWith("/sign-in");
        assertThat(command("reset-link", "nobody@example.com")).isEqualTo(1);
    }

    @Test
    void keepsWhatWasTypedButNeverThePassword() {
        PageClient client = new PageClient(server.port());
        String link = link();
        client.get(link);
        HttpResponse<String> answer = client.post(
                "/setup",
                "token",
                link.substring(link.indexOf('=') + 1),
                "name",
                "Ada <script>",
                "email",
                "ada@example.com",
                "password",
                "qwertyuiop123456",
                "organization",
                "Engines");
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body())
                .contains("attackers try first", "value=\"Ada &lt;script>\"", "value=\"ada@example.com\"")
                .doesNotContain("qwertyuiop123456", "<script>\"");
        assertThat(client.get(link).statusCode()).as("the link still works").isEqualTo(200);
    }

    @Test
    void keepsNoTokenAndNoPasswordInTheClear() {
        String link = link();
        assertThat(text("SELECT token_hash FROM account_link")).doesNotContain(link.substring(link.indexOf('=') + 1));
        setUp(new PageClient(server.port()), link, "hashed@example.com");
        assertThat(text("SELECT hash FROM person_password ORDER BY changed_at DESC LIMIT 1"))
                .startsWith("$argon2id$v=19$m=19456,t=2,p=1$")
                .doesNotContain(PASSWORD);
        assertThat(text("SELECT name FROM organization WHERE slug = '" + OrganizationStore.DEFAULT_SLUG + "'"))
                .isEqualTo("Analytical Engines");
        assertThat(text("SELECT actor_kind FROM audit_event WHERE action = 'setup.owner' LIMIT 1"))
                .isEqualTo("user");
    }

    private String text(String sql) {
        return server.faregate.database().read(tx -> String.valueOf(tx.sql().fetchValue(sql)));
    }

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int command(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Context context = new Context(
                new Environment(Map.of()),
                server.folder,
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                false);
        return Cli.run(context, List.of(new SetupLinkCommand(context), new ResetLinkCommand(context)), arguments);
    }
}
