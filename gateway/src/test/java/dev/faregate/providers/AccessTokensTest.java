package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import dev.faregate.providers.AccessTokens.Answer;
import dev.faregate.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When a token is asked for, and who waits for it.
class AccessTokensTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger asked = new AtomicInteger();
    private final Semaphore may = new Semaphore(0);
    private final Queue<Answer> answers = new ArrayDeque<>();
    private final AccessTokens tokens = new AccessTokens("an account", this::ask, clock);

    private Answer ask() {
        asked.incrementAndGet();
        may.acquireUninterruptibly();
        synchronized (answers) {
            return answers.remove();
        }
    }

    private static Answer token(String text) {
        return new Answer.Token(Secret.of(text), HOUR);
    }

    private void willAnswer(Answer answer) {
        synchronized (answers) {
            answers.add(answer);
        }
        may.release();
    }

    private static Answer of(CompletableFuture<Answer> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private Answer got() throws Exception {
        return of(tokens.get());
    }

    @Test
    void oneQuestionServesEverybodyWhoWaits() throws Exception {
        CompletableFuture<Answer> first = tokens.get();
        CompletableFuture<Answer> second = tokens.get();
        assertThat(first.isDone()).isFalse();
        willAnswer(token("a"));
        assertThat(of(first)).isEqualTo(token("a"));
        assertThat(of(second)).isEqualTo(token("a"));
        assertThat(tokens.get().isDone()).isTrue();
        assertThat(asked).hasValue(1);
    }

    @Test
    void aNewTokenIsGotBeforeTheOldOneExpiresAndNobodyWaits() throws Exception {
        willAnswer(token("a"));
        got();
        clock.advance(Duration.ofMinutes(54));
        assertThat(got()).isEqualTo(token("a"));
        assertThat(asked).hasValue(1);
        clock.advance(Duration.ofMinutes(2));
        assertThat(tokens.get().getNow(null)).isEqualTo(token("a"));
        willAnswer(token("b"));
        UpstreamRig.eventually(() -> token("b").equals(tokens.get().getNow(null)));
        assertThat(asked).hasValue(2);
    }

    @Test
    void anExpiredTokenIsNotUsed() throws Exception {
        willAnswer(token("a"));
        got();
        clock.advance(Duration.ofMinutes(58));
        CompletableFuture<Answer> next = tokens.get();
        assertThat(next.isDone()).isFalse();
        willAnswer(token("b"));
        assertThat(of(next)).isEqualTo(token("b"));
    }

    /// Each request would ask again otherwise.
    @Test
    void aFailureIsToldForAWhile() throws Exception {
        willAnswer(new Answer.Failed("down"));
        assertThat(got()).isEqualTo(new Answer.Failed("down"));
        assertThat(tokens.get().getNow(null)).isEqualTo(new Answer.Failed("down"));
        assertThat(asked).hasValue(1);
        clock.advance(AccessTokens.PAUSE);
        willAnswer(token("a"));
        assertThat(got()).isEqualTo(token("a"));
    }

    @Test
    void whatIsStillGoodOutlivesAFailure() throws Exception {
        willAnswer(token("a"));
        got();
        clock.advance(Duration.ofMinutes(56));
        tokens.get();
        willAnswer(new Answer.Refused("gone"));
        UpstreamRig.eventually(() -> {
            clock.advance(Duration.ofMillis(20));
            tokens.get();
            return asked.get() == 3;
        });
        assertThat(tokens.get().getNow(null)).isEqualTo(token("a"));
        willAnswer(token("b"));
        UpstreamRig.eventually(() -> token("b").equals(tokens.get().getNow(null)));
    }

    @Test
    void aRefusedTokenIsReplacedOnce() throws Exception {
        willAnswer(token("a"));
        Answer.Token first = (Answer.Token) got();
        tokens.refused(first.text());
        willAnswer(token("b"));
        assertThat(got()).isEqualTo(token("b"));
        tokens.refused(first.text());
        assertThat(tokens.get().getNow(null)).as("another than was refused").isEqualTo(token("b"));
        assertThat(asked).hasValue(2);
    }

    @Test
    void whatBreaksIsAFailure() throws Exception {
        may.release();
        assertThat(got()).isEqualTo(new Answer.Failed("an internal error"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            200 | {"access_token":"ya29.x","expires_in":3599} | Token
            200 | {"access_token":"ya29.x"}                   | Failed
            200 | {"access_token":"two lines\\n","expires_in":9} | Failed
            200 | {"expires_in":3599}                         | Failed
            200 | <html>                                      | Failed
            400 | {"error":"invalid_grant"}                   | Refused
            401 | {"error":"unauthorized_client"}             | Refused
            403 | {}                                          | Refused
            400 | {"error":"temporarily_unavailable"}         | Failed
            429 | {"error":"rate_limit"}                      | Failed
            503 | {"error":"backend_error"}                   | Failed
            """)
    void tellsARefusalFromAFailure(int status, String body, String kind) {
        Answer answer = ServiceAccounts.read(status, body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.getClass().getSimpleName()).isEqualTo(kind);
        assertThat(answer.toString()).doesNotContain("ya29");
    }

    /// What it says may be anything, and goes to a log.
    @Test
    void repeatsOnlyWordsOfTheStandard() {
        assertThat(ServiceAccounts.read(400, "{\"error\":\"planted <b>\"}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Answer.Refused("the token endpoint answered 400"));
        assertThat(ServiceAccounts.read(400, "{\"error\":\"invalid_grant\"}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Answer.Refused("the token endpoint answered 400 (invalid_grant)"));
    }

    @ParameterizedTest
    @CsvSource({
        "global,, https://aiplatform.googleapis.com/v1, /v1/projects/p/locations/global, true",
        "us,, https://aiplatform.us.rep.googleapis.com/v1, /v1/projects/p/locations/us, true",
        "europe-west4,, https://europe-west4-aiplatform.googleapis.com/v1, /v1/projects/p/locations/europe-west4, true",
        "global, http://10.0.0.7:81/x/v1/, http://10.0.0.7:81/x/v1/, /x/v1/projects/p/locations/global, true",
        "global, http://10.0.0.7, http://10.0.0.7, /projects/p/locations/global, true"
    })
    void knowsTheAddressOfARegion(String region, String baseUrl, String url, String path, boolean trusted) {
        VertexProvider.Place place = VertexProvider.Place.of(baseUrl, "p", region, true);
        assertThat(place.url()).hasToString(url);
        assertThat(place.path()).isEqualTo(path);
        assertThat(place.trusted()).isEqualTo(trusted);
        assertThat(place.locations().getRawPath()).endsWith("/projects/p/locations");
        assertThat(VertexProvider.Place.of(baseUrl, "p", region, false).trusted())
                .as("a user's region, unless the address is the operator's")
                .isEqualTo(baseUrl != null);
    }
}
