package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.usage.Generation.Attempt;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AttemptsJsonTest {
    private static final Generation.Route ROUTE =
            new Generation.Route("x", "a/x", "x", null, "two", "Two", "two/a", null, null, null, "global", "up-1");
    private static final Generation.Cost COST = cost(false);

    private static Generation.Cost cost(boolean byok) {
        return new Generation.Cost(Usd.ZERO, Usd.ZERO, null, Generation.Source.EXACT, null, byok, false);
    }

    @Test
    void theOnlyAttemptIsStoredInAFewBytes() {
        assertStored("[[200,40]]", new Attempt(200, "Two", "two/a", "a/x", "up-1", 40L, false));
    }

    @Test
    void aDatedModelIsStoredByItsName() {
        assertStored("[[200,40,\"a/x-2026\"]]", new Attempt(200, "Two", "two/a", "a/x-2026", "up-1", 40L, false));
    }

    @Test
    void whatRanElsewhereIsStoredInFull() {
        assertStored(
                "[{\"status\":429,\"provider_name\":\"One\",\"endpoint_id\":\"one/a\",\"model_permaslug\":\"a/x\","
                        + "\"latency\":7,\"is_byok\":false},[200,40]]",
                new Attempt(429, "One", "one/a", "a/x", null, 7L, false),
                new Attempt(200, "Two", "two/a", "a/x", "up-1", 40L, false));
    }

    @Test
    void anyDifferenceFromTheRowIsKept() {
        for (Attempt attempt : List.of(
                new Attempt(null, "Two", "two/a", "a/x", "up-1", 40L, false),
                new Attempt(200, "One", "two/a", "a/x", "up-1", 40L, false),
                new Attempt(200, null, "two/a", "a/x", "up-1", 40L, false),
                new Attempt(200, "Two", "two/b", "a/x", "up-1", 40L, false),
                new Attempt(200, "Two", null, "a/x", "up-1", 40L, false),
                new Attempt(200, "Two", "two/a", null, "up-1", 40L, false),
                new Attempt(200, "Two", "two/a", "a/x", "up-2", 40L, false),
                new Attempt(200, "Two", "two/a", "a/x", null, 40L, false),
                new Attempt(200, "Two", "two/a", "a/x", "up-1", null, false),
                new Attempt(200, "Two", "two/a", "a/x", "up-1", 40L, true))) {
            String stored = AttemptsJson.store(List.of(attempt), ROUTE, COST);
            assertThat(stored).startsWith("[{");
            assertThat(AttemptsJson.read(stored, ROUTE, COST)).containsExactly(attempt);
        }
    }

    @Test
    void anOwnKeyIsTheRowsToo() {
        Attempt attempt = new Attempt(200, "Two", "two/a", "a/x", "up-1", 40L, true);
        String stored = AttemptsJson.store(List.of(attempt), ROUTE, cost(true));
        assertThat(stored).isEqualTo("[[200,40]]");
        assertThat(AttemptsJson.read(stored, ROUTE, cost(true))).containsExactly(attempt);
    }

    @Test
    void noAttemptIsStoredAsNothing() {
        assertThat(AttemptsJson.store(List.of(), ROUTE, COST)).isNull();
        assertThat(AttemptsJson.read(null, ROUTE, COST)).isEmpty();
    }

    private static void assertStored(@Nullable String json, Attempt... attempts) {
        String stored = AttemptsJson.store(List.of(attempts), ROUTE, COST);
        assertThat(stored).isEqualTo(json);
        assertThat(AttemptsJson.read(stored, ROUTE, COST)).containsExactly(attempts);
    }
}
