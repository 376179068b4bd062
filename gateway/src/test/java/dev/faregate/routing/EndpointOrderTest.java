package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.models.ModelEndpoint;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// In which order endpoints are tried (contract 3.7).
class EndpointOrderTest {
    private static final List<ModelEndpoint> ALL = Endpoints.MODEL.usable();
    private static final long NOW = Duration.ofHours(1).toNanos();

    private final EndpointHealth health = new EndpointHealth();

    private EndpointOrder order(Random random) {
        return new EndpointOrder(Endpoints.MODEL, health, random, NOW);
    }

    private static ModelEndpoint endpoint(String tag) {
        return ALL.stream().filter(e -> e.tag().equals(tag)).findFirst().orElseThrow();
    }

    private void saw(String tag, int latencyMillis, int tokensPerSecond) {
        health.succeeded(
                Endpoints.MODEL,
                endpoint(tag),
                Duration.ofMillis(latencyMillis),
                Duration.ofSeconds(1),
                tokensPerSecond);
    }

    /// Prices are 1, 2, 4 and 8, so weights are 64, 16, 4 and 1 of 85.
    @Test
    void drawsTheFirstWithWeightOneOverPriceSquared() {
        Map<String, Integer> first = new HashMap<>();
        Random random = new Random(7);
        int draws = 85_000;
        for (int i = 0; i < draws; i++) {
            List<ModelEndpoint> ordered = order(random).balanced(ALL);
            assertThat(new HashSet<>(ordered)).hasSize(4);
            first.merge(ordered.getFirst().tag(), 1, Integer::sum);
        }
        Map<String, Integer> expected = Map.of("one", 64_000, "two", 16_000, "four", 4_000, "four/priority", 1_000);
        expected.forEach((tag, count) -> assertThat(first.get(tag)).as(tag).isBetween(count - 700, count + 700));
    }

    @Test
    void theRestFollowFromCheapToDear() {
        Random random = new Random(1);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            seen.add(Endpoints.tags(order(random).balanced(ALL)));
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "one two four four/priority",
                        "two one four four/priority",
                        "four one two four/priority",
                        "four/priority one two four");
    }

    @Test
    void outagesOfTheLastHalfMinuteGoToTheEnd() {
        health.failed(
                Endpoints.MODEL, endpoint("one"), NOW - Duration.ofSeconds(29).toNanos());
        health.failed(
                Endpoints.MODEL, endpoint("two"), NOW - Duration.ofSeconds(31).toNanos());
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            assertThat(order(random).balanced(ALL).getLast().tag()).isEqualTo("one");
        }
        saw("one", 10, 10);
        assertThat(order(random).balanced(ALL)).hasSize(4);
        health.failed(Endpoints.MODEL, endpoint("one"), NOW);
        health.failed(Endpoints.MODEL, endpoint("two"), NOW);
        health.failed(Endpoints.MODEL, endpoint("four"), NOW);
        health.failed(Endpoints.MODEL, endpoint("four/priority"), NOW);
        assertThat(Endpoints.tags(order(random).balanced(ALL)))
                .as("all of them are still tried")
                .isEqualTo("one two four four/priority");
    }

    @Test
    void anEndpointThatLimitsItsRateGoesToTheEndForAsLongAsItSaysAndIsNoOutage() {
        Duration wait = Duration.ofSeconds(40);
        health.limited(Endpoints.MODEL, endpoint("one"), wait, NOW);
        saw("one", 10, 10);
        assertThat(health.outages(NOW)).isEmpty();
        assertShunned("one", wait.minusNanos(1), true);
        assertShunned("one", wait, false);
        health.limited(Endpoints.MODEL, endpoint("one"), Duration.ofSeconds(1), NOW);
        assertShunned("one", EndpointHealth.LEAST_COOLING.minusNanos(1), true);
        assertShunned("one", EndpointHealth.LEAST_COOLING, false);
        health.limited(Endpoints.MODEL, endpoint("one"), Duration.ofHours(1), NOW);
        assertShunned("one", EndpointHealth.MOST_COOLING.minusNanos(1), true);
        assertShunned("one", EndpointHealth.MOST_COOLING, false);
        Random random = new Random(4);
        for (int i = 0; i < 200; i++) {
            assertThat(order(random).balanced(ALL).getLast().tag()).isEqualTo("one");
        }
    }

    private void assertShunned(String tag, Duration later, boolean expected) {
        assertThat(health.shunned(Endpoints.MODEL, endpoint(tag), NOW + later.toNanos()))
                .as("%s after %s", tag, later)
                .isEqualTo(expected);
    }

    @Test
    void remembersNoMoreEndpointsThanItHasRoomFor() {
        for (int i = 0; i < 2 * EndpointHealth.MAX_ENDPOINTS; i++) {
            health.failed(EndpointMeasurementsTest.named("acme/m" + i), endpoint("one"), NOW);
        }
        assertThat(health.size()).isBetween(1, EndpointHealth.MAX_ENDPOINTS);
    }

    @Test
    void sortsByWhatWasMeasuredAndGivesNewOnesTheirChance() {
        saw("one", 300, 10);
        saw("two", 100, 30);
        saw("four", 200, 20);
        EndpointOrder order = order(new Random(3));
        assertThat(Endpoints.tags(order.byPrice(ALL))).isEqualTo("one two four four/priority");
        assertThat(Endpoints.tags(order.byLatency(ALL))).isEqualTo("four/priority two four one");
        assertThat(Endpoints.tags(order.byThroughput(ALL))).isEqualTo("four/priority two four one");
    }

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"provider\":{\"order\":[\"two\"]} | two one four four/priority",
                "\"provider\":{\"order\":[\"four\",\"two\"],\"allow_fallbacks\":false} | four two",
                "\"provider\":{\"order\":[\"four/priority\",\"nobody\",\"two\"]} | four/priority two one four",
                "\"provider\":{\"order\":[\"nobody\"],\"allow_fallbacks\":false} | one",
                "\"provider\":{\"order\":[\"Two\",\"two\"],\"allow_fallbacks\":false} | two"
            })
    void keepsTheCallersOrder(String more, String tags) {
        assertThat(Endpoints.tags(EndpointOrder.listed(
                        ALL, Endpoints.request(more).facts().preferences())))
                .isEqualTo(tags);
    }

    @Test
    void endpointsThatKnowWhatWasAskedForGoFirst() {
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
        assertThat(Endpoints.tags(EndpointOrder.supportingFirst(ALL, Endpoints.request(tools))))
                .isEqualTo("two one four four/priority");
        assertThat(Endpoints.tags(EndpointOrder.supportingFirst(ALL, Endpoints.request("\"verbosity\":\"low\""))))
                .as("where none does, nothing changes")
                .isEqualTo("one two four four/priority");
    }
}
