package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.USAGE_COUNTER;

import dev.faregate.base.Micros;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// How the keys of a workspace stand, many at once: what a page needs to say which of them need a look.
public final class KeyStandings {
    /// Keys that are looked at, the newest.
    public static final int MOST = 2_000;

    /// Limits that are looked up in one statement.
    private static final int AT_ONCE = 500;

    private static final int LAST_USED = API_KEY.fields().length;
    private static final int EXPOSED = LAST_USED + 1;
    private static final int OPENED = EXPOSED + 1;

    /// One key. `limit` is null for a key without one; `exposed`: others can read a secret of it that has not ended;
    /// `opened`: a secret opens it, which says nothing of the key's own time.
    public record Standing(
            ApiKey key,
            Limits.@Nullable State limit,
            @Nullable Instant lastUsedAt,
            boolean exposed,
            boolean opened) {}

    private final Limits limits;

    public KeyStandings(Limits limits) {
        this.limits = limits;
    }

    /// The inference keys of a workspace that are not deleted, the newest first; `user` null: whoever made them.
    public List<Standing> of(Tx tx, String organization, String workspace, @Nullable String user) {
        Condition made = user == null ? DSL.noCondition() : API_KEY.CREATOR_USER_ID.eq(user);
        Field<Boolean> exposed = DSL.field(DSL.exists(tx.sql()
                .selectOne()
                .from(API_KEY_SECRET)
                .where(API_KEY_SECRET.API_KEY_ID.eq(API_KEY.ID))
                .and(API_KEY_SECRET.EXPOSED_AT.isNotNull())
                .and(KeySecretStore.livesNow(tx))));
        List<Standing> found = tx.sql()
                .select(API_KEY.fields())
                .select(USAGE_COUNTER.LAST_USED_AT, exposed, DSL.field(KeySecretStore.opened(tx)))
                .from(API_KEY)
                .leftJoin(USAGE_COUNTER)
                .on(USAGE_COUNTER.API_KEY_ID.eq(API_KEY.ID).and(USAGE_COUNTER.DAY.eq(KeyUsage.ALL_TIME)))
                .where(API_KEY.ORGANIZATION_ID.eq(organization))
                .and(API_KEY.WORKSPACE_ID.eq(workspace))
                .and(API_KEY.KIND.eq(KeyKind.INFERENCE.word()))
                .and(API_KEY.DELETED_AT.isNull())
                .and(made)
                .orderBy(API_KEY.CREATED_AT.desc(), API_KEY.ID.desc())
                .limit(MOST)
                .fetch(row -> new Standing(
                        KeyStore.read(row),
                        null,
                        Micros.toNullable(row.get(LAST_USED, Long.class)),
                        Boolean.TRUE.equals(row.get(EXPOSED, Boolean.class)),
                        Boolean.TRUE.equals(row.get(OPENED, Boolean.class))));
        Map<String, Map<Window, Limits.State>> states = states(tx, found);
        return found.stream()
                .map(one -> new Standing(
                        one.key(),
                        states.getOrDefault(one.key().id(), Map.of())
                                .get(one.key().limitReset()),
                        one.lastUsedAt(),
                        one.exposed(),
                        one.opened()))
                .toList();
    }

    private Map<String, Map<Window, Limits.State>> states(Tx tx, List<Standing> found) {
        List<String> limited = found.stream()
                .map(Standing::key)
                .filter(key -> key.limit() != null)
                .map(ApiKey::id)
                .toList();
        Map<String, Map<Window, Limits.State>> states = new HashMap<>();
        for (int from = 0; from < limited.size(); from += AT_ONCE) {
            states.putAll(
                    limits.states(tx, Scope.KEY, limited.subList(from, Math.min(limited.size(), from + AT_ONCE))));
        }
        return states;
    }
}
