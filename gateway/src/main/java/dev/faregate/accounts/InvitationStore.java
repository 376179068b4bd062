package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.INVITATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/// Who was asked to join which organization. One invitation for each address and organization.
final class InvitationStore {
    static final Duration LIFETIME = Duration.ofDays(7);

    /// `mailed`: its token went out by mail only, so whoever comes with it has shown to have the address.
    record Invitation(
            String id,
            String organizationId,
            String organizationName,
            String email,
            Role role,
            boolean mailed,
            Instant createdAt,
            Instant expiresAt) {}

    /// Invites; a former invitation of the address ends. The token was made before the transaction.
    Invitation insert(
            Tx tx, Secret token, String organizationId, String email, Role role, boolean mailed, String invitedBy) {
        String id = Ids.next().toString();
        tx.sql()
                .deleteFrom(INVITATION)
                .where(INVITATION.ORGANIZATION_ID.eq(organizationId))
                .and(INVITATION.EMAIL.eq(email))
                .execute();
        tx.sql()
                .insertInto(INVITATION)
                .set(INVITATION.ID, id)
                .set(INVITATION.ORGANIZATION_ID, organizationId)
                .set(INVITATION.EMAIL, email)
                .set(INVITATION.ROLE, role.word())
                .set(INVITATION.TOKEN_HASH, Tokens.hash(token.reveal()))
                .set(INVITATION.MAILED, mailed)
                .set(INVITATION.INVITED_BY, invitedBy)
                .set(INVITATION.CREATED_AT, Micros.of(tx.now()))
                .set(INVITATION.EXPIRES_AT, Micros.of(tx.now().plus(LIFETIME)))
                .execute();
        return find(tx, organizationId, id).orElseThrow();
    }

    /// The invitation of this token, if it still works.
    Optional<Invitation> findByToken(Tx tx, @Nullable String token) {
        return token == null || !Tokens.looksLikeOne(token)
                ? Optional.empty()
                : live(tx, INVITATION.TOKEN_HASH.eq(Tokens.hash(token))).fetchOptional(InvitationStore::read);
    }

    Optional<Invitation> find(Tx tx, String organizationId, String id) {
        return live(tx, INVITATION.ORGANIZATION_ID.eq(organizationId).and(INVITATION.ID.eq(id)))
                .fetchOptional(InvitationStore::read);
    }

    /// The open invitations of an organization, newest first.
    List<Invitation> list(Tx tx, String organizationId, int most) {
        return live(tx, INVITATION.ORGANIZATION_ID.eq(organizationId))
                .orderBy(INVITATION.CREATED_AT.desc(), INVITATION.ID)
                .limit(most)
                .fetch(InvitationStore::read);
    }

    /// Ends an invitation; false when there was none any more.
    boolean delete(Tx tx, String organizationId, String id) {
        return tx.sql()
                        .deleteFrom(INVITATION)
                        .where(INVITATION.ORGANIZATION_ID.eq(organizationId))
                        .and(INVITATION.ID.eq(id))
                        .execute()
                == 1;
    }

    /// Forgets invitations whose time is over.
    void purge(Tx tx) {
        tx.sql()
                .deleteFrom(INVITATION)
                .where(INVITATION.EXPIRES_AT.le(Micros.of(tx.now())))
                .execute();
    }

    private static SelectConditionStep<Record> live(Tx tx, Condition which) {
        return tx.sql()
                .select(INVITATION.fields())
                .select(ORGANIZATION.NAME)
                .from(INVITATION)
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(INVITATION.ORGANIZATION_ID))
                .where(INVITATION.EXPIRES_AT.gt(Micros.of(tx.now())))
                .and(which);
    }

    private static Invitation read(Record row) {
        return new Invitation(
                Objects.requireNonNull(row.get(INVITATION.ID)),
                Objects.requireNonNull(row.get(INVITATION.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(ORGANIZATION.NAME)),
                Objects.requireNonNull(row.get(INVITATION.EMAIL)),
                Role.ofWord(Objects.requireNonNull(row.get(INVITATION.ROLE))),
                Objects.requireNonNull(row.get(INVITATION.MAILED)),
                Micros.toInstant(Objects.requireNonNull(row.get(INVITATION.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(INVITATION.EXPIRES_AT))));
    }
}
