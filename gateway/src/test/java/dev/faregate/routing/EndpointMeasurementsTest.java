package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Measurements.EndpointFigures;
import dev.faregate.models.Measurements.Percentiles;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointMeasurementsTest {
    private static final Model MODEL = Endpoints.MODEL;
    private static final ModelEndpoint ONE = MODEL.usable().get(0);
    private static final ModelEndpoint TWO = MODEL.usable().get(1);
    private static final double BOUND = 1.0 / 16;

    /// Clocks that count nanoseconds may begin anywhere, also below 0.
    private long now = -Duration.ofDays(3).toNanos();

    private final EndpointMeasurements measured = new EndpointMeasurements(() -> now, _ -> 7);

    private void advance(Duration by) {
        now += by.toNanos();
    }

    private void answered(int times) {
        for (int i = 0; i < times; i++) {
            measured.answered(MODEL, ONE, now);
        }
    }

    private void failed(int times) {
        for (int i = 0; i < times; i++) {
            measured.failed(MODEL, ONE, now);
        }
    }

    private void streamed(int times, Duration latency, Duration rest, @Nullable TokenUsage usage) {
        for (int i = 0; i < times; i++) {
            long first = now - rest.toNanos();
            measured.streamed(MODEL, ONE, first - latency.toNanos(), first, now, usage);
        }
    }

    private EndpointFigures figures() {
        return measured.of(MODEL, ONE);
    }

    private Percentiles latency() {
        return Objects.requireNonNull(figures().latency());
    }

    private Percentiles throughput() {
        return Objects.requireNonNull(figures().throughput());
    }

    private static void assertNear(double told, double truth) {
        assertThat(told).isCloseTo(truth, within(truth * BOUND));
    }

    @Test
    void knowsNothingOfWhatWasNeverAsked() {
        assertThat(figures()).isEqualTo(EndpointFigures.NONE);
        answered(20);
        assertThat(measured.of(MODEL, TWO)).isEqualTo(EndpointFigures.NONE);
    }

    @ParameterizedTest
    @CsvSource({"10,0,100", "9,1,90", "0,10,0", "997,3,99.7", "1,2,", "9,0,", "0,9,"})
    void uptimeIsWhatWasAnsweredOfWhatWasTried(int good, int bad, @Nullable Double uptime) {
        answered(good);
        failed(bad);
        EndpointFigures figures = figures();
        assertThat(figures.status()).isZero();
        assertThat(figures.uptimeLast5m()).isEqualTo(uptime);
        assertThat(figures.uptimeLast30m()).isEqualTo(uptime);
        assertThat(figures.uptimeLast1d()).isEqualTo(uptime);
    }

    @Test
    void eachWindowForgetsInItsOwnTime() {
        failed(10);
        advance(Duration.ofMinutes(4));
        assertThat(figures().uptimeLast5m()).isZero();
        advance(Duration.ofMinutes(1));
        assertThat(figures().uptimeLast5m()).isNull();
        assertThat(figures().uptimeLast30m()).isZero();
        answered(10);
        assertThat(figures().uptimeLast5m()).isEqualTo(100);
        assertThat(figures().uptimeLast30m()).isEqualTo(50);
        advance(Duration.ofMinutes(25));
        assertThat(figures().uptimeLast5m()).isNull();
        assertThat(figures().uptimeLast30m()).isEqualTo(100);
        assertThat(figures().uptimeLast1d()).isEqualTo(50);
        advance(Duration.ofHours(24));
        assertThat(figures()).isEqualTo(EndpointFigures.NONE);
    }

    @Test
    void aDayIsAWholeDayToWithinTenMinutes() {
        answered(10);
        advance(Duration.ofHours(24).minusMinutes(10).minusNanos(1));
        assertThat(figures().uptimeLast1d()).isEqualTo(100);
        advance(Duration.ofMinutes(10));
        assertThat(figures().uptimeLast1d()).isEqualTo(100);
        advance(Duration.ofNanos(1));
        assertThat(figures().uptimeLast1d()).isNull();
    }

    @Test
    void fewRequestsAddUpOverTheWindow() {
        for (int minute = 0; minute < 20; minute++) {
            answered(1);
            advance(Duration.ofMinutes(1));
        }
        assertThat(figures().uptimeLast5m()).isNull();
        assertThat(figures().uptimeLast30m()).isEqualTo(100);
    }

    @Test
    void latencyIsTheTimeToTheFirstTokenInMilliseconds() {
        for (int millis = 1; millis <= 100; millis++) {
            streamed(1, Duration.ofMillis(millis * 10), Duration.ofSeconds(2), null);
        }
        assertNear(latency().p50(), 500);
        assertNear(latency().p75(), 750);
        assertNear(latency().p90(), 900);
        assertNear(latency().p99(), 990);
        assertThat(figures().throughput()).isNull();
        assertThat(figures().uptimeLast5m()).isEqualTo(100);
    }

    @Test
    void latenciesBelowAMillisecondAreTold() {
        streamed(10, Duration.ofNanos(340_000), Duration.ofMillis(1), null);
        assertThat(latency().p50()).isEqualTo(0.3);
    }

    @Test
    void anAnswerInOnePieceTellsNoTimes() {
        answered(100);
        assertThat(figures().latency()).isNull();
        assertThat(figures().throughput()).isNull();
    }

    /// Of 100 requests, 99 were at least as fast as the 99th percentile says.
    @Test
    void throughputFallsWithThePercentile() {
        for (int speed = 1; speed <= 100; speed++) {
            streamed(1, Duration.ofMillis(300), Duration.ofSeconds(10), TokenUsage.of(50, speed * 10L));
        }
        // Those with fewer than sixteen tokens say nothing of speed.
        assertNear(throughput().p50(), 51);
        assertNear(throughput().p75(), 26);
        assertNear(throughput().p90(), 11);
        assertNear(throughput().p99(), 2);
    }

    @Test
    void throughputDoesNotCountTheWaitForTheFirstToken() {
        streamed(10, Duration.ofSeconds(60), Duration.ofSeconds(2), TokenUsage.of(1, 100));
        assertNear(throughput().p50(), 50);
    }

    @Test
    void tokensOfReasoningWereMadeBeforeTheFirstThatIsSeen() {
        streamed(10, Duration.ofSeconds(18), Duration.ofSeconds(2), new TokenUsage(1, 1_000, 0, 0, 900, 0, 0));
        assertNear(throughput().p50(), 50);
    }

    @Test
    void shortOrSuddenAnswersSayNothingOfSpeed() {
        streamed(100, Duration.ofMillis(10), Duration.ofSeconds(1), TokenUsage.of(1, 15));
        streamed(100, Duration.ofMillis(10), Duration.ofMillis(9), TokenUsage.of(1, 1_000));
        streamed(100, Duration.ofMillis(10), Duration.ZERO, TokenUsage.of(1, 1_000));
        streamed(100, Duration.ofMillis(10), Duration.ofSeconds(1), null);
        assertThat(figures().throughput()).isNull();
        assertThat(figures().latency()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10})
    void percentilesNeedTen(int streams) {
        streamed(streams, Duration.ofMillis(10), Duration.ofSeconds(1), TokenUsage.of(1, 100));
        answered(100);
        boolean enough = streams == EndpointMeasurements.LEAST_SAMPLES;
        assertThat(figures().latency() != null).isEqualTo(enough);
        assertThat(figures().throughput() != null).isEqualTo(enough);
    }

    @Test
    void timesAreThoseOfHalfAnHour() {
        streamed(10, Duration.ofSeconds(5), Duration.ofSeconds(1), TokenUsage.of(1, 20));
        advance(Duration.ofMinutes(20));
        streamed(20, Duration.ofSeconds(1), Duration.ofSeconds(1), TokenUsage.of(1, 200));
        assertNear(latency().p75(), 5_000);
        assertNear(throughput().p75(), 20);
        advance(Duration.ofMinutes(10));
        assertNear(latency().p99(), 1_000);
        assertNear(throughput().p99(), 200);
        advance(Duration.ofMinutes(20));
        assertThat(figures().latency()).isNull();
        assertThat(figures().throughput()).isNull();
    }

    @Test
    void aTimeBeforeTheStartOrBackwardsIsNoHarm() {
        measured.failed(MODEL, ONE, now - 1);
        measured.answered(MODEL, ONE, now - Duration.ofHours(5).toNanos());
        measured.streamed(MODEL, ONE, now, now - 5, now - 10, TokenUsage.of(1, 100));
        answered(7);
        assertThat(figures().uptimeLast5m()).isEqualTo(90);
        advance(Duration.ofHours(-1));
        assertThat(figures().uptimeLast5m()).isEqualTo(90);
    }

    @Test
    void aClockThatWentBackLosesNothing() {
        advance(Duration.ofHours(10));
        answered(5);
        advance(Duration.ofHours(-2));
        failed(5);
        assertThat(figures().uptimeLast5m()).isEqualTo(50);
        advance(Duration.ofHours(2));
        assertThat(figures().uptimeLast5m()).isEqualTo(50);
        advance(Duration.ofMinutes(5));
        assertThat(figures().uptimeLast5m()).isNull();
        assertThat(figures().uptimeLast1d()).isEqualTo(50);
    }

    @Test
    void theQuietestEndpointMakesRoom() {
        List<Model> models = new ArrayList<>();
        for (int i = 0; i <= EndpointMeasurements.MAX_ENDPOINTS; i++) {
            models.add(named("acme/m" + i));
        }
        for (Model model : models.subList(0, EndpointMeasurements.MAX_ENDPOINTS)) {
            for (int i = 0; i < 10; i++) {
                measured.answered(model, ONE, now);
            }
            advance(Duration.ofMillis(1));
        }
        // The oldest is heard of again, so the second is the quietest.
        measured.failed(models.getFirst(), ONE, now);
        for (int i = 0; i < 10; i++) {
            measured.answered(models.getLast(), ONE, now);
        }
        assertThat(measured.of(models.get(1), ONE)).isEqualTo(EndpointFigures.NONE);
        assertThat(measured.of(models.getFirst(), ONE).uptimeLast5m()).isBetween(90.0, 91.0);
        assertThat(measured.of(models.get(2), ONE).uptimeLast5m()).isEqualTo(100);
        assertThat(measured.of(models.getLast(), ONE).uptimeLast5m()).isEqualTo(100);
        long known = models.stream()
                .filter(model -> measured.of(model, ONE).uptimeLast5m() != null)
                .count();
        assertThat(known).isEqualTo(EndpointMeasurements.MAX_ENDPOINTS);
    }

    static Model named(String id) {
        return new Model(
                id,
                id,
                List.of(),
                MODEL.name(),
                null,
                MODEL.created(),
                null,
                MODEL.contextLength(),
                MODEL.inputModalities(),
                MODEL.outputModalities(),
                MODEL.tokenizer(),
                List.of(),
                MODEL.supportedParameters(),
                MODEL.endpoints(),
                MODEL.usable());
    }

    @Test
    void countsWhatManyThreadsSawAtOnce() throws InterruptedException {
        int each = 20_000;
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            threads.add(Thread.ofPlatform().start(() -> {
                Random random = new Random(seed);
                for (int i = 0; i < each; i++) {
                    long stamp = now + random.nextLong(Duration.ofMinutes(3).toNanos());
                    if (i % 4 == 0) {
                        measured.failed(MODEL, ONE, stamp);
                    } else {
                        measured.answered(MODEL, ONE, stamp);
                    }
                    if (i % 1_000 == 0) {
                        measured.of(MODEL, ONE);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        advance(Duration.ofMinutes(3));
        assertThat(figures().uptimeLast5m()).isEqualTo(75);
        assertThat(figures().uptimeLast1d()).isEqualTo(75);
    }
}
