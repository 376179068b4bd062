package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.USAGE_DAY;
import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_USAGE;

import dev.faregate.keys.KeyHash;
import dev.faregate.storage.Tx;
import dev.faregate.storage.tables.tables.UsageDay;
import dev.faregate.storage.tables.tables.WorkspaceUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Reads what an organization did on which days, from the roll-ups. Whatever names one key or one
/// member reads the rows of keys; all else those of workspaces, of which there are few.
final class Activity {
    /// More rows than an answer should have: the question must be narrower.
    static final int MOST_ROWS = 50_000;

    /// What is asked. Days are numbered from the epoch, both ends included; ids are internal ones.
    record Question(
            String organization,
            int firstDay,
            int lastDay,
            @Nullable String workspace,
            @Nullable String key,
            @Nullable String user,
            boolean byWorkspace) {}

    /// One day of a model at a model endpoint; `workspace` is null where all are together.
    record Row(
            int day,
            String model,
            String endpoint,
            @Nullable String provider,
            @Nullable String workspace,
            Figures figures) {}

    private static final UsageDay KEYS = USAGE_DAY.as("u");
    private static final WorkspaceUsage PLACES = WORKSPACE_USAGE.as("u");
    private static final int BEFORE_FIGURES = 5;
    private static final List<Integer> SHOWN = List.of(
            Figures.REQUESTS,
            Figures.PROMPT_TOKENS,
            Figures.COMPLETION_TOKENS,
            Figures.REASONING_TOKENS,
            Figures.USAGE,
            Figures.BYOK_USAGE);

    private Activity() {}

    /// The rows, newest day first; at most one more than [#MOST_ROWS].
    static List<Row> rows(Tx tx, Question asked) {
        return asked.key() == null && asked.user() == null ? ofWorkspaces(tx, asked) : ofKeys(tx, asked);
    }

    private static List<Row> ofWorkspaces(Tx tx, Question asked) {
        Condition which = WORKSPACE
                .ORGANIZATION_ID
                .eq(asked.organization())
                .and(asked.workspace() == null ? DSL.noCondition() : WORKSPACE.ID.eq(asked.workspace()))
                .and(PLACES.SPAN.eq(Span.DAY.seconds()))
                .and(PLACES.SLOT.between(asked.firstDay(), asked.lastDay()));
        List<Field<?>> group = group(PLACES.SLOT, PLACES.MODEL, PLACES.ENDPOINT, asked);
        return tx.sql()
                .select(fields(PLACES.SLOT, PLACES.MODEL, PLACES.ENDPOINT, PLACES.PROVIDER_NAME, asked))
                .from(WORKSPACE)
                .join(PLACES)
                .on(PLACES.WORKSPACE_ID.eq(WORKSPACE.ID))
                .where(which)
                .groupBy(group)
                .having(Figures.sum(Figures.REQUESTS).gt(0L))
                .orderBy(PLACES.SLOT.desc(), PLACES.MODEL, PLACES.ENDPOINT, DSL.inline(5))
                .limit(MOST_ROWS + 1)
                .fetch(Activity::read);
    }

    private static List<Row> ofKeys(Tx tx, Question asked) {
        Condition which = WORKSPACE
                .ORGANIZATION_ID
                .eq(asked.organization())
                .and(asked.workspace() == null ? DSL.noCondition() : WORKSPACE.ID.eq(asked.workspace()))
                .and(asked.key() == null ? DSL.noCondition() : API_KEY.ID.eq(asked.key()))
                .and(asked.user() == null ? DSL.noCondition() : API_KEY.CREATOR_USER_ID.eq(asked.user()))
                .and(KEYS.DAY.between(asked.firstDay(), asked.lastDay()));
        List<Field<?>> group = group(KEYS.DAY, KEYS.MODEL, KEYS.ENDPOINT, asked);
        return tx.sql()
                .select(fields(KEYS.DAY, KEYS.MODEL, KEYS.ENDPOINT, KEYS.PROVIDER_NAME, asked))
                .from(WORKSPACE)
                .join(API_KEY)
                .on(API_KEY.WORKSPACE_ID.eq(WORKSPACE.ID))
                .join(KEYS)
                .on(KEYS.API_KEY_ID.eq(API_KEY.ID))
                .where(which)
                .groupBy(group)
                .having(Figures.sum(Figures.REQUESTS).gt(0L))
                .orderBy(KEYS.DAY.desc(), KEYS.MODEL, KEYS.ENDPOINT, DSL.inline(5))
                .limit(MOST_ROWS + 1)
                .fetch(Activity::read);
    }

    private static List<Field<?>> group(
            Field<Integer> day, Field<String> model, Field<String> endpoint, Question asked) {
        List<Field<?>> group = new ArrayList<>(List.of(day, model, endpoint));
        if (asked.byWorkspace()) {
            group.add(WORKSPACE.ID);
        }
        return group;
    }

    private static List<Field<?>> fields(
            Field<Integer> day, Field<String> model, Field<String> endpoint, Field<String> provider, Question asked) {
        List<Field<?>> fields = new ArrayList<>(List.of(day, model, endpoint, DSL.max(provider)));
        fields.add(asked.byWorkspace() ? WORKSPACE.ID : DSL.inline((String) null, WORKSPACE.ID.getDataType()));
        SHOWN.forEach(figure -> fields.add(Figures.sum(figure)));
        return fields;
    }

    private static Row read(Record row) {
        return new Row(
                java.util.Objects.requireNonNull(row.get(0, Integer.class)),
                java.util.Objects.requireNonNull(row.get(1, String.class)),
                java.util.Objects.requireNonNull(row.get(2, String.class)),
                row.get(3, String.class),
                row.get(4, String.class),
                Figures.read(row, BEFORE_FIGURES, SHOWN));
    }

    /// The id of an organization's key by the hash of any of its secrets, also of a deleted key: its
    /// past is still there.
    static Optional<String> findKey(Tx tx, String organization, KeyHash hash) {
        Optional<String> named = tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY)
                .where(API_KEY.HASH.eq(hash.hex()))
                .and(API_KEY.ORGANIZATION_ID.eq(organization))
                .fetchOptional(API_KEY.ID);
        return named.or(() -> tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY_SECRET)
                .join(API_KEY)
                .on(API_KEY.ID.eq(API_KEY_SECRET.API_KEY_ID))
                .where(API_KEY_SECRET.HASH.eq(hash.hex()))
                .and(API_KEY.ORGANIZATION_ID.eq(organization))
                .fetchOptional(API_KEY.ID));
    }
}
