package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.keys.KeyStandings.Standing;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How many keys stand at once, on both databases.
@ParameterizedClass
@EnumSource
class KeyStandingsContract {
    private final Rig rig;
    private final KeyStandings standings;

    KeyStandingsContract(Database.Kind kind) {
        rig = new Rig(kind);
        standings = new KeyStandings(rig.limits);
    }

    private Map<String, Standing> found(@Nullable String user) {
        List<Standing> found = rig.database.read(tx -> standings.of(tx, rig.organizationId, rig.workspaceId, user));
        return found.stream().collect(Collectors.toMap(one -> one.key().name(), Function.identity()));
    }

    private ApiKey make(String name, @Nullable Usd limit, Window window, @Nullable String user) {
        return rig.keys
                .create(new Keys.NewKey(
                        rig.organizationId,
                        rig.workspaceId,
                        KeyKind.INFERENCE,
                        name,
                        limit,
                        window,
                        false,
                        null,
                        null,
                        null,
                        user,
                        KeyRules.NONE))
                .record();
    }

    private static Standing get(Map<String, Standing> found, String name) {
        return Objects.requireNonNull(found.get(name));
    }

    private static Usd used(Standing standing) {
        return Objects.requireNonNull(standing.limit()).used();
    }

    @Test
    void tellsLimitsUsesAndExposures() {
        ApiKey limited = make("limited", Usd.parse("10"), Window.MONTHLY, "u1");
        ApiKey exposed = make("exposed", null, Window.TOTAL, null);
        ApiKey idle = make("idle", Usd.parse("3"), Window.TOTAL, null);
        rig.database.write(tx -> {
            rig.limits.raise(tx, Scope.KEY, limited.id(), Window.MONTHLY, Usd.parse("8.5"));
            tx.sql()
                    .execute(
                            "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                                    + " VALUES (?, ?, 1, 0, 0, ?)",
                            limited.id(),
                            KeyUsage.ALL_TIME,
                            Micros.of(tx.now()));
            tx.sql()
                    .execute(
                            "UPDATE api_key_secret SET exposed_at = ? WHERE api_key_id = ?",
                            Micros.of(tx.now()),
                            exposed.id());
            tx.sql().execute("UPDATE api_key_secret SET expires_at = 5 WHERE api_key_id = ?", idle.id());
            return true;
        });
        Map<String, Standing> found = found(null);
        assertThat(found.keySet()).containsExactlyInAnyOrder("i", "limited", "exposed", "idle");
        Standing first = get(found, "limited");
        assertThat(used(first)).isEqualTo(Usd.parse("8.5"));
        assertThat(first.lastUsedAt())
                .isCloseTo(rig.database.read(Tx::now), org.assertj.core.api.Assertions.within(1, ChronoUnit.MINUTES));
        assertThat(first.exposed()).isFalse();
        assertThat(get(found, "exposed").exposed()).isTrue();
        assertThat(get(found, "exposed").limit()).isNull();
        assertThat(get(found, "idle").lastUsedAt()).isNull();
        assertThat(found.values())
                .allSatisfy(one ->
                        assertThat(one.opened()).isEqualTo(!one.key().id().equals(idle.id())));
        assertThat(used(get(found, "idle"))).isEqualTo(Usd.ZERO);
    }

    @Test
    void tellsOfTheWorkspaceAndOfWhoMadeThem() {
        make("mine", null, Window.TOTAL, "u2");
        Rig.Tenant other = rig.tenant();
        assertThat(found("u2").keySet()).containsExactly("mine");
        assertThat(found(null).keySet()).containsExactlyInAnyOrder("i", "mine");
        assertThat(rig.database.<List<Standing>>read(
                        tx -> standings.of(tx, rig.organizationId, other.workspaceId(), null)))
                .isEmpty();
    }
}
