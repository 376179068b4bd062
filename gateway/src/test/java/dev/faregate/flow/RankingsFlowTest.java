package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// The page of rankings (S21): who sees it, what it shows, and how to leave it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RankingsFlowTest {
    private @Nullable ScriptedUpstream upstream;

    /// One whose rankings everybody sees, and one where each organization has its own.
    private @Nullable TestServer shared;

    private @Nullable TestServer own;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        shared =
                TestServer.startWith("rankings: {scope: installation, hidden: \"https://hidden.example\"}\n", upstream);
        own = TestServer.start(upstream);
        for (TestServer server : new TestServer[] {shared(), own()}) {
            PlantedApps.use(server, "https://diary.example/app", "Dear diary");
            PlantedApps.use(server, "https://hidden.example/", "Hidden by the operator");
            PlantedApps.use(server, "http://localhost:3000/", "On my machine");
        }
    }

    @AfterAll
    void stop() {
        shared().close();
        own().close();
        Objects.requireNonNull(upstream).close();
    }

    private TestServer shared() {
        return Objects.requireNonNull(shared);
    }

    private TestServer own() {
        return Objects.requireNonNull(own);
    }

    private static PageClient stranger(TestServer server) {
        return new PageClient(server.port());
    }

    private static PageClient person(TestServer server, Role role) {
        return Persons.client(server, Persons.signedIn(server, role, role.word() + "-rank@example.com"));
    }

    @Test
    void strangersSeeSharedRankings() {
        HttpResponse<String> page = stranger(shared()).get("/rankings");
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .contains("Dear diary", "href=\"https://diary.example\"", "test/priced")
                .contains("nofollow noopener noreferrer")
                .doesNotContain("Hidden by the operator", "On my machine", "localhost:3000", "Leave the rankings");
        assertThat(stranger(shared())
                        .get("/rankings?period=month&sort=trending&category=coding")
                        .body())
                .contains("No app has been seen");
        assertThat(stranger(shared()).get("/rankings?period=century").statusCode())
                .isEqualTo(400);
    }

    @Test
    void strangersSeeNothingOfAnOrganization() {
        HttpResponse<String> page = stranger(own()).get("/rankings");
        assertThat(PageClient.location(page)).isEqualTo("/sign-in?next=%2Frankings");
        assertThat(page.body()).doesNotContain("Dear diary");
        assertThat(person(own(), Role.VIEWER).get("/rankings").body())
                .contains("Dear diary", "Only your organization is added up")
                .doesNotContain("Leave the rankings");
    }

    @Test
    void anOrganizationLeavesTheSharedRankingsAndComesBack() {
        PageClient admin = person(shared(), Role.ADMIN);
        assertThat(admin.get("/rankings").body()).contains("Leave the rankings");
        assertThat(PageClient.location(admin.post("/rankings/opt-out", "hidden", "true")))
                .isEqualTo("/rankings");
        assertThat(admin.get("/rankings").body()).contains("Let it count again", "No app has been seen");
        assertThat(stranger(shared()).get("/rankings").body()).doesNotContain("Dear diary", "test/priced");
        assertThat(shared().get("/api/v1/datasets/rankings-daily", TestServer.INFERENCE_KEY)
                        .body())
                .doesNotContain("test/priced");
        admin.post("/rankings/opt-out", "hidden", "false");
        assertThat(stranger(shared()).get("/rankings").body()).contains("Dear diary");
        assertThat(shared().manage("GET", "/api/v1/audit-events?action=organization.update", "")
                        .body())
                .contains("hidden_from_rankings");
    }

    @Test
    void onlyWhoManagesAnOrganizationTakesItOut() {
        PageClient member = person(shared(), Role.MEMBER);
        member.get("/settings/apps");
        member.get("/rankings");
        PageClient stranger = stranger(shared());
        stranger.get("/rankings");
        assertThat(member.post("/rankings/opt-out", "hidden", "true").statusCode())
                .isEqualTo(403);
        assertThat(PageClient.location(stranger.post("/rankings/opt-out", "hidden", "true")))
                .startsWith("/sign-in");
        assertThat(stranger.get("/rankings").body()).contains("Dear diary");
    }
}
