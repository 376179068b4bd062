package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.http.Access;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/scim/groups` and `/scim/group-mappings` (contract 2.4): the groups of an organization's directory, and which
/// workspaces they mean.
public final class GroupMappingsHandler {
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 100;
    private static final int UUID_LENGTH = 36;
    private static final String KEEP = "keep_members";

    private final Database database;
    private final Writes writes;
    private final GroupMappings mappings;
    private final GroupMappingStore store;
    private final ScimStore directory = new ScimStore();

    GroupMappingsHandler(Database database, Writes writes, GroupMappings mappings) {
        this.database = database;
        this.writes = writes;
        this.mappings = mappings;
        this.store = mappings.store();
    }

    /// What it answers below `base`: management keys only.
    public List<Route> routes(String base) {
        String one = base + "/group-mappings/{id}";
        return List.of(
                Route.blocking("GET", base + "/groups", Access.MANAGEMENT, this::groups),
                Route.blocking("GET", base + "/group-mappings", Access.MANAGEMENT, this::list),
                Route.blocking("POST", base + "/group-mappings", Access.MANAGEMENT, this::create),
                Route.blocking("GET", one, Access.MANAGEMENT, this::get),
                Route.blocking("PATCH", one, Access.MANAGEMENT, this::update),
                Route.blocking("DELETE", one, Access.MANAGEMENT, this::delete));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    static AuditLog.Author author(Request request) {
        Actor actor = request.principal(Actor.class);
        return new AuditLog.Author(
                actor.actorKind(), actor.actorId(), request.head().requestId());
    }

    private <T> Response page(Request request, Source<T> source, Function<T, Consumer<JsonGenerator>> writer) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(PAGE, MAX_PAGE);
        String organization = organization(request);
        ScimStore.Page<T> page = database.read(tx -> source.page(tx, organization, offset, limit));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.items().forEach(item -> writer.apply(item).accept(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// Where the pages of a list come from.
    private interface Source<T> {
        ScimStore.Page<T> page(Tx tx, String organizationId, int offset, int count);
    }

    /// `GET /scim/groups`: as the directory made them, oldest first.
    public Response groups(Request request) {
        String organization = organization(request);
        return page(
                request,
                (tx, id, offset, count) -> directory.groups(tx, id, List.of(), offset, count),
                group -> json -> write(json, organization, group));
    }

    /// `ScimGroup` of the contract.
    private static void write(JsonGenerator json, String organizationId, ScimStore.Group group) {
        json.writeStartObject();
        json.writeStringProperty("id", group.id());
        json.writeStringProperty("organization_id", organizationId);
        String externalId = group.externalId();
        if (externalId == null) {
            json.writeNullProperty("external_id");
        } else {
            json.writeStringProperty("external_id", externalId);
        }
        json.writeStringProperty("display_name", group.displayName());
        json.writeStringProperty("created_at", group.createdAt().toString());
        json.writeStringProperty("updated_at", group.updatedAt().toString());
        json.writeEndObject();
    }

    /// `GET /scim/group-mappings`: oldest first.
    public Response list(Request request) {
        return page(
                request,
                (tx, id, offset, count) -> new ScimStore.Page<>(store.list(tx, id, offset, count), store.count(tx, id)),
                mapping -> mapping::write);
    }

    /// `POST /scim/group-mappings`: 201.
    public Response create(Request request) {
        BodyFields body = BodyFields.of(request.body());
        String group = uuid(body, "scim_group_id");
        String workspace = uuid(body, "workspace_id");
        WorkspaceRole role = role(body);
        return answer(201, add(request, group, workspace, role));
    }

    /// The page's way to the same.
    GroupMapping add(Request request, String group, String workspace, WorkspaceRole role) {
        String organization = organization(request);
        String id = Ids.next().toString();
        GroupMappings.Saved saved = database.write(tx -> {
            store.lock(tx, organization, workspace);
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return new GroupMappings.Saved(mappings.get(tx, organization, earlier.get()), null);
            }
            GroupMappings.Saved made = mappings.create(tx, id, organization, group, workspace, role, author(request));
            record(tx, request, "create", made.mapping());
            return made;
        });
        mappings.finish(saved.keys());
        return saved.mapping();
    }

    private static Response answer(int status, GroupMapping mapping) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            mapping.write(json);
            json.writeEndObject();
        });
    }

    /// `GET /scim/group-mappings/{id}`
    public Response get(Request request) {
        String organization = organization(request);
        return answer(200, database.read(tx -> mappings.get(tx, organization, id(request))));
    }

    /// `PATCH /scim/group-mappings/{id}`: another role.
    public Response update(Request request) {
        WorkspaceRole role = role(BodyFields.of(request.body()));
        String organization = organization(request);
        GroupMappings.Saved saved = database.write(tx -> {
            mappings.lock(tx, organization);
            GroupMapping before = mappings.get(tx, organization, id(request));
            if (writes.claim(tx, request, before.id()).isPresent() || before.role() == role) {
                return new GroupMappings.Saved(before, null);
            }
            GroupMappings.Saved after = mappings.change(tx, before, role, author(request));
            record(tx, request, "update", after.mapping());
            return after;
        });
        mappings.finish(saved.keys());
        return answer(200, saved.mapping());
    }

    /// `DELETE /scim/group-mappings/{id}`: `keep_members` says whether those whom it made members stay; it has to be
    /// said (contract).
    public Response delete(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        remove(request, () -> {
            String keep = query.findWord(KEEP, List.of("true", "false"));
            if (keep == null) {
                throw QueryParameters.wrong(
                        KEEP, "is required: true keeps those whom the mapping made members, false removes them");
            }
            return Boolean.parseBoolean(keep);
        });
        return Response.deleted();
    }

    /// The page's way to the same. `keep` is asked once the mapping is found: what is not there is a 404 in any case.
    void remove(Request request, BooleanSupplier keep) {
        String organization = organization(request);
        mappings.finish(database.write(tx -> {
            mappings.lock(tx, organization);
            GroupMapping mapping = mappings.get(tx, organization, id(request));
            return remove(tx, request, mapping, keep.getAsBoolean());
        }));
    }

    private Departures.@Nullable Done remove(Tx tx, Request request, GroupMapping mapping, boolean keep) {
        writes.claim(tx, request, mapping.id());
        Departures.Done keys = mappings.delete(tx, mapping, keep, author(request));
        writes.record(
                tx,
                request,
                "scim_group_mapping.delete",
                mapping.id(),
                Map.of("scim_group_id", mapping.groupId(), "workspace_id", mapping.workspaceId(), KEEP, keep));
        return keys;
    }

    private void record(Tx tx, Request request, String verb, GroupMapping mapping) {
        writes.record(
                tx,
                request,
                "scim_group_mapping." + verb,
                mapping.id(),
                Map.of(
                        "scim_group_id",
                        mapping.groupId(),
                        "workspace_id",
                        mapping.workspaceId(),
                        "role",
                        mapping.role().word()));
    }

    /// The mapping that the path names; what is no id names none.
    private static String id(Request request) {
        return request.head()
                .uuid("id")
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("Group mapping not found")));
    }

    private static WorkspaceRole role(BodyFields body) {
        String word = body.findWord("role", WorkspaceRole.WORDS);
        if (word == null) {
            throw body.bad("role", "is required and must be one of " + String.join(", ", WorkspaceRole.WORDS));
        }
        return WorkspaceRole.ofWord(word);
    }

    private static String uuid(BodyFields body, String field) {
        String text = body.text(field, UUID_LENGTH);
        try {
            return UUID.fromString(text).toString();
        } catch (IllegalArgumentException e) {
            throw body.bad(field, "must be a UUID");
        }
    }
}
