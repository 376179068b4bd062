package dev.faregate.handbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// From the text of a file to a page: what is taken out of it, where links lead, and that nothing in it runs.
class TopicReaderTest {
    private static Topic read(String more) {
        return TopicReader.read("keys", "# Title\n\nFirst.\n\n" + more);
    }

    @Test
    void takesTitleDescriptionAndSections() {
        Topic topic = TopicReader.read("keys", """
                # Keys of `curl`

                The first *paragraph*, with
                [a link](errors.md) and `code`.

                ## One

                ### Not a section

                ## Two & three
                """);
        assertThat(topic.title()).isEqualTo("Keys of curl");
        assertThat(topic.description()).isEqualTo("The first paragraph, with a link and code.");
        assertThat(topic.sections())
                .containsExactly(new Topic.Section("one", "One"), new Topic.Section("two--three", "Two & three"));
        assertThat(topic.html())
                .contains("<h1 id=\"keys-of-curl\">Keys of <code>curl</code></h1>", "Two &amp; three</h2>");
    }

    @Test
    void describesInWholeSentencesOrElseInWholeWords() {
        String sentence = "A sentence that has some fifty characters, as here. ";
        assertThat(TopicReader.read("keys", "# T\n\n" + sentence.repeat(5)).description())
                .isEqualTo(sentence.repeat(3).strip());
        assertThat(TopicReader.read("keys", "# T\n\n" + "word ".repeat(60)).description())
                .endsWith("word...")
                .hasSizeLessThanOrEqualTo(TopicReader.MAX_DESCRIPTION);
    }

    @ParameterizedTest
    @CsvSource({
        "## Does the limit hold: `bench overspend`,    does-the-limit-hold-bench-overspend",
        "## Directories (SCIM 2.0),                    directories-scim-20",
        "## OpenRouter's way: nothing to register,     openrouters-way-nothing-to-register",
        "## What a key_is; and a-hyphen,               what-a-key_is-and-a-hyphen",
        "## Zürich,                                    zürich",
    })
    void givesHeadingsTheAnchorsOfGitHub(String heading, String anchor) {
        assertThat(read(heading).html()).contains("<h2 id=\"" + anchor + "\">");
    }

    @Test
    void givesEachHeadingAnAnchorOfItsOwn() {
        assertThat(read("## Same\n\n## Same\n\n### Same\n").html())
                .contains("<h2 id=\"same\">", "<h2 id=\"same-1\">", "<h3 id=\"same-2\">");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "errors.md,                            /docs/errors",
                "errors.md#money,                      /docs/errors#money",
                "#money,                               #money",
                "https://example.com/errors.md,        https://example.com/errors.md",
                "mailto:somebody@example.com,          mailto:somebody@example.com",
                "/settings/keys,                       /settings/keys",
                "promises.md,                          none",
                "nothing.md,                           none",
                "adr/0023-sealed-secrets.md,           none",
                "../README.md,                         none",
                "../gateway/src/main/java/A.java#L3,   none",
                "errors,                               none",
                "javascript:alert(1),                  none",
                "data:text/html;base64/AAAA,           none",
            })
    void leadsLinksToPages(String written, String address) {
        assertThat(TopicReader.address(written)).isEqualTo(address);
    }

    @Test
    void leavesTheWordsOfALinkThatLeadsNowhereHere() {
        Topic topic = read("""
                See [ADR **23**](adr/0023-sealed-secrets.md), [Errors](errors.md#money) and [the
                source of `X`](../gateway/X.java).

                | a | b |
                |---|---|
                | [promises](promises.md) | [Limits](limits.md) |

                `[not a link](adr/x.md)` and []( adr/y.md ).
                """);
        assertThat(topic.html())
                .contains(
                        "See ADR <strong>23</strong>, <a href=\"/docs/errors#money\">Errors</a> and the\nsource of <code>X</code>.")
                .contains("<td>promises</td>", "<td><a href=\"/docs/limits\">Limits</a></td>")
                .contains("<code>[not a link](adr/x.md)</code>")
                .doesNotContain("href=\"adr", "href=\"..", "promises.md");
        assertThat(topic.markdown())
                .contains("See ADR **23**, [Errors](errors.md#money) and the\nsource of `X`.\n")
                .contains("| promises | [Limits](limits.md) |", "`[not a link](adr/x.md)`");
    }

    @Test
    void keepsATextWithoutDeadLinksAsItIs() {
        String text = "# Title\n\nFirst [one](errors.md).\n\n```sh\n[x](adr/y.md)\n```\n";
        assertThat(TopicReader.read("keys", text).markdown()).isEqualTo(text);
    }

    @Test
    void showsHtmlAndObeysNone() {
        Topic topic = read("""
                <script>alert(1)</script>

                Text <img src=x onerror=alert(2)> and [a link](javascript:alert(3)) and <javascript:alert(4)>.

                ```html
                </pre><script>alert(5)</script>
                ```
                """);
        assertThat(topic.html())
                .contains("&lt;script&gt;alert(1)", "&lt;img src=x", "&lt;/pre&gt;&lt;script&gt;alert(5)")
                .doesNotContain("<script", "<img", "href=\"javascript:");
    }

    @Test
    void putsWhatIsWideIntoBoxesThatScroll() {
        Topic topic = read("| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\none\n```\n\n```sh\ntwo < 3\n```\n");
        assertThat(topic.html())
                .contains("tabindex=\"0\"><table>", "</table></div>", "<td>1</td>")
                .contains("data-copy=\"#code-1\"", "<pre id=\"code-1\" tabindex=\"0\">one\n</pre>")
                .contains("data-copy=\"#code-2\"", "<pre id=\"code-2\" tabindex=\"0\">two &lt; 3\n</pre>");
    }

    @ParameterizedTest
    @CsvSource({"''", "'Text'", "'# Title'", "'# Title\n\n## Section\n\nText'", "'## Title\n\nText'"})
    void refusesATextWithoutTitleOrBeginning(String text) {
        assertThatThrownBy(() -> TopicReader.read("keys", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keys.md");
    }
}
