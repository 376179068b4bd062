package dev.faregate.usage;

import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.CreditEntries.Entry;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the operator of the machine may do with credits. Each call answers JSON, throws what a client of
/// the API would be told, and each write is an event of the audit log. Blocks.
public final class OperatorCredits {
    /// The newest entries that [#show] tells.
    private static final int SHOWN = 20;

    private record Account(Organization organization, Usd credited, Usd spent, List<Entry> entries) {}

    private final Database database;
    private final Books books;
    private final CreditEntries entries;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final AuditLog audit;

    public OperatorCredits(
            Database database,
            Books books,
            CreditEntries entries,
            KeyDirectory directory,
            OrganizationStore organizations,
            AuditLog audit) {
        this.database = database;
        this.books = books;
        this.entries = entries;
        this.directory = directory;
        this.organizations = organizations;
        this.audit = audit;
    }

    /// What was credited and spent, and the newest entries.
    public byte[] show(String organization) {
        Account account = database.read(tx -> account(tx, organization));
        return Json.write(json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeStringProperty("organization", account.organization().slug());
            json.writeStringProperty("billing", account.organization().billing().word());
            json.writeNumberProperty("total_credits", account.credited().dollars());
            json.writeNumberProperty("total_usage", account.spent().dollars());
            json.writeNumberProperty(
                    "balance", account.credited().minus(account.spent()).dollars());
            json.writeArrayPropertyStart("entries");
            account.entries().forEach(entry -> CreditEntriesHandler.write(json, entry));
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private Account account(Tx tx, String organization) {
        int from = Math.max(0, entries.count(tx, organization) - SHOWN);
        return new Account(
                organizations.find(tx, organization).orElseThrow(),
                books.credited(tx, organization),
                books.spent(tx, organization),
                entries.list(tx, organization, from, SHOWN));
    }

    /// Makes an entry; `fields` are those of `POST /credits/entries`.
    public byte[] grant(String organization, BodyFields arguments) {
        BodyFields fields = new BodyFields(arguments.object("fields"));
        String id = Ids.next().toString();
        Entry made = database.write(tx -> {
            Entry entry =
                    entries.add(tx, id, CreditFields.read(fields, organization, Actor.Kind.OPERATOR.word(), tx.now()));
            if (entry.id().equals(id)) {
                record(
                        tx,
                        organization,
                        "credits." + CreditEntries.word(entry.kind()),
                        id,
                        CreditEntriesHandler.auditDetail(entry));
            }
            return entry;
        });
        directory.changed(organization, false);
        return Json.write(json -> {
            json.writeStartObject();
            json.writeName("data");
            CreditEntriesHandler.write(json, made);
            json.writeEndObject();
        });
    }

    /// Makes the balance a cap, or makes it one no more.
    public byte[] bill(String organization, boolean prepaid) {
        database.write(tx -> {
            entries.bill(tx, organization, prepaid);
            Map<String, String> detail = Map.of("billing", prepaid ? "prepaid" : "postpaid");
            record(tx, organization, "credits.billing", organization, detail);
            return true;
        });
        directory.changed(organization, false);
        return show(organization);
    }

    private void record(
            Tx tx, String organization, String action, String subject, Map<String, ? extends @Nullable Object> detail) {
        audit.append(tx, organization, AuditLog.Author.OPERATOR, new AuditLog.Event(action, subject, detail));
    }
}
