package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.http.Access;
import dev.faregate.http.Authenticator;
import dev.faregate.http.Authenticator.Answer;
import dev.faregate.http.RequestHead;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Who gets in, who does not, and what is remembered of either.
@ParameterizedClass
@EnumSource
class KeyDirectoryContract {
    private final Database.Kind kind;
    private final Rig rig;

    KeyDirectoryContract(Database.Kind kind) {
        this.kind = kind;
        rig = new Rig(kind);
    }

    @Test
    void givesTheSameVerdictForEveryHeaderFormAndRoute() {
        for (Secret key : List.of(rig.inference, rig.management)) {
            for (String[] header : new String[][] {
                {"Authorization", "Bearer "}, {"authorization", "bEARER  "}, {"x-api-key", ""}, {"api-key", ""}
            }) {
                RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), header[0], header[1] + key.reveal());
                assertThat(rig.authenticator.lookUp(head)).isInstanceOf(Answer.Known.class);
                assertThat(rig.authenticator.recall(head)).isInstanceOfSatisfying(Answer.Known.class, known -> {
                    boolean manages = key == rig.management;
                    for (Access access : Access.values()) {
                        ApiError no = Authenticator.refusal(access, known.principal());
                        boolean refused = switch (access) {
                            case PUBLIC, OPTIONAL_KEY, ANY_KEY, SESSION -> false;
                            case INFERENCE -> manages;
                            case MANAGEMENT -> !manages;
                        };
                        assertThat(no != null).as(access + " with " + header[0]).isEqualTo(refused);
                        assertThat(no == null || no instanceof ApiError.Forbidden)
                                .isTrue();
                    }
                });
            }
        }
    }

    @Test
    void refusesKeysMadeByHandFromWebPagesWhereThatIsSet() {
        Secret apps = KeyText.generate(KeyKind.INFERENCE);
        ApiKey granted = rig.keys
                .adopt(Keys.NewKey.plain(rig.organizationId, rig.workspaceId, KeyKind.INFERENCE, "app"), apps)
                .record();
        rig.database.write(tx -> tx.sql()
                .execute(
                        "INSERT INTO app_grant (api_key_id, organization_id, app_id, created_at) VALUES (?, ?, 1, 0)",
                        granted.id(),
                        rig.organizationId));
        KeyAuthenticator blocking = new KeyAuthenticator(rig.directory, true);
        for (Secret key : List.of(rig.inference, rig.management, apps)) {
            for (String origin : List.of("https://app.example", "null", "https://" + "a".repeat(1_000))) {
                RequestHead page =
                        Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", key.reveal(), "Origin", origin);
                for (Answer answer : List.of(blocking.lookUp(page), blocking.recall(page))) {
                    if (key == apps) {
                        assertThat(answer).isInstanceOf(Answer.Known.class);
                    } else {
                        assertThat(answer)
                                .isInstanceOfSatisfying(
                                        Answer.Refused.class,
                                        refused -> assertThat(refused.error())
                                                .isInstanceOfSatisfying(ApiError.Forbidden.class, no -> {
                                                    assertThat(no.reason()).isEqualTo("browser_not_allowed");
                                                    assertThat(origin)
                                                            .startsWith(String.valueOf(no.metadata()
                                                                    .get("origin")));
                                                    assertThat(no.metadata()
                                                                    .toString()
                                                                    .length())
                                                            .isLessThan(250);
                                                }));
                    }
                }
                assertThat(rig.authenticator.recall(page)).as("not set").isInstanceOf(Answer.Known.class);
            }
            RequestHead program = Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", key.reveal());
            assertThat(blocking.recall(program)).isInstanceOf(Answer.Known.class);
        }
    }

    @Test
    void ignoresKeysInTheQuery() {
        RequestHead head = Rig.head(
                "GET",
                "/key",
                Map.of(),
                Map.of("api_key", List.of(rig.inference.reveal()), "key", List.of(rig.inference.reveal())));
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.None.class);
        assertThat(rig.authenticator.lookUp(head)).isInstanceOf(Answer.None.class);
    }

    @Test
    void refusesABrokenKeyOfOursWithoutAskingTheStore() {
        Database unreachable = new WrappedDatabase(rig.database) {
            @Override
            public <T> T read(Function<Tx, T> work) {
                throw new AssertionError("the store was asked");
            }
        };
        KeyAuthenticator authenticator =
                new KeyAuthenticator(new KeyDirectory(unreachable, rig.store, rig.limits, rig.clock));
        String good = rig.inference.reveal();
        for (String bad : List.of(
                good.substring(0, good.length() - 1) + (good.endsWith("a") ? "b" : "a"),
                good.replace("sk-fg-v1-", "sk-fg-adm-"),
                "sk-fg-v1-short")) {
            RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), "Authorization", "Bearer " + bad);
            for (Answer answer : List.of(authenticator.recall(head), authenticator.lookUp(head))) {
                assertThat(answer)
                        .isInstanceOfSatisfying(
                                Answer.Refused.class,
                                refused -> assertThat(refused.error())
                                        .isInstanceOfSatisfying(
                                                ApiError.Unauthenticated.class,
                                                error -> assertThat(error.reason())
                                                        .isEqualTo("malformed")));
            }
        }
        assertThatThrownBy(() -> authenticator.lookUp(
                        Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", "sk-somebody-elses")))
                .hasMessage("the store was asked");
    }

    @Test
    void remembersAnUnknownKeyOnlyForAMoment() {
        Secret text = Secret.of("sk-imported-" + UUID.randomUUID());
        assertThat(rig.reason(text)).isEqualTo("unknown");
        RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", text.reveal());
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.Refused.class);
        rig.clock.moveTo(rig.clock.instant().plus(Duration.ofSeconds(6)));
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.Unsure.class);
    }

    @Test
    void opensAnAdoptedKeyAtOnceAlthoughItWasJustUnknown() {
        Secret text = Secret.of("sk-imported-" + UUID.randomUUID());
        assertThat(rig.reason(text)).isEqualTo("unknown");
        rig.keys.adopt(Keys.NewKey.plain(rig.organizationId, rig.workspaceId, KeyKind.INFERENCE, "imported"), text);
        assertThat(rig.reason(text)).isEqualTo("known");
    }

    @Test
    void doesNotRememberWhatItReadBeforeAChange() {
        // The change commits after the look-up has read and before it remembers.
        Runnable[] meanwhile = {() -> {}};
        Database slow = new WrappedDatabase(rig.database) {
            @Override
            public <T> T read(Function<Tx, T> work) {
                T result = rig.database.read(work);
                meanwhile[0].run();
                return result;
            }
        };
        KeyDirectory directory = new KeyDirectory(slow, rig.store, rig.limits, rig.clock);
        KeyAuthenticator authenticator = new KeyAuthenticator(directory);
        RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", rig.inference.reveal());
        String id = rig.caller(rig.inference).keyId();
        meanwhile[0] = () -> {
            meanwhile[0] = () -> {};
            rig.patch(rig.management, id, "{\"disabled\":true}");
            directory.forget(id);
        };
        assertThat(authenticator.lookUp(head)).isInstanceOf(Answer.Known.class);
        assertThat(authenticator.recall(head)).isInstanceOf(Answer.Unsure.class);
        assertThat(authenticator.lookUp(head)).isInstanceOf(Answer.Refused.class);
    }

    @Test
    void reloadsACallerWhoseRulesChanged() {
        Caller before = rig.caller(rig.inference);
        rig.database.write(tx -> rig.limits.gate(tx, before.keyId(), false, null));
        assertThat(rig.caller(rig.inference).policySeq()).isEqualTo(before.policySeq());
        assertThat(rig.directory.reload(before))
                .isInstanceOfSatisfying(
                        Answer.Known.class,
                        known -> assertThat(((Caller) known.principal()).policySeq())
                                .isGreaterThan(before.policySeq()));
    }

    @Test
    void refusesAKeyFromTheMomentItEnds() {
        Instant end = rig.clock.instant().plusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
        Secret text = Secret.of(rig.create(rig.management, "{\"name\":\"n\",\"expires_at\":\"" + iso(end) + "\"}")
                .path("key")
                .asString());
        rig.caller(text);
        RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", text.reveal());
        rig.clock.moveTo(end.minusMillis(1));
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.Known.class);
        rig.clock.moveTo(end);
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.Refused.class);
        assertThat(rig.reason(text)).isEqualTo("expired");
    }

    private static String iso(Instant instant) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
                .withZone(ZoneOffset.UTC)
                .format(instant);
    }

    @Test
    void forgetsEverythingWhenToldSo() {
        RequestHead head = Rig.head("GET", "/key", Map.of(), Map.of(), "x-api-key", rig.inference.reveal());
        rig.caller(rig.inference);
        rig.directory.forgetAll();
        assertThat(rig.authenticator.recall(head)).isInstanceOf(Answer.Unsure.class);
    }

    @Test
    void startsAStoreOnce() {
        try (Database empty = Stores.open(kind)) {
            KeyDirectory directory = new KeyDirectory(empty, rig.store, rig.limits, rig.clock);
            Bootstrap bootstrap = bootstrap(empty, directory);
            Bootstrap.FirstStart first = bootstrap.run(null, null).orElseThrow();
            assertThat(first.home().organization().slug()).isEqualTo("default");
            assertThat(first.home().workspace().slug()).isEqualTo("default");
            assertThat(bootstrap.run(null, null)).isEmpty();
            int organizations =
                    empty.read(tx -> tx.sql().fetchCount(tx.sql().selectOne().from("organization")));
            assertThat(organizations).isEqualTo(1);
            assertThat(directory.lookUp(KeyHash.of(first.inference().text())))
                    .isInstanceOfSatisfying(Answer.Known.class, known -> {
                        Caller caller = (Caller) known.principal();
                        assertThat(caller.kind()).isEqualTo(KeyKind.INFERENCE);
                        assertThat(caller.limits())
                                .hasSize(2)
                                .doesNotHaveDuplicates()
                                .startsWith(caller.totalLimit());
                    });
            assertThat(directory.lookUp(KeyHash.of(first.management().text()))).isInstanceOf(Answer.Known.class);
        }
    }

    @Test
    void adoptsPresetKeysIntoAnEmptyStoreOnly() {
        try (Database empty = Stores.open(kind)) {
            KeyDirectory directory = new KeyDirectory(empty, rig.store, rig.limits, rig.clock);
            Bootstrap bootstrap = bootstrap(empty, directory);
            Secret preset = Secret.of("a-preset-text-of-thirty-two-chars");
            Secret ours = KeyText.generate(KeyKind.MANAGEMENT);
            assertThatThrownBy(() -> bootstrap.run(Secret.of("short"), null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("inference")
                    .hasMessageNotContaining("short");
            Secret broken = Secret.of(ours.reveal().replace("adm", "v1"));
            assertThatThrownBy(() -> bootstrap.run(broken, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining(broken.reveal());
            assertThatThrownBy(() -> bootstrap.run(ours, null)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> bootstrap.run(preset, preset)).isInstanceOf(IllegalArgumentException.class);
            assertThat(bootstrap.run(preset, ours)).isPresent();
            assertThat(directory.lookUp(KeyHash.of(preset))).isInstanceOf(Answer.Known.class);
            assertThat(directory.lookUp(KeyHash.of(ours))).isInstanceOf(Answer.Known.class);
            assertThat(bootstrap.run(KeyText.generate(KeyKind.INFERENCE), null)).isEmpty();
        }
    }

    private Bootstrap bootstrap(Database empty, KeyDirectory directory) {
        return new Bootstrap(empty, rig.limits, rig.organizations, new Keys(empty, rig.limits, rig.store, directory));
    }
}
