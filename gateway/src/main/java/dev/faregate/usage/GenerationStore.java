package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.APP;
import static dev.faregate.storage.tables.Tables.GENERATION;
import static dev.faregate.storage.tables.Tables.GENERATION_CONTENT;
import static dev.faregate.storage.tables.Tables.GENERATION_FEEDBACK;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Finds generations, and what is kept beside them; the ledger writes them.
public final class GenerationStore {
    /// A generation that a key may see: its own, or one of its workspace (rulings 1); management keys
    /// see all of their organization. Any other is as good as none.
    Optional<Generation> find(Tx tx, UUID id, Caller caller) {
        return caller.kind() == KeyKind.MANAGEMENT
                ? find(tx, id, caller.organizationId(), DSL.noCondition())
                : find(tx, id, caller.organizationId(), caller.workspaceId(), caller.keyId());
    }

    public Optional<Generation> find(Tx tx, UUID id, String organizationId, String workspaceId, String apiKeyId) {
        return find(
                tx, id, organizationId, GENERATION.WORKSPACE_ID.eq(workspaceId).or(GENERATION.API_KEY_ID.eq(apiKeyId)));
    }

    private static Optional<Generation> find(Tx tx, UUID id, String organizationId, Condition visible) {
        return tx.sql()
                .select(GenerationRow.fields())
                .from(GENERATION)
                .where(GENERATION.ID.eq(id.toString()))
                .and(GENERATION.ORGANIZATION_ID.eq(organizationId))
                .and(visible)
                .fetchOptional(GenerationRow::read);
    }

    /// The newest generations that are asked for, newest first. Ids begin with the time, so this walks the primary key
    /// from its end: it costs the requests that it passes, and no index that each request would pay for.
    List<LoggedGeneration> list(Tx tx, GenerationQuery query, int count) {
        Condition which = visible(query.organizationId(), query.creator())
                .and(GENERATION.ID.ge(Ids.firstAt(query.since()).toString()));
        if (query.workspaceId() != null) {
            which = which.and(GENERATION.WORKSPACE_ID.eq(query.workspaceId()));
        }
        if (query.model() != null) {
            which = which.and(GENERATION.MODEL.eq(query.model()));
        }
        if (query.provider() != null) {
            which = which.and(GENERATION.PROVIDER.eq(query.provider()));
        }
        if (query.keyHash() != null) {
            which = which.and(GENERATION.API_KEY_ID.eq(keys(query.organizationId(), API_KEY.HASH.eq(query.keyHash()))));
        }
        if (query.end() != null) {
            which = which.and(ended(query.end()));
        }
        if (query.before() != null) {
            which = which.and(GENERATION.ID.lt(query.before().toString()));
        }
        return logged(tx, which).orderBy(GENERATION.ID.desc()).limit(count).fetch(GenerationStore::readLogged);
    }

    /// With a `creator`, only of a key that this person made.
    Optional<LoggedGeneration> findLogged(Tx tx, UUID id, String organizationId, @Nullable String creator) {
        return logged(tx, GENERATION.ID.eq(id.toString()).and(visible(organizationId, creator)))
                .fetchOptional(GenerationStore::readLogged);
    }

    private static Condition visible(String organizationId, @Nullable String creator) {
        Condition own = GENERATION.ORGANIZATION_ID.eq(organizationId);
        return creator == null
                ? own
                : own.and(GENERATION.API_KEY_ID.in(keys(organizationId, API_KEY.CREATOR_USER_ID.eq(creator))));
    }

    private static Select<Record1<String>> keys(String organizationId, Condition which) {
        return DSL.select(API_KEY.ID)
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(which);
    }

    /// What the database has to say of [GenerationQuery.End#of].
    static Condition ended(GenerationQuery.End end) {
        Condition cancelled = DSL.condition(GENERATION.CANCELLED);
        Condition failed = GENERATION.STATUS.ge(GenerationQuery.FIRST_ERROR).or(GENERATION.ERROR_TYPE.isNotNull());
        return switch (end) {
            case CANCELLED -> cancelled;
            case ERROR -> cancelled.not().and(failed);
            case OK -> cancelled.not().and(failed.not());
        };
    }

    private static SelectConditionStep<Record> logged(Tx tx, Condition which) {
        return tx.sql()
                .select(GenerationRow.fields())
                .select(API_KEY.HASH, API_KEY.NAME, API_KEY.DELETED_AT, APP.TITLE, APP.ORIGIN)
                .from(GENERATION)
                .leftJoin(API_KEY)
                .on(API_KEY.ID.eq(GENERATION.API_KEY_ID))
                .leftJoin(APP)
                .on(APP.ID.eq(GENERATION.APP_ID))
                .where(which);
    }

    private static LoggedGeneration readLogged(Record row) {
        Generation generation = GenerationRow.read(row);
        String keyId = generation.owner().apiKeyId();
        String origin = row.get(APP.ORIGIN);
        return new LoggedGeneration(
                generation,
                Objects.requireNonNullElse(row.get(API_KEY.HASH), keyId),
                Objects.requireNonNullElse(row.get(API_KEY.NAME), keyId),
                row.get(API_KEY.HASH) != null && row.get(API_KEY.DELETED_AT) == null,
                origin == null ? null : Names.appName(row.get(APP.TITLE), origin));
    }

    /// What is stored of a generation that the caller was found to see.
    Optional<GenerationLog.Content> findContent(Tx tx, UUID id) {
        return tx.sql()
                .selectFrom(GENERATION_CONTENT)
                .where(GENERATION_CONTENT.ID.eq(id.toString()))
                .fetchOptional(row -> new GenerationLog.Content(
                        row.get(GENERATION_CONTENT.INPUT),
                        row.get(GENERATION_CONTENT.COMPLETION),
                        row.get(GENERATION_CONTENT.REASONING),
                        row.get(GENERATION_CONTENT.ERROR)));
    }

    /// Stores what `actor` thinks of a generation; what it said before in that category is replaced.
    void say(Tx tx, UUID generation, String organizationId, String actor, String category, @Nullable String comment) {
        tx.sql()
                .insertInto(GENERATION_FEEDBACK)
                .set(GENERATION_FEEDBACK.GENERATION_ID, generation.toString())
                .set(GENERATION_FEEDBACK.ACTOR_ID, actor)
                .set(GENERATION_FEEDBACK.CATEGORY, category)
                .set(GENERATION_FEEDBACK.ORGANIZATION_ID, organizationId)
                .set(GENERATION_FEEDBACK.COMMENT, comment)
                .set(GENERATION_FEEDBACK.CREATED_AT, Micros.of(tx.now()))
                .onConflict(
                        GENERATION_FEEDBACK.GENERATION_ID, GENERATION_FEEDBACK.ACTOR_ID, GENERATION_FEEDBACK.CATEGORY)
                .doUpdate()
                .set(GENERATION_FEEDBACK.COMMENT, comment)
                .set(GENERATION_FEEDBACK.CREATED_AT, Micros.of(tx.now()))
                .execute();
    }
}
