package dev.faregate.credits;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How much of a grant that ends was never spent. A pure decision.
///
/// All spending of an organization is one line, from nothing to what is spent in all. A grant can have
/// paid only for what was spent between its beginning and its end; where several could, the one that
/// ends first paid, so that credit is used up in the order in which it would be lost, and credit that
/// never ends last.
final class GrantSpending {
    /// A grant and the part of the line it can have paid for, `from` to `to`; all in nano-dollars.
    record Grant(String id, long amount, Instant expiresAt, long from, long to) {}

    /// A part of the line, paid for.
    private record Part(long from, long to) {}

    private GrantSpending() {}

    /// What of `id` was never spent. `grants` holds it and every other one that ends before it or with
    /// it and can have paid for the same.
    static long unspent(List<Grant> grants, String id) {
        List<Part> paid = new ArrayList<>();
        for (Grant grant : grants.stream()
                .sorted(Comparator.comparing(Grant::expiresAt).thenComparing(Grant::id))
                .toList()) {
            long left = pay(grant, paid);
            if (grant.id().equals(id)) {
                return left;
            }
        }
        throw new IllegalArgumentException("not among the grants: " + id);
    }

    /// Lets the grant pay for what nobody paid for, earliest first; returns what it has left. `paid`
    /// stays in order and without overlaps.
    private static long pay(Grant grant, List<Part> paid) {
        long left = grant.amount();
        long at = grant.from();
        int next = 0;
        while (left > 0 && at < grant.to()) {
            while (next < paid.size() && paid.get(next).to() <= at) {
                next++;
            }
            if (next < paid.size() && paid.get(next).from() <= at) {
                at = paid.get(next).to();
                continue;
            }
            long free = next < paid.size() ? Math.min(paid.get(next).from(), grant.to()) : grant.to();
            long taken = Math.min(left, free - at);
            paid.add(next, new Part(at, at + taken));
            left -= taken;
            at += taken;
        }
        return left;
    }
}
