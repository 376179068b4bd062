package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.ExposureStore;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/// `/organization/members` (contract 2.4) and `/organization/settings`, the latter as the Terraform provider
/// drives them: one object that always exists. Whether people are told of unusual spend, and what happens to keys that
/// were found in public, is ours.
public final class OrganizationHandler {
    private static final String FILTERED = "is_filtered_model_catalog_enabled";
    private static final String ALERTS = "is_spend_alert_enabled";

    private static final String EXPOSED = "exposed_keys";
    private static final List<String> EXPOSED_WORDS =
            Arrays.stream(Exposure.Policy.values()).map(Exposure.Policy::word).toList();

    private record Settings(boolean filtered, boolean alerts, Exposure.Policy exposed) {
        static Settings of(Tx tx, String organization) {
            return new Settings(
                    isFiltered(tx, organization),
                    OrganizationStore.wantsSpendAlerts(tx, organization),
                    ExposureStore.policy(tx, organization));
        }
    }

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
        return answer(organization, database.read(tx -> Settings.of(tx, organization)));
    }

    /// `PATCH /organization/settings`: what is absent stays.
    public Response update(Request request) {
        String organization = Workspaces.organization(request);
        BodyFields body = BodyFields.of(request.body());
        if (!body.has(FILTERED) && !body.has(ALERTS) && !body.has(EXPOSED)) {
            throw body.bad(FILTERED, "is required, or `" + ALERTS + "`, or `" + EXPOSED + "`");
        }
        Optional<Boolean> filtered = body.has(FILTERED) ? Optional.of(body.flag(FILTERED)) : Optional.empty();
        Optional<Boolean> alerts = body.has(ALERTS) ? Optional.of(body.flag(ALERTS)) : Optional.empty();
        Optional<Exposure.Policy> exposed = policy(body);
        Settings settings = database.write(tx -> {
            Settings before = Settings.of(tx, organization);
            Settings after = new Settings(
                    filtered.orElse(before.filtered()),
                    alerts.orElse(before.alerts()),
                    exposed.orElse(before.exposed()));
            if (writes.claim(tx, request, organization).isPresent() || after.equals(before)) {
                return before;
            }
            Map<String, Object> changed = new HashMap<>();
            if (after.filtered() != before.filtered()) {
                changed.put(FILTERED, after.filtered());
                tx.sql()
                        .update(ORGANIZATION)
                        .set(ORGANIZATION.IS_FILTERED_MODEL_CATALOG_ENABLED, after.filtered())
                        .where(ORGANIZATION.ID.eq(organization))
                        .execute();
                Changes.record(tx, organization, false);
            }
            if (OrganizationStore.wantSpendAlerts(tx, organization, after.alerts())) {
                changed.put(ALERTS, after.alerts());
            }
            if (ExposureStore.setPolicy(tx, organization, after.exposed())) {
                changed.put(EXPOSED, after.exposed().word());
            }
            writes.record(tx, request, "organization.update", organization, changed);
            return after;
        });
        directory.changed(organization, false);
        return answer(organization, settings);
    }

    private static Optional<Exposure.Policy> policy(BodyFields body) {
        String word = body.findWord(EXPOSED, EXPOSED_WORDS);
        if (word == null && body.has(EXPOSED)) {
            throw body.bad(EXPOSED, "must be one of " + String.join(", ", EXPOSED_WORDS));
        }
        return Optional.ofNullable(word).map(Exposure.Policy::ofWord);
    }

    private static boolean isFiltered(Tx tx, String organization) {
        return tx.sql()
                .select(ORGANIZATION.IS_FILTERED_MODEL_CATALOG_ENABLED)
                .from(ORGANIZATION)
                .where(ORGANIZATION.ID.eq(organization))
                .fetchSingle()
                .value1();
    }

    private static Response answer(String organization, Settings settings) {
        return Workspaces.data(200, json -> {
            json.writeStartObject();
            json.writeStringProperty("id", organization);
            json.writeBooleanProperty(FILTERED, settings.filtered());
            json.writeBooleanProperty(ALERTS, settings.alerts());
            json.writeStringProperty(EXPOSED, settings.exposed().word());
            json.writeEndObject();
        });
    }
}
