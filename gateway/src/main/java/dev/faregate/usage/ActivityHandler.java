package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.keys.KeyHash;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /activity` (contract 2.3): what the organization did in the last 30 completed UTC days, per
/// date, model and model endpoint; today is never in it. Answered from roll-ups, so it stays when
/// details are deleted.
public final class ActivityHandler {
    /// Completed days that are shown.
    static final int DAYS = 30;

    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
    private static final int MAX_USER_LENGTH = 100;

    private final Database database;
    private final OrganizationStore organizations;
    private final MemberStore members = new MemberStore();
    private final Catalogues catalogues;

    public ActivityHandler(Database database, OrganizationStore organizations, Catalogues catalogues) {
        this.database = database;
        this.organizations = organizations;
        this.catalogues = catalogues;
    }

    public Response handle(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        QueryParameters query = new QueryParameters(request.head().query());
        List<Activity.Row> rows = TimeLimit.read(database, tx -> Activity.rows(tx, question(tx, organization, query)));
        if (rows.size() > Activity.MOST_ROWS) {
            throw QueryParameters.wrong(
                    "date", "is needed here: without it there are more than " + Activity.MOST_ROWS + " rows");
        }
        Catalogue catalogue = catalogues.snapshot();
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            rows.forEach(row -> write(json, row, catalogue));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private Activity.Question question(Tx tx, String organization, QueryParameters query) {
        LocalDate today = LocalDate.ofInstant(tx.now(), ZoneOffset.UTC);
        LocalDate date = date(query, today);
        boolean byWorkspace = query.findWord("group_by", List.of("workspace")) != null;
        return new Activity.Question(
                organization,
                (int) (date == null ? today.minusDays(DAYS) : date).toEpochDay(),
                (int) (date == null ? today.minusDays(1) : date).toEpochDay(),
                workspace(tx, organization, query.find("workspace_id")),
                key(tx, organization, query.find("api_key_hash")),
                user(tx, organization, query.find("user_id")),
                byWorkspace);
    }

    private static @Nullable LocalDate date(QueryParameters query, LocalDate today) {
        String text = query.find("date");
        if (text == null) {
            return null;
        }
        LocalDate date = parse(text);
        if (date == null || date.isBefore(today.minusDays(DAYS)) || !date.isBefore(today)) {
            throw QueryParameters.wrong(
                    "date",
                    "must be one of the last " + DAYS + " completed UTC days, from " + today.minusDays(DAYS) + " to "
                            + today.minusDays(1));
        }
        return date;
    }

    /// A date such as 2026-01-31, or null for anything else.
    static @Nullable LocalDate parse(String text) {
        try {
            return DATE.matcher(text).matches() ? LocalDate.parse(text) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private @Nullable String workspace(Tx tx, String organization, @Nullable String reference) {
        return reference == null
                ? null
                : organizations
                        .findWorkspace(tx, organization, reference)
                        .map(Workspace::id)
                        .orElseThrow(() -> notFound("Workspace not found"));
    }

    private static @Nullable String key(Tx tx, String organization, @Nullable String text) {
        if (text == null) {
            return null;
        }
        KeyHash hash = KeyHash.parse(text)
                .orElseThrow(() -> QueryParameters.wrong("api_key_hash", "must be 64 hexadecimal digits"));
        return Activity.findKey(tx, organization, hash).orElseThrow(() -> notFound("API key not found"));
    }

    private @Nullable String user(Tx tx, String organization, @Nullable String id) {
        if (id != null
                && (id.length() > MAX_USER_LENGTH
                        || members.find(tx, organization, id).isEmpty())) {
            throw notFound("Member not found");
        }
        return id;
    }

    private static ApiException notFound(String what) {
        return new ApiException(new ApiError.NotFound(what));
    }

    private static void write(JsonGenerator json, Activity.Row row, Catalogue catalogue) {
        Figures figures = row.figures();
        json.writeStartObject();
        json.writeStringProperty("date", LocalDate.ofEpochDay(row.day()).toString());
        json.writeStringProperty("model", row.model());
        json.writeStringProperty(
                "model_permaslug",
                catalogue.findModel(row.model()).map(Model::canonicalSlug).orElse(row.model()));
        json.writeStringProperty("endpoint_id", row.endpoint());
        json.writeStringProperty("provider_name", row.provider() == null ? "" : row.provider());
        json.writeNumberProperty("usage", dollars(figures, Figures.USAGE));
        json.writeNumberProperty("byok_usage_inference", dollars(figures, Figures.BYOK_USAGE));
        json.writeNumberProperty("requests", figures.get(Figures.REQUESTS));
        json.writeNumberProperty("prompt_tokens", figures.get(Figures.PROMPT_TOKENS));
        json.writeNumberProperty("completion_tokens", figures.get(Figures.COMPLETION_TOKENS));
        json.writeNumberProperty("reasoning_tokens", figures.get(Figures.REASONING_TOKENS));
        if (row.workspace() != null) {
            json.writeStringProperty("workspace_id", row.workspace());
        }
        json.writeEndObject();
    }

    private static java.math.BigDecimal dollars(Figures figures, int figure) {
        return Usd.ofNanos(figures.get(figure)).dollars();
    }
}
