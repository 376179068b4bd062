package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Window;
import dev.faregate.identity.RequestDefaults;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.RateLimits;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyAdmissionTest {
    private static final Instant START = Instant.parse("2026-11-26T10:00:30Z");

    private Instant now = START;
    private int nodes = 1;
    private final KeyAdmission admission = new KeyAdmission(3, () -> nodes, () -> now);

    private static Caller caller(String id, RateLimits rates) {
        ApiKey key = new ApiKey(
                id,
                "organization",
                "workspace",
                "hash",
                KeyKind.INFERENCE,
                "name",
                "label",
                null,
                Window.TOTAL,
                false,
                false,
                null,
                null,
                null,
                START,
                null,
                null,
                new KeyRules(null, null, null, rates));
        return new Caller(
                key,
                KeyHash.of(id),
                null,
                List.of(1L, 2L),
                2,
                1,
                false,
                RequestDefaults.NONE,
                Set.of(),
                false,
                false,
                false);
    }

    private ApiError.@Nullable RateLimited refusal(Caller caller) {
        try {
            admission.enter(caller);
            return null;
        } catch (ApiException e) {
            return (ApiError.RateLimited) e.error();
        }
    }

    private int admitted(Caller caller, int tries) {
        int admitted = 0;
        for (int i = 0; i < tries; i++) {
            if (refusal(caller) == null) {
                admission.leave(caller.keyId());
                admitted++;
            }
        }
        return admitted;
    }

    @Test
    void countsRequestsOfAMinute() {
        Caller caller = caller("a", new RateLimits(2, null, null));
        assertThat(admitted(caller, 5)).isEqualTo(2);
        ApiError.RateLimited error = Objects.requireNonNull(refusal(caller));
        assertThat(error.limit()).isEqualTo(2);
        assertThat(error.retryAfterSeconds()).isEqualTo(30);
        assertThat(Instant.ofEpochMilli(error.resetEpochMillis())).isEqualTo("2026-11-26T10:01:00Z");
        assertThat(admitted(caller("b", new RateLimits(2, null, null)), 5))
                .as("each key by itself")
                .isEqualTo(2);
        now = START.plusSeconds(30);
        assertThat(admitted(caller, 5)).isEqualTo(2);
    }

    @Test
    void countsTokensOnceTheyAreKnown() {
        Caller caller = caller("a", new RateLimits(null, 100L, null));
        assertThat(admitted(caller, 3)).isEqualTo(3);
        admission.used(caller, TokenUsage.of(60, 39));
        assertThat(refusal(caller)).isNull();
        admission.used(caller, TokenUsage.of(1, 0));
        ApiError.RateLimited error = Objects.requireNonNull(refusal(caller));
        assertThat(error.message()).contains("100 tokens per minute");
        now = START.plusSeconds(31);
        assertThat(refusal(caller)).as("a new minute").isNull();
        admission.used(caller, TokenUsage.of(Long.MAX_VALUE, Long.MAX_VALUE));
        assertThat(refusal(caller)).as("absurd counts do not wrap").isNotNull();
    }

    @Test
    void boundsWhatRunsAtOnce() {
        Caller caller = caller("a", new RateLimits(null, null, 2));
        assertThat(refusal(caller)).isNull();
        assertThat(refusal(caller)).isNull();
        assertThat(refusal(caller)).isNotNull();
        admission.leave("a");
        assertThat(refusal(caller)).isNull();
        Caller generous = caller("b", new RateLimits(null, null, 100));
        assertThat(List.of(1, 2, 3))
                .allSatisfy(_ -> assertThat(refusal(generous)).isNull());
        assertThat(refusal(generous)).as("the node's own limit").isNotNull();
    }

    @Test
    void aRefusedRequestTakesNoPlace() {
        Caller caller = caller("a", new RateLimits(1, null, 2));
        assertThat(admitted(caller, 50)).isOne();
        now = START.plusSeconds(30);
        assertThatCode(() -> admission.enter(caller)).doesNotThrowAnyException();
    }

    @Test
    void eachNodeKeepsItsShare() {
        nodes = 3;
        assertThat(admitted(caller("a", new RateLimits(10, null, null)), 20)).isEqualTo(3);
        assertThat(admitted(caller("b", new RateLimits(1, null, null)), 20))
                .as("at least one")
                .isOne();
    }

    @Test
    void aKeyWithoutLimitsIsNotCounted() {
        assertThat(admitted(caller("a", RateLimits.NONE), 10_000)).isEqualTo(10_000);
    }
}
