package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.SUSPENDED_KEY;

import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import org.jooq.Condition;

/// The keys that were disabled because their maker was deactivated, to be enabled when they come back. A key that was
/// disabled before is not among them.
final class SuspendedKeyStore {
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
}
