package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import dev.faregate.identity.AuditLog;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What happens to a key that somebody found in public, on both databases.
@ParameterizedClass
@EnumSource
class ExposuresContract {
    private static final String PLACE = "https://github.com/somebody/something/blob/main/.env";

    /// Keeps what it is to tell.
    private static final class Heard implements Exposures.Messenger {
        final List<Exposure> told = new ArrayList<>();
        int commits;

        @Override
        public synchronized void tell(Tx tx, Exposure exposure) {
            told.add(exposure);
        }

        @Override
        public synchronized void committed() {
            commits++;
        }
    }

    private final Rig rig;
    private final Heard heard = new Heard();
    private final Exposures exposures;
    private final List<String> cut = new ArrayList<>();
    private final Secret first;
    private final String hash;

    ExposuresContract(Database.Kind kind) {
        rig = new Rig(kind);
        rig.directory.onClosed(cut::add);
        exposures = new Exposures(rig.database, rig.keys, rig.directory, new AuditLog(), heard);
        JsonNode made = rig.create(rig.management, """
                {"name": "n", "limit": 5, "external": {"user": "u", "api_key": "somebody-elses-key-%s"}}""".formatted(java.util.UUID.randomUUID()));
        first = Secret.of(made.path("key").asString());
        hash = KeyHash.of(first).hex();
    }

    private Set<String> found(Secret text, @Nullable String url) {
        return exposures.report(
                Exposure.Origin.GITHUB, List.of(new Exposures.Report(KeyHash.of(text), url, "content")));
    }

    private JsonNode key() {
        return rig.get(rig.management, hash).path("data");
    }

    private Secret rotate(String body) {
        return Secret.of(rig.call(rig.keysHandler::rotate, rig.management, Rig.keyHead("POST", hash), body)
                .path("key")
                .asString());
    }

    private void policy(Exposure.Policy policy) {
        rig.database.write(tx -> {
            ExposureStore.setPolicy(tx, rig.organizationId, policy);
            return null;
        });
    }

    private List<String> events() {
        return rig.database.read(
                tx -> tx.sql().fetch("""
                        SELECT action, detail FROM audit_event WHERE organization_id = ? AND action = 'key.exposed'
                        ORDER BY seq""", rig.organizationId).map(row -> row.get("detail", String.class)));
    }

    @Test
    void anExposedKeyIsDisabledAtOnceAndItsPeopleAreTold() {
        String id = rig.caller(first).keyId();
        assertThat(found(first, PLACE)).containsExactly(hash);

        assertThat(rig.reason(first)).as("though it was remembered").isEqualTo("disabled");
        assertThat(cut).as("what runs for it").contains(id);
        assertThat(key().path("disabled").asBoolean()).isTrue();
        assertThat(key().path("exposed_at").isString()).isTrue();
        assertThat(key().path("secrets").valueStream())
                .as("one of two")
                .filteredOn(secret -> secret.path("exposed_at").isString())
                .singleElement()
                .satisfies(secret -> assertThat(secret.path("hash").asString()).isEqualTo(hash));
        assertThat(heard.told).singleElement().satisfies(exposure -> {
            assertThat(exposure.outcome()).isEqualTo(Exposure.Outcome.KEY_DISABLED);
            assertThat(exposure.url()).isEqualTo(PLACE);
            assertThat(exposure.source()).isEqualTo("content");
            assertThat(exposure.label()).isEqualTo(KeyText.label(first.reveal()));
            assertThat(exposure.key().id()).isEqualTo(id);
        });
        assertThat(heard.commits).isEqualTo(1);
        assertThat(events())
                .singleElement()
                .asString()
                .contains("\"origin\":\"github\"", "\"outcome\":\"key_disabled\"", PLACE)
                .doesNotContain(first.reveal());
        assertThat(rig.dump()).noneMatch(value -> value.contains(first.reveal()));
    }

    @Test
    void theSameReportAgainChangesNothingAndAnotherPlaceIsKept() {
        found(first, PLACE);
        found(first, PLACE);
        assertThat(heard.told).hasSize(1);
        assertThat(events()).hasSize(1);
        found(first, PLACE + "#L2");
        assertThat(heard.told).as("it was dead by then").hasSize(1);
        assertThat(events()).hasSize(2).last().asString().contains("was_dead");
        for (int i = 0; i < 2 * ExposureStore.MAX_PLACES; i++) {
            found(first, PLACE + "#" + i);
        }
        assertThat(events()).as("by then everybody knows").hasSize(ExposureStore.MAX_PLACES);
        assertThat(places()).hasSize(5).first().asString().contains("was_dead".toUpperCase(java.util.Locale.ROOT));
    }

    private List<Exposure> places() {
        return rig.database.read(tx -> new ExposureStore()
                .of(tx, rig.store.find(tx, rig.organizationId, hash).orElseThrow(), 5));
    }

    @Test
    void aReportInManyCopiesAtOnceIsTakenOnce() throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Set<String>>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(threads.submit(() -> found(first, PLACE)));
            }
            for (Future<Set<String>> one : all) {
                assertThat(one.get()).containsExactly(hash);
            }
        }
        assertThat(heard.told).hasSize(1);
        assertThat(events()).hasSize(1);
    }

    @Test
    void aSecretThatWasRotatedOutEndsAndTheKeyGoesOn() {
        Secret second = rotate("{\"grace_seconds\":3600}");
        rig.caller(first);
        found(first, PLACE);
        assertThat(rig.reason(first)).isEqualTo("expired");
        assertThat(rig.reason(second)).isEqualTo("known");
        assertThat(heard.told).singleElement().extracting(Exposure::outcome).isEqualTo(Exposure.Outcome.SECRET_ENDED);
        assertThat(key().path("exposed_at").isNull())
                .as("what was found opens nothing")
                .isTrue();
        assertThat(places()).hasSize(1);
    }

    @Test
    void aSecretOfAnotherSystemEndsAndTheKeyGoesOn() {
        Secret foreign = Secret.of("another-systems-key-" + java.util.UUID.randomUUID());
        Secret own = Secret.of(rig.create(
                        rig.management,
                        "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"" + foreign.reveal() + "\"}}")
                .path("key")
                .asString());
        rig.caller(foreign);
        found(foreign, null);
        assertThat(rig.reason(foreign)).isEqualTo("expired");
        assertThat(rig.reason(own)).isEqualTo("known");
    }

    @Test
    void anOrganizationMayWantOnlyToBeTold() {
        policy(Exposure.Policy.NOTIFY);
        found(first, PLACE);
        assertThat(rig.reason(first)).isEqualTo("known");
        assertThat(key().path("exposed_at").isString()).isTrue();
        assertThat(key().path("disabled").asBoolean()).isFalse();
        assertThat(heard.told).singleElement().extracting(Exposure::outcome).isEqualTo(Exposure.Outcome.TOLD);
        found(first, PLACE + "2");
        assertThat(heard.told).as("each new place is news while it works").hasSize(2);
    }

    @Test
    void replacingEndsTheExposureAndKeepsTheKey() {
        found(first, PLACE);
        Secret second = replace();
        assertThat(rig.reason(first)).isEqualTo("expired");
        assertThat(rig.reason(second)).isEqualTo("known");
        JsonNode key = key();
        assertThat(key.path("disabled").asBoolean()).isFalse();
        assertThat(key.path("exposed_at").isNull()).isTrue();
        assertThat(key.path("name").asString()).isEqualTo("n");
        assertThat(key.path("limit").asInt()).isEqualTo(5);
        assertThat(key.path("hash").asString()).isEqualTo(hash);
        found(first, PLACE + "3");
        assertThat(rig.reason(second))
                .as("the old one leaks on, and nobody minds")
                .isEqualTo("known");
        assertThat(heard.told).hasSize(1);
    }

    @Test
    void replacingEndsEverySecretThatWasFound() {
        policy(Exposure.Policy.NOTIFY);
        Secret foreign = Secret.of("another-systems-key-" + java.util.UUID.randomUUID());
        JsonNode made = rig.create(
                rig.management,
                "{\"name\":\"n\",\"external\":{\"user\":\"u\",\"api_key\":\"" + foreign.reveal() + "\"}}");
        Secret own = Secret.of(made.path("key").asString());
        found(foreign, PLACE);
        ManagedKeys managed = managed();
        ManagedKeys.Rotation done = managed.replace(
                request(), reach(), made.path("data").path("hash").asString());
        assertThat(rig.reason(foreign)).isEqualTo("expired");
        assertThat(rig.reason(own)).isEqualTo("expired");
        assertThat(rig.reason(Objects.requireNonNull(done.written().text()))).isEqualTo("known");
        assertThat(done.written().view().exposedAt()).isNull();
    }

    private Secret replace() {
        return Objects.requireNonNull(
                managed().replace(request(), reach(), hash).written().text());
    }

    private ManagedKeys managed() {
        return new ManagedKeys(
                rig.database,
                rig.limits,
                rig.store,
                rig.keys,
                rig.directory,
                rig.organizations,
                rig.members,
                rig.writes);
    }

    private ManagedKeys.Reach reach() {
        return new ManagedKeys.Reach(rig.organizationId, KeyKind.INFERENCE, null);
    }

    private dev.faregate.http.Request request() {
        return new dev.faregate.http.Request(
                Rig.keyHead("POST", hash), new byte[] {'{', '}'}, rig.caller(rig.management));
    }

    @Test
    void whatIsNoneOfOursIsOnlyNotKnown() {
        Secret stranger = KeyText.generate(KeyKind.INFERENCE);
        List<Exposures.Report> many = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            many.add(new Exposures.Report(KeyHash.of("nothing " + i), null, null));
        }
        many.add(new Exposures.Report(KeyHash.of(stranger), PLACE, null));
        many.add(new Exposures.Report(KeyHash.of(first), PLACE, null));
        assertThat(exposures.report(Exposure.Origin.ANYBODY, many)).containsExactly(hash);
        assertThat(heard.told).hasSize(1);
    }

    @Test
    void aDeletedKeyIsKnownAndNobodyIsTold() {
        rig.delete(rig.management, hash);
        assertThat(found(first, PLACE)).containsExactly(hash);
        assertThat(heard.told).isEmpty();
        assertThat(events()).singleElement().asString().contains("was_dead");
    }

    @Test
    void ofAKeyThatWasDisabledForAnotherReasonPeopleAreToldOnce() {
        rig.patch(rig.management, hash, "{\"disabled\":true}");
        found(first, PLACE);
        found(first, PLACE + "2");
        assertThat(heard.told).singleElement().extracting(Exposure::outcome).isEqualTo(Exposure.Outcome.KEY_DISABLED);
        rig.patch(rig.management, hash, "{\"disabled\":false}");
        assertThat(key().path("exposed_at").isString())
                .as("whoever enables it sees why not to")
                .isTrue();
    }

    @Test
    void aManagementKeyIsDisabledToo() {
        Secret other = rig.keyOf(null, KeyKind.MANAGEMENT);
        rig.caller(other);
        found(other, PLACE);
        assertThat(rig.reason(other)).isEqualTo("disabled");
        assertThat(heard.told).singleElement().extracting(Exposure::outcome).isEqualTo(Exposure.Outcome.KEY_DISABLED);
    }
}
