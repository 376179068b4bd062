package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/// `/organization/members` (contract 2.4) and `/organization/settings`, the latter as the Terraform provider
/// drives them: one object that always exists.
public final class OrganizationHandler {
    private static final String FILTERED = "is_filtered_model_catalog_enabled";

    private record Page(List<Member> members, int total) {}

    private final Database database;
    private final MemberStore people;
    private final KeyDirectory directory;
    private final Writes writes;

    public OrganizationHandler(Database database, MemberStore people, KeyDirectory directory, Writes writes) {
        this.database = database;
        this.people = people;
        this.directory = directory;
        this.writes = writes;
    }

    /// `GET /organization/members`. There always is an organization here, so never a 404.
    public Response members(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(Workspaces.PAGE, Workspaces.MAX_PAGE);
        String organization = Workspaces.organization(request);
        Page page = database.read(
                tx -> new Page(people.list(tx, organization, offset, limit), people.count(tx, organization)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.members().forEach(member -> write(json, member));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, Member member) {
        json.writeStartObject();
        json.writeStringProperty("id", member.userId());
        json.writeStringProperty("email", member.email());
        WorkspaceView.writeText(json, "first_name", member.firstName());
        WorkspaceView.writeText(json, "last_name", member.lastName());
        json.writeStringProperty("role", member.role().wireName());
        json.writeEndObject();
    }

    /// `GET /organization/settings`
    public Response settings(Request request) {
        String organization = Workspaces.organization(request);
        return answer(organization, database.read(tx -> isFiltered(tx, organization)));
    }

    /// `PATCH /organization/settings`
    public Response update(Request request) {
        String organization = Workspaces.organization(request);
        BodyFields body = BodyFields.of(request.body());
        if (!body.has(FILTERED)) {
            throw body.bad(FILTERED, "is required");
        }
        boolean wanted = body.flag(FILTERED);
        boolean filtered = database.write(tx -> {
            boolean before = isFiltered(tx, organization);
            if (writes.claim(tx, request, organization).isPresent() || before == wanted) {
                return before;
            }
            tx.sql()
                    .update(ORGANIZATION)
                    .set(ORGANIZATION.IS_FILTERED_MODEL_CATALOG_ENABLED, wanted)
                    .where(ORGANIZATION.ID.eq(organization))
                    .execute();
            Changes.record(tx, organization, false);
            writes.record(tx, request, "organization.update", organization, Map.of(FILTERED, wanted));
            return wanted;
        });
        directory.changed(organization, false);
        return answer(organization, filtered);
    }

    private static boolean isFiltered(Tx tx, String organization) {
        return tx.sql()
                .select(ORGANIZATION.IS_FILTERED_MODEL_CATALOG_ENABLED)
                .from(ORGANIZATION)
                .where(ORGANIZATION.ID.eq(organization))
                .fetchSingle()
                .value1();
    }

    private static Response answer(String organization, boolean filtered) {
        return Workspaces.data(200, json -> {
            json.writeStartObject();
            json.writeStringProperty("id", organization);
            json.writeBooleanProperty(FILTERED, filtered);
            json.writeEndObject();
        });
    }
}
