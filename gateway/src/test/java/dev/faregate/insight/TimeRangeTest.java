package dev.faregate.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.http.QueryParameters;
import dev.faregate.usage.UsageReport.Step;
import dev.faregate.usage.UsageReport.Stretch;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which time is shown for an address, on one afternoon.
class TimeRangeTest {
    private static final Instant NOW = Instant.parse("2026-11-27T14:40:05Z");

    private static ActivityAsked asked(String address) {
        Map<String, List<String>> values = new HashMap<>();
        for (String pair : address.split("&")) {
            String[] both = pair.split("=", 2);
            values.put(both[0], List.of(both[1]));
        }
        return ActivityAsked.of(new QueryParameters(values));
    }

    @ParameterizedTest
    @CsvSource({
        "range=24h, true, 2026-11-26T15:00:00Z, 2026-11-27T15:00:00Z, HOUR",
        "range=24h, false, 2026-11-26T00:00:00Z, 2026-11-28T00:00:00Z, DAY",
        "range=7d, true, 2026-11-21T00:00:00Z, 2026-11-28T00:00:00Z, DAY",
        "range=30d, true, 2026-10-29T00:00:00Z, 2026-11-28T00:00:00Z, DAY",
        "by=model, true, 2026-10-29T00:00:00Z, 2026-11-28T00:00:00Z, DAY",
        "from=2026-11-25, true, 2026-11-25T00:00:00Z, 2026-11-28T00:00:00Z, DAY",
        "from=2026-11-25&to=2026-11-26, true, 2026-11-25T00:00:00Z, 2026-11-27T00:00:00Z, HOUR",
        "from=2026-11-25&to=2026-11-26, false, 2026-11-25T00:00:00Z, 2026-11-27T00:00:00Z, DAY",
        "from=2026-10-01&to=2026-10-01, true, 2026-10-01T00:00:00Z, 2026-10-02T00:00:00Z, DAY",
        "from=2026-08-01&to=2026-10-31, true, 2026-08-01T00:00:00Z, 2026-11-01T00:00:00Z, DAY",
        "from=2026-07-31&to=2026-10-31, true, 2026-07-31T00:00:00Z, 2026-11-01T00:00:00Z, WEEK",
        "from=2025-11-27&range=24h, true, 2025-11-27T00:00:00Z, 2026-11-28T00:00:00Z, WEEK"
    })
    void showsTheTimeThatIsAskedFor(String address, boolean hours, Instant from, Instant to, Step step) {
        assertThat(TimeRange.of(asked(address), hours, NOW)).isEqualTo(new Stretch(from, to, step));
    }

    @ParameterizedTest
    @CsvSource({
        "to=2026-11-01, from",
        "from=yesterday, from",
        "from=2026-11-01&to=31.12.2026, to",
        "from=2026-11-01&to=2026-11-28, to",
        "from=2026-11-02&to=2026-11-01, from",
        "from=2025-11-26, from",
        "from=1969-12-31&to=1970-01-01, from",
        "range=1y, range",
        "by=user, by",
        "scope=all, scope"
    })
    void refusesWhatItCannotShow(String address, String named) {
        assertThatThrownBy(() -> TimeRange.of(asked(address), true, NOW))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("`" + named + "`");
    }

    @Test
    void buildsTheVeryAddressThatItRead() {
        ActivityAsked asked = asked("by=app&from=2026-11-01&to=2026-11-02&scope=organization&key=00ff");
        assertThat(asked.address())
                .isEqualTo("/activity?by=app&from=2026-11-01&to=2026-11-02&scope=organization&key=00ff");
        assertThat(asked.of(ActivityAsked.Range.WEEK).only(null).address())
                .isEqualTo("/activity?by=model&range=7d&scope=organization");
    }

    @Test
    void callsThePiecesByName() {
        Instant begin = Instant.parse("2026-11-02T09:00:00Z");
        assertThat(TimeRange.words(begin, Step.HOUR)).isEqualTo("2 Nov, 09:00");
        assertThat(TimeRange.words(begin, Step.DAY)).isEqualTo("2 Nov 2026");
        assertThat(TimeRange.words(begin, Step.WEEK)).isEqualTo("Week of 2 Nov 2026");
    }
}
