package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ATTEMPT_COUNT;

import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Tx;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jooq.impl.DSL;

/// Counts attempts, in the store, so that nodes and starts make no difference. An attempt is counted before anything is
/// looked at, so many at once are no way around; it does not matter whether there is such an account.
final class Throttle {
    /// What is counted together: at most `limit` in `window`.
    record Bucket(String key, int limit, Duration window) {}

    private static final int IPV6_PREFIX_BYTES = 8;
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final Duration HOUR = Duration.ofHours(1);

    /// Sign-ins at one account from one address, so that a stranger cannot keep the owner out.
    private static final int AT_ACCOUNT_FROM_ADDRESS = 10;

    /// NIST SP 800-63B-4 section 3.2.2: no more than a hundred in a row.
    private static final int AT_ACCOUNT = 100;

    private static final int FROM_ADDRESS = 100;
    private static final int MAILS_TO_ADDRESS = 5;
    private static final int MAILS_FROM_ADDRESS = 30;
    private static final int INVITATIONS = 100;

    /// For a password that was given for this account.
    static List<Bucket> signIn(String email, InetAddress from) {
        String address = network(from);
        return List.of(
                new Bucket("sign-in from " + address, FROM_ADDRESS, QUARTER),
                new Bucket("sign-in " + address + " " + email, AT_ACCOUNT_FROM_ADDRESS, QUARTER),
                new Bucket("sign-in " + email, AT_ACCOUNT, HOUR));
    }

    /// For the password of somebody who is signed in.
    static List<Bucket> proof(String personId) {
        return List.of(new Bucket("proof " + personId, AT_ACCOUNT_FROM_ADDRESS, QUARTER));
    }

    /// For forms whose answer is a mail.
    static List<Bucket> mailFrom(InetAddress from) {
        return List.of(new Bucket("mail from " + network(from), MAILS_FROM_ADDRESS, HOUR));
    }

    static List<Bucket> mailTo(String email) {
        return List.of(new Bucket("mail to " + email, MAILS_TO_ADDRESS, HOUR));
    }

    static List<Bucket> invitations(String organizationId) {
        return List.of(new Bucket("invitations of " + organizationId, INVITATIONS, HOUR));
    }

    /// Counts an attempt in each of them, in this order, up to the first that is full; false when one is. So an address
    /// that has used up its attempts leaves no further rows.
    boolean take(Tx tx, List<Bucket> buckets) {
        return buckets.stream().allMatch(bucket -> count(tx, bucket) <= bucket.limit());
    }

    private static int count(Tx tx, Bucket bucket) {
        long now = Micros.of(tx.now());
        long ends = Micros.of(tx.now().plus(bucket.window()));
        String hash = hash(bucket.key());
        var over = ATTEMPT_COUNT.ENDS_AT.le(now);
        tx.sql()
                .insertInto(ATTEMPT_COUNT)
                .set(ATTEMPT_COUNT.BUCKET, hash)
                .set(ATTEMPT_COUNT.ATTEMPTS, 1)
                .set(ATTEMPT_COUNT.ENDS_AT, ends)
                .onConflict(ATTEMPT_COUNT.BUCKET)
                .doUpdate()
                .set(ATTEMPT_COUNT.ATTEMPTS, DSL.when(over, 1).otherwise(ATTEMPT_COUNT.ATTEMPTS.plus(1)))
                .set(ATTEMPT_COUNT.ENDS_AT, DSL.when(over, ends).otherwise(ATTEMPT_COUNT.ENDS_AT))
                .execute();
        return Objects.requireNonNull(tx.sql()
                .select(ATTEMPT_COUNT.ATTEMPTS)
                .from(ATTEMPT_COUNT)
                .where(ATTEMPT_COUNT.BUCKET.eq(hash))
                .fetchSingle(ATTEMPT_COUNT.ATTEMPTS));
    }

    /// The attempt was good: the account's counts begin anew, and the address has it back.
    void succeeded(Tx tx, String email, InetAddress from) {
        List<Bucket> buckets = signIn(email, from);
        tx.sql()
                .deleteFrom(ATTEMPT_COUNT)
                .where(ATTEMPT_COUNT.BUCKET.in(
                        hash(buckets.get(1).key()), hash(buckets.get(2).key())))
                .execute();
        tx.sql()
                .update(ATTEMPT_COUNT)
                .set(ATTEMPT_COUNT.ATTEMPTS, ATTEMPT_COUNT.ATTEMPTS.minus(1))
                .where(ATTEMPT_COUNT.BUCKET.eq(hash(buckets.get(0).key())))
                .and(ATTEMPT_COUNT.ATTEMPTS.gt(0))
                .execute();
    }

    /// Forgets attempts whose time is over.
    void purge(Tx tx) {
        tx.sql()
                .deleteFrom(ATTEMPT_COUNT)
                .where(ATTEMPT_COUNT.ENDS_AT.le(Micros.of(tx.now())))
                .execute();
    }

    private static String hash(String key) {
        return Tokens.hash(key);
    }

    /// What one subscriber has: an address, or the /64 of an IPv6 one.
    private static String network(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet6Address ? IPV6_PREFIX_BYTES : bytes.length;
        return HexFormat.of().formatHex(bytes, 0, length);
    }
}
