package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.providers.UpstreamFailure;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which failures count against the uptime of an endpoint: not those of the request, rate limits or ourselves.
class UpstreamErrorsTest {
    private static final Set<UpstreamFailure.Kind> OURS = EnumSet.of(
            UpstreamFailure.Kind.POOL_EXHAUSTED, UpstreamFailure.Kind.CLIENT_CLOSED, UpstreamFailure.Kind.INTERNAL);

    private static UpstreamErrors.Failure answered(int status) {
        return UpstreamErrors.of(status, "{}".getBytes(StandardCharsets.UTF_8), null);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 402, 403, 404, 408, 500, 502, 503, 504, 524, 529})
    void endpointsThatDoNotAnswerAreDown(int status) {
        assertThat(answered(status).endpointIsDown()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 422, 429})
    void requestsAtFaultAndRateLimitsDoNotCount(int status) {
        assertThat(answered(status).endpointIsDown()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"17, 17", "0, 1", "soon, 1", "86400, 3600"})
    void aRateLimitSaysHowLong(String retryAfter, int seconds) {
        UpstreamErrors.Failure failure = UpstreamErrors.of(429, "{}".getBytes(StandardCharsets.UTF_8), retryAfter);
        assertThat(failure.limitsRate()).isTrue();
        assertThat(failure.retryAfter()).isEqualTo(seconds);
        assertThat(answered(503).limitsRate()).as("too busy to answer anybody").isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"code\":429,\"message\":\"slow down\"}",
                "{\"code\":400,\"message\":\"no\"}",
                "{\"code\":403,\"metadata\":{\"reasons\":[\"violence\"]}}"
            })
    void norDoTheyInsideOfAStream(String error) {
        assertThat(UpstreamErrors.inBand(error).endpointIsDown()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"code\":502,\"message\":\"broken\"}", "{}", "not json"})
    void whatBreaksInsideOfAStreamCounts(String error) {
        assertThat(UpstreamErrors.inBand(error).endpointIsDown()).isTrue();
        assertThat(UpstreamErrors.invalid("nothing").endpointIsDown()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void whatThisServerDidAloneDoesNotCount(UpstreamFailure.Kind kind) {
        UpstreamErrors.Failure failure = UpstreamErrors.of(new UpstreamFailure(kind, false, "test"));
        assertThat(failure.endpointIsDown()).isEqualTo(!OURS.contains(kind));
    }
}
