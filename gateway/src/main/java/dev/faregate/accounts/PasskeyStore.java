package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.PASSKEY;
import static dev.faregate.storage.tables.Tables.PASSKEY_CHALLENGE;

import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Passkeys, and the challenges that browsers were given for them.
final class PasskeyStore {
    /// Challenges of one address, which may be a whole office, that live at a time; the oldest make room.
    static final int MAX_CHALLENGES = 300;

    static final Duration CHALLENGE_LIFETIME = Duration.ofMinutes(10);

    /// One as it is kept. `credentialId` and `credential` are base64url; `transports` is what the browser said of how
    /// to reach it.
    record Passkey(
            String id,
            String personId,
            String credentialId,
            String credential,
            String name,
            long signCount,
            boolean backupEligible,
            boolean backedUp,
            List<String> transports,
            Instant createdAt,
            @Nullable Instant lastUsedAt) {}

    void insert(Tx tx, Passkey passkey) {
        tx.sql()
                .insertInto(PASSKEY)
                .set(PASSKEY.ID, passkey.id())
                .set(PASSKEY.PERSON_ID, passkey.personId())
                .set(PASSKEY.CREDENTIAL_ID, passkey.credentialId())
                .set(PASSKEY.CREDENTIAL, passkey.credential())
                .set(PASSKEY.NAME, passkey.name())
                .set(PASSKEY.SIGN_COUNT, passkey.signCount())
                .set(PASSKEY.BACKUP_ELIGIBLE, passkey.backupEligible())
                .set(PASSKEY.BACKED_UP, passkey.backedUp())
                .set(PASSKEY.TRANSPORTS, String.join(",", passkey.transports()))
                .set(PASSKEY.CREATED_AT, Micros.of(passkey.createdAt()))
                .execute();
    }

    List<Passkey> list(Tx tx, String personId) {
        return tx.sql()
                .selectFrom(PASSKEY)
                .where(PASSKEY.PERSON_ID.eq(personId))
                .orderBy(PASSKEY.CREATED_AT, PASSKEY.ID)
                .fetch(PasskeyStore::read);
    }

    boolean exist(Tx tx, String personId) {
        return tx.sql().fetchExists(PASSKEY, PASSKEY.PERSON_ID.eq(personId));
    }

    Optional<Passkey> findByCredential(Tx tx, String credentialId) {
        return tx.sql()
                .selectFrom(PASSKEY)
                .where(PASSKEY.CREDENTIAL_ID.eq(credentialId))
                .fetchOptional(PasskeyStore::read);
    }

    /// Notes a use. False when the counter was not below this one any more: another use came first, or two
    /// authenticators have the same key (section 7.2, step 22).
    boolean used(Tx tx, String id, long signCount, boolean backedUp) {
        return tx.sql()
                        .update(PASSKEY)
                        .set(PASSKEY.SIGN_COUNT, signCount)
                        .set(PASSKEY.BACKED_UP, backedUp)
                        .set(PASSKEY.LAST_USED_AT, Micros.of(tx.now()))
                        .where(PASSKEY.ID.eq(id))
                        .and(PASSKEY.SIGN_COUNT.lt(signCount).or(PASSKEY.SIGN_COUNT.eq(0L)))
                        .execute()
                > 0;
    }

    boolean delete(Tx tx, String personId, String id) {
        return tx.sql()
                        .deleteFrom(PASSKEY)
                        .where(PASSKEY.ID.eq(id))
                        .and(PASSKEY.PERSON_ID.eq(personId))
                        .execute()
                > 0;
    }

    // Challenges

    void ask(Tx tx, String challenge, Passkeys.Purpose purpose, String boundTo, String address) {
        long now = Micros.of(tx.now());
        tx.sql()
                .deleteFrom(PASSKEY_CHALLENGE)
                .where(PASSKEY_CHALLENGE.EXPIRES_AT.le(now))
                .execute();
        int live = tx.sql().fetchCount(PASSKEY_CHALLENGE, PASSKEY_CHALLENGE.ADDRESS.eq(address));
        if (live >= MAX_CHALLENGES) {
            tx.sql()
                    .deleteFrom(PASSKEY_CHALLENGE)
                    .where(PASSKEY_CHALLENGE.CHALLENGE_HASH.in(tx.sql()
                            .select(PASSKEY_CHALLENGE.CHALLENGE_HASH)
                            .from(PASSKEY_CHALLENGE)
                            .where(PASSKEY_CHALLENGE.ADDRESS.eq(address))
                            .orderBy(PASSKEY_CHALLENGE.EXPIRES_AT)
                            .limit(live - MAX_CHALLENGES + 1)))
                    .execute();
        }
        tx.sql()
                .insertInto(PASSKEY_CHALLENGE)
                .set(PASSKEY_CHALLENGE.CHALLENGE_HASH, Tokens.hash(challenge))
                .set(PASSKEY_CHALLENGE.PURPOSE, purpose.word())
                .set(PASSKEY_CHALLENGE.BOUND_TO, Tokens.hash(boundTo))
                .set(PASSKEY_CHALLENGE.ADDRESS, address)
                .set(PASSKEY_CHALLENGE.EXPIRES_AT, Micros.of(tx.now().plus(CHALLENGE_LIFETIME)))
                .execute();
    }

    /// Takes an answer to a challenge: true once at most.
    boolean answer(Tx tx, String challenge, Passkeys.Purpose purpose, String boundTo) {
        return tx.sql()
                        .deleteFrom(PASSKEY_CHALLENGE)
                        .where(PASSKEY_CHALLENGE.CHALLENGE_HASH.eq(Tokens.hash(challenge)))
                        .and(PASSKEY_CHALLENGE.PURPOSE.eq(purpose.word()))
                        .and(PASSKEY_CHALLENGE.BOUND_TO.eq(Tokens.hash(boundTo)))
                        .and(PASSKEY_CHALLENGE.EXPIRES_AT.gt(Micros.of(tx.now())))
                        .execute()
                > 0;
    }

    private static Passkey read(Record row) {
        String transports = Objects.requireNonNull(row.get(PASSKEY.TRANSPORTS));
        return new Passkey(
                Objects.requireNonNull(row.get(PASSKEY.ID)),
                Objects.requireNonNull(row.get(PASSKEY.PERSON_ID)),
                Objects.requireNonNull(row.get(PASSKEY.CREDENTIAL_ID)),
                Objects.requireNonNull(row.get(PASSKEY.CREDENTIAL)),
                Objects.requireNonNull(row.get(PASSKEY.NAME)),
                Objects.requireNonNull(row.get(PASSKEY.SIGN_COUNT)),
                Objects.requireNonNull(row.get(PASSKEY.BACKUP_ELIGIBLE)),
                Objects.requireNonNull(row.get(PASSKEY.BACKED_UP)),
                transports.isEmpty() ? List.of() : Arrays.asList(transports.split(",")),
                Micros.toInstant(Objects.requireNonNull(row.get(PASSKEY.CREATED_AT))),
                Micros.toNullable(row.get(PASSKEY.LAST_USED_AT)));
    }
}
