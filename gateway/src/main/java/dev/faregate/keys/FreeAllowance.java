package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.identity.Organization;
import dev.faregate.storage.Tx;
import java.time.Instant;

/// How many requests to free models an organization may make in a UTC day, and how many it made on the
/// one that `readAt` lies in (contract 3.2; design D13). `freeTier`: it was never credited anything.
public record FreeAllowance(long limit, long used, boolean freeTier, Instant readAt) {
    /// The figure of an organization without such a limit (postpaid): integers are required, so a number
    /// that nobody reaches in a day.
    public static final long NO_LIMIT = 1_000_000_000L;

    /// Of a prepaid organization: few until it was credited ten dollars.
    static final long REQUESTS = 50;

    static final long REQUESTS_OF_BUYERS = 1_000;
    static final Usd BUYER = Usd.ofDollars(10);

    public static FreeAllowance of(Tx tx, Books books, Organization organization) {
        long used = KeyUsage.freeRequestsToday(tx, organization.id());
        if (organization.billing() == Organization.Billing.POSTPAID) {
            return new FreeAllowance(NO_LIMIT, used, false, tx.now());
        }
        Usd credited = books.credited(tx, organization.id());
        long limit = credited.compareTo(BUYER) >= 0 ? REQUESTS_OF_BUYERS : REQUESTS;
        return new FreeAllowance(limit, used, credited.compareTo(Usd.ZERO) <= 0, tx.now());
    }

    public long remaining() {
        return Math.max(0, limit - used);
    }
}
