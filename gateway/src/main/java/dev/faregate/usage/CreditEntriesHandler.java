package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.CreditEntries.Entry;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/credits/entries`, ours: what an organization was granted, what was corrected, and what was taken
/// back of grants that ended. Entries are made and read, never changed: a mistake is mended by a
/// correction.
public final class CreditEntriesHandler {
    private static final int USUAL_PAGE = 50;
    private static final int LARGEST_PAGE = 100;

    private final Database database;
    private final CreditEntries entries;
    private final ManagedCredits credits;

    public CreditEntriesHandler(Database database, CreditEntries entries, ManagedCredits credits) {
        this.database = database;
        this.entries = entries;
        this.credits = credits;
    }

    /// `GET /credits/entries`: a page, oldest first.
    public Response list(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(USUAL_PAGE, LARGEST_PAGE);
        record Page(List<Entry> entries, int total) {}
        Page page = database.read(
                tx -> new Page(entries.list(tx, organization, offset, limit), entries.count(tx, organization)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.entries().forEach(entry -> write(json, entry));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `GET /credits/entries/{id}`.
    public Response get(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        String id = request.head().pathParameter("id");
        Entry found = database.read(tx -> entries.find(tx, organization, canonical(id)))
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("Credit entry not found")));
        return answer(200, found);
    }

    /// `POST /credits/entries`: 201 with the entry; with a `reference` that the same entry has already,
    /// that one.
    public Response create(Request request) {
        return answer(201, credits.add(request));
    }

    /// What the audit log tells of an entry.
    public static Map<String, ? extends @Nullable Object> auditDetail(Entry entry) {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("amount_usd", entry.amount().dollars());
        detail.put("reason", entry.reason());
        detail.put("reference", entry.reference());
        detail.put("expires_at", entry.expiresAt());
        return detail;
    }

    private static String canonical(String id) {
        try {
            return UUID.fromString(id).toString();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static Response answer(int status, Entry entry) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            write(json, entry);
            json.writeEndObject();
        });
    }

    /// The object of the answers.
    public static void write(JsonGenerator json, Entry entry) {
        json.writeStartObject();
        json.writeStringProperty("id", entry.id());
        json.writeStringProperty("created_at", entry.at().toString());
        json.writeStringProperty("kind", CreditEntries.word(entry.kind()));
        json.writeNumberProperty("amount_usd", entry.amount().dollars());
        json.writeStringProperty("reason", entry.reason());
        writeText(json, "reference", entry.reference());
        json.writeStringProperty("actor", entry.actor());
        Instant end = entry.expiresAt();
        writeText(json, "expires_at", end == null ? null : end.toString());
        Usd takenBack = entry.takenBack();
        if (takenBack == null) {
            json.writeNullProperty("taken_back_usd");
        } else {
            json.writeNumberProperty("taken_back_usd", takenBack.dollars());
        }
        json.writeEndObject();
    }

    private static void writeText(JsonGenerator json, String name, @Nullable String text) {
        if (text == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, text);
        }
    }
}
