package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.Collections;
import java.util.List;

/// What a node owes the books, decided without threads, clocks or SQL: `GroupLedger` acts on these answers,
/// and so does the explorer that walks through every order of events.
///
/// A caller is answered once ([Op#answer], one compare-and-set): with what the database said, or, when its
/// time is up, with "unavailable". Only who was told `Held` may dispatch.
final class Protocol {
    private Protocol() {}

    /// The database answered. A hold that stands although its caller was told otherwise will never be used
    /// and is voided. So is one that was refused after an earlier answer about it was lost (`uncertain`):
    /// the lost copy may yet be executed, when there is room, and nobody would end it. An extension needs
    /// nothing: it ends with its hold.
    static boolean owesVoid(HoldResult result, boolean heard, boolean uncertain, boolean extension) {
        boolean stands = result instanceof HoldResult.Held;
        return !extension && (stands ? !heard : uncertain);
    }

    /// A caller is not waiting any more, or is sent away. If an earlier answer about this hold was lost it
    /// may stand, or may yet come to stand: the void is then its tombstone.
    static boolean owesVoid(boolean uncertain, boolean extension) {
        return uncertain && !extension;
    }

    /// The end of a hold that nobody will use, with the record that takes the place of an orphan's if one stands.
    static Settlement voided(HoldRequest request, Object[] record) {
        List<Claim> claims = request.claims();
        return new Settlement(
                request.generation(),
                claims,
                Collections.nCopies(claims.size(), Usd.ZERO),
                Usd.ZERO,
                Settlement.Source.VOID,
                record);
    }
}
