package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.KEY_EXPOSURE;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/// Where secrets of keys were found.
public final class ExposureStore {
    /// Places kept of one secret. By then everybody knows.
    static final int MAX_PLACES = 50;

    /// Hashes in one query.
    private static final int MANY = 1_000;

    private final KeySecretStore secrets = new KeySecretStore();

    /// Those of these hashes that are secrets of keys, whether they still open them or not.
    Set<String> known(Tx tx, Collection<String> hashes) {
        List<String> all = List.copyOf(hashes);
        Set<String> known = new HashSet<>();
        for (int from = 0; from < all.size(); from += MANY) {
            known.addAll(tx.sql()
                    .select(API_KEY_SECRET.HASH)
                    .from(API_KEY_SECRET)
                    .where(API_KEY_SECRET.HASH.in(all.subList(from, Math.min(from + MANY, all.size()))))
                    .fetchSet(API_KEY_SECRET.HASH));
        }
        return known;
    }

    /// A secret and its key; nobody else changes the key until this transaction ends.
    Optional<KeySecretStore.Opened> findForUpdate(Tx tx, KeyHash secret) {
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            // The key first, and the secret only under its lock: a rotation may end it meanwhile.
            tx.sql()
                    .select(API_KEY.ID)
                    .from(API_KEY)
                    .where(API_KEY.ID.in(tx.sql()
                            .select(API_KEY_SECRET.API_KEY_ID)
                            .from(API_KEY_SECRET)
                            .where(API_KEY_SECRET.HASH.eq(secret.hex()))))
                    .forUpdate()
                    .fetch();
        }
        return secrets.find(tx, secret);
    }

    /// Keeps where a secret was found, and that it was; false, and nothing done, when that place is known or
    /// there are enough of them.
    boolean add(Tx tx, String secretHash, Exposure exposure) {
        if (tx.sql().fetchCount(KEY_EXPOSURE, KEY_EXPOSURE.SECRET_HASH.eq(secretHash)) >= MAX_PLACES) {
            return false;
        }
        boolean added = tx.sql()
                        .insertInto(KEY_EXPOSURE)
                        .set(KEY_EXPOSURE.ID, Ids.next().toString())
                        .set(KEY_EXPOSURE.ORGANIZATION_ID, exposure.key().organizationId())
                        .set(KEY_EXPOSURE.API_KEY_ID, exposure.key().id())
                        .set(KEY_EXPOSURE.SECRET_HASH, secretHash)
                        .set(KEY_EXPOSURE.ORIGIN, exposure.origin().word())
                        .set(KEY_EXPOSURE.SOURCE, exposure.source())
                        .set(KEY_EXPOSURE.URL, exposure.url())
                        .set(KEY_EXPOSURE.PLACE_HASH, place(exposure.origin(), exposure.url()))
                        .set(KEY_EXPOSURE.OUTCOME, exposure.outcome().word())
                        .set(KEY_EXPOSURE.REPORTED_AT, Micros.of(exposure.at()))
                        .onConflict(KEY_EXPOSURE.SECRET_HASH, KEY_EXPOSURE.PLACE_HASH)
                        .doNothing()
                        .execute()
                == 1;
        if (added) {
            tx.sql()
                    .update(API_KEY_SECRET)
                    .set(API_KEY_SECRET.EXPOSED_AT, Micros.of(exposure.at()))
                    .where(API_KEY_SECRET.HASH.eq(secretHash))
                    .and(API_KEY_SECRET.EXPOSED_AT.isNull())
                    .execute();
        }
        return added;
    }

    private static String place(Exposure.Origin origin, @Nullable String url) {
        return Tokens.hash(origin.word() + "\n" + (url == null ? "" : url));
    }

    /// Where secrets of a key were found, the latest first.
    List<Exposure> of(Tx tx, ApiKey key, int most) {
        SelectConditionStep<Record> rows = tx.sql()
                .select(KEY_EXPOSURE.fields())
                .select(API_KEY_SECRET.LABEL)
                .from(KEY_EXPOSURE)
                .join(API_KEY_SECRET)
                .on(API_KEY_SECRET.HASH.eq(KEY_EXPOSURE.SECRET_HASH))
                .where(KEY_EXPOSURE.API_KEY_ID.eq(key.id()));
        return rows.orderBy(KEY_EXPOSURE.REPORTED_AT.desc(), KEY_EXPOSURE.ID.desc())
                .limit(most)
                .fetch(row -> new Exposure(
                        key,
                        Objects.requireNonNull(row.get(API_KEY_SECRET.LABEL)),
                        Exposure.Origin.ofWord(Objects.requireNonNull(row.get(KEY_EXPOSURE.ORIGIN))),
                        row.get(KEY_EXPOSURE.SOURCE),
                        row.get(KEY_EXPOSURE.URL),
                        Exposure.Outcome.ofWord(Objects.requireNonNull(row.get(KEY_EXPOSURE.OUTCOME))),
                        Micros.toInstant(Objects.requireNonNull(row.get(KEY_EXPOSURE.REPORTED_AT)))));
    }

    /// What an organization wants to happen to keys that are exposed.
    public static Exposure.Policy policy(Tx tx, String organizationId) {
        return Exposure.Policy.ofWord(Objects.requireNonNull(tx.sql()
                .select(ORGANIZATION.EXPOSED_KEYS)
                .from(ORGANIZATION)
                .where(ORGANIZATION.ID.eq(organizationId))
                .fetchSingle(ORGANIZATION.EXPOSED_KEYS)));
    }

    /// False when it was so already.
    public static boolean setPolicy(Tx tx, String organizationId, Exposure.Policy policy) {
        return tx.sql()
                        .update(ORGANIZATION)
                        .set(ORGANIZATION.EXPOSED_KEYS, policy.word())
                        .where(ORGANIZATION.ID.eq(organizationId))
                        .and(ORGANIZATION.EXPOSED_KEYS.ne(policy.word()))
                        .execute()
                > 0;
    }
}
