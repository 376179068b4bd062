package dev.faregate.server;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books.TransferKind;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.Discrepancy;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Restoration;
import dev.faregate.credits.RestorationStore;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Inspection;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Opens a service that was closed by a restore, once its books are in order and its operator has said
/// what was spent after the backup: nothing that need be charged, or so much by this organization and
/// so much by that one. Doing it again changes nothing.
public final class Reconciliation {
    /// The command of the socket that runs it.
    public static final String NAME = "reconcile";

    private static final int MAX_WORD = 50;
    private static final int MAX_ROW = 500;
    private static final int MOST_CHARGES = 10_000;
    private static final int MOST_NAMED = 1_000;
    private static final String COUNTS = "restore";

    /// What an operator decided.
    ///
    /// @param accepted that nothing but the charges was spent
    /// @param charges by organization, in the order they were given
    /// @param named rows of findings that are known and stay as they are
    private record Decision(boolean accepted, Map<String, Usd> charges, Set<String> named) {
        boolean isMade() {
            return accepted || !charges.isEmpty();
        }
    }

    private final Database database;
    private final @Nullable String boot;
    private final Consumer<String> changed;
    private final RestorationStore restorations = new RestorationStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final CreditEntries entries = new CreditEntries(new JooqBooks(), new JooqLimits());
    private final AuditLog audit = new AuditLog();

    /// `boot` is the life that alone runs on this store, or null. `changed` hears, after the commit, of each
    /// organization whose credit was changed.
    public Reconciliation(Database database, @Nullable String boot, Consumer<String> changed) {
        this.database = database;
        this.boot = boot;
        this.changed = changed;
    }

    /// Does what one JSON object asks for: `accept`, `charges` (a list of `organization`, a slug, and
    /// `amount_usd`) and `despite` (rows of findings). Answers how the store stands; `error` and
    /// `status` when the question was wrong.
    public byte[] run(String json) {
        return Operations.answering(() -> run(BodyFields.of(json.getBytes(StandardCharsets.UTF_8))));
    }

    private byte[] run(BodyFields asked) {
        Decision decision = decision(asked);
        Restoration last = database.read(restorations::newest).orElse(null);
        if (last == null || last.reconciledAt() != null) {
            return answer(last, List.of(), Map.of());
        }
        List<Discrepancy> findings = new ArrayList<>(findings(last));
        findings.removeIf(finding -> decision.named().contains(finding.row()));
        if (!findings.isEmpty() || !decision.isMade()) {
            return answer(last, findings, Map.of());
        }
        Map<String, Usd> charged = database.write(tx -> open(tx, last, decision));
        charged.keySet().forEach(changed);
        return answer(database.read(restorations::newest).orElseThrow(), List.of(), decision.charges());
    }

    private Decision decision(BodyFields asked) {
        Map<String, Usd> charges = new LinkedHashMap<>();
        List<BodyFields> listed = asked.findObjects("charges", MOST_CHARGES);
        for (BodyFields charge : listed == null ? List.<BodyFields>of() : listed) {
            String slug = charge.text("organization", MAX_WORD);
            Usd amount = charge.signedUsd("amount_usd");
            if (amount.isNegative() || amount.isZero()) {
                throw charge.bad("amount_usd", "must be more than zero");
            }
            if (amount.compareTo(CreditEntries.MOST_AT_ONCE) > 0) {
                throw charge.bad("amount_usd", "must not be more than " + CreditEntries.MOST_AT_ONCE);
            }
            if (charges.put(slug, amount) != null) {
                throw charge.bad("organization", "is charged twice; add the amounts up");
            }
        }
        List<String> named = asked.findTexts("despite", MOST_NAMED, MAX_ROW);
        return new Decision(asked.flag("accept"), charges, named == null ? Set.of() : Set.copyOf(named));
    }

    /// All that `verify` finds, and tables that only grow but have fewer rows than the backup.
    private List<Discrepancy> findings(Restoration last) {
        List<Discrepancy> findings;
        try (Inspection store = Inspection.of(database)) {
            Verification found = Verification.run(store, boot);
            findings = new ArrayList<>(found.findings());
            Map<String, Long> rows = found.checked();
            fewer(findings, "posting", last.postings(), rows);
            fewer(findings, "transfer", last.transfers(), rows);
            fewer(findings, "audit_event", last.auditEvents(), rows);
        }
        return findings;
    }

    private static void fewer(List<Discrepancy> findings, String table, long least, Map<String, Long> rows) {
        long found = rows.getOrDefault(table, 0L);
        if (found < least) {
            String row = "table " + table;
            findings.add(new Discrepancy(
                    COUNTS,
                    row,
                    "at least " + least + " rows",
                    found + " rows",
                    row + ": the backup had " + least + " rows, but there are " + found));
        }
    }

    /// Opens first: entries are refused while the service is closed, and a failure undoes both. Returns what was
    /// charged, by the organization's id.
    private Map<String, Usd> open(Tx tx, Restoration last, Decision decision) {
        if (!restorations.reconcile(tx, last)) {
            return Map.of();
        }
        Map<String, Usd> charged = new LinkedHashMap<>();
        decision.charges().forEach((slug, amount) -> {
            Organization organization = organizations
                    .findBySlug(tx, slug)
                    .orElseThrow(() -> new ApiException(
                            new ApiError.NotFound("There is no organization " + slug + " in this store.")));
            charge(tx, last, organization.id(), amount);
            charged.put(organization.id(), amount);
        });
        for (Organization organization : organizations.all(tx)) {
            Usd amount = charged.getOrDefault(organization.id(), Usd.ZERO);
            audit.append(
                    tx,
                    organization.id(),
                    AuditLog.Author.OPERATOR,
                    new AuditLog.Event(
                            "store.reconcile",
                            last.id(),
                            Map.of(
                                    "epoch",
                                    last.epoch(),
                                    "charged_usd",
                                    amount.dollars(),
                                    "despite",
                                    decision.named().stream().sorted().toList())));
        }
        restorations.tell(tx);
        return charged;
    }

    private void charge(Tx tx, Restoration last, String organization, Usd amount) {
        entries.add(
                tx,
                Ids.next().toString(),
                new CreditEntries.NewEntry(
                        organization,
                        TransferKind.ADJUST,
                        Usd.ZERO.minus(amount),
                        "Spent after the backup of " + last.takenAt() + ", from which this service was restored.",
                        "restore:" + last.id(),
                        null,
                        Actor.Kind.OPERATOR.word()));
    }

    private static byte[] answer(@Nullable Restoration last, List<Discrepancy> findings, Map<String, Usd> charges) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("closed", last != null && last.reconciledAt() == null);
            json.writeNumberProperty("epoch", last == null ? 0 : last.epoch());
            if (last != null) {
                json.writeStringProperty("taken_at", last.takenAt().toString());
                json.writeStringProperty("restored_at", last.restoredAt().toString());
                if (last.reconciledAt() != null) {
                    json.writeStringProperty(
                            "reconciled_at", last.reconciledAt().toString());
                }
            }
            json.writeArrayPropertyStart("findings");
            findings.forEach(finding -> Verification.write(json, finding));
            json.writeEndArray();
            json.writeArrayPropertyStart("charged");
            charges.forEach((slug, amount) -> write(json, slug, amount));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, String slug, Usd amount) {
        json.writeStartObject();
        json.writeStringProperty("organization", slug);
        json.writeNumberProperty("amount_usd", amount.dollars());
        json.writeEndObject();
    }
}
