package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.ScriptedUpstream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The documentation over HTTP (S70, S71): its pages, their twins and metadata, and where old addresses lead.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandbookFlowTest {
    private static final String URL = "https://llm.example.com";
    private static final Pattern HREF = Pattern.compile("<a [^>]*?href=\"([^\"]*)\"");
    private static final Pattern ID = Pattern.compile(" id=\"([^\"]*)\"");
    private static final Pattern TAG = Pattern.compile("<(/?)([a-z][a-z0-9]*)\\b[^>]*?(/?)>");

    /// HTML living standard, section 13.1.2; and what is empty in our drawings.
    private static final Set<String> VOID = Set.of("meta", "link", "br", "hr", "img", "input");

    private @Nullable ScriptedUpstream upstream;
    private @Nullable TestServer server;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        server = TestServer.startWith("public_url: " + URL + "/\n", upstream);
    }

    @AfterAll
    void stop() {
        server().close();
        Objects.requireNonNull(upstream).close();
    }

    private TestServer server() {
        return Objects.requireNonNull(server);
    }

    private PageClient browser() {
        PageClient client = new PageClient(server().port());
        client.headers.put("Accept", "text/html,*/*;q=0.8");
        return client;
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @Test
    void anErrorAboutAModelNamesTheSectionThatExplainsIt() {
        String address = TestServer.json(server().chat(TestServer.chat("nobody/nothing", "")))
                .path("error")
                .path("availability")
                .path("docs_url")
                .asString();
        assertThat(address).startsWith("/docs/");
        String section = address.substring(address.indexOf('#') + 1);
        assertThat(browser().get(address.substring(0, address.indexOf('#'))).body())
                .contains(" id=\"" + section + "\"", "model_not_found");
    }

    @Test
    void showsATopicToEverybodyInAPageThatRunsNothing() {
        PageClient stranger = browser();
        HttpResponse<String> page = stranger.get("/docs/authentication");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(header(page, "content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(header(page, "content-security-policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.body())
                .contains("<h1 id=\"authentication\">Authentication</h1>", "curl " + URL + "/api/v1/chat/completions")
                .contains("href=\"/docs/authentication\" aria-current=\"page\"", "href=\"/docs/api\"")
                .doesNotContain("<style", "style=\"", "onclick", "127.0.0.1:8080");
        assertThat(page.body().split("<script", -1))
                .as("scripts are files")
                .hasSize(page.body().split("<script src=\"/assets/", -1).length);
        assertThat(stranger.cookies).as("a stranger stays one").isEmpty();
    }

    @Test
    void tellsSearchEnginesAndPreviewsWhatItIs() {
        HttpResponse<String> page = browser().get("/docs/authentication");
        String description = "Every request carries an API key as a Bearer token.";
        assertThat(page.body())
                .contains("<title>Authentication · Faregate</title>", "<html lang=\"en\"")
                .contains("<meta name=\"robots\" content=\"index, follow\">")
                .contains("<link rel=\"canonical\" href=\"" + URL + "/docs/authentication\">")
                .contains("<link rel=\"alternate\" type=\"text/markdown\" href=\"/docs/authentication.md\">")
                .contains("<meta name=\"description\" content=\"" + description)
                .contains("<meta property=\"og:title\" content=\"Authentication\">")
                .contains("<meta property=\"og:description\" content=\"" + description)
                .contains("<meta property=\"og:type\" content=\"article\">")
                .contains("<meta property=\"og:url\" content=\"" + URL + "/docs/authentication\">")
                .contains("<meta property=\"og:site_name\" content=\"Faregate documentation\">")
                .contains("<meta name=\"twitter:card\" content=\"summary_large_image\">")
                .contains("<meta name=\"twitter:title\" content=\"Authentication\">")
                .contains("<meta name=\"twitter:description\" content=\"" + description);
        assertThat(page.headers().firstValue("x-robots-tag")).isEmpty();

        Matcher picture = Pattern.compile("og:image\" content=\"" + URL + "(/assets/card.png\\?v=\\w+)\"")
                .matcher(page.body());
        assertThat(picture.find()).isTrue();
        HttpResponse<String> card = browser().get(picture.group(1));
        assertThat(card.statusCode()).isEqualTo(200);
        assertThat(header(card, "content-type")).isEqualTo("image/png");

        assertThat(browser().get("/docs").body())
                .contains("<link rel=\"canonical\" href=\"" + URL + "/docs\">", "og:type\" content=\"website\"");
    }

    @Test
    void hasAMarkdownTwinOfEachTopic() {
        HttpResponse<String> twin = browser().get("/docs/byok.md");
        assertThat(twin.statusCode()).isEqualTo(200);
        assertThat(header(twin, "content-type")).isEqualTo("text/markdown; charset=utf-8");
        assertThat(header(twin, "link")).isEqualTo("<" + URL + "/docs/byok>; rel=\"canonical\"");
        assertThat(header(twin, "x-content-type-options")).isEqualTo("nosniff");
        assertThat(twin.body())
                .startsWith("# Own provider keys (BYOK)\n")
                .contains("curl " + URL + "/api/v1/byok", "[destinations](observability.md)", "See ADR 23.")
                .doesNotContain("adr/0023");
    }

    @ParameterizedTest
    @CsvSource({
        "/docs/api-reference/authentication,               /docs/authentication",
        "/docs/guides/overview/auth/provisioning-api-keys, /docs/keys#management-keys",
        "/docs/guides/guides/api-key-rotation,             /docs/keys#rotation",
        "/docs/api/reference/limits,                       /docs/limits",
        "/docs/api/reference/limits.mdx,                   /docs/limits.md",
        "/docs/use-cases/oauth-pkce.mdx,                   /docs/oauth.md",
    })
    void leadsOnForGoodFromKnownAddresses(String old, String here) {
        HttpResponse<String> answer = browser().get(old);
        assertThat(answer.statusCode()).isEqualTo(301);
        assertThat(PageClient.location(answer)).isEqualTo(here);
        assertThat(browser().get(here.replaceAll("#.*", "")).statusCode()).isEqualTo(200);
    }

    @Test
    void isNotSentAgainToWhoeverHasIt() {
        for (String path : List.of("/docs", "/docs/errors", "/docs/errors.md")) {
            PageClient client = browser();
            HttpResponse<String> first = client.get(path);
            String tag = header(first, "etag");
            assertThat(tag).as(path).matches("\"[0-9a-f]{16}\"");
            assertThat(header(first, "cache-control")).as(path).isEqualTo("no-cache");
            client.headers.put("If-None-Match", "\"other\", W/" + tag);
            HttpResponse<String> again = client.get(path);
            assertThat(again.statusCode()).as(path).isEqualTo(304);
            assertThat(again.body()).as(path).isEmpty();
            assertThat(header(again, "etag")).as(path).isEqualTo(tag);
            client.headers.put("If-None-Match", "\"other\"");
            assertThat(client.get(path).body()).as(path).isEqualTo(first.body());
        }
    }

    @Test
    void keepsTheThemeThatSomebodyChose() {
        PageClient client = browser();
        HttpResponse<String> light = client.get("/docs/errors");
        client.cookies.put("__Host-faregate_theme", "dark");
        HttpResponse<String> dark = client.get("/docs/errors");
        assertThat(light.body()).contains("data-theme=\"auto\"");
        assertThat(dark.body()).contains("data-theme=\"dark\"");
        assertThat(header(dark, "vary")).isEqualTo("Cookie");
        assertThat(header(dark, "etag")).isNotEqualTo(header(light, "etag"));
    }

    @Test
    void leadsFromATopicThatIsNotThereToTheContents() {
        for (String path : List.of("/docs/authentification", "/docs/adr/0001", "/docs/promises", "/docs/keys.mdx")) {
            HttpResponse<String> page = browser().get(path);
            assertThat(page.statusCode()).as(path).isEqualTo(404);
            assertThat(page.body()).as(path).contains("There is nothing here", "href=\"/docs\"");
        }
    }

    /// Follows every link from the contents on: each page is there, and each anchor on it.
    @Test
    void hasNoDeadLinkAndOnlyTagsThatClose() {
        Map<String, String> pages = new HashMap<>();
        Set<String> links = new LinkedHashSet<>();
        Deque<String> ahead = new ArrayDeque<>(List.of("/docs"));
        while (!ahead.isEmpty()) {
            String path = ahead.removeFirst();
            if (pages.containsKey(path)) {
                continue;
            }
            HttpResponse<String> page = browser().get(path);
            assertThat(page.statusCode()).as(path).isIn(200, 303);
            pages.put(path, page.body());
            if (!path.startsWith("/docs") || path.endsWith(".md")) {
                continue;
            }
            assertClosed(path, page.body());
            Matcher href = HREF.matcher(page.body());
            while (href.find()) {
                String link = href.group(1).replace("&amp;", "&");
                URI target = URI.create(link.startsWith(URL) ? link.substring(URL.length()) : link);
                if (!target.isAbsolute()) {
                    String to = target.getRawPath().isEmpty() ? path : target.getRawPath();
                    ahead.add(to);
                    links.add(to + (target.getFragment() == null ? "" : "#" + target.getFragment()));
                }
            }
        }
        assertThat(pages)
                .containsKeys("/docs/ci", "/docs/limits.md", "/docs/api", "/settings/keys")
                .hasSizeGreaterThan(40);
        for (String link : links) {
            int hash = link.indexOf('#');
            if (hash >= 0) {
                String page = pages.get(link.substring(0, hash));
                assertThat(ids(page)).as(link).contains(link.substring(hash + 1));
            }
        }
    }

    private static Set<String> ids(@Nullable String page) {
        Set<String> ids = new HashSet<>();
        Matcher id = ID.matcher(page == null ? "" : page);
        while (id.find()) {
            ids.add(id.group(1));
        }
        return ids;
    }

    private static void assertClosed(String path, String page) {
        Deque<String> open = new ArrayDeque<>();
        Matcher tag = TAG.matcher(page);
        while (tag.find()) {
            String name = tag.group(2);
            if (VOID.contains(name) || !tag.group(3).isEmpty()) {
                continue;
            }
            if (tag.group(1).isEmpty()) {
                open.push(name);
            } else {
                assertThat(open.poll()).as(path + " closes " + name).isEqualTo(name);
            }
        }
        assertThat(open).as(path).isEmpty();
        assertThat(page.split("<h1[ >]", -1)).as(path + " has one h1").hasSize(2);
    }
}
