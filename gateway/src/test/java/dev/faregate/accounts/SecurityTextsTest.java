package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Words of the security pages, and whom passkeys are made for.
class SecurityTextsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0|Firefox on Linux",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
                        + "|Edge on Windows",
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36|Chrome on Android",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML, like Gecko) Version/26.0 Safari/605.1"
                        + "|Safari on macOS",
                "Java-http-client/25|Unknown browser",
            })
    void tellsBrowsersByTheirNames(String agent, String name) {
        assertThat(SecurityTexts.browser(agent)).isEqualTo(name);
    }

    @Test
    void tellsWhenTheNextCodeIsLookedAt() {
        Instant now = Instant.parse("2026-11-26T12:00:00Z");
        assertThat(SecurityTexts.locked(now.plusSeconds(60), now)).contains("in 1 minute,", "12:01:00 UTC");
    }

    /// Empty: there are no passkeys at such an address.
    @ParameterizedTest
    @CsvSource({
        "https://llm.example.com, llm.example.com, https://llm.example.com",
        "https://llm.example.com:8443, llm.example.com, https://llm.example.com:8443",
        "http://127.0.0.1:8080, localhost, http://localhost:8080",
        "http://[::1]:8080, localhost, http://localhost:8080",
        "http://localhost:8080, localhost, http://localhost:8080",
        "http://llm.example.com, '', ''",
        "https://192.0.2.7, '', ''",
        "'https://[2001:db8::1]', '', ''",
    })
    void makesPasskeysForTheNameOfThePublicAddress(String publicUrl, String id, String origin) {
        var party = PasskeyParty.of(publicUrl);
        assertThat(party.map(PasskeyParty::id).orElse("")).isEqualTo(id);
        assertThat(party.map(it -> String.join(" ", it.origins())).orElse("")).isEqualTo(origin);
    }
}
