package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.SUSPENDED_KEY;

import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jooq.Condition;

/// The keys that were disabled because their maker was deactivated or lost a workspace, to be enabled when they come
/// back. A key that was disabled before is not among them.
final class SuspendedKeyStore {
    /// People in one statement; databases have a limit on the parameters of one.
    private static final int AT_ONCE = 1_000;

    /// A key that waits for its maker to be in its workspace.
    record Waiting(String keyId, String personId, String workspaceId) {}

    void add(Tx tx, String organizationId, String personId, List<String> keyIds) {
        for (String id : keyIds) {
            tx.sql()
                    .insertInto(SUSPENDED_KEY)
                    .set(SUSPENDED_KEY.API_KEY_ID, id)
                    .set(SUSPENDED_KEY.ORGANIZATION_ID, organizationId)
                    .set(SUSPENDED_KEY.PERSON_ID, personId)
                    .onConflictDoNothing()
                    .execute();
        }
    }

    /// The keys of that person, which are forgotten here.
    List<String> take(Tx tx, String organizationId, String personId) {
        Condition theirs = SUSPENDED_KEY.ORGANIZATION_ID.eq(organizationId).and(SUSPENDED_KEY.PERSON_ID.eq(personId));
        List<String> ids = tx.sql()
                .select(SUSPENDED_KEY.API_KEY_ID)
                .from(SUSPENDED_KEY)
                .where(theirs)
                .orderBy(SUSPENDED_KEY.API_KEY_ID)
                .fetch(row -> Objects.requireNonNull(row.value1()));
        tx.sql().deleteFrom(SUSPENDED_KEY).where(theirs).execute();
        return ids;
    }

    /// The keys of these people, which go on waiting.
    List<Waiting> waiting(Tx tx, String organizationId, Collection<String> personIds) {
        List<String> all = List.copyOf(personIds);
        List<Waiting> waiting = new ArrayList<>();
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            tx.sql()
                    .select(SUSPENDED_KEY.API_KEY_ID, SUSPENDED_KEY.PERSON_ID, API_KEY.WORKSPACE_ID)
                    .from(SUSPENDED_KEY)
                    .join(API_KEY)
                    .on(API_KEY.ID.eq(SUSPENDED_KEY.API_KEY_ID))
                    .where(SUSPENDED_KEY.ORGANIZATION_ID.eq(organizationId))
                    .and(SUSPENDED_KEY.PERSON_ID.in(all.subList(from, Math.min(all.size(), from + AT_ONCE))))
                    .orderBy(SUSPENDED_KEY.API_KEY_ID)
                    .forEach(row -> waiting.add(new Waiting(row.value1(), row.value2(), row.value3())));
        }
        return waiting;
    }

    void forget(Tx tx, String keyId) {
        tx.sql()
                .deleteFrom(SUSPENDED_KEY)
                .where(SUSPENDED_KEY.API_KEY_ID.eq(keyId))
                .execute();
    }
}
