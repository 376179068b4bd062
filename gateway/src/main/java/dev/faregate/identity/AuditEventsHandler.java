package dev.faregate.identity;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.storage.Database;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /audit-events`: who changed what in the caller's organization, newest first. Ours; OpenRouter has no
/// such call.
public final class AuditEventsHandler {
    static final int PAGE = 50;
    static final int MAX_PAGE = 100;

    private record Page(List<AuditEvent> events, Optional<AuditQuery.Head> head) {}

    private final Database database;

    public AuditEventsHandler(Database database) {
        this.database = database;
    }

    /// Query: `action`, `subject`, `actor`, `since`, `until`, `limit`, and `cursor`, the `next_cursor` of the
    /// page before. A page read while events are written repeats and misses none.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        AuditQuery asked = AuditQuery.of(query);
        int limit = query.limit(PAGE, MAX_PAGE);
        String organization = request.principal(Actor.class).organizationId();
        // One more than is shown tells whether there is a next page.
        Page page = database.read(
                tx -> new Page(asked.page(tx, organization, limit + 1), AuditQuery.head(tx, organization)));
        List<AuditEvent> shown =
                page.events().subList(0, Math.min(limit, page.events().size()));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            shown.forEach(event -> write(json, event));
            json.writeEndArray();
            if (page.events().size() > limit) {
                json.writeStringProperty(
                        "next_cursor", Long.toString(shown.getLast().seq()));
            } else {
                json.writeNullProperty("next_cursor");
            }
            json.writeObjectPropertyStart("chain");
            json.writeNumberProperty(
                    "events", page.head().map(AuditQuery.Head::seq).orElse(0L));
            json.writeStringProperty(
                    "hash", page.head().map(AuditQuery.Head::hash).orElse(AuditLog.GENESIS));
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, AuditEvent event) {
        json.writeStartObject();
        json.writeStringProperty("id", event.id());
        json.writeNumberProperty("seq", event.seq());
        json.writeStringProperty("created_at", event.at().toString());
        json.writeObjectPropertyStart("actor");
        json.writeStringProperty("kind", event.actorKind());
        writeText(json, "id", event.actorId());
        json.writeEndObject();
        json.writeStringProperty("action", event.action());
        json.writeStringProperty("subject", event.subject());
        json.writeName("detail");
        json.writeRawValue(event.detail());
        writeText(json, "request_id", event.requestId());
        json.writeStringProperty("previous_hash", event.previousHash());
        json.writeStringProperty("hash", event.hash());
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
