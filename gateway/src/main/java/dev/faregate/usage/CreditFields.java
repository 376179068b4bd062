package dev.faregate.usage;

import dev.faregate.base.Usd;
import dev.faregate.credits.Books.TransferKind;
import dev.faregate.credits.CreditEntries;
import dev.faregate.http.BodyFields;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The fields of an entry as bodies carry them.
public final class CreditFields {
    private static final int MAX_REASON = 1_000;
    private static final int MAX_REFERENCE = 150;
    private static final Map<String, TransferKind> KINDS =
            Map.of("grant", TransferKind.GRANT, "correction", TransferKind.ADJUST);

    private CreditFields() {}

    /// The entry that a body asks for. Throws a 400 that names the field.
    public static CreditEntries.NewEntry read(BodyFields fields, String organization, String author, Instant now) {
        String word = fields.findWord("kind", List.of("grant", "correction"));
        TransferKind kind = KINDS.getOrDefault(word == null ? "grant" : word, TransferKind.GRANT);
        Usd amount = fields.signedUsd("amount_usd");
        if (amount.isZero()) {
            throw fields.bad("amount_usd", "must not be zero");
        }
        if (kind == TransferKind.GRANT && amount.isNegative()) {
            throw fields.bad("amount_usd", "must be positive; credit is taken away by a correction");
        }
        if (amount.max(Usd.ZERO.minus(amount)).compareTo(CreditEntries.MOST_AT_ONCE) > 0) {
            throw fields.bad("amount_usd", "must not be more than " + CreditEntries.MOST_AT_ONCE + " at once");
        }
        Instant end = fields.findTime("expires_at");
        if (end != null && kind != TransferKind.GRANT) {
            throw fields.bad("expires_at", "is for grants");
        }
        if (end != null && !end.isAfter(now)) {
            throw fields.bad("expires_at", "must be in the future");
        }
        return new CreditEntries.NewEntry(
                organization,
                kind,
                amount,
                fields.text("reason", MAX_REASON),
                fields.findText("reference", MAX_REFERENCE),
                end,
                author);
    }
}
