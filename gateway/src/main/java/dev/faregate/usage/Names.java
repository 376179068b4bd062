package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.APP;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Record3;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// What people call the things that analytics tells apart by ids, and the ids by which the API knows them.
final class Names {
    /// Names looked up in one statement.
    private static final int AT_ONCE = 500;

    /// `id` is the public one: a key's hash. Both may be all that is known of a thing that is gone.
    record Named(String id, String name) {}

    private final Map<Dimension, Map<String, Named>> known = new HashMap<>();

    /// Looks up what these groups mention.
    static Names of(Tx tx, String organization, AnalyticsQuery query, List<Analytics.Group> groups) {
        Names names = new Names();
        for (int i = 0; i < query.dimensions().size(); i++) {
            int at = i;
            Dimension dimension = query.dimensions().get(i);
            if (dimension.isNamed()) {
                List<String> ids = new ArrayList<>(groups.stream()
                        .map(group -> group.values().get(at))
                        .filter(java.util.Objects::nonNull)
                        .map(java.util.Objects::requireNonNull)
                        .collect(Collectors.toCollection(HashSet::new)));
                Map<String, Named> of = names.known.computeIfAbsent(dimension, _ -> new HashMap<>());
                for (int from = 0; from < ids.size(); from += AT_ONCE) {
                    lookUp(tx, organization, dimension, ids.subList(from, Math.min(ids.size(), from + AT_ONCE)), of);
                }
            }
        }
        return names;
    }

    Named of(Dimension dimension, String id) {
        Map<String, Named> all = known.get(dimension);
        Named named = all == null ? null : all.get(id);
        return named == null ? new Named(id, id) : named;
    }

    private static void lookUp(
            Tx tx, String organization, Dimension dimension, Collection<String> ids, Map<String, Named> into) {
        switch (dimension) {
            case API_KEY ->
                put(
                        into,
                        tx.sql()
                                .select(API_KEY.ID, API_KEY.HASH, API_KEY.NAME)
                                .from(API_KEY)
                                .where(API_KEY.ID.in(ids))
                                .and(API_KEY.ORGANIZATION_ID.eq(organization)));
            case WORKSPACE ->
                put(
                        into,
                        tx.sql()
                                .select(WORKSPACE.ID, WORKSPACE.ID, WORKSPACE.NAME)
                                .from(WORKSPACE)
                                .where(WORKSPACE.ID.in(ids))
                                .and(WORKSPACE.ORGANIZATION_ID.eq(organization)));
            case USER ->
                put(
                        into,
                        tx.sql()
                                .select(PERSON.ID, PERSON.ID, PERSON.EMAIL)
                                .from(ORGANIZATION_MEMBER)
                                .join(PERSON)
                                .on(PERSON.ID.eq(ORGANIZATION_MEMBER.PERSON_ID))
                                .where(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(organization))
                                .and(PERSON.ID.in(ids)));
            case APP ->
                tx.sql()
                        .select(APP.ID, APP.TITLE, APP.ORIGIN)
                        .from(APP)
                        .where(APP.ID.in(ids.stream().map(Integer::valueOf).toList()))
                        .forEach(row -> {
                            String id = String.valueOf(row.value1());
                            into.put(id, new Named(id, appName(row.value2(), row.value3())));
                        });
            case MODEL, PROVIDER, ENDPOINT, ENVIRONMENT ->
                throw new IllegalArgumentException(dimension + " has no names");
        }
    }

    /// The name of the key with that id, if that user made it; null: whoever did.
    static Optional<String> key(Tx tx, String id, @Nullable String user) {
        return tx.sql()
                .select(API_KEY.NAME)
                .from(API_KEY)
                .where(API_KEY.ID.eq(id))
                .and(user == null ? DSL.noCondition() : API_KEY.CREATOR_USER_ID.eq(user))
                .fetchOptional(API_KEY.NAME);
    }

    /// An app without a title goes by its origin.
    static String appName(@Nullable String title, String origin) {
        return title == null ? origin : title;
    }

    private static void put(Map<String, Named> into, ResultQuery<Record3<String, String, String>> query) {
        query.forEach(row -> into.put(row.value1(), new Named(row.value2(), row.value3())));
    }
}
