package dev.faregate.usage;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.CreditEntries.Entry;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.identity.Actor;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What management does with credits, whoever asks: the API for a management key, the credits page for a person. Every
/// write happens once for its `Idempotency-Key` and is an event of the audit log. Safe to share between threads;
/// blocks.
public final class ManagedCredits {
    private static final List<String> BILLINGS =
            List.of(Organization.Billing.POSTPAID.word(), Organization.Billing.PREPAID.word());

    /// What an organization was granted in all and what it spent, what its running requests hold, and when it pays.
    public record Account(Usd credited, Usd spent, Usd held, Organization.Billing billing) {
        /// Granted minus spent: negative for one that pays later, and its cap for one that pays before.
        public Usd balance() {
            return credited.minus(spent);
        }
    }

    /// Entries, newest first, of `total`.
    public record Newest(List<Entry> entries, int total) {}

    private final Database database;
    private final Books books;
    private final Limits limits;
    private final CreditEntries entries;
    private final OrganizationStore organizations;
    private final KeyDirectory directory;
    private final Writes writes;

    public ManagedCredits(
            Database database,
            Books books,
            Limits limits,
            CreditEntries entries,
            OrganizationStore organizations,
            KeyDirectory directory,
            Writes writes) {
        this.database = database;
        this.books = books;
        this.limits = limits;
        this.entries = entries;
        this.organizations = organizations;
        this.directory = directory;
        this.writes = writes;
    }

    public Account account(String organization) {
        return database.read(tx -> account(tx, organization));
    }

    private Account account(Tx tx, String organization) {
        Limits.State balance = limits.states(tx, Scope.BALANCE, organization).get(Window.TOTAL);
        return new Account(
                books.credited(tx, organization),
                books.spent(tx, organization),
                balance == null ? Usd.ZERO : balance.held(),
                organizations.find(tx, organization).orElseThrow().billing());
    }

    /// A page of the entries, newest first; `passedOver` newer ones are left out.
    public Newest newest(String organization, int passedOver, int count) {
        return database.read(tx -> {
            int total = entries.count(tx, organization);
            int end = Math.max(0, total - passedOver);
            int from = Math.max(0, end - count);
            List<Entry> page = entries.list(tx, organization, from, end - from);
            return new Newest(page.reversed(), total);
        });
    }

    /// Makes the entry that the body asks for; with a `reference` that the same entry has already, that one.
    public Entry add(Request request) {
        Actor actor = request.principal(Actor.class);
        BodyFields fields = BodyFields.of(request.body());
        String id = Ids.next().toString();
        Entry made = database.write(tx -> {
            // A claim of a call whose reference was there already names no entry; asking again does no more.
            Optional<Entry> earlier =
                    writes.claim(tx, request, id).flatMap(known -> entries.find(tx, actor.organizationId(), known));
            if (earlier.isPresent()) {
                return earlier.get();
            }
            Entry entry =
                    entries.add(tx, id, CreditFields.read(fields, actor.organizationId(), author(actor), tx.now()));
            if (entry.id().equals(id)) {
                writes.record(
                        tx,
                        request,
                        "credits." + CreditEntries.word(entry.kind()),
                        id,
                        CreditEntriesHandler.auditDetail(entry));
            }
            return entry;
        });
        directory.changed(actor.organizationId(), false);
        return made;
    }

    private static String author(Actor actor) {
        return actor.actorKind().word() + (actor.actorId() == null ? "" : ":" + actor.actorId());
    }

    /// Makes the balance a cap, or one no more, as `billing` of the body says (design D13).
    public Account bill(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        BodyFields fields = BodyFields.of(request.body());
        String billing = fields.findWord("billing", BILLINGS);
        Account account = database.write(tx -> {
            boolean isNew = writes.claim(tx, request, organization).isEmpty();
            Account before = account(tx, organization);
            if (!isNew || billing == null || billing.equals(before.billing().word())) {
                return before;
            }
            entries.bill(tx, organization, billing.equals(Organization.Billing.PREPAID.word()));
            writes.record(tx, request, "credits.billing", organization, Map.of("billing", billing));
            return account(tx, organization);
        });
        directory.changed(organization, false);
        return account;
    }
}
