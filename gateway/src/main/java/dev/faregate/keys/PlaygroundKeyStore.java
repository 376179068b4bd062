package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.SETTING;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/// Which key the Playground uses for a person in a workspace: a fact that nobody can set from outside, so no other key
/// is ever taken for it, whatever it is called.
final class PlaygroundKeyStore {
    private static final String NAME = "playground_key:";

    /// The key's id; `fresh` from now on where there is none yet. Whoever asks for the same meanwhile waits for this
    /// transaction to end, so of any number at once one makes the key.
    String claim(Tx tx, String workspaceId, String userId, String fresh) {
        tx.sql()
                .insertInto(SETTING)
                .set(SETTING.NAME, name(workspaceId, userId))
                .set(SETTING.VALUE, fresh)
                .onConflict(SETTING.NAME)
                .doNothing()
                .execute();
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql()
                    .selectOne()
                    .from(SETTING)
                    .where(SETTING.NAME.eq(name(workspaceId, userId)))
                    .forUpdate()
                    .fetch();
        }
        return find(tx, workspaceId, userId).orElseThrow();
    }

    /// That a row of the table belongs to one of keys: the key is the one that its maker uses in the Playground.
    static Condition uses() {
        return SETTING.VALUE
                .eq(API_KEY.ID)
                .and(SETTING.NAME.eq(
                        DSL.concat(DSL.inline(NAME), API_KEY.WORKSPACE_ID, DSL.inline(":"), API_KEY.CREATOR_USER_ID)));
    }

    /// Another key from now on.
    void replace(Tx tx, String workspaceId, String userId, String keyId) {
        tx.sql()
                .update(SETTING)
                .set(SETTING.VALUE, keyId)
                .where(SETTING.NAME.eq(name(workspaceId, userId)))
                .execute();
    }

    Optional<String> find(Tx tx, String workspaceId, String userId) {
        return tx.sql()
                .select(SETTING.VALUE)
                .from(SETTING)
                .where(SETTING.NAME.eq(name(workspaceId, userId)))
                .fetchOptional(row -> Objects.requireNonNull(row.value1()));
    }

    private static String name(String workspaceId, String userId) {
        return NAME + workspaceId + ":" + userId;
    }
}
