package dev.faregate.leaks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.keys.Rig;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.UpstreamFailure;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How often a service is asked for its signing keys, and what is made of its answers.
class SigningKeysTest {
    private final Rig.MovingClock clock = new Rig.MovingClock();
    private final Deque<Outbound.Fetched> answers = new ArrayDeque<>();
    private int asked;
    private final SigningKeys keys = new SigningKeys(
            "GitHub",
            () -> {
                asked++;
                return answers.removeFirst();
            },
            clock);

    static PublicKey fresh() {
        try {
            KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
            maker.initialize(256);
            return maker.generateKeyPair().getPublic();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String entry(String identifier, PublicKey key) {
        String base64 = Base64.getEncoder().encodeToString(key.getEncoded());
        return "{\"key_identifier\":\"" + identifier + "\",\"key\":\"-----BEGIN PUBLIC KEY-----\\n" + base64
                + "\\n-----END PUBLIC KEY-----\\n\",\"is_current\":false}";
    }

    private static Outbound.Fetched list(String... entries) {
        return document(200, "{\"public_keys\":[" + String.join(",", List.of(entries)) + "]}");
    }

    private static Outbound.Fetched document(int status, String body) {
        return new Outbound.Fetched.Document(status, "application/json", null, body.getBytes(StandardCharsets.UTF_8));
    }

    private static Outbound.Fetched failure() {
        return new Outbound.Fetched.Failed(UpstreamFailure.Kind.DNS, "the host has no address");
    }

    private void later(java.time.Duration time) {
        clock.moveTo(clock.instant().plus(time));
    }

    @Test
    void asksOnceForAWhile() {
        PublicKey one = fresh();
        PublicKey two = fresh();
        answers.add(list(entry("a", one), entry("b", two)));
        assertThat(keys.find("a")).contains(one);
        assertThat(keys.find("b")).as("former keys are good too").contains(two);
        later(SigningKeys.KEPT.minusSeconds(1));
        assertThat(keys.find("a")).contains(one);
        assertThat(asked).isEqualTo(1);
        later(java.time.Duration.ofSeconds(1));
        answers.add(list(entry("a", two)));
        assertThat(keys.find("a")).contains(two);
        assertThat(keys.find("b")).as("withdrawn").isEmpty();
    }

    @Test
    void anUnknownOneIsAskedForOnceAMinute() {
        PublicKey one = fresh();
        answers.add(list(entry("a", one)));
        keys.find("a");
        for (int i = 0; i < 100; i++) {
            assertThat(keys.find("forged" + i)).isEmpty();
        }
        assertThat(asked).isEqualTo(1);
        later(SigningKeys.ASKED_AGAIN);
        PublicKey fresh = fresh();
        answers.add(list(entry("a", one), entry("new", fresh)));
        assertThat(keys.find("new")).contains(fresh);
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void whileTheServiceIsAwayWhatIsKnownGoesOnAndTheRestWaits() {
        answers.add(failure());
        assertWaits("a");
        assertWaits("a");
        assertThat(asked).isEqualTo(1);
        later(SigningKeys.ASKED_AGAIN);
        PublicKey one = fresh();
        answers.add(list(entry("a", one)));
        assertThat(keys.find("a")).contains(one);
        later(SigningKeys.KEPT);
        answers.add(document(403, "{}"));
        assertThat(keys.find("a")).contains(one);
        assertWaits("b");
    }

    private void assertWaits(String identifier) {
        assertThatThrownBy(() -> keys.find(identifier))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.Unavailable.class));
    }

    @Test
    void whatIsNoListHasNoKeys() {
        answers.add(document(200, "<html>"));
        assertThat(keys.find("a")).isEmpty();
        later(SigningKeys.ASKED_AGAIN);
        answers.add(document(200, "{\"public_keys\":[{\"key_identifier\":\"a\",\"key\":\"none\"},1,null]}"));
        assertThat(keys.find("a")).isEmpty();
    }
}
