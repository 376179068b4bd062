package dev.faregate.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppAttributionTest {
    @ParameterizedTest
    @CsvSource({
        "https://example.org,               https://example.org/,      https://example.org",
        "https://example.org/app?key=1#x,   https://example.org/app,   https://example.org",
        "HTTPS://Example.ORG:443/,          https://example.org/,      https://example.org",
        "http://example.org:8080/a,         http://example.org:8080/a, http://example.org:8080",
        "https://user:secret@example.org/,  https://example.org/,      https://example.org",
        "https://[2001:db8::1]/x,           https://[2001:db8::1]/x,   https://[2001:db8::1]"
    })
    void keepsTheAddressAndTheOrigin(String header, String referer, String origin) {
        AppAttribution app = of("HTTP-Referer", header);
        assertThat(app.referer()).isEqualTo(referer);
        assertThat(app.origin()).isEqualTo(origin);
        assertThat(app.identity()).isEqualTo(origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "example.org",
                "//example.org",
                "https://",
                "https:///x",
                "https://exa mple.org",
                "https://example.org/<script>",
                "not a url at all",
                "  "
            })
    void dropsWhatIsNoWebAddress(String header) {
        AppAttribution app = of("HTTP-Referer", header);
        assertThat(app.referer()).isNull();
        assertThat(app.origin()).isNull();
        assertThat(app.identity()).isNull();
    }

    @Test
    void dropsAnEndlessAddress() {
        assertThat(of("HTTP-Referer", "https://example.org/" + "a".repeat(500)).referer())
                .isNull();
        assertThat(of("HTTP-Referer", "https://" + "a".repeat(300) + ".org/").referer())
                .isNull();
    }

    @Test
    void readsTitlesByPrecedence() {
        assertThat(of("X-Title", "Old", "X-OpenRouter-Title", "New").title()).isEqualTo("New");
        assertThat(of("X-OpenRouter-Title", "Theirs", "X-Faregate-Title", "Ours")
                        .title())
                .isEqualTo("Ours");
        assertThat(of("X-Title", "Only").title()).isEqualTo("Only");
    }

    @Test
    void readsTitlesAsUtf8AndDropsWhatCannotBeShown() {
        String header = new String("Schlüssel 鍵".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(of("X-Title", header).title()).isEqualTo("Schlüssel 鍵");
        assertThat(of("X-Title", "caf\u00e9").title()).isEqualTo("café");
        String hidden = new String("a\u202eb\u200bc".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(of("X-Title", hidden).title()).isEqualTo("abc");
        assertThat(of("X-Title", "\u0001\u0002").title()).isNull();
        assertThat(of("X-Title", "t".repeat(1_000)).title()).hasSize(AppAttribution.MAX_TITLE_LENGTH);
    }

    @Test
    void keepsTwoKnownCategories() {
        assertThat(of("X-OpenRouter-Categories", "cli-agent, nonsense,Game,cli-agent,roleplay,legal")
                        .categories())
                .containsExactly("cli-agent", "roleplay");
        assertThat(of("X-OpenRouter-Categories", "x".repeat(10_000)).categories())
                .isEmpty();
    }

    @Test
    void tellsLocalProgramsApartByTitle() {
        assertThat(of("HTTP-Referer", "http://localhost:3000").identity()).isNull();
        assertThat(of("HTTP-Referer", "http://127.0.0.1:3000", "X-Title", "A").identity())
                .isEqualTo("local:A");
        assertThat(of("HTTP-Referer", "http://[::1]/", "X-Title", "B").identity())
                .isEqualTo("local:B");
    }

    @Test
    void isNothingWithoutHeaders() {
        assertThat(of()).isSameAs(AppAttribution.NONE);
    }

    @Test
    void neverFailsWhateverComes() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            String junk = new String(bytes, StandardCharsets.ISO_8859_1);
            AppAttribution app = of(
                    "HTTP-Referer", (i % 2 == 0 ? "https://" : "") + junk,
                    "X-Title", junk,
                    "X-OpenRouter-Categories", junk);
            if (app.referer() != null) {
                assertThat(app.referer()).matches("https?://[\\x21-\\x7e]+").hasSizeLessThanOrEqualTo(500);
                assertThat(app.identity()).isNotNull();
            }
        }
    }

    private static AppAttribution of(String... pairs) {
        HttpHeaders headers = new DefaultHttpHeaders(false);
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return AppAttribution.of(headers);
    }

    @Test
    void isNoAppWhenItDoesNotWantToBe() {
        AppAttribution app =
                of("HTTP-Referer", "https://shy.example/a?b=c", "X-Title", "Shy", "X-Faregate-Unlisted", "true");
        assertThat(app.identity()).isNull();
        assertThat(app).isEqualTo(new AppAttribution("https://shy.example/a", null, null, List.of()));
        assertThat(of("X-Title", "Shy", "X-Faregate-Unlisted", "TRUE")).isSameAs(AppAttribution.NONE);
        assertThat(of("HTTP-Referer", "https://shy.example/", "X-Faregate-Unlisted", "no")
                        .identity())
                .isEqualTo("https://shy.example");
    }
}
