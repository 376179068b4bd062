package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1,true,api.openai.com,443,api.openai.com",
        "HTTPS://API.OpenAI.com:443,true,api.openai.com,443,api.openai.com",
        "http://127.0.0.1:9100/v1,false,127.0.0.1,9100,127.0.0.1:9100",
        "http://localhost,false,localhost,80,localhost",
        "https://[2606:4700::1]/x,true,2606:4700::1,443,[2606:4700::1]",
        "http://[::1]:8080,false,::1,8080,[::1]:8080"
    })
    void readsABaseUrl(String url, boolean tls, String host, int port, String authority) {
        Target target = Target.of(URI.create(url), true);
        assertThat(target).isEqualTo(new Target(tls, host, port, true));
        assertThat(target.authority()).isEqualTo(authority);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://a.test",
                "file:///etc/passwd",
                "a.test",
                "//a.test",
                "https:a.test",
                "https://user:hunter2@a.test",
                "https://a.test#hunter2",
                "https://",
                "https://a.test:0",
                "https://a.test:70000",
                "https://[fe80::1%25eth0]/"
            })
    void refusesWhatIsNotAPlainHttpUrlAndQuotesNoneOfIt(String url) {
        assertThatThrownBy(() -> Target.of(new URI(url), false))
                .satisfiesAnyOf(
                        thrown -> assertThat(thrown).isInstanceOf(IllegalArgumentException.class),
                        thrown -> assertThat(thrown).isInstanceOf(java.net.URISyntaxException.class))
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/b", "a@b", "a\r\nHost: x", "b\u00fccher.de", "a%20b"})
    void refusesHostsThatWouldBreakAHeaderOrALookup(String host) {
        assertThatThrownBy(() -> new Target(true, host, 443, false)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void settingsAndDeadlinesHaveTheirDocumentedDefaults() {
        assertThat(Deadlines.DEFAULTS.toString())
                .isEqualTo("Deadlines[connect=PT2S, tls=PT3S, firstEvent=PT2M, idle=PT1M, total=PT30M]");
        assertThat(UpstreamSettings.DEFAULTS.toString())
                .isEqualTo(
                        "UpstreamSettings[pool=Pool[maxConnections=4096, maxIdle=128, idleTimeout=PT30S, maxAge=PT10M,"
                                + " maxWaiters=1000, maxWait=PT2S], maxHeadBytes=65536, maxWholeBytes=67108864,"
                                + " maxStreamBytes=268435456, authorities=[usual authorities]]");
    }
}
