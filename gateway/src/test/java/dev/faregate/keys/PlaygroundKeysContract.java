package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// One key for a person and a workspace, one secret for the key, on both databases.
@ParameterizedClass
@EnumSource
class PlaygroundKeysContract {
    private static final int AT_ONCE = 6;

    private final Rig rig;
    private final PlaygroundKeys playground;
    private final Session session;

    PlaygroundKeysContract(Database.Kind kind) {
        rig = new Rig(kind);
        playground = new PlaygroundKeys(
                rig.database,
                rig.limits,
                rig.store,
                rig.keys,
                rig.directory,
                rig.members,
                rig.writes,
                Usd.parse("0.5"));
        session = person(Role.MEMBER);
    }

    private Session person(Role role) {
        RequestHead head = Rig.head("POST", "/playground/key", Map.of(), Map.of());
        Sessions sessions = new Sessions(rig.database);
        String id = Ids.next().toString();
        Secret token = rig.database.write(tx -> {
            rig.members.createPerson(tx, id, id + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, id, role);
            return sessions.open(tx, id, rig.organizationId, rig.workspaceId, Session.Method.PASSWORD, false, head);
        });
        return sessions.find(token.reveal(), head).orElseThrow();
    }

    private PlaygroundKeys.Lent lend(Session who) {
        return playground.lend(new Request(Rig.head("POST", "/playground/key", Map.of(), Map.of()), new byte[0], who));
    }

    private String management(PlaygroundKeys.Lent lent, String body) {
        return rig.patch(rig.management, lent.key().hash(), body).toString();
    }

    @Test
    void makesAnOrdinaryKeyOfThePersonAndThenOnlyRenewsItsSecret() {
        Instant before = Instant.now();
        PlaygroundKeys.Lent first = lend(session);
        ApiKey key = first.key();
        assertThat(key.name()).isEqualTo("Playground of " + session.email());
        assertThat(Objects.requireNonNull(key.limit()).dollars()).isEqualByComparingTo("0.5");
        assertThat(key.limitReset().wireName()).isEqualTo("daily");
        assertThat(key.creatorUserId()).isEqualTo(session.userId());
        assertThat(key.workspaceId()).isEqualTo(rig.workspaceId);
        assertThat(key.expiresAt()).as("its secrets end, it stays").isNull();
        assertThat(rig.caller(first.text()).heldByApp())
                .as("works in browsers where other keys do not")
                .isTrue();
        assertThat(rig.get(rig.management, key.hash()).path("data").path("name").asString())
                .isEqualTo(key.name());

        PlaygroundKeys.Lent second = lend(session);
        assertThat(second.key().id()).isEqualTo(key.id());
        assertThat(second.key().label()).isEqualTo(KeyText.label(second.text().reveal()));
        assertThat(rig.reason(first.text())).isEqualTo("expired");
        assertThat(rig.reason(second.text())).isEqualTo("known");
        assertThat(second.ends()).isBetween(before.plusSeconds(3_590), before.plusSeconds(3_700));
        List<KeySecret> live = playground.find(session).orElseThrow().secrets();
        assertThat(live).hasSize(1);
        assertThat(live.getFirst().expiresAt())
                .as("in the store")
                .isBetween(before.plusSeconds(3_590), before.plusSeconds(3_700));
    }

    @Test
    void leavesTheKeyAsItsOwnerMadeIt() {
        PlaygroundKeys.Lent first = lend(session);
        management(first, "{\"name\":\"Mine\",\"limit\":7,\"limit_reset\":\"monthly\",\"rate_limits\":{\"rpm\":3}}");
        ApiKey after = lend(session).key();
        assertThat(after.id()).isEqualTo(first.key().id());
        assertThat(after.name()).isEqualTo("Mine");
        assertThat(Objects.requireNonNull(after.limit()).dollars()).isEqualByComparingTo("7");
        assertThat(after.limitReset().wireName()).isEqualTo("monthly");
        assertThat(after.rules().rates().requestsPerMinute()).isEqualTo(3);
    }

    @Test
    void aDeletedKeyIsNotRaisedAndADisabledOneStaysDisabled() {
        PlaygroundKeys.Lent first = lend(session);
        rig.delete(rig.management, first.key().hash());
        assertThat(playground.find(session)).isEmpty();
        PlaygroundKeys.Lent second = lend(session);
        assertThat(second.key().id()).isNotEqualTo(first.key().id());
        assertThat(rig.reason(first.text())).isEqualTo("deleted");
        assertThat(rig.reason(second.text())).isEqualTo("known");

        management(second, "{\"disabled\":true}");
        assertThatThrownBy(() -> lend(session)).isInstanceOf(ApiException.class).hasMessageContaining("disabled");
        assertThat(rig.reason(second.text())).isEqualTo("disabled");
        management(second, "{\"disabled\":false}");
        assertThat(lend(session).key().id()).isEqualTo(second.key().id());
    }

    @Test
    void keepsPeopleApartAndTakesNoOtherKeyForIts() {
        String name = "Playground of " + session.email();
        Secret other = Secret.of(rig.create(
                        rig.management, "{\"name\":\"" + name + "\",\"creator_user_id\":\"" + session.userId() + "\"}")
                .path("key")
                .asString());
        PlaygroundKeys.Lent mine = lend(session);
        PlaygroundKeys.Lent theirs = lend(person(Role.OWNER));
        assertThat(List.of(rig.reason(other), rig.reason(mine.text()), rig.reason(theirs.text())))
                .containsOnly("known");
        assertThat(theirs.key().id()).isNotEqualTo(mine.key().id());
        assertThat(rig.caller(other).heldByApp()).isFalse();
    }

    @Test
    void whoMayNotMakeKeysGetsNone() {
        for (Role role : List.of(Role.VIEWER, Role.BILLING)) {
            Session onlooker = person(role);
            assertThatThrownBy(() -> lend(onlooker)).as(role.word()).isInstanceOf(ApiException.class);
            assertThat(playground.find(onlooker)).isEmpty();
        }
        PlaygroundKeys.Lent lent = lend(session);
        rig.database.write(tx -> {
            rig.members.join(tx, rig.organizationId, session.userId(), Role.VIEWER);
            return true;
        });
        assertThatThrownBy(() -> lend(session)).isInstanceOf(ApiException.class);
        assertThat(rig.reason(lent.text())).as("nothing half done").isEqualTo("known");
    }

    @Test
    void manyAtOnceMakeOneKeyWithOneSecret() throws Exception {
        List<PlaygroundKeys.Lent> all;
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            Callable<PlaygroundKeys.Lent> one = () -> lend(session);
            List<Future<PlaygroundKeys.Lent>> running = threads.invokeAll(java.util.Collections.nCopies(AT_ONCE, one));
            all = running.stream().map(Future::resultNow).toList();
        }
        assertThat(all.stream().map(lent -> lent.key().id()).distinct()).hasSize(1);
        assertThat(all.stream().map(lent -> rig.reason(lent.text())).filter("known"::equals))
                .hasSize(1);
        assertThat(rig.database.<List<String>>read(tx -> rig.store.createdBy(tx, rig.organizationId, session.userId())))
                .hasSize(1);
    }
}
