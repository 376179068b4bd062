package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.PENDING_SIGN_IN;

import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Session;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// People who have shown a password and not yet their second factor. The browser has a text of its own for it, which
/// opens no page; it lives for minutes and takes a few attempts.
final class PendingSignIns {
    static final Duration LIFETIME = Duration.ofMinutes(10);
    static final int MAX_ATTEMPTS = 5;

    /// Waiting sign-ins of one person that live at a time; the oldest make room.
    private static final int MAX_PER_PERSON = 10;

    record Pending(
            String tokenHash,
            SignIns.Proven person,
            Session.Method method,
            @Nullable String next) {}

    Secret open(Tx tx, SignIns.Proven person, Session.Method method, @Nullable String next) {
        Secret token = Tokens.generate();
        tx.sql()
                .deleteFrom(PENDING_SIGN_IN)
                .where(PENDING_SIGN_IN.EXPIRES_AT.le(Micros.of(tx.now())))
                .execute();
        tx.sql()
                .deleteFrom(PENDING_SIGN_IN)
                .where(PENDING_SIGN_IN.TOKEN_HASH.in(tx.sql()
                        .select(PENDING_SIGN_IN.TOKEN_HASH)
                        .from(PENDING_SIGN_IN)
                        .where(PENDING_SIGN_IN.PERSON_ID.eq(person.userId()))
                        .orderBy(PENDING_SIGN_IN.EXPIRES_AT.desc())
                        .limit(Integer.MAX_VALUE)
                        .offset(MAX_PER_PERSON - 1)))
                .execute();
        tx.sql()
                .insertInto(PENDING_SIGN_IN)
                .set(PENDING_SIGN_IN.TOKEN_HASH, Tokens.hash(token.reveal()))
                .set(PENDING_SIGN_IN.PERSON_ID, person.userId())
                .set(PENDING_SIGN_IN.ORGANIZATION_ID, person.organizationId())
                .set(PENDING_SIGN_IN.WORKSPACE_ID, person.workspaceId())
                .set(PENDING_SIGN_IN.METHOD, method.word())
                .set(PENDING_SIGN_IN.NEXT_PATH, next)
                .set(PENDING_SIGN_IN.ATTEMPTS, 0)
                .set(PENDING_SIGN_IN.EXPIRES_AT, Micros.of(tx.now().plus(LIFETIME)))
                .execute();
        return token;
    }

    Optional<Pending> find(Tx tx, String token) {
        return tx.sql()
                .selectFrom(PENDING_SIGN_IN)
                .where(PENDING_SIGN_IN.TOKEN_HASH.eq(Tokens.hash(token)))
                .and(PENDING_SIGN_IN.EXPIRES_AT.gt(Micros.of(tx.now())))
                .and(PENDING_SIGN_IN.ATTEMPTS.lt(MAX_ATTEMPTS))
                .fetchOptional(PendingSignIns::read);
    }

    /// Counts an attempt before it is looked at; false when there is none left.
    boolean attempt(Tx tx, Pending pending) {
        return tx.sql()
                        .update(PENDING_SIGN_IN)
                        .set(PENDING_SIGN_IN.ATTEMPTS, PENDING_SIGN_IN.ATTEMPTS.plus(1))
                        .where(PENDING_SIGN_IN.TOKEN_HASH.eq(pending.tokenHash()))
                        .and(PENDING_SIGN_IN.ATTEMPTS.lt(MAX_ATTEMPTS))
                        .and(PENDING_SIGN_IN.EXPIRES_AT.gt(Micros.of(tx.now())))
                        .execute()
                > 0;
    }

    void end(Tx tx, Pending pending) {
        tx.sql()
                .deleteFrom(PENDING_SIGN_IN)
                .where(PENDING_SIGN_IN.TOKEN_HASH.eq(pending.tokenHash()))
                .execute();
    }

    private static Pending read(Record row) {
        return new Pending(
                Objects.requireNonNull(row.get(PENDING_SIGN_IN.TOKEN_HASH)),
                new SignIns.Proven(
                        Objects.requireNonNull(row.get(PENDING_SIGN_IN.PERSON_ID)),
                        Objects.requireNonNull(row.get(PENDING_SIGN_IN.ORGANIZATION_ID)),
                        Objects.requireNonNull(row.get(PENDING_SIGN_IN.WORKSPACE_ID))),
                Session.Method.valueOf(
                        Objects.requireNonNull(row.get(PENDING_SIGN_IN.METHOD)).toUpperCase(Locale.ROOT)),
                row.get(PENDING_SIGN_IN.NEXT_PATH));
    }
}
