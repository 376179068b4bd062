package dev.faregate.presets;

import static dev.faregate.storage.tables.Tables.PRESET;
import static dev.faregate.storage.tables.Tables.PRESET_VERSION;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Presets of workspaces and their versions. Nothing is ever deleted.
final class PresetStore {
    Optional<Preset> find(Tx tx, String workspaceId, String slug) {
        return tx.sql().selectFrom(PRESET).where(named(workspaceId, slug)).fetchOptional(PresetStore::read);
    }

    /// As [#find], and nobody else changes it until this transaction ends.
    Optional<Preset> findForUpdate(Tx tx, String workspaceId, String slug) {
        var query = tx.sql().selectFrom(PRESET).where(named(workspaceId, slug));
        return switch (tx.kind()) {
            case SQLITE -> query.fetchOptional(PresetStore::read);
            case POSTGRESQL -> query.forUpdate().fetchOptional(PresetStore::read);
        };
    }

    Preset get(Tx tx, String id) {
        return tx.sql().selectFrom(PRESET).where(PRESET.ID.eq(id)).fetchSingle(PresetStore::read);
    }

    /// A page, that changed last first.
    List<Preset> list(Tx tx, String workspaceId, int offset, int count) {
        return tx.sql()
                .selectFrom(PRESET)
                .where(PRESET.WORKSPACE_ID.eq(workspaceId))
                .orderBy(PRESET.UPDATED_AT.desc(), PRESET.ID.desc())
                .limit(count)
                .offset(offset)
                .fetch(PresetStore::read);
    }

    int count(Tx tx, String workspaceId) {
        return tx.sql().fetchCount(PRESET, PRESET.WORKSPACE_ID.eq(workspaceId));
    }

    /// Makes an active preset without versions; false, and nothing done, when the slug is taken.
    boolean insert(
            Tx tx, String id, String organizationId, String workspaceId, String slug, @Nullable String creatorUserId) {
        long now = Micros.of(tx.now());
        return tx.sql()
                        .insertInto(PRESET)
                        .set(PRESET.ID, id)
                        .set(PRESET.ORGANIZATION_ID, organizationId)
                        .set(PRESET.WORKSPACE_ID, workspaceId)
                        .set(PRESET.SLUG, slug)
                        .set(PRESET.NAME, slug)
                        .set(PRESET.STATUS, Preset.Status.ACTIVE.word())
                        .set(PRESET.CREATOR_USER_ID, creatorUserId)
                        .set(PRESET.CREATED_AT, now)
                        .set(PRESET.UPDATED_AT, now)
                        .onConflict(PRESET.WORKSPACE_ID, PRESET.SLUG)
                        .doNothing()
                        .execute()
                == 1;
    }

    /// Stores a version and designates it. The preset is locked.
    void add(Tx tx, Preset.Version version) {
        tx.sql()
                .insertInto(PRESET_VERSION)
                .set(PRESET_VERSION.ID, version.id())
                .set(PRESET_VERSION.PRESET_ID, version.presetId())
                .set(PRESET_VERSION.VERSION, version.version())
                .set(PRESET_VERSION.CREATOR_ID, version.creatorId())
                .set(PRESET_VERSION.SYSTEM_PROMPT, version.systemPrompt())
                .set(PRESET_VERSION.CONFIG, version.config())
                .set(PRESET_VERSION.CREATED_AT, Micros.of(version.createdAt()))
                .execute();
        tx.sql()
                .update(PRESET)
                .set(PRESET.DESIGNATED_VERSION_ID, version.id())
                .set(PRESET.UPDATED_AT, Micros.of(version.createdAt()))
                .where(PRESET.ID.eq(version.presetId()))
                .execute();
    }

    /// Stores what a management call may change of a preset.
    void update(Tx tx, Preset preset) {
        tx.sql()
                .update(PRESET)
                .set(PRESET.NAME, preset.name())
                .set(PRESET.DESCRIPTION, preset.description())
                .set(PRESET.STATUS, preset.status().word())
                .set(PRESET.STATUS_UPDATED_AT, Micros.ofNullable(preset.statusUpdatedAt()))
                .set(PRESET.UPDATED_AT, Micros.of(preset.updatedAt()))
                .where(PRESET.ID.eq(preset.id()))
                .execute();
    }

    Optional<Preset.Version> designated(Tx tx, Preset preset) {
        return preset.designatedVersionId() == null
                ? Optional.empty()
                : tx.sql()
                        .selectFrom(PRESET_VERSION)
                        .where(PRESET_VERSION.ID.eq(preset.designatedVersionId()))
                        .fetchOptional(PresetStore::readVersion);
    }

    /// The designated versions of these presets.
    List<Preset.Version> designated(Tx tx, List<Preset> presets) {
        List<String> ids = presets.stream()
                .flatMap(preset -> Stream.ofNullable(preset.designatedVersionId()))
                .toList();
        return tx.sql()
                .selectFrom(PRESET_VERSION)
                .where(PRESET_VERSION.ID.in(ids))
                .fetch(PresetStore::readVersion);
    }

    Optional<Preset.Version> version(Tx tx, String presetId, int version) {
        return tx.sql()
                .selectFrom(PRESET_VERSION)
                .where(PRESET_VERSION.PRESET_ID.eq(presetId))
                .and(PRESET_VERSION.VERSION.eq(version))
                .fetchOptional(PresetStore::readVersion);
    }

    /// A page, oldest first.
    List<Preset.Version> versions(Tx tx, String presetId, int offset, int count) {
        return tx.sql()
                .selectFrom(PRESET_VERSION)
                .where(PRESET_VERSION.PRESET_ID.eq(presetId))
                .orderBy(PRESET_VERSION.VERSION)
                .limit(count)
                .offset(offset)
                .fetch(PresetStore::readVersion);
    }

    /// The newest ones, newest first.
    List<Preset.Version> newestVersions(Tx tx, String presetId, int count) {
        return tx.sql()
                .selectFrom(PRESET_VERSION)
                .where(PRESET_VERSION.PRESET_ID.eq(presetId))
                .orderBy(PRESET_VERSION.VERSION.desc())
                .limit(count)
                .fetch(PresetStore::readVersion);
    }

    int countVersions(Tx tx, String presetId) {
        return tx.sql().fetchCount(PRESET_VERSION, PRESET_VERSION.PRESET_ID.eq(presetId));
    }

    /// What cannot be a slug is not put before the database, which refuses some texts.
    private static Condition named(String workspaceId, String slug) {
        return Preset.isSlug(slug)
                ? PRESET.WORKSPACE_ID.eq(workspaceId).and(PRESET.SLUG.eq(slug))
                : DSL.falseCondition();
    }

    private static Preset read(Record row) {
        return new Preset(
                get(row, PRESET.ID),
                get(row, PRESET.WORKSPACE_ID),
                get(row, PRESET.SLUG),
                get(row, PRESET.NAME),
                row.get(PRESET.DESCRIPTION),
                Preset.Status.ofWord(get(row, PRESET.STATUS)),
                Micros.toNullable(row.get(PRESET.STATUS_UPDATED_AT)),
                row.get(PRESET.CREATOR_USER_ID),
                row.get(PRESET.DESIGNATED_VERSION_ID),
                Micros.toInstant(get(row, PRESET.CREATED_AT)),
                Micros.toInstant(get(row, PRESET.UPDATED_AT)));
    }

    private static Preset.Version readVersion(Record row) {
        return new Preset.Version(
                get(row, PRESET_VERSION.ID),
                get(row, PRESET_VERSION.PRESET_ID),
                get(row, PRESET_VERSION.VERSION),
                get(row, PRESET_VERSION.CREATOR_ID),
                row.get(PRESET_VERSION.SYSTEM_PROMPT),
                get(row, PRESET_VERSION.CONFIG),
                Micros.toInstant(get(row, PRESET_VERSION.CREATED_AT)));
    }

    private static <T> T get(Record row, Field<T> field) {
        return Objects.requireNonNull(row.get(field), field.getName());
    }
}
