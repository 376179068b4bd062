package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.CreditEntries;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;

/// `GET /credits`: what the organization bought or was granted, and what it spent; the balance is the
/// difference, and negative for one that pays later (rulings 1). `PATCH /credits`, ours: when it pays.
public final class CreditsHandler {
    private record Totals(Usd credited, Usd spent, Organization.Billing billing) {
        static Totals of(Tx tx, Books books, OrganizationStore organizations, String organization) {
            return new Totals(
                    books.credited(tx, organization),
                    books.spent(tx, organization),
                    organizations.find(tx, organization).orElseThrow().billing());
        }

        Response answer() {
            return Response.json(200, json -> {
                json.writeStartObject();
                json.writeObjectPropertyStart("data");
                json.writeNumberProperty("total_credits", credited.dollars());
                json.writeNumberProperty("total_usage", spent.dollars());
                json.writeStringProperty("billing", billing.word());
                json.writeEndObject();
                json.writeEndObject();
            });
        }
    }

    private static final List<String> BILLINGS =
            List.of(Organization.Billing.POSTPAID.word(), Organization.Billing.PREPAID.word());

    private final Database database;
    private final Books books;
    private final CreditEntries entries;
    private final OrganizationStore organizations;
    private final KeyDirectory directory;
    private final Writes writes;

    public CreditsHandler(
            Database database,
            Books books,
            CreditEntries entries,
            OrganizationStore organizations,
            KeyDirectory directory,
            Writes writes) {
        this.database = database;
        this.books = books;
        this.entries = entries;
        this.organizations = organizations;
        this.directory = directory;
        this.writes = writes;
    }

    public Response handle(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        return database.read(tx -> Totals.of(tx, books, organizations, organization))
                .answer();
    }

    /// `PATCH /credits {"billing": "prepaid" | "postpaid"}`: whether the balance is a cap (design D13).
    public Response update(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        BodyFields fields = BodyFields.of(request.body());
        String billing = fields.findWord("billing", BILLINGS);
        Totals totals = database.write(tx -> {
            boolean isNew = writes.claim(tx, request, organization).isEmpty();
            Totals before = Totals.of(tx, books, organizations, organization);
            if (!isNew || billing == null || billing.equals(before.billing().word())) {
                return before;
            }
            entries.bill(tx, organization, billing.equals(Organization.Billing.PREPAID.word()));
            writes.record(tx, request, "credits.billing", organization, Map.of("billing", billing));
            return Totals.of(tx, books, organizations, organization);
        });
        directory.changed(organization, false);
        return totals.answer();
    }

    /// `POST /credits/coinbase`: gone for good (contract 1.1), whoever asks.
    public Response coinbase(Request request) {
        throw new ApiException(new ApiError.Gone(
                "The Coinbase APIs used by this endpoint have been deprecated, so the Coinbase Commerce "
                        + "credits API has been removed. Use the web credits purchase flow instead."));
    }
}
