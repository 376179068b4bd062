package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Finds keys for people: newest first, by a part of the name or of what is shown of the text, a page at a time, in
/// either direction. Pages are places in the list rather than counts, so the last of a hundred thousand keys costs what
/// the first costs. Blocks.
public final class KeySearch {
    /// More than these are not counted: "more than ten thousand" is as good for people.
    public static final int MOST_COUNTED = 10_000;

    /// Names are not looked at for a longer text: there are none.
    public static final int MAX_TEXT = KeyFields.MAX_NAME_LENGTH;

    /// What is shown of the end of a key's text; fewer characters would find too many.
    private static final int LEAST_OF_LABEL = 4;

    /// Places where a key was found that its page shows.
    private static final int PLACES = 5;

    private static final char ESCAPE = '!';

    /// Which state of keys is looked for.
    public enum State {
        ACTIVE,
        DISABLED,
        /// Its time is over, or that of its last secret.
        EXPIRED,
        /// Others can read a secret that has not ended.
        EXPOSED
    }

    /// What is looked for. `workspaceId` null: in all of them. `ownerId` null: whoever made them.
    public record Wanted(
            ManagedKeys.Reach reach,
            @Nullable String workspaceId,
            @Nullable String ownerId,
            @Nullable String text,
            @Nullable String environment,
            @Nullable State state) {}

    /// Where a page lies: behind a key (older ones), before one (newer ones), or at the beginning.
    public record Place(@Nullable String after, @Nullable String before) {
        public static final Place FIRST = new Place(null, null);
    }

    /// A page. `older` and `newer` are the hashes of the keys that the pages beside it lie behind and before; null
    /// where there is none. `count` stops behind [#MOST_COUNTED]. `now` is the time of all this.
    public record Page(
            List<KeyView> keys,
            @Nullable String older,
            @Nullable String newer,
            int count,
            Instant now) {}

    /// A key as its own page shows it; `exposures` are where its secrets were found, the latest first.
    public record Detail(KeyView view, List<Usd> days, List<Exposure> exposures, Instant now) {}

    private final Database database;
    private final Limits limits;
    private final KeyStore store = new KeyStore();
    private final ExposureStore exposures = new ExposureStore();

    public KeySearch(Database database, Limits limits) {
        this.database = database;
        this.limits = limits;
    }

    /// The page of at most `size` keys at that place. A place that names no key of the reach is the first page.
    public Page find(Wanted wanted, Place place, int size) {
        return database.read(tx -> find(tx, wanted, place, size));
    }

    /// One key with what it spent on each of the last `days` days, oldest first, today last. Throws a 404 for a key
    /// beyond the reach.
    public Detail get(ManagedKeys.Reach reach, String reference, int days) {
        return database.read(tx -> {
            ApiKey key = store.find(tx, reach.organizationId(), reach.kind(), reference)
                    .filter(reach::holds)
                    .orElseThrow(ManagedKeys::notFound);
            return new Detail(
                    KeyView.of(tx, limits, key),
                    KeyUsage.lastDays(tx, key.id(), days),
                    exposures.of(tx, key, PLACES),
                    tx.now());
        });
    }

    private Page find(Tx tx, Wanted wanted, Place place, int size) {
        Condition which = which(tx, wanted);
        boolean backwards = place.before() != null;
        @Nullable String reference = backwards ? place.before() : place.after();
        Optional<ApiKey> from = reference == null ? Optional.empty() : place(tx, wanted.reach(), reference);
        boolean back = backwards && from.isPresent();
        // One more than is shown tells whether the list goes on.
        List<ApiKey> found = new ArrayList<>(tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(which)
                .and(from.map(key -> beyond(key, back)).orElse(DSL.noCondition()))
                .orderBy(order(back))
                .limit(size + 1)
                .fetch(KeyStore::read));
        boolean more = found.size() > size;
        if (from.isPresent() && (back ? !more : found.isEmpty())) {
            // Going back ends with a whole first page, and so does going on behind the last key.
            return find(tx, wanted, Place.FIRST, size);
        }
        List<ApiKey> shown = more ? found.subList(0, size) : found;
        if (back) {
            Collections.reverse(shown);
        }
        boolean whole = from.isEmpty() && !more;
        return new Page(
                KeyView.of(tx, limits, shown),
                more || back ? shown.getLast().hash() : null,
                from.isPresent() ? shown.getFirst().hash() : null,
                whole ? shown.size() : count(tx, which),
                tx.now());
    }

    private static int count(Tx tx, Condition which) {
        return tx.sql().fetchCount(DSL.selectOne().from(API_KEY).where(which).limit(MOST_COUNTED + 1));
    }

    /// The key that a place names: also one that was deleted since, or that the search does not find.
    private static Optional<ApiKey> place(Tx tx, ManagedKeys.Reach reach, String reference) {
        return KeyHash.parse(reference)
                .flatMap(hash -> tx.sql()
                        .selectFrom(API_KEY)
                        .where(API_KEY.HASH.eq(hash.hex()))
                        .fetchOptional(KeyStore::read))
                .filter(reach::holds);
    }

    private static Condition beyond(ApiKey key, boolean back) {
        long at = Micros.of(key.createdAt());
        Condition beside = API_KEY.CREATED_AT.eq(at);
        // The first half alone says as much to an index as the whole.
        return back
                ? API_KEY.CREATED_AT.ge(at).and(API_KEY.CREATED_AT.gt(at).or(beside.and(API_KEY.ID.gt(key.id()))))
                : API_KEY.CREATED_AT.le(at).and(API_KEY.CREATED_AT.lt(at).or(beside.and(API_KEY.ID.lt(key.id()))));
    }

    private static List<SortField<?>> order(boolean back) {
        return back
                ? List.of(API_KEY.CREATED_AT.asc(), API_KEY.ID.asc())
                : List.of(API_KEY.CREATED_AT.desc(), API_KEY.ID.desc());
    }

    private static Condition which(Tx tx, Wanted wanted) {
        ManagedKeys.Reach reach = wanted.reach();
        @Nullable String owner = reach.ownerId() != null ? reach.ownerId() : wanted.ownerId();
        Condition which = API_KEY.ORGANIZATION_ID
                .eq(reach.organizationId())
                .and(API_KEY.KIND.eq(reach.kind().word()))
                .and(API_KEY.DELETED_AT.isNull());
        if (wanted.workspaceId() != null) {
            which = which.and(API_KEY.WORKSPACE_ID.eq(wanted.workspaceId()));
        }
        if (owner != null) {
            which = which.and(API_KEY.CREATOR_USER_ID.eq(owner));
        }
        if (wanted.environment() != null) {
            which = which.and(API_KEY.ENVIRONMENT.eq(wanted.environment()));
        }
        if (wanted.text() != null) {
            which = which.and(holding(tx, wanted.text()));
        }
        return wanted.state() == null ? which : which.and(in(tx, wanted.state()));
    }

    /// A hash names one key; anything else is a part of the name, or how what is shown of a key's text begins or ends.
    private static Condition holding(Tx tx, String text) {
        Optional<KeyHash> hash = KeyHash.parse(text);
        if (hash.isPresent()) {
            return API_KEY.HASH.eq(hash.get().hex());
        }
        Condition named = named(tx, text);
        return text.length() < LEAST_OF_LABEL
                ? named
                : named.or(API_KEY.LABEL.like(literally(text) + "%", ESCAPE))
                        .or(API_KEY.LABEL.like("%" + literally(text), ESCAPE));
    }

    /// The pattern is one finished value: what PostgreSQL would have to put together, it would put together for each
    /// row once it plans for any value. SQLite knows the case of ASCII only, so there it has to lower both sides.
    private static Condition named(Tx tx, String text) {
        Field<String> name = DSL.lower(API_KEY.NAME);
        String pattern = "%" + literally(text) + "%";
        return switch (tx.kind()) {
            case SQLITE -> name.like(DSL.lower(DSL.val(pattern)), ESCAPE);
            case POSTGRESQL -> name.like(pattern.toLowerCase(Locale.ROOT), ESCAPE);
        };
    }

    private static String literally(String text) {
        return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    private static Condition in(Tx tx, State state) {
        long now = Micros.of(tx.now());
        Condition disabled = DSL.condition(API_KEY.DISABLED);
        Condition expired =
                API_KEY.EXPIRES_AT.isNotNull().and(API_KEY.EXPIRES_AT.le(now)).or(DSL.not(KeySecretStore.opened(tx)));
        return switch (state) {
            case ACTIVE -> DSL.not(disabled).and(DSL.not(expired));
            case DISABLED -> disabled;
            case EXPIRED -> DSL.not(disabled).and(expired);
            case EXPOSED ->
                API_KEY.ID.in(tx.sql()
                        .select(API_KEY_SECRET.API_KEY_ID)
                        .from(API_KEY_SECRET)
                        .where(API_KEY_SECRET.EXPOSED_AT.isNotNull())
                        .and(KeySecretStore.livesNow(tx)));
        };
    }
}
