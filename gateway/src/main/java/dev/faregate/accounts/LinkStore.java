package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ACCOUNT_LINK;

import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Links that work once. Only the hash of what they carry is kept; opening the page of one changes nothing,
/// because mail programs open links too.
final class LinkStore {
    /// What a link is for, and how long it works.
    enum Purpose {
        /// Makes the first owner of an organization.
        SETUP(Duration.ofMinutes(30)),
        SIGN_UP(Duration.ofHours(24)),
        RESET(Duration.ofMinutes(30)),
        /// Shows that a person has an address.
        EMAIL(Duration.ofHours(24));

        final Duration lifetime;

        Purpose(Duration lifetime) {
            this.lifetime = lifetime;
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Link(@Nullable String subject, @Nullable String email, Instant expiresAt) {}

    /// Keeps a link with this token, made before the transaction.
    void insert(Tx tx, Secret token, Purpose purpose, @Nullable String subject, @Nullable String email) {
        tx.sql()
                .insertInto(ACCOUNT_LINK)
                .set(ACCOUNT_LINK.TOKEN_HASH, Tokens.hash(token.reveal()))
                .set(ACCOUNT_LINK.PURPOSE, purpose.word())
                .set(ACCOUNT_LINK.SUBJECT, subject)
                .set(ACCOUNT_LINK.EMAIL, email)
                .set(ACCOUNT_LINK.CREATED_AT, Micros.of(tx.now()))
                .set(ACCOUNT_LINK.EXPIRES_AT, Micros.of(tx.now().plus(purpose.lifetime)))
                .execute();
    }

    /// The link, if it still works.
    Optional<Link> find(Tx tx, @Nullable String token, Purpose purpose) {
        return which(tx, token, purpose)
                .flatMap(condition ->
                        tx.sql().selectFrom(ACCOUNT_LINK).where(condition).fetchOptional(LinkStore::read));
    }

    /// The link, which works no more from now on; empty when it did not work any more, or somebody else took it.
    Optional<Link> take(Tx tx, @Nullable String token, Purpose purpose) {
        Optional<Link> found = find(tx, token, purpose);
        boolean taken = found.isPresent()
                && tx.sql()
                                .deleteFrom(ACCOUNT_LINK)
                                .where(which(tx, token, purpose).orElseThrow())
                                .execute()
                        == 1;
        return taken ? found : Optional.empty();
    }

    /// Ends all links of that kind for a subject.
    void endAll(Tx tx, Purpose purpose, String subject) {
        tx.sql()
                .deleteFrom(ACCOUNT_LINK)
                .where(ACCOUNT_LINK.SUBJECT.eq(subject))
                .and(ACCOUNT_LINK.PURPOSE.eq(purpose.word()))
                .execute();
    }

    /// Forgets links whose time is over.
    void purge(Tx tx) {
        tx.sql()
                .deleteFrom(ACCOUNT_LINK)
                .where(ACCOUNT_LINK.EXPIRES_AT.le(Micros.of(tx.now())))
                .execute();
    }

    private static Optional<Condition> which(Tx tx, @Nullable String token, Purpose purpose) {
        return token == null || !Tokens.looksLikeOne(token)
                ? Optional.empty()
                : Optional.of(ACCOUNT_LINK
                        .TOKEN_HASH
                        .eq(Tokens.hash(token))
                        .and(ACCOUNT_LINK.PURPOSE.eq(purpose.word()))
                        .and(ACCOUNT_LINK.EXPIRES_AT.gt(Micros.of(tx.now()))));
    }

    private static Link read(Record row) {
        return new Link(
                row.get(ACCOUNT_LINK.SUBJECT),
                row.get(ACCOUNT_LINK.EMAIL),
                Micros.toInstant(Objects.requireNonNull(row.get(ACCOUNT_LINK.EXPIRES_AT))));
    }
}
