package dev.faregate.usage;

import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.Caller;
import dev.faregate.storage.Database;

/// `GET /credits`: what the organization bought or was granted, and what it spent; the balance is the
/// difference, and negative for one that pays later (rulings 1).
public final class CreditsHandler {
    private record Totals(Usd credited, Usd spent) {}

    private final Database database;
    private final Books books;

    public CreditsHandler(Database database, Books books) {
        this.database = database;
        this.books = books;
    }

    public Response handle(Request request) {
        String organization = request.principal(Caller.class).organizationId();
        Totals totals =
                database.read(tx -> new Totals(books.credited(tx, organization), books.spent(tx, organization)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeNumberProperty("total_credits", totals.credited().dollars());
            json.writeNumberProperty("total_usage", totals.spent().dollars());
            json.writeEndObject();
            json.writeEndObject();
        });
    }
}
