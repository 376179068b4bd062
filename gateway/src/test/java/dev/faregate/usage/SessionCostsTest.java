package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionCostsTest {
    private final SessionCosts costs = new SessionCosts();

    private void session(String id, int app, int turns, long each) {
        for (int i = 0; i < turns; i++) {
            costs.add("o", app, "a/x", id, each);
        }
    }

    @Test
    void findsTheMedianOfWholeSessions() {
        session("s1", 1, 2, 10);
        session("s2", 1, 3, 10);
        session("s3", 1, 2, 500);
        session("s4", 1, 2, 20);
        session("s5", 1, 4, 10);
        session("s6", 1, 2, 30);
        assertThat(costs.cells())
                .containsExactly(new SessionCosts.Cell(
                        new SessionCosts.Kind("o", 1, "a/x", SessionCosts.TurnRange.FEW), Usd.ofNanos(40)));
    }

    @Test
    void tellsNothingOfFewSessionsAndPoolsNoApps() {
        for (int i = 0; i < SessionCosts.LEAST_SESSIONS - 1; i++) {
            session("s" + i, 1, 1, 10);
            session("s" + i, 2, 1, 10);
        }
        assertThat(costs.cells()).isEmpty();
        session("last", 2, 1, 10);
        assertThat(costs.cells()).extracting(cell -> cell.kind().app()).containsExactly(2);
    }

    @ParameterizedTest
    @CsvSource({"1, 1-turn", "2, 2-9-turns", "9, 2-9-turns", "10, 10-49-turns", "49, 10-49-turns", "50, 50-plus-turns"})
    void countsTurns(long turns, String word) {
        assertThat(SessionCosts.TurnRange.of(turns).word()).isEqualTo(word);
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example, app-example",
        "https://App.example:8443, app-example-8443",
        "https://xn--bcher-kva.example, xn-bcher-kva-example"
    })
    void namesAnAppByItsHost(String origin, String slug) {
        assertThat(SessionCostSnapshot.slug(origin)).isEqualTo(slug);
    }
}
