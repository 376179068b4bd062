package dev.faregate.apps;

import static dev.faregate.storage.tables.Tables.APP;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Apps, by identity. The first title stands; categories add up.
public final class AppStore {
    /// Referers are free to invent, so the table is bounded.
    static final int MAX_APPS = 100_000;

    /// Room behind that bound for apps that a person consents to, which nobody's invented referers can take.
    static final int MAX_CONSENTED = 20_000;

    /// Categories of one app; further ones are dropped (contract 3.11).
    static final int MAX_CATEGORIES = 10;

    private record Known(int id, @Nullable String title, String categories) {}

    /// The number of an app that a person consents to, registered if it is new; empty when it has no identity or the
    /// table is full, with the room for such apps.
    public Optional<Integer> register(Tx tx, AppAttribution app) {
        String identity = app.identity();
        return identity == null ? Optional.empty() : findOrCreate(tx, identity, app, MAX_APPS + MAX_CONSENTED);
    }

    /// The number of an app that is registered already.
    public Optional<Integer> number(Tx tx, AppAttribution app) {
        String identity = app.identity();
        return identity == null ? Optional.empty() : find(tx, identity).map(Known::id);
    }

    /// The number of an app that a request names, registered if it is new; empty when the table is full, or when
    /// another node took the number at the same moment.
    Optional<Integer> findOrCreate(Tx tx, String identity, AppAttribution app) {
        return findOrCreate(tx, identity, app, MAX_APPS);
    }

    private static Optional<Integer> findOrCreate(Tx tx, String identity, AppAttribution app, int bound) {
        Optional<Known> known = find(tx, identity);
        known.ifPresent(row -> enrich(tx, row, app));
        return known.map(Known::id).or(() -> create(tx, identity, app, bound));
    }

    private static Optional<Known> find(Tx tx, String identity) {
        return tx.sql()
                .select(APP.ID, APP.TITLE, APP.CATEGORIES)
                .from(APP)
                .where(APP.IDENTITY.eq(identity))
                .fetchOptional(row -> new Known(row.value1(), row.value2(), row.value3()));
    }

    private static Optional<Integer> create(Tx tx, String identity, AppAttribution app, int bound) {
        Integer last = tx.sql().select(DSL.max(APP.ID)).from(APP).fetchSingle().value1();
        int next = last == null ? 1 : last + 1;
        if (next > bound) {
            return Optional.empty();
        }
        int made = tx.sql()
                .insertInto(APP)
                .set(APP.ID, next)
                .set(APP.IDENTITY, identity)
                .set(APP.ORIGIN, app.origin())
                .set(APP.TITLE, app.title())
                .set(APP.CATEGORIES, String.join(",", app.categories()))
                .set(APP.CREATED_AT, Micros.of(tx.now()))
                .onConflictDoNothing()
                .execute();
        return made == 1 ? Optional.of(next) : find(tx, identity).map(Known::id);
    }

    private static void enrich(Tx tx, Known known, AppAttribution app) {
        Set<String> categories = new LinkedHashSet<>();
        if (!known.categories().isEmpty()) {
            categories.addAll(List.of(known.categories().split(",")));
        }
        for (String category : app.categories()) {
            if (categories.size() < MAX_CATEGORIES) {
                categories.add(category);
            }
        }
        String joined = String.join(",", categories);
        String title = known.title() == null ? app.title() : known.title();
        if (!joined.equals(known.categories()) || known.title() == null && title != null) {
            tx.sql()
                    .update(APP)
                    .set(APP.TITLE, title)
                    .set(APP.CATEGORIES, joined)
                    .where(APP.ID.eq(known.id()))
                    .execute();
        }
    }
}
