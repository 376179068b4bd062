package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.KEY_PAGE;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.jooq.impl.DSL;

/// Where the pages of listings ended. A client pages by `offset`, which counts keys; a key that is
/// deleted or disabled between two pages would move all later ones up, and one would never be shown. So
/// the page at an offset begins behind the last key of the page that ended there, if the same caller was
/// shown one lately (ADR 19).
final class KeyPages {
    /// A listing that pauses for longer goes on by counting.
    static final Duration REMEMBERED = Duration.ofMinutes(10);

    /// One listing: who asks (a key or a user, and the address it asks from, so that two machines that
    /// list at once with one key stay apart), and for what.
    record Listing(String callerId, String client, String filter) {
        Listing(String callerId, InetAddress address, String filter) {
            String text = address.getHostAddress();
            this(callerId, text.substring(0, Math.min(text.length(), MAX_CLIENT)), filter);
        }
    }

    /// Characters of an address that are told apart; only the scope of a link-local one may go beyond.
    private static final int MAX_CLIENT = 80;

    /// The key that the page before this position ended with. Another client of the same caller will do:
    /// a proxy may send each request from another address.
    Optional<String> find(Tx tx, Listing listing, int position) {
        return tx.sql()
                .select(KEY_PAGE.LAST_KEY_ID)
                .from(KEY_PAGE)
                .where(KEY_PAGE.CALLER_ID.eq(listing.callerId()))
                .and(KEY_PAGE.LISTING.eq(listing.filter()))
                .and(KEY_PAGE.POSITION.eq(position))
                .and(KEY_PAGE.AT.gt(Micros.of(tx.now().minus(REMEMBERED))))
                .orderBy(
                        DSL.case_()
                                .when(KEY_PAGE.CLIENT.eq(listing.client()), 0)
                                .otherwise(1),
                        KEY_PAGE.AT.desc())
                .limit(1)
                .fetchOptional(KEY_PAGE.LAST_KEY_ID);
    }

    /// Remembers that a page ended before `position` with this key.
    void remember(Tx tx, Listing listing, int position, String lastKeyId) {
        long now = Micros.of(tx.now());
        tx.sql()
                .deleteFrom(KEY_PAGE)
                .where(KEY_PAGE.AT.lt(Micros.of(tx.now().minus(REMEMBERED))))
                .execute();
        tx.sql()
                .insertInto(KEY_PAGE)
                .set(KEY_PAGE.CALLER_ID, listing.callerId())
                .set(KEY_PAGE.LISTING, listing.filter())
                .set(KEY_PAGE.POSITION, position)
                .set(KEY_PAGE.CLIENT, listing.client())
                .set(KEY_PAGE.LAST_KEY_ID, lastKeyId)
                .set(KEY_PAGE.AT, now)
                .onConflict(KEY_PAGE.CALLER_ID, KEY_PAGE.LISTING, KEY_PAGE.POSITION, KEY_PAGE.CLIENT)
                .doUpdate()
                .set(KEY_PAGE.LAST_KEY_ID, lastKeyId)
                .set(KEY_PAGE.AT, now)
                .execute();
    }
}
