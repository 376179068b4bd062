package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What is left of secrets that ended, on both databases.
@ParameterizedClass
@EnumSource
class EndedSecretContract {
    private static final int AT_ONCE = 2;

    private final Rig rig;
    private final EndedSecretStore store = new EndedSecretStore();
    private final Instant now;

    EndedSecretContract(Database.Kind kind) {
        rig = new Rig(kind);
        now = rig.database.read(tx -> tx.now());
    }

    /// Makes a key, gives it another secret and answers the one that ended so long ago.
    private Secret ended(Duration ago) {
        JsonNode made = rig.create(rig.management, "{\"name\":\"n\"}");
        Secret first = Secret.of(made.path("key").asString());
        rig.call(
                rig.keysHandler::rotate,
                rig.management,
                Rig.keyHead("POST", KeyHash.of(first).hex()),
                "{\"grace_seconds\":0}");
        end(KeyHash.of(first), ago);
        return first;
    }

    private void end(KeyHash secret, Duration ago) {
        rig.database.write(tx -> {
            tx.sql()
                    .execute(
                            "UPDATE api_key_secret SET expires_at = ? WHERE hash = ?",
                            Micros.of(now.minus(ago)),
                            secret.hex());
            return true;
        });
    }

    private boolean known(KeyHash secret) {
        return rig.database.read(tx -> tx.sql().fetchExists(API_KEY_SECRET, API_KEY_SECRET.HASH.eq(secret.hex())));
    }

    private void deleteAll() {
        int deleted = AT_ONCE;
        while (deleted == AT_ONCE) {
            deleted = rig.database.write(tx -> store.delete(tx, now, AT_ONCE));
            assertThat(deleted).isLessThanOrEqualTo(AT_ONCE);
        }
        rig.directory.forgetAll();
    }

    @Test
    void areForgottenAfterTheirTimeAndNotBefore() {
        Secret recent = ended(EndedSecretStore.KEPT);
        Secret old = ended(EndedSecretStore.KEPT.plusSeconds(1));
        Secret older = ended(EndedSecretStore.KEPT.plusDays(9));
        Secret oldest = ended(EndedSecretStore.KEPT.plusDays(99));
        assertThat(rig.reason(old)).isEqualTo("expired");
        deleteAll();
        assertThat(rig.reason(recent)).isEqualTo("expired");
        assertThat(rig.reason(old)).isEqualTo("unknown");
        assertThat(rig.reason(older)).isEqualTo("unknown");
        assertThat(rig.reason(oldest)).isEqualTo("unknown");
        assertThat(rig.reason(rig.inference)).isEqualTo("known");
        assertThat(rig.get(rig.management, KeyHash.of(old).hex()).path("data").path("secrets"))
                .as("the key is found by its name for life and has its live secret")
                .hasSize(1);
    }

    @Test
    void thoseThatWereFoundInPublicStayBesideTheirReports() {
        Secret found = ended(EndedSecretStore.KEPT.plusDays(1));
        KeyHash hash = KeyHash.of(found);
        ExposureStore exposures = new ExposureStore();
        rig.database.write(tx -> exposures.add(
                tx,
                hash.hex(),
                new Exposure(
                        exposures.findForUpdate(tx, hash).orElseThrow().key(),
                        KeyText.label(found.reveal()),
                        Exposure.Origin.GITHUB,
                        null,
                        "https://example.com/found",
                        Exposure.Outcome.WAS_DEAD,
                        now)));
        deleteAll();
        assertThat(known(hash)).isTrue();
    }

    @Test
    void thoseOfOtherSystemsStaySoThatTheirTextOpensNoOtherKey() {
        Secret text = Secret.of("somebody-elses-key-" + UUID.randomUUID());
        String body = "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"" + text.reveal() + "\"}}";
        rig.create(rig.management, body);
        end(KeyHash.of(text), EndedSecretStore.KEPT.plusDays(1));
        deleteAll();
        assertThat(known(KeyHash.of(text))).isTrue();
    }
}
