package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Authenticator.Answer;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A key gets another secret and stays the same key, on both databases (rulings 2).
@ParameterizedClass
@EnumSource
class RotationContract {
    private final Rig rig;
    private final Secret first;
    private final String hash;

    RotationContract(Database.Kind kind) {
        rig = new Rig(kind);
        first = Secret.of(rig.create(rig.management, "{\"name\":\"n\",\"limit\":5}")
                .path("key")
                .asString());
        hash = KeyHash.of(first).hex();
    }

    private JsonNode rotate(String body, String... headers) {
        return rig.call(rig.keysHandler::rotate, rig.management, Rig.keyHead("POST", hash, headers), body);
    }

    private static Secret text(JsonNode answer) {
        return Secret.of(answer.path("key").asString());
    }

    @Test
    void bothSecretsOpenTheSameKeyDuringTheGrace() {
        Instant before = Instant.now();
        JsonNode answer = rotate("{\"grace_seconds\":3600}");
        Secret second = text(answer);
        assertThat(rig.caller(second).keyId()).isEqualTo(rig.caller(first).keyId());
        assertThat(answer.path("data").path("hash").asString()).as("it stays").isEqualTo(hash);
        assertThat(answer.path("data").path("label").asString()).isEqualTo(KeyText.label(second.reveal()));
        JsonNode rotation = answer.path("rotation");
        assertThat(rotation.path("new_label").asString()).isEqualTo(KeyText.label(second.reveal()));
        assertThat(rotation.path("old_label").asString()).isEqualTo(KeyText.label(first.reveal()));
        Instant end = Instant.parse(rotation.path("old_expires_at").asString());
        assertThat(end).isBetween(before.plusSeconds(3_500), before.plusSeconds(3_700));
        JsonNode found = rig.get(rig.management, KeyHash.of(second).hex()).path("data");
        assertThat(found.path("hash").asString())
                .as("by the hash of any live secret")
                .isEqualTo(hash);
        assertThat(found.path("secrets")).hasSize(2);
        assertThat(found.toString()).doesNotContain(second.reveal());

        rig.clock.moveTo(end.minusMillis(1));
        assertThat(rig.reason(first)).isEqualTo("known");
        rig.clock.moveTo(end);
        assertThat(rig.reason(first)).isEqualTo("expired");
        assertThat(rig.reason(second)).isEqualTo("known");
    }

    @Test
    void withoutGraceTheOldSecretEndsAtOnceEvenWhereItIsRemembered() {
        KeyDirectory otherNode = new KeyDirectory(rig.database, rig.store, rig.limits, rig.clock);
        Caller remembered = rig.caller(first);
        assertThat(otherNode.lookUp(KeyHash.of(first))).isInstanceOf(Answer.Known.class);
        Secret second = text(rotate("{\"grace_seconds\":0}"));
        assertThat(rig.reason(first)).isEqualTo("expired");
        Limits.State total = rig.database.read(tx -> Objects.requireNonNull(
                rig.limits.states(tx, Scope.KEY, remembered.keyId()).get(Window.TOTAL)));
        long policy = total.policySeq();
        assertThat(policy).as("no hold of a remembered caller passes").isGreaterThan(remembered.policySeq());
        assertThat(otherNode.reload(remembered))
                .isInstanceOfSatisfying(
                        Answer.Refused.class,
                        no -> assertThat(no.error()).isInstanceOf(ApiError.Unauthenticated.class));
        assertThat(changesOf(remembered.keyId()))
                .as("and the other nodes hear of it")
                .isPositive();
        assertThat(Rig.errorOf(() -> rig.get(rig.management, KeyHash.of(second).hex())))
                .isNull();
    }

    private int changesOf(String keyId) {
        return rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT count(*) FROM change_log WHERE subject = ?", keyId)
                .get(0, Integer.class));
    }

    @Test
    void atMostTwoSecretsLive() {
        Secret second = text(rotate("{}"));
        assertThat(Rig.errorOf(() -> rotate("{\"grace_seconds\":60}")))
                .isInstanceOfSatisfying(
                        ApiError.Conflict.class,
                        no -> assertThat(no.message()).contains(KeyText.label(first.reveal()), "end_older"));
        assertThat(rig.reason(first)).isEqualTo("known");
        Secret third = text(rotate("{\"grace_seconds\":60,\"end_older\":true}"));
        assertThat(rig.reason(first)).isEqualTo("expired");
        assertThat(rig.reason(second)).isEqualTo("known");
        assertThat(rig.reason(third)).isEqualTo("known");
        Secret fourth = text(rotate("{\"grace_seconds\":0}"));
        for (Secret old : new Secret[] {first, second, third}) {
            assertThat(rig.reason(old)).isEqualTo("expired");
        }
        assertThat(rig.reason(fourth)).isEqualTo("known");
        assertThat(rig.get(rig.management, hash).path("data").path("secrets")).hasSize(1);
    }

    @Test
    void aSecretOfAnotherSystemGoesOn() {
        String foreign = "foreign-secret-" + UUID.randomUUID();
        Secret own = Secret.of(rig.create(
                        rig.management,
                        "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"" + foreign + "\"}}")
                .path("key")
                .asString());
        rig.call(
                rig.keysHandler::rotate,
                rig.management,
                Rig.keyHead("POST", KeyHash.of(own).hex()),
                "{\"grace_seconds\":0}");
        assertThat(rig.reason(own)).isEqualTo("expired");
        assertThat(rig.reason(Secret.of(foreign))).isEqualTo("known");
    }

    @Test
    void aRepeatedRotationAnswersWithoutTheSecret() {
        String key = UUID.randomUUID().toString();
        Secret second = text(rotate("{\"grace_seconds\":60}", "Idempotency-Key", key));
        JsonNode again = rotate("{\"grace_seconds\":60}", "Idempotency-Key", key);
        assertThat(again.has("key")).isFalse();
        assertThat(again.path("data").path("label").asString()).isEqualTo(KeyText.label(second.reveal()));
        assertThat(again.path("data").path("secrets")).hasSize(2);
        assertThat(rig.reason(second)).isEqualTo("known");
        assertThat(Rig.errorOf(() -> rotate("{\"grace_seconds\":61}", "Idempotency-Key", key)))
                .isInstanceOf(ApiError.Conflict.class);
    }

    @Test
    void isAnEventOfTheAuditLogAndNoSecretIsStored() {
        Secret second = text(rotate(""));
        String dump = String.join("\n", rig.dump());
        assertThat(dump).contains("key.rotate", KeyHash.of(second).hex()).doesNotContain(second.reveal());
    }

    @Test
    void refusesGracesThatAreNone() {
        long most = Duration.ofDays(7).toSeconds();
        assertThat(Rig.errorOf(() -> rotate("{\"grace_seconds\":" + most + "}")))
                .isNull();
        for (String bad : new String[] {"-1", String.valueOf(most + 1), "1.5", "\"60\"", "1e99"}) {
            assertThat(Rig.errorOf(() -> rotate("{\"grace_seconds\":" + bad + "}")))
                    .as(bad)
                    .isInstanceOf(ApiError.BadRequest.class);
        }
        String foreign = KeyHash.of(rig.tenant().inference()).hex();
        assertThat(Rig.errorOf(
                        () -> rig.call(rig.keysHandler::rotate, rig.management, Rig.keyHead("POST", foreign), "{}")))
                .isInstanceOf(ApiError.NotFound.class);
    }
}
