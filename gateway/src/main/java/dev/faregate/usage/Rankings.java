package dev.faregate.usage;

import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Ranks apps and models by tokens, from the roll-ups by day.
final class Rankings {
    /// Subcategories by their group: the vocabulary of the contract.
    static final Map<String, List<String>> CATEGORIES = Map.of(
            "coding", List.of("cli-agent", "ide-extension", "cloud-agent", "programming-app", "native-app-builder"),
            "creative", List.of("creative-writing", "video-gen", "image-gen", "audio-gen"),
            "productivity", List.of("writing-assistant", "general-chat", "personal-agent", "legal"),
            "entertainment", List.of("roleplay", "game"));

    /// What is asked of the apps: days from the epoch, both included; apps of any of these categories
    /// (all when empty), without those of these origins. `organization` is null for everybody on this
    /// installation.
    record Question(
            @Nullable String organization,
            int firstDay,
            int lastDay,
            boolean trending,
            List<String> categories,
            List<String> hidden,
            int limit,
            int offset) {}

    record App(int id, String name, String origin, long tokens, long requests) {}

    record ModelTokens(int day, String model, long tokens) {}

    /// Periods before the window that a trend is measured against.
    private static final int PERIODS_BEFORE = 3;

    /// CROSS JOIN keeps SQLite from reading the whole roll-up where no organization is given:
    /// workspaces come first.
    private static final String APPS = "workspace w CROSS JOIN app_usage u JOIN app a ON a.id = u.app_id";

    private static final String MODELS = "workspace w CROSS JOIN workspace_usage u";

    private static final Field<Integer> APP = DSL.field("u.app_id", SQLDataType.INTEGER);
    private static final Field<String> TITLE = DSL.field("a.title", SQLDataType.VARCHAR);
    private static final Field<String> ORIGIN = DSL.field("a.origin", SQLDataType.VARCHAR);
    private static final Field<Integer> DAY = DSL.field("u.day", SQLDataType.INTEGER);

    private Rankings() {}

    /// Popular apps have the most tokens; trending ones the most beyond their average of the three
    /// periods before. Apps on the machines of developers are in neither.
    static List<App> apps(Tx tx, Question asked) {
        Field<Long> tokens = inWindow("u.prompt_tokens + u.completion_tokens", asked);
        Field<Long> requests = inWindow("u.requests", asked);
        Field<Long> all = DSL.field("sum(u.prompt_tokens + u.completion_tokens)", SQLDataType.BIGINT);
        // Three times the excess: 3 x window - (the three periods before).
        Field<Long> excess = tokens.times(PERIODS_BEFORE + 1).minus(all);
        int length = asked.lastDay() - asked.firstDay() + 1;
        int first = asked.trending() ? asked.firstDay() - PERIODS_BEFORE * length : asked.firstDay();
        Condition which = of(asked.organization())
                .and(DAY.between(first, asked.lastDay()))
                .and(DSL.condition("a.identity NOT LIKE 'local:%'"))
                .and(ORIGIN.notIn(asked.hidden()))
                .and(in(asked.categories()));
        return tx.sql()
                .select(APP, TITLE, ORIGIN, tokens, requests)
                .from(APPS)
                .where(which)
                .groupBy(APP, TITLE, ORIGIN)
                .having(asked.trending() ? excess.gt(0L) : requests.gt(0L))
                .orderBy((asked.trending() ? excess : tokens).desc(), APP)
                .limit(asked.limit())
                .offset(asked.offset())
                .fetch(row -> new App(
                        row.value1(),
                        Names.appName(row.value2(), row.value3()),
                        row.value3(),
                        Objects.requireNonNull(row.get(3, Long.class)),
                        Objects.requireNonNull(row.get(4, Long.class))));
    }

    /// The tokens of every model on each day, in no order.
    static List<ModelTokens> models(Tx tx, @Nullable String organization, int firstDay, int lastDay) {
        Field<Integer> slot = DSL.field("u.slot", SQLDataType.INTEGER);
        Field<String> model = DSL.field("u.model", SQLDataType.VARCHAR);
        Field<Long> tokens = DSL.field("sum(u.prompt_tokens + u.completion_tokens)", SQLDataType.BIGINT);
        return tx.sql()
                .select(slot, model, tokens)
                .from(MODELS)
                .where(of(organization))
                .and(DSL.field("u.span", SQLDataType.INTEGER).eq(Span.DAY.seconds()))
                .and(slot.between(firstDay, lastDay))
                .groupBy(slot, model)
                .having(tokens.gt(0L))
                .fetch(row ->
                        new ModelTokens(row.value1(), row.value2(), Objects.requireNonNull(row.get(2, Long.class))));
    }

    /// Of everybody on this installation counts who did not opt out; one's own figures are always one's own to see.
    private static Condition of(@Nullable String organization) {
        Condition joined = DSL.condition("u.workspace_id = w.id");
        return organization == null
                ? joined.and("w.organization_id NOT IN (SELECT o.id FROM organization o WHERE o.hidden_from_rankings)")
                : joined.and("w.organization_id = ?", organization);
    }

    private static Field<Long> inWindow(String what, Question asked) {
        return DSL.field(
                "sum(CASE WHEN u.day >= " + asked.firstDay() + " THEN " + what + " ELSE 0 END)", SQLDataType.BIGINT);
    }

    private static Condition in(List<String> categories) {
        return categories.isEmpty()
                ? DSL.noCondition()
                : DSL.or(categories.stream()
                        .map(category -> DSL.condition("',' || a.categories || ',' LIKE ?", "%," + category + ",%"))
                        .toList());
    }
}
