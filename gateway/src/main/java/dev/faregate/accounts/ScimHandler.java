package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Tokens;
import dev.faregate.http.Access;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// SCIM 2.0 (RFC 7644) for the directory of an organization: it makes, changes and deactivates people and groups. Its
/// bearer token is its own and opens nothing else.
public final class ScimHandler {
    static final String BASE = "/scim/v2";
    private static final int USUAL_COUNT = 100;
    private static final int MAX_COUNT = 200;
    private static final int MAX_MEMBERS = 10_000;
    private static final int MAX_NAME = 200;
    private static final int MAX_EXTERNAL_ID = 255;
    private static final Pattern ONE_MEMBER =
            Pattern.compile("members\\[\\s*value\\s+eq\\s+\"([^\"]*)\"\\s*]", Pattern.CASE_INSENSITIVE);

    private final Database database;
    private final Supplier<String> publicUrl;
    private final ScimPeople people;
    private final ScimGroups groups;
    private final ScimStore store;

    ScimHandler(Database database, ScimPeople people, ScimGroups groups, Supplier<String> publicUrl) {
        this.database = database;
        this.people = people;
        this.groups = groups;
        this.store = people.store();
        this.publicUrl = publicUrl;
    }

    /// What it answers. Open to everybody at the edge, because its token is no API key; each route asks for it first.
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(route("GET", "/ServiceProviderConfig", (_, _) -> ScimSchemas.config(base())));
        routes.add(route("GET", "/ResourceTypes", (_, _) -> ScimSchemas.types(base())));
        routes.add(route("GET", "/ResourceTypes/{id}", (_, request) -> ScimSchemas.type(base(), id(request))));
        routes.add(route("GET", "/Schemas", (_, _) -> ScimSchemas.schemas(base())));
        routes.add(route("GET", "/Schemas/{id}", (_, request) -> ScimSchemas.schema(base(), id(request))));
        routes.add(route("GET", "/Users", this::users));
        routes.add(route("POST", "/Users", this::createUser));
        routes.add(route("GET", "/Users/{id}", this::user));
        routes.add(route("PUT", "/Users/{id}", this::replaceUser));
        routes.add(route("PATCH", "/Users/{id}", this::patchUser));
        routes.add(route("DELETE", "/Users/{id}", this::deleteUser));
        routes.add(route("GET", "/Groups", this::listGroups));
        routes.add(route("POST", "/Groups", this::createGroup));
        routes.add(route("GET", "/Groups/{id}", this::group));
        routes.add(route("PUT", "/Groups/{id}", this::replaceGroup));
        routes.add(route("PATCH", "/Groups/{id}", this::patchGroup));
        routes.add(route("DELETE", "/Groups/{id}", this::deleteGroup));
        return routes;
    }

    private Route route(String method, String path, BiFunction<ScimStore.Directory, Request, Response> handler) {
        return Route.blocking(method, BASE + path, Access.PUBLIC, request -> {
                    ScimStore.Directory directory = directory(request);
                    try {
                        return handler.apply(directory, request);
                    } catch (ScimProblem e) {
                        return ScimJson.problem(e.status(), e.type(), e.detail());
                    }
                })
                .withErrors(ScimJson.ERRORS);
    }

    /// Whose directory calls (RFC 6750 section 2.1); throws a 401.
    private ScimStore.Directory directory(Request request) {
        List<String> headers = request.head().headers().getAll("authorization");
        String token = headers.size() == 1 && headers.getFirst().regionMatches(true, 0, "Bearer ", 0, 7)
                ? headers.getFirst().substring(7).strip()
                : "";
        record Found(ScimStore.Directory directory, boolean touch) {}
        Found found = !Tokens.looksLikeOne(token)
                ? null
                : database.read(tx -> store.byToken(tx, token)
                        .map(it -> new Found(it, store.isUseOld(it, tx.now())))
                        .orElse(null));
        if (found == null) {
            throw new ApiException(new ApiError.Unauthenticated(
                    token.isEmpty() ? "missing" : "unknown",
                    "Send the token of your directory as a bearer token; an owner makes it under Single sign-on."));
        }
        if (found.touch()) {
            database.write(tx -> {
                store.touch(tx, found.directory().organizationId());
                return null;
            });
        }
        return found.directory();
    }

    private String base() {
        return publicUrl.get() + BASE;
    }

    private static String id(Request request) {
        return request.head().pathParameter("id");
    }

    private static JsonNode body(Request request) {
        try {
            return Json.readObject(request.body());
        } catch (ApiException e) {
            throw ScimProblem.wrong("invalidSyntax", "The body must be a JSON object.");
        }
    }

    // People

    private Response users(ScimStore.Directory directory, Request request) {
        Paging paging = Paging.of(request);
        List<ScimFilter.Term> filter = ScimFilter.parse(request.head().queryParameter("filter"));
        return database.read(tx -> {
            ScimStore.Page<ScimUser> page =
                    store.users(tx, directory.organizationId(), filter, paging.start() - 1, paging.count());
            List<ObjectNode> items = page.items().stream()
                    .map(user -> shown(request, json(tx, user)))
                    .toList();
            return ScimJson.answer(200, ScimJson.list(items, page.total(), paging.start()));
        });
    }

    private ObjectNode json(Tx tx, ScimUser user) {
        return ScimJson.user(user, store.groupsOf(tx, user.id()), base());
    }

    private static ObjectNode shown(Request request, ObjectNode resource) {
        return ScimJson.chosen(
                resource,
                request.head().queryParameter("attributes"),
                request.head().queryParameter("excludedAttributes"));
    }

    private Response one(Request request, Function<Tx, Optional<ObjectNode>> find) {
        return database.read(tx ->
                ScimJson.answer(200, shown(request, find.apply(tx).orElseThrow(ScimProblem::absent))));
    }

    private Response user(ScimStore.Directory directory, Request request) {
        return one(
                request,
                tx -> store.user(tx, directory.organizationId(), id(request)).map(user -> json(tx, user)));
    }

    private Response createUser(ScimStore.Directory directory, Request request) {
        ScimUser.Draft draft = ScimUser.Draft.of(body(request));
        return finished(database.write(tx -> {
            ScimPeople.Saved made =
                    people.create(tx, directory, draft, request.head().requestId());
            Response answer = ScimJson.answer(201, json(tx, made.user()))
                    .withHeader("Location", base() + "/Users/" + made.user().id());
            return new Answered(answer, made.departure());
        }));
    }

    /// An answer, and what is left to do before it is given.
    private record Answered(Response response, Departures.@Nullable Done departure) {}

    private Response finished(Answered answered) {
        people.finish(answered.departure());
        return answered.response();
    }

    private Response replaceUser(ScimStore.Directory directory, Request request) {
        ScimUser.Draft draft = ScimUser.Draft.of(body(request));
        return change(directory, request, (_, _) -> draft);
    }

    private Response patchUser(ScimStore.Directory directory, Request request) {
        JsonNode body = body(request);
        return change(directory, request, (_, user) -> ScimUser.Draft.of(user).patch(body));
    }

    private Response change(
            ScimStore.Directory directory, Request request, BiFunction<Tx, ScimUser, ScimUser.Draft> draft) {
        return finished(database.write(tx -> {
            ScimUser before = people.locked(tx, directory, id(request));
            ScimPeople.Saved after = people.change(
                    tx,
                    directory,
                    before,
                    draft.apply(tx, before),
                    request.head().requestId());
            return new Answered(ScimJson.answer(200, json(tx, after.user())), after.departure());
        }));
    }

    private Response deleteUser(ScimStore.Directory directory, Request request) {
        people.finish(database.write(tx -> {
            ScimUser user = people.locked(tx, directory, id(request));
            return people.remove(tx, directory, user, request.head().requestId());
        }));
        return new Response(204, ScimJson.TYPE, List.of(), new byte[0]);
    }

    // Groups

    private Response listGroups(ScimStore.Directory directory, Request request) {
        Paging paging = Paging.of(request);
        List<ScimFilter.Term> filter = ScimFilter.parse(request.head().queryParameter("filter"));
        return database.read(tx -> {
            ScimStore.Page<ScimStore.Group> page =
                    store.groups(tx, directory.organizationId(), filter, paging.start() - 1, paging.count());
            List<ObjectNode> items = page.items().stream()
                    .map(group -> shown(request, json(tx, group)))
                    .toList();
            return ScimJson.answer(200, ScimJson.list(items, page.total(), paging.start()));
        });
    }

    private ObjectNode json(Tx tx, ScimStore.Group group) {
        return ScimJson.group(group, store.members(tx, group.id()), base());
    }

    private Response group(ScimStore.Directory directory, Request request) {
        return one(
                request,
                tx -> store.group(tx, directory.organizationId(), id(request)).map(group -> json(tx, group)));
    }

    private Response createGroup(ScimStore.Directory directory, Request request) {
        ScimGroups.Wanted wanted = wanted(body(request));
        return finished(database.write(tx -> {
            ScimGroups.Saved made =
                    groups.create(tx, directory, wanted, request.head().requestId());
            Response answer = ScimJson.answer(201, json(tx, made.group()))
                    .withHeader("Location", base() + "/Groups/" + made.group().id());
            return new Answered(answer, made.keys());
        }));
    }

    private Response replaceGroup(ScimStore.Directory directory, Request request) {
        ScimGroups.Wanted wanted = wanted(body(request));
        return changeGroup(directory, request, (_, _) -> wanted);
    }

    private Response patchGroup(ScimStore.Directory directory, Request request) {
        JsonNode body = body(request);
        return changeGroup(directory, request, (group, members) -> patched(group, members, body));
    }

    private Response changeGroup(
            ScimStore.Directory directory,
            Request request,
            BiFunction<ScimStore.Group, Set<String>, ScimGroups.Wanted> wanted) {
        return finished(database.write(tx -> {
            ScimGroups.Saved after = groups.change(
                    tx, directory, id(request), wanted, request.head().requestId());
            return new Answered(ScimJson.answer(200, json(tx, after.group())), after.keys());
        }));
    }

    private Response deleteGroup(ScimStore.Directory directory, Request request) {
        groups.finish(database.write(
                tx -> groups.delete(tx, directory, id(request), request.head().requestId())));
        return new Response(204, ScimJson.TYPE, List.of(), new byte[0]);
    }

    private static ScimGroups.Wanted wanted(JsonNode resource) {
        String name = null;
        String externalId = null;
        Set<String> members = Set.of();
        for (String field : resource.propertyNames()) {
            JsonNode value = resource.path(field);
            switch (ScimPatch.plain(field)) {
                case "displayname" -> name = name(value);
                case "externalid" -> externalId = externalId(value);
                case "members" -> members = ids(value);
                default -> {
                    // Of what is not kept, nothing is said.
                }
            }
        }
        return new ScimGroups.Wanted(name, externalId, members);
    }

    private static ScimGroups.Wanted patched(ScimStore.Group group, Set<String> before, JsonNode body) {
        String[] texts = {group.displayName(), group.externalId()};
        Set<String> members = new LinkedHashSet<>(before);
        ScimPatch.each(body, operation -> {
            if (operation.path() == null) {
                ScimGroups.Wanted more = wanted(operation.value());
                texts[0] = more.name() == null ? texts[0] : more.name();
                texts[1] = more.externalId() == null ? texts[1] : more.externalId();
                if (operation.kind() == ScimPatch.Kind.REPLACE
                        && !ScimPatch.field(operation.value(), "members").isMissingNode()) {
                    members.clear();
                }
                members.addAll(more.members());
                return;
            }
            boolean removes = operation.kind() == ScimPatch.Kind.REMOVE;
            switch (operation.path()) {
                case "displayname" -> texts[0] = removes ? null : name(operation.value());
                case "externalid" -> texts[1] = removes ? null : externalId(operation.value());
                case "members" -> patchMembers(operation, members);
                default -> removeOne(operation, members);
            }
        });
        if (members.size() > MAX_MEMBERS) {
            throw ScimProblem.wrong("tooMany", "A group may have at most " + MAX_MEMBERS + " members.");
        }
        return new ScimGroups.Wanted(texts[0], texts[1], members);
    }

    private static void patchMembers(ScimPatch.Operation operation, Set<String> members) {
        Set<String> named = operation.value().isMissingNode() ? Set.of() : ids(operation.value());
        switch (operation.kind()) {
            case ADD -> members.addAll(named);
            case REPLACE -> {
                members.clear();
                members.addAll(named);
            }
            case REMOVE -> {
                if (named.isEmpty()) {
                    members.clear();
                } else {
                    members.removeAll(named);
                }
            }
        }
    }

    /// `members[value eq "..."]`, which directories send to take one out.
    private static void removeOne(ScimPatch.Operation operation, Set<String> members) {
        Matcher one = ONE_MEMBER.matcher(operation.written() == null ? "" : operation.written());
        if (one.matches() && operation.kind() == ScimPatch.Kind.REMOVE) {
            members.remove(one.group(1));
        } else if (String.valueOf(operation.path()).startsWith("members")) {
            throw ScimProblem.wrong(
                    "invalidPath", "Members are changed by members, or removed by members[value eq \"id\"].");
        }
    }

    private static String name(JsonNode value) {
        String name = value.isString() ? value.asString().strip() : "";
        if (name.isEmpty() || name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw ScimProblem.wrong(
                    "invalidValue", "displayName must be a text of 1 to " + MAX_NAME + " printable characters.");
        }
        return name;
    }

    private static @Nullable String externalId(JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        if (!value.isString() || value.asString().length() > MAX_EXTERNAL_ID) {
            throw ScimProblem.wrong(
                    "invalidValue", "externalId must be a text of at most " + MAX_EXTERNAL_ID + " characters.");
        }
        return value.asString();
    }

    private static Set<String> ids(JsonNode value) {
        Set<String> ids = new LinkedHashSet<>();
        for (JsonNode member : value.isArray() ? value : List.<JsonNode>of(value)) {
            String id = (member.isString() ? member : member.path("value")).asString("");
            if (id.isEmpty()) {
                throw ScimProblem.wrong("invalidValue", "A member is an object with a value, which is an id.");
            }
            ids.add(id);
        }
        if (ids.size() > MAX_MEMBERS) {
            throw ScimProblem.wrong("tooMany", "A group may have at most " + MAX_MEMBERS + " members.");
        }
        return ids;
    }

    /// RFC 7644 section 3.4.2.4: a start below 1 is 1, a count below 0 is 0; ours has a most as well.
    private record Paging(int start, int count) {
        static Paging of(Request request) {
            return new Paging(
                    Math.max(1, number(request, "startIndex", 1)),
                    Math.clamp(number(request, "count", USUAL_COUNT), 0, MAX_COUNT));
        }

        private static int number(Request request, String name, int usual) {
            String text = request.head().queryParameter(name);
            try {
                return text == null ? usual : Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw ScimProblem.wrong("invalidValue", name + " must be a whole number.");
            }
        }
    }
}
