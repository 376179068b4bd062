package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Workspaces with everything that management knows of them. Deleted ones are not seen here.
final class WorkspaceStore {
    private static final String INFERENCE = "inference";
    private static final String MANAGEMENT = "management";

    WorkspaceView get(Tx tx, String id) {
        return tx.sql().selectFrom(WORKSPACE).where(WORKSPACE.ID.eq(id)).fetchSingle(WorkspaceStore::read);
    }

    /// A page of an organization's workspaces, oldest first, so that one made while somebody pages through
    /// cannot shift the pages.
    List<WorkspaceView> list(Tx tx, String organizationId, int offset, int count) {
        return tx.sql()
                .selectFrom(WORKSPACE)
                .where(living(organizationId))
                .orderBy(WORKSPACE.CREATED_AT, WORKSPACE.ID)
                .limit(count)
                .offset(offset)
                .fetch(WorkspaceStore::read);
    }

    int count(Tx tx, String organizationId) {
        return tx.sql().fetchCount(WORKSPACE, living(organizationId));
    }

    boolean isTaken(Tx tx, String organizationId, String slug) {
        return tx.sql()
                .fetchExists(
                        WORKSPACE, WORKSPACE.ORGANIZATION_ID.eq(organizationId).and(WORKSPACE.SLUG.eq(slug)));
    }

    /// Stores what a management call may set, and nothing else. The slug must be free.
    void update(Tx tx, WorkspaceView workspace) {
        WorkspaceSettings settings = workspace.settings();
        tx.sql()
                .update(WORKSPACE)
                .set(WORKSPACE.NAME, settings.name())
                .set(WORKSPACE.SLUG, settings.slug())
                .set(WORKSPACE.DESCRIPTION, settings.description())
                .set(WORKSPACE.DEFAULT_TEXT_MODEL, settings.textModel())
                .set(WORKSPACE.DEFAULT_IMAGE_MODEL, settings.imageModel())
                .set(WORKSPACE.DEFAULT_PROVIDER_SORT, settings.providerSort())
                .set(WORKSPACE.IS_OBSERVABILITY_IO_LOGGING_ENABLED, settings.logsTexts())
                .set(WORKSPACE.IS_OBSERVABILITY_BROADCAST_ENABLED, settings.broadcasts())
                .set(WORKSPACE.IS_DATA_DISCOUNT_LOGGING_ENABLED, settings.discountLogging())
                .set(WORKSPACE.IO_LOGGING_SAMPLING_RATE, settings.samplingBillionths())
                .set(WORKSPACE.IO_LOGGING_API_KEY_IDS, text(settings.loggedKeys()))
                .set(WORKSPACE.DISABLED_SERVER_TOOLS, text(settings.disabledTools()))
                .set(WORKSPACE.UNAFFORDABLE, settings.unaffordable())
                .set(WORKSPACE.UPDATED_AT, Micros.ofNullable(workspace.updatedAt()))
                .where(WORKSPACE.ID.eq(workspace.id()))
                .execute();
    }

    void includeByokInBudgets(Tx tx, String id, boolean include) {
        tx.sql()
                .update(WORKSPACE)
                .set(WORKSPACE.INCLUDE_BYOK_IN_BUDGETS, include)
                .where(WORKSPACE.ID.eq(id))
                .execute();
    }

    /// Its inference keys that are not deleted: they could still spend, or be made to.
    int livingKeys(Tx tx, String id) {
        return tx.sql()
                .fetchCount(
                        API_KEY,
                        API_KEY.WORKSPACE_ID
                                .eq(id)
                                .and(API_KEY.KIND.eq(INFERENCE))
                                .and(API_KEY.DELETED_AT.isNull()));
    }

    /// Deletes a workspace: it stays for what refers to it, and its slug is free again. Management keys act
    /// for the whole organization; theirs move to the workspace that is the default from now on.
    void delete(Tx tx, String id, String nextDefault) {
        tx.sql()
                .update(WORKSPACE)
                .set(WORKSPACE.SLUG, id)
                .set(WORKSPACE.DELETED_AT, Micros.of(tx.now()))
                .where(WORKSPACE.ID.eq(id))
                .execute();
        tx.sql()
                .update(API_KEY)
                .set(API_KEY.WORKSPACE_ID, nextDefault)
                .where(API_KEY.WORKSPACE_ID.eq(id))
                .and(API_KEY.KIND.eq(MANAGEMENT))
                .execute();
    }

    private static Condition living(String organizationId) {
        return WORKSPACE.ORGANIZATION_ID.eq(organizationId).and(WORKSPACE.DELETED_AT.isNull());
    }

    private static WorkspaceView read(Record row) {
        return new WorkspaceView(
                get(row, WORKSPACE.ID),
                get(row, WORKSPACE.ORGANIZATION_ID),
                get(row, WORKSPACE.DEFAULT_GUARDRAIL_ID),
                new WorkspaceSettings(
                        get(row, WORKSPACE.NAME),
                        get(row, WORKSPACE.SLUG),
                        row.get(WORKSPACE.DESCRIPTION),
                        row.get(WORKSPACE.DEFAULT_TEXT_MODEL),
                        row.get(WORKSPACE.DEFAULT_IMAGE_MODEL),
                        row.get(WORKSPACE.DEFAULT_PROVIDER_SORT),
                        get(row, WORKSPACE.IS_OBSERVABILITY_IO_LOGGING_ENABLED),
                        get(row, WORKSPACE.IS_OBSERVABILITY_BROADCAST_ENABLED),
                        get(row, WORKSPACE.IS_DATA_DISCOUNT_LOGGING_ENABLED),
                        get(row, WORKSPACE.IO_LOGGING_SAMPLING_RATE),
                        items(row.get(WORKSPACE.IO_LOGGING_API_KEY_IDS)),
                        texts(row.get(WORKSPACE.DISABLED_SERVER_TOOLS)),
                        row.get(WORKSPACE.UNAFFORDABLE)),
                get(row, WORKSPACE.INCLUDE_BYOK_IN_BUDGETS),
                row.get(WORKSPACE.CREATED_BY),
                Micros.toInstant(get(row, WORKSPACE.CREATED_AT)),
                Micros.toNullable(row.get(WORKSPACE.UPDATED_AT)));
    }

    private static <T> T get(Record row, Field<T> field) {
        return Objects.requireNonNull(row.get(field), field.getName());
    }

    private static @Nullable String text(@Nullable List<?> items) {
        return items == null
                ? null
                : new String(Json.write(json -> WorkspaceView.writeItems(json, items)), StandardCharsets.UTF_8);
    }

    private static @Nullable List<Object> items(@Nullable String text) {
        if (text == null) {
            return null;
        }
        List<Object> items = new ArrayList<>();
        for (JsonNode item : Json.read(text.getBytes(StandardCharsets.UTF_8))) {
            items.add(item.isString() ? item.asString() : (Object) item.longValue());
        }
        return List.copyOf(items);
    }

    private static @Nullable List<String> texts(@Nullable String text) {
        List<Object> items = items(text);
        return items == null ? null : items.stream().map(Object::toString).toList();
    }
}
