package dev.faregate.observability;

import static dev.faregate.storage.tables.Tables.OBSERVABILITY_DESTINATION;

import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.byok.Sealed;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Destinations, their configuration sealed.
final class DestinationStore {
    void insert(Tx tx, Destination destination) {
        Destination.Terms terms = destination.terms();
        tx.sql()
                .insertInto(OBSERVABILITY_DESTINATION)
                .set(OBSERVABILITY_DESTINATION.ID, destination.id())
                .set(OBSERVABILITY_DESTINATION.ORGANIZATION_ID, destination.organizationId())
                .set(OBSERVABILITY_DESTINATION.WORKSPACE_ID, destination.workspaceId())
                .set(OBSERVABILITY_DESTINATION.TYPE, destination.type().word())
                .set(OBSERVABILITY_DESTINATION.NAME, terms.name())
                .set(OBSERVABILITY_DESTINATION.ENABLED, terms.enabled())
                .set(OBSERVABILITY_DESTINATION.PRIVACY_MODE, terms.privacyMode())
                .set(OBSERVABILITY_DESTINATION.SENDS_COST, terms.sendsCost())
                .set(OBSERVABILITY_DESTINATION.SENDS_IDENTITY, terms.sendsIdentity())
                .set(OBSERVABILITY_DESTINATION.SENDS_CONTEXT, terms.sendsContext())
                .set(
                        OBSERVABILITY_DESTINATION.SAMPLING_RATE,
                        terms.samplingRate().toPlainString())
                .set(OBSERVABILITY_DESTINATION.API_KEY_HASHES, Json.ofTexts(terms.keyHashes()))
                .set(OBSERVABILITY_DESTINATION.FILTER_RULES, terms.filterRules())
                .set(OBSERVABILITY_DESTINATION.REGIONS, terms.regions())
                .set(OBSERVABILITY_DESTINATION.CONFIG, destination.config())
                .set(
                        OBSERVABILITY_DESTINATION.SEALING_KEY_ID,
                        destination.sealed().keyId())
                .set(OBSERVABILITY_DESTINATION.SEALED, destination.sealed().text())
                .set(OBSERVABILITY_DESTINATION.CREATED_AT, Micros.of(destination.createdAt()))
                .set(OBSERVABILITY_DESTINATION.UPDATED_AT, Micros.of(destination.updatedAt()))
                .execute();
    }

    void update(Tx tx, Destination destination) {
        Destination.Terms terms = destination.terms();
        tx.sql()
                .update(OBSERVABILITY_DESTINATION)
                .set(OBSERVABILITY_DESTINATION.NAME, terms.name())
                .set(OBSERVABILITY_DESTINATION.ENABLED, terms.enabled())
                .set(OBSERVABILITY_DESTINATION.PRIVACY_MODE, terms.privacyMode())
                .set(OBSERVABILITY_DESTINATION.SENDS_COST, terms.sendsCost())
                .set(OBSERVABILITY_DESTINATION.SENDS_IDENTITY, terms.sendsIdentity())
                .set(OBSERVABILITY_DESTINATION.SENDS_CONTEXT, terms.sendsContext())
                .set(
                        OBSERVABILITY_DESTINATION.SAMPLING_RATE,
                        terms.samplingRate().toPlainString())
                .set(OBSERVABILITY_DESTINATION.API_KEY_HASHES, Json.ofTexts(terms.keyHashes()))
                .set(OBSERVABILITY_DESTINATION.FILTER_RULES, terms.filterRules())
                .set(OBSERVABILITY_DESTINATION.REGIONS, terms.regions())
                .set(OBSERVABILITY_DESTINATION.CONFIG, destination.config())
                .set(
                        OBSERVABILITY_DESTINATION.SEALING_KEY_ID,
                        destination.sealed().keyId())
                .set(OBSERVABILITY_DESTINATION.SEALED, destination.sealed().text())
                .set(OBSERVABILITY_DESTINATION.UPDATED_AT, Micros.of(destination.updatedAt()))
                .where(OBSERVABILITY_DESTINATION.ID.eq(destination.id()))
                .execute();
    }

    /// Wipes the secrets; the record stays for history, seen by nobody.
    void delete(Tx tx, Destination destination) {
        tx.sql()
                .update(OBSERVABILITY_DESTINATION)
                .setNull(OBSERVABILITY_DESTINATION.SEALED)
                .set(OBSERVABILITY_DESTINATION.DELETED_AT, Micros.of(tx.now()))
                .where(OBSERVABILITY_DESTINATION.ID.eq(destination.id()))
                .execute();
    }

    /// Deletes the destinations of one workspace, with their secrets.
    void deleteOf(Tx tx, String organizationId, String workspaceId) {
        tx.sql()
                .update(OBSERVABILITY_DESTINATION)
                .setNull(OBSERVABILITY_DESTINATION.SEALED)
                .set(OBSERVABILITY_DESTINATION.DELETED_AT, Micros.of(tx.now()))
                .where(living(organizationId))
                .and(OBSERVABILITY_DESTINATION.WORKSPACE_ID.eq(workspaceId))
                .execute();
    }

    Optional<Destination> find(Tx tx, String organizationId, String id) {
        return select(tx, living(organizationId).and(OBSERVABILITY_DESTINATION.ID.eq(id)))
                .fetchOptional(DestinationStore::read);
    }

    /// As [#find], and nobody else changes it until this transaction ends.
    Optional<Destination> findForUpdate(Tx tx, String organizationId, String id) {
        return tx.kind() == Database.Kind.SQLITE
                ? find(tx, organizationId, id)
                : select(tx, living(organizationId).and(OBSERVABILITY_DESTINATION.ID.eq(id)))
                        .forUpdate()
                        .fetchOptional(DestinationStore::read);
    }

    List<Destination> list(Tx tx, String organizationId, String workspaceId, int offset, int count) {
        return select(tx, living(organizationId).and(OBSERVABILITY_DESTINATION.WORKSPACE_ID.eq(workspaceId)))
                .orderBy(OBSERVABILITY_DESTINATION.CREATED_AT, OBSERVABILITY_DESTINATION.ID)
                .limit(count)
                .offset(offset)
                .fetch(DestinationStore::read);
    }

    int count(Tx tx, String organizationId, String workspaceId) {
        return tx.sql()
                .fetchCount(
                        OBSERVABILITY_DESTINATION,
                        living(organizationId).and(OBSERVABILITY_DESTINATION.WORKSPACE_ID.eq(workspaceId)));
    }

    int count(Tx tx, String organizationId, String workspaceId, DestinationType type) {
        return tx.sql()
                .fetchCount(
                        OBSERVABILITY_DESTINATION,
                        living(organizationId)
                                .and(OBSERVABILITY_DESTINATION.WORKSPACE_ID.eq(workspaceId))
                                .and(OBSERVABILITY_DESTINATION.TYPE.eq(type.word())));
    }

    /// Those that are delivered to, of one organization or (null) of all.
    List<Destination> live(Tx tx, @Nullable String organizationId) {
        return select(
                        tx,
                        OBSERVABILITY_DESTINATION
                                .DELETED_AT
                                .isNull()
                                .and(DSL.condition(OBSERVABILITY_DESTINATION.ENABLED))
                                .and(
                                        organizationId == null
                                                ? DSL.noCondition()
                                                : OBSERVABILITY_DESTINATION.ORGANIZATION_ID.eq(organizationId)))
                .orderBy(OBSERVABILITY_DESTINATION.CREATED_AT, OBSERVABILITY_DESTINATION.ID)
                .fetch(DestinationStore::read)
                .stream()
                .filter(destination -> destination.type().isDelivered())
                .toList();
    }

    private static SelectConditionStep<Record> select(Tx tx, Condition which) {
        return tx.sql()
                .select(OBSERVABILITY_DESTINATION.fields())
                .from(OBSERVABILITY_DESTINATION)
                .where(which);
    }

    private static Condition living(String organizationId) {
        return OBSERVABILITY_DESTINATION
                .ORGANIZATION_ID
                .eq(organizationId)
                .and(OBSERVABILITY_DESTINATION.DELETED_AT.isNull());
    }

    private static Destination read(Record row) {
        return new Destination(
                get(row.get(OBSERVABILITY_DESTINATION.ID)),
                get(row.get(OBSERVABILITY_DESTINATION.ORGANIZATION_ID)),
                get(row.get(OBSERVABILITY_DESTINATION.WORKSPACE_ID)),
                get(DestinationType.find(get(row.get(OBSERVABILITY_DESTINATION.TYPE)))),
                new Destination.Terms(
                        get(row.get(OBSERVABILITY_DESTINATION.NAME)),
                        get(row.get(OBSERVABILITY_DESTINATION.ENABLED)),
                        get(row.get(OBSERVABILITY_DESTINATION.PRIVACY_MODE)),
                        get(row.get(OBSERVABILITY_DESTINATION.SENDS_COST)),
                        get(row.get(OBSERVABILITY_DESTINATION.SENDS_IDENTITY)),
                        get(row.get(OBSERVABILITY_DESTINATION.SENDS_CONTEXT)),
                        new BigDecimal(get(row.get(OBSERVABILITY_DESTINATION.SAMPLING_RATE))),
                        Json.toTexts(row.get(OBSERVABILITY_DESTINATION.API_KEY_HASHES)),
                        row.get(OBSERVABILITY_DESTINATION.FILTER_RULES),
                        row.get(OBSERVABILITY_DESTINATION.REGIONS)),
                get(row.get(OBSERVABILITY_DESTINATION.CONFIG)),
                new Sealed(
                        get(row.get(OBSERVABILITY_DESTINATION.SEALING_KEY_ID)),
                        get(row.get(OBSERVABILITY_DESTINATION.SEALED))),
                Micros.toInstant(get(row.get(OBSERVABILITY_DESTINATION.CREATED_AT))),
                Micros.toInstant(get(row.get(OBSERVABILITY_DESTINATION.UPDATED_AT))));
    }

    private static <T> T get(@Nullable T value) {
        return Objects.requireNonNull(value);
    }
}
