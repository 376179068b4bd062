package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.GROUP_ROLE;
import static dev.faregate.storage.tables.Tables.SSO_IDENTITY;
import static dev.faregate.storage.tables.Tables.SSO_ISSUER;
import static dev.faregate.storage.tables.Tables.SSO_REQUEST;

import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.byok.Sealed;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Identity providers, whom they mean, and the sign-ins that are under way at them.
final class SsoStore {
    static final Duration REQUEST_LIFETIME = Duration.ofMinutes(15);

    /// Sign-ins under way from one address, which may be a whole office.
    private static final int MAX_REQUESTS = 300;

    /// Whom a provider means.
    record Identity(String personId, boolean confirmed) {}

    /// A sign-in that comes back from a provider.
    record Started(
            String issuerId,
            @Nullable String personId,
            @Nullable String next) {}

    void save(Tx tx, SsoIssuer issuer) {
        Map<Field<?>, @Nullable Object> settings = settings(issuer);
        settings.put(SSO_ISSUER.UPDATED_AT, Micros.of(tx.now()));
        tx.sql()
                .insertInto(SSO_ISSUER)
                .set(SSO_ISSUER.ID, issuer.id())
                .set(SSO_ISSUER.ORGANIZATION_ID, issuer.organizationId())
                .set(SSO_ISSUER.CREATED_AT, Micros.of(issuer.createdAt()))
                .set(settings)
                .onConflict(SSO_ISSUER.ID)
                .doUpdate()
                .set(settings)
                .execute();
        saveRoles(tx, issuer.id(), issuer.roles());
    }

    /// What may be changed of an issuer.
    private static Map<Field<?>, @Nullable Object> settings(SsoIssuer issuer) {
        Sealed secret = issuer.secret();
        Role fallback = issuer.fallback();
        Map<Field<?>, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put(SSO_ISSUER.NAME, issuer.name());
        settings.put(SSO_ISSUER.ISSUER, issuer.issuer());
        settings.put(SSO_ISSUER.CLIENT_ID, issuer.clientId());
        settings.put(SSO_ISSUER.SEALING_KEY_ID, secret == null ? null : secret.keyId());
        settings.put(SSO_ISSUER.SEALED, secret == null ? null : secret.text());
        settings.put(SSO_ISSUER.GROUP_CLAIM, issuer.groupClaim());
        settings.put(SSO_ISSUER.DEFAULT_ROLE, fallback == null ? null : fallback.word());
        settings.put(SSO_ISSUER.JOINS, issuer.joins());
        settings.put(SSO_ISSUER.LISTED, issuer.listed());
        settings.put(SSO_ISSUER.ENABLED, issuer.enabled());
        return settings;
    }

    void saveRoles(Tx tx, String sourceId, Map<String, Role> roles) {
        tx.sql().deleteFrom(GROUP_ROLE).where(GROUP_ROLE.SOURCE_ID.eq(sourceId)).execute();
        roles.forEach((group, role) -> tx.sql()
                .insertInto(GROUP_ROLE)
                .set(GROUP_ROLE.SOURCE_ID, sourceId)
                .set(GROUP_ROLE.GROUP_NAME, group)
                .set(GROUP_ROLE.ROLE, role.word())
                .execute());
    }

    Map<String, Role> roles(Tx tx, String sourceId) {
        Map<String, Role> roles = new LinkedHashMap<>();
        tx.sql()
                .selectFrom(GROUP_ROLE)
                .where(GROUP_ROLE.SOURCE_ID.eq(sourceId))
                .orderBy(GROUP_ROLE.GROUP_NAME)
                .forEach(row -> roles.put(
                        Objects.requireNonNull(row.get(GROUP_ROLE.GROUP_NAME)),
                        Role.ofWord(Objects.requireNonNull(row.get(GROUP_ROLE.ROLE)))));
        return roles;
    }

    /// One of that organization's.
    Optional<SsoIssuer> find(Tx tx, String organizationId, String id) {
        return find(tx, id).filter(issuer -> issuer.organizationId().equals(organizationId));
    }

    Optional<SsoIssuer> find(Tx tx, String id) {
        return tx.sql().selectFrom(SSO_ISSUER).where(SSO_ISSUER.ID.eq(id)).fetchOptional(row -> read(tx, row));
    }

    List<SsoIssuer> list(Tx tx, String organizationId) {
        return tx.sql()
                .selectFrom(SSO_ISSUER)
                .where(SSO_ISSUER.ORGANIZATION_ID.eq(organizationId))
                .orderBy(SSO_ISSUER.NAME, SSO_ISSUER.ID)
                .fetch(row -> read(tx, row));
    }

    /// Those that the sign-in page shows, of all organizations.
    List<SignInLink> links(Tx tx, int most) {
        return tx.sql()
                .select(SSO_ISSUER.ID, SSO_ISSUER.NAME)
                .from(SSO_ISSUER)
                .where(SSO_ISSUER.LISTED.isTrue())
                .and(SSO_ISSUER.ENABLED.isTrue())
                .orderBy(SSO_ISSUER.NAME, SSO_ISSUER.ID)
                .limit(most)
                .fetch(row -> new SignInLink(
                        "Sign in with " + row.get(SSO_ISSUER.NAME), "/sign-in/sso/" + row.get(SSO_ISSUER.ID)));
    }

    /// Forgets whom it meant, and the sign-ins that are under way.
    void forgetIdentities(Tx tx, String id) {
        tx.sql().deleteFrom(SSO_REQUEST).where(SSO_REQUEST.ISSUER_ID.eq(id)).execute();
        tx.sql().deleteFrom(SSO_IDENTITY).where(SSO_IDENTITY.ISSUER_ID.eq(id)).execute();
    }

    void delete(Tx tx, String id) {
        forgetIdentities(tx, id);
        tx.sql().deleteFrom(GROUP_ROLE).where(GROUP_ROLE.SOURCE_ID.eq(id)).execute();
        tx.sql().deleteFrom(SSO_ISSUER).where(SSO_ISSUER.ID.eq(id)).execute();
    }

    private SsoIssuer read(Tx tx, Record row) {
        String id = Objects.requireNonNull(row.get(SSO_ISSUER.ID));
        String keyId = row.get(SSO_ISSUER.SEALING_KEY_ID);
        String sealed = row.get(SSO_ISSUER.SEALED);
        String fallback = row.get(SSO_ISSUER.DEFAULT_ROLE);
        return new SsoIssuer(
                id,
                Objects.requireNonNull(row.get(SSO_ISSUER.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(SSO_ISSUER.NAME)),
                Objects.requireNonNull(row.get(SSO_ISSUER.ISSUER)),
                Objects.requireNonNull(row.get(SSO_ISSUER.CLIENT_ID)),
                keyId == null || sealed == null ? null : new Sealed(keyId, sealed),
                Objects.requireNonNull(row.get(SSO_ISSUER.GROUP_CLAIM)),
                roles(tx, id),
                fallback == null ? null : Role.ofWord(fallback),
                Objects.requireNonNull(row.get(SSO_ISSUER.JOINS)),
                Objects.requireNonNull(row.get(SSO_ISSUER.LISTED)),
                Objects.requireNonNull(row.get(SSO_ISSUER.ENABLED)),
                Micros.toInstant(Objects.requireNonNull(row.get(SSO_ISSUER.CREATED_AT))));
    }

    // Whom it means

    Optional<Identity> identity(Tx tx, String issuerId, String subject) {
        return tx.sql()
                .select(SSO_IDENTITY.PERSON_ID, SSO_IDENTITY.CONFIRMED)
                .from(SSO_IDENTITY)
                .where(SSO_IDENTITY.ISSUER_ID.eq(issuerId))
                .and(SSO_IDENTITY.SUBJECT.eq(subject))
                .fetchOptional(row -> new Identity(
                        Objects.requireNonNull(row.get(SSO_IDENTITY.PERSON_ID)),
                        Objects.requireNonNull(row.get(SSO_IDENTITY.CONFIRMED))));
    }

    /// Notes that the provider means this person; what was confirmed stays so.
    void identify(Tx tx, String issuerId, String subject, String personId, boolean confirmed) {
        long now = Micros.of(tx.now());
        var insert = tx.sql()
                .insertInto(SSO_IDENTITY)
                .set(SSO_IDENTITY.ISSUER_ID, issuerId)
                .set(SSO_IDENTITY.SUBJECT, subject)
                .set(SSO_IDENTITY.PERSON_ID, personId)
                .set(SSO_IDENTITY.CONFIRMED, confirmed)
                .set(SSO_IDENTITY.CREATED_AT, now)
                .set(SSO_IDENTITY.LAST_USED_AT, now)
                .onConflict(SSO_IDENTITY.ISSUER_ID, SSO_IDENTITY.SUBJECT)
                .doUpdate()
                .set(SSO_IDENTITY.LAST_USED_AT, now);
        (confirmed ? insert.set(SSO_IDENTITY.CONFIRMED, true) : insert).execute();
    }

    /// Whether somebody has connected this provider to their account.
    boolean isConnected(Tx tx, String issuerId, String personId) {
        return tx.sql()
                .fetchExists(
                        SSO_IDENTITY,
                        SSO_IDENTITY
                                .ISSUER_ID
                                .eq(issuerId)
                                .and(SSO_IDENTITY.PERSON_ID.eq(personId))
                                .and(SSO_IDENTITY.CONFIRMED.isTrue()));
    }

    void disconnect(Tx tx, String issuerId, String personId) {
        tx.sql()
                .deleteFrom(SSO_IDENTITY)
                .where(SSO_IDENTITY.ISSUER_ID.eq(issuerId))
                .and(SSO_IDENTITY.PERSON_ID.eq(personId))
                .execute();
    }

    // Under way

    /// False when too many from that address are under way: each makes us call the provider.
    boolean start(Tx tx, String token, Started started, String address) {
        tx.sql()
                .deleteFrom(SSO_REQUEST)
                .where(SSO_REQUEST.EXPIRES_AT.le(Micros.of(tx.now())))
                .execute();
        if (tx.sql().fetchCount(SSO_REQUEST, SSO_REQUEST.ADDRESS.eq(address)) >= MAX_REQUESTS) {
            return false;
        }
        tx.sql()
                .insertInto(SSO_REQUEST)
                .set(SSO_REQUEST.TOKEN_HASH, Tokens.hash(token))
                .set(SSO_REQUEST.ISSUER_ID, started.issuerId())
                .set(SSO_REQUEST.PERSON_ID, started.personId())
                .set(SSO_REQUEST.NEXT_PATH, started.next())
                .set(SSO_REQUEST.ADDRESS, address)
                .set(SSO_REQUEST.EXPIRES_AT, Micros.of(tx.now().plus(REQUEST_LIFETIME)))
                .execute();
        return true;
    }

    /// A sign-in that is under way at that provider.
    Optional<Started> find(Tx tx, String token, String issuerId, @Nullable String personId) {
        return started(tx, token, issuerId).filter(started -> Objects.equals(started.personId(), personId));
    }

    /// Takes a sign-in back: once, and only at the provider that it began with.
    Optional<Started> finish(Tx tx, String token, String issuerId) {
        Optional<Started> started = started(tx, token, issuerId);
        int taken = tx.sql()
                .deleteFrom(SSO_REQUEST)
                .where(SSO_REQUEST.TOKEN_HASH.eq(Tokens.hash(token)))
                .execute();
        return taken > 0 ? started : Optional.empty();
    }

    private static Optional<Started> started(Tx tx, String token, String issuerId) {
        return tx.sql()
                .selectFrom(SSO_REQUEST)
                .where(SSO_REQUEST.TOKEN_HASH.eq(Tokens.hash(token)))
                .and(SSO_REQUEST.ISSUER_ID.eq(issuerId))
                .and(SSO_REQUEST.EXPIRES_AT.gt(Micros.of(tx.now())))
                .fetchOptional(row -> new Started(
                        Objects.requireNonNull(row.get(SSO_REQUEST.ISSUER_ID)),
                        row.get(SSO_REQUEST.PERSON_ID),
                        row.get(SSO_REQUEST.NEXT_PATH)));
    }
}
