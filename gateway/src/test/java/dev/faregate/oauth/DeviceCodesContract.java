package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.apps.AppStore;
import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Codes of devices over a store (RFC 8628).
@ParameterizedClass
@EnumSource
class DeviceCodesContract {
    private final Rig rig;
    private final DeviceCodes codes;
    private final OAuthClient client = client("tv " + Ids.next());
    private final Session session;

    DeviceCodesContract(Database.Kind kind) {
        rig = new Rig(kind);
        codes = new DeviceCodes(
                rig.database, new AppStore(), rig.keys, new Grants(rig.database, rig.keys, new AuditLog()));
        String user = Ids.next().toString();
        rig.database.write(tx -> {
            rig.members.createPerson(tx, user, user + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, user, Role.MEMBER);
            return true;
        });
        session = new Session(
                "s",
                user,
                user + "@example.com",
                null,
                null,
                rig.organizationId,
                "Org",
                rig.workspaceId,
                "Default",
                Role.MEMBER,
                false,
                Session.Method.PASSWORD,
                false,
                Instant.now(),
                Instant.now(),
                Instant.now(),
                Instant.MAX,
                "127.0.0.1",
                null);
    }

    private static OAuthClient client(String name) {
        return new OAuthClient(
                Ids.next().toString(),
                null,
                null,
                OAuthClient.Origin.PAGE,
                name,
                null,
                List.of(),
                OAuthClient.AuthMethod.NONE,
                null,
                List.of(OAuthClient.DEVICE),
                Scopes.READ_WRITE,
                Instant.now(),
                null,
                null,
                null);
    }

    private DeviceCodes.Made made() {
        return codes.make(client, Scopes.READ_WRITE, List.of()).orElseThrow();
    }

    private boolean allow(DeviceCodes.Made made) {
        return codes.allow(
                made.userCode(),
                new Asker(client, null, null),
                session,
                new Terms(rig.workspaceId, "My tv", Usd.ofDollars(2), Window.WEEKLY, null),
                Scopes.READ_WRITE,
                "req");
    }

    private Grants.Outcome ask(OAuthClient who, DeviceCodes.Made made) {
        return codes.redeem(who, made.deviceCode().reveal(), false, "req");
    }

    private @Nullable String error(DeviceCodes.Made made) {
        return ask(client, made) instanceof Grants.Outcome.Refused(String error, String _) ? error : null;
    }

    /// As if so many seconds had gone by since the device asked last.
    private void later(DeviceCodes.Made made, int seconds) {
        rig.database.write(tx -> tx.sql()
                .execute(
                        "UPDATE device_code SET polled_at = polled_at - ? WHERE device_hash = ?",
                        seconds * 1_000_000L,
                        dev.faregate.base.Tokens.hash(made.deviceCode().reveal())));
    }

    private void ended(DeviceCodes.Made made) {
        rig.database.write(tx -> tx.sql()
                .execute(
                        "UPDATE device_code SET expires_at = created_at WHERE device_hash = ?",
                        dev.faregate.base.Tokens.hash(made.deviceCode().reveal())));
    }

    @Test
    void givesAKeyWithWhatThePersonChoseOnce() {
        DeviceCodes.Made made = made();
        assertThat(error(made)).isEqualTo("authorization_pending");
        assertThat(codes.findOpen(made.userCode())).isPresent();
        assertThat(allow(made)).isTrue();
        assertThat(codes.findOpen(made.userCode())).as("answered").isEmpty();
        assertThat(allow(made)).as("nobody answers twice").isFalse();
        later(made, 5);
        Grants.Outcome outcome = ask(client, made);
        assertThat(outcome).isInstanceOfSatisfying(Grants.Outcome.Granted.class, granted -> {
            var key = rig.self(granted.issued().key());
            assertThat(key.get("limit").decimalValue()).isEqualByComparingTo("2");
            assertThat(key.get("limit_reset").asString()).isEqualTo("weekly");
            assertThat(key.get("creator_user_id").asString()).isEqualTo(session.userId());
        });
        assertThat(error(made)).isEqualTo("invalid_grant");
    }

    @Test
    void fiftyAtOnceGetOneKey() throws Exception {
        DeviceCodes.Made made = made();
        allow(made);
        List<Grants.Outcome> outcomes = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Grants.Outcome>> running = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                running.add(pool.submit(() -> ask(client, made)));
            }
            for (Future<Grants.Outcome> one : running) {
                outcomes.add(one.get());
            }
        }
        assertThat(outcomes)
                .filteredOn(Grants.Outcome.Granted.class::isInstance)
                .hasSize(1);
    }

    /// "the interval MUST be increased by 5 seconds for this and all subsequent requests" (section 3.5).
    @Test
    void slowsDownWhoAsksTooOften() {
        DeviceCodes.Made made = made();
        assertThat(error(made)).isEqualTo("authorization_pending");
        assertThat(error(made)).isEqualTo("slow_down");
        later(made, 7);
        assertThat(error(made)).as("now it is ten seconds").isEqualTo("slow_down");
        later(made, 15);
        assertThat(error(made)).isEqualTo("authorization_pending");
        allow(made);
        assertThat(error(made)).as("also when there is an answer").isEqualTo("slow_down");
        later(made, 20);
        assertThat(ask(client, made)).isInstanceOf(Grants.Outcome.Granted.class);
    }

    @Test
    void saysThatThePersonSaidNo() {
        DeviceCodes.Made made = made();
        assertThat(codes.deny(made.userCode())).isTrue();
        assertThat(allow(made)).isFalse();
        assertThat(error(made)).isEqualTo("access_denied");
    }

    @Test
    void isOverAfterTenMinutesForBoth() {
        DeviceCodes.Made made = made();
        ended(made);
        assertThat(codes.findOpen(made.userCode())).isEmpty();
        assertThat(allow(made)).isFalse();
        assertThat(error(made)).isEqualTo("expired_token");
    }

    @Test
    void givesNothingToAnotherClientOrForAnotherCode() {
        DeviceCodes.Made made = made();
        allow(made);
        assertThat(ask(client("other"), made))
                .isInstanceOfSatisfying(
                        Grants.Outcome.Refused.class,
                        refused -> assertThat(refused.error()).isEqualTo("invalid_grant"));
        assertThat(codes.redeem(client, made.userCode(), false, "req"))
                .as("the short code is no device code")
                .isInstanceOf(Grants.Outcome.Refused.class);
        assertThat(ask(client, made)).isInstanceOf(Grants.Outcome.Granted.class);
    }

    @Test
    void keepsNoCodeInTheClear() {
        DeviceCodes.Made made = made();
        assertThat(rig.dump())
                .noneMatch(value -> value.contains(made.userCode()))
                .noneMatch(value -> value.contains(made.deviceCode().reveal()));
    }
}
