package dev.faregate.handbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/// The documentation as it is: every file of `docs/` becomes a good page, and no link on it is dead.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandbookTest {
    private static final String URL = "https://llm.example.com";

    /// What tells what is proved by which test; it is for people who have the tests.
    private static final Set<String> NOT_SERVED = Set.of("promises");

    /// Ids of the frame around a text (handbook/frame.jte).
    private static final Set<String> IDS_OF_THE_FRAME = Set.of("menu", "main");

    /// Pages that texts lead to besides each other.
    private static final Set<String> OTHER_PAGES = Set.of("/docs/api", "/settings/keys");

    private final Handbook handbook = new Handbook(() -> URL);
    private final Map<String, Element> pages = new LinkedHashMap<>();
    private final Map<String, Set<String>> ids = new HashMap<>();

    @BeforeAll
    void read() throws Exception {
        for (String name : Contents.topics()) {
            Element page = wellFormed(handbook.get(name).html());
            pages.put(name, page);
            ids.put(name, Set.copyOf(ids(page)));
        }
    }

    /// Throws where a tag is not closed, or closed twice.
    private static Element wellFormed(String html) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader("<article>" + html + "</article>")))
                .getDocumentElement();
    }

    private static List<Element> elements(Element page, String tag) {
        NodeList found = page.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static List<String> ids(Element page) {
        return elements(page, "*").stream()
                .map(element -> element.getAttribute("id"))
                .filter(id -> !id.isEmpty())
                .toList();
    }

    @Test
    void servesEveryFileOfDocsOnce() throws IOException {
        Set<String> files = new TreeSet<>();
        try (Stream<Path> all = Files.list(Path.of("..", "docs"))) {
            all.map(file -> Objects.toString(file.getFileName()))
                    .filter(file -> file.endsWith(".md"))
                    .forEach(file -> files.add(file.substring(0, file.length() - 3)));
        }
        files.removeAll(NOT_SERVED);
        assertThat(Contents.topics()).containsExactlyInAnyOrderElementsOf(files);
        for (String name : Contents.topics()) {
            assertThat(Handbook.text(name)).isEqualTo(Files.readString(Path.of("..", "docs", name + ".md")));
        }
    }

    @Test
    void hasATitleAndADescriptionOfEachTopic() {
        List<Topic> topics = Contents.topics().stream().map(handbook::get).toList();
        assertThat(topics.stream().map(Topic::title)).doesNotHaveDuplicates();
        assertThat(topics.stream().map(Topic::description)).doesNotHaveDuplicates();
        topics.forEach(topic -> {
            assertThat(topic.title()).as(topic.name()).isNotBlank().hasSizeLessThanOrEqualTo(60);
            assertThat(topic.description())
                    .as(topic.name())
                    .hasSizeBetween(60, TopicReader.MAX_DESCRIPTION)
                    .doesNotContain("`", "](", "\n")
                    .endsWith(".");
        });
    }

    @Test
    void outlinesEachPage() {
        pages.forEach((name, page) -> {
            assertThat(elements(page, "h1")).as(name).hasSize(1);
            int level = 0;
            for (Element element : elements(page, "*")) {
                if (element.getTagName().matches("h[1-6]")) {
                    int next = element.getTagName().charAt(1) - '0';
                    assertThat(next).as(name + ": " + element.getTextContent()).isLessThanOrEqualTo(level + 1);
                    level = next;
                }
            }
            assertThat(ids(page)).as(name).doesNotHaveDuplicates().doesNotContainAnyElementsOf(IDS_OF_THE_FRAME);
            assertThat(handbook.get(name).sections().stream().map(Topic.Section::id))
                    .as(name)
                    .isSubsetOf(ids(page));
        });
    }

    @Test
    void hasNoDeadLinkAndNoDeadAnchor() {
        int links = 0;
        for (Map.Entry<String, Element> page : pages.entrySet()) {
            for (Element link : elements(page.getValue(), "a")) {
                assertLives(page.getKey(), link.getAttribute("href"));
                links++;
            }
        }
        assertThat(links).isGreaterThan(50);
    }

    private void assertLives(String from, String href) {
        String as = from + " links to " + href;
        URI address = URI.create(href.startsWith(URL) ? href.substring(URL.length()) : href);
        if (address.isAbsolute()) {
            assertThat(address.getScheme()).as(as).isEqualTo("https");
            return;
        }
        String path = address.getPath().isEmpty() ? Contents.address(from) : address.getPath();
        if (OTHER_PAGES.contains(path)) {
            return;
        }
        assertThat(path).as(as).startsWith(Contents.PATH + "/");
        String topic = path.substring(Contents.PATH.length() + 1);
        assertThat(Contents.topics()).as(as).contains(topic);
        if (address.getFragment() != null) {
            assertThat(ids.get(topic)).as(as).contains(address.getFragment());
        }
    }

    @Test
    void leadsFromTwinToTwin() {
        Pattern link = Pattern.compile("\\]\\(([^)\\s]+)\\)");
        for (String name : Contents.topics()) {
            String outsideOfCode = handbook.get(name).markdown().replaceAll("(?s)```.*?```|`[^`]*`", "code");
            Matcher links = link.matcher(outsideOfCode);
            while (links.find()) {
                String target = TopicReader.address(links.group(1));
                assertThat(target).as(name + " links to " + links.group(1)).isNotNull();
                assertLives(name, Objects.requireNonNull(target));
            }
        }
    }

    @Test
    void showsTheAddressOfThisServerInSamples() {
        assertThat(handbook.get("authentication").markdown()).contains("curl " + URL + "/api/v1/chat/completions");
        assertThat(handbook.get("authentication").html()).contains("curl " + URL + "/api/v1/chat/completions");
        for (String name : Contents.topics()) {
            assertThat(handbook.get(name).markdown()).doesNotContain(Handbook.SAMPLE_URL);
            assertThat(handbook.get(name).html()).doesNotContain(Handbook.SAMPLE_URL);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/docs/api-reference/authentication,                         /docs/authentication",
        "/docs/use-cases/oauth-pkce,                                 /docs/oauth",
        "/docs/api/reference/authentication,                         /docs/authentication",
        "/docs/api/reference/limits,                                 /docs/limits",
        "/docs/guides/overview/auth/oauth,                           /docs/oauth",
        "/docs/guides/overview/auth/byok,                            /docs/byok",
        "/docs/guides/overview/auth/provisioning-api-keys,           /docs/keys#management-keys",
        "/docs/guides/features/guardrails,                           /docs/guardrails",
        "/docs/guides/guides/api-key-rotation,                       /docs/keys#rotation",
        "/docs/api-reference/authentication.mdx,                     /docs/authentication.md",
        "/docs/use-cases/oauth-pkce.mdx,                             /docs/oauth.md",
        "/docs/api/reference/authentication.mdx,                     /docs/authentication.md",
        "/docs/api/reference/limits.mdx,                             /docs/limits.md",
        "/docs/guides/overview/auth/oauth.mdx,                       /docs/oauth.md",
        "/docs/guides/overview/auth/byok.mdx,                        /docs/byok.md",
        "/docs/guides/overview/auth/provisioning-api-keys.mdx,       /docs/keys.md",
        "/docs/guides/features/guardrails.mdx,                       /docs/guardrails.md",
        "/docs/guides/guides/api-key-rotation.mdx,                   /docs/keys.md",
    })
    void leadsFromEveryKnownAddress(String old, String here) {
        assertThat(KnownAddresses.all()).containsEntry(old, here);
        if (!here.endsWith(".md")) {
            assertLives("index", here);
        }
    }

    /// What each of the five pages about authentication tells has its place here (S68, S70).
    @Test
    void tellsWhatPeopleExpectOfTheseTopics() {
        assertThat(handbook.get("authentication").markdown())
                .contains("Authorization: Bearer $FAREGATE_API_KEY", "await fetch(", "new OpenAI({", "OpenAI(")
                .contains(
                        "openai.ChatCompletion.create(",
                        "openai.api_base",
                        "new OpenRouter({",
                        "from openrouter import")
                .contains("HTTP-Referer", "X-Title", "| 401 |", "| 402 |", "| 403 |", ".gitignore", "./faregate scan")
                .contains("(oauth.md)", "(byok.md)", "(keys.md#rotation)", "## If your key has been exposed");
        assertThat(handbook.get("limits").markdown())
                .contains("`GET /key`", "| 402 |", "| 403 |", "| 429 |", "Retry-After", "limit_remaining");
        assertThat(handbook.get("ci").markdown())
                .contains(
                        "secrets.FAREGATE_API_KEY",
                        "environment: ci",
                        "*Masked and hidden*",
                        "expires_at",
                        "grace_seconds")
                .contains("faregate scan", "pre-commit", "## When one leaked");
    }
}
