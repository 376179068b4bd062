package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.identity.Sessions;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What holds for every page: headers, assets, forged forms, the theme.
class PagesFlowTest extends OneServer {
    private PageClient client() {
        return new PageClient(server.port());
    }

    @Test
    void sendsStrangersToTheSignInPage() {
        HttpResponse<String> answer = client().get("/");
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(PageClient.location(answer)).isEqualTo("/sign-in");
    }

    @Test
    void refusesAFormThatIsNotFromAPageOfOurs() {
        PageClient client = client();
        client.get("/");
        assertThat(client.postAs("same-origin", "/theme", List.of("theme", "dark"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(client.postAs("cross-site", "/theme", List.of("theme", "dark"))
                        .body())
                .contains("did not come from this site");
    }

    @Test
    void keepsPagesToThemselves() {
        HttpResponse<String> page = client().postAs("cross-site", "/theme", List.of());
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers().firstValue("referrer-policy")).contains("no-referrer");
        assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(page.headers().firstValue("cache-control")).contains("no-store");
    }

    @Test
    void servesAssetsForGoodUnderTheirVersion() {
        String page = client().postAs("cross-site", "/theme", List.of()).body();
        String address = page.replaceAll("(?s).*href=\"(/assets/tabler.min.css\\?v=[0-9a-f]+)\".*", "$1");
        HttpResponse<String> css = client().get(address);
        assertThat(css.statusCode()).isEqualTo(200);
        assertThat(css.headers().firstValue("cache-control").orElse("")).contains("immutable");
        assertThat(client().get("/assets/nothing.js").statusCode()).isEqualTo(404);
    }

    /// As a browser asks when somebody types an address.
    private static PageClient browsing(PageClient client) {
        client.headers.put("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        return client;
    }

    @Test
    void tellsPeopleInAPageThatAnAddressLeadsNowhere() {
        HttpResponse<String> visitor = browsing(client()).get("/setings/keys?q=1");
        assertThat(visitor.statusCode()).isEqualTo(404);
        assertThat(visitor.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        assertThat(visitor.headers().firstValue("content-security-policy")).isPresent();
        assertThat(visitor.body())
                .contains("<h1>There is nothing here</h1>", "No page has this address")
                .doesNotContain("aria-label=\"Navigation\"", "{\"error\"");

        PageClient member = browsing(Persons.client(server, Persons.signedIn(server, Role.MEMBER, "lost@example.com")));
        HttpResponse<String> inside = member.get("/setings/keys");
        assertThat(inside.statusCode()).isEqualTo(404);
        assertThat(inside.body())
                .contains("There is nothing here", "aria-label=\"Navigation\"", "href=\"/settings/keys\"")
                .contains("<span>Documentation</span>", "href=\"/docs\"");
        assertThat(member.get("/account/name").statusCode())
                .as("a form's address, which has no page")
                .isEqualTo(404);
        assertThat(member.get("/settings/keys").statusCode()).isEqualTo(200);
    }

    @Test
    void tellsProgramsTheSameInJson() {
        for (String path : List.of("/setings/keys", "/api/v1/kees", "/v1/kees", "/scim/v2/Kings", "/oauth/tokens")) {
            HttpResponse<String> answer = client().get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.headers().firstValue("content-type")).as(path).contains("application/json");
        }
        PageClient browser = browsing(client());
        for (String path :
                List.of("/api", "/api/v1/kees", "/v1/kees", "/scim/v2/Kings", "/oauth/x", "/.well-known/x")) {
            HttpResponse<String> answer = browser.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.headers().firstValue("content-type"))
                    .as(path + " is for programs, whatever they accept")
                    .contains("application/json");
        }
        assertThat(browser.get("/oauth/token").statusCode()).isEqualTo(405);
        assertThat(browser.get("/apiary").headers().firstValue("content-type"))
                .as("begins like the API, and is not below it")
                .contains("text/html; charset=utf-8");
        assertThat(browser.postAs("same-origin", "/setings/keys", List.of("a", "b"))
                        .headers()
                        .firstValue("content-type"))
                .contains("application/json");
    }

    @Test
    void knowsWhoIsSignedInUntilTheSessionEnds() {
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "somebody@example.com");
        PageClient client = Persons.client(server, person);
        assertThat(client.get("/").body()).contains("<h1 class=\"page-title\">Overview</h1>");
        server.faregate
                .database()
                .write(tx -> new Sessions(server.faregate.database()).endAll(tx, person.userId(), null));
        assertThat(PageClient.location(client.get("/"))).isEqualTo("/sign-in");
    }
}
