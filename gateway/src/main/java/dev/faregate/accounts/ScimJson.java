package dev.faregate.accounts;

import dev.faregate.base.Json;
import dev.faregate.http.ErrorShape;
import dev.faregate.http.Response;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What goes over the wire (RFC 7643, RFC 7644). Pure.
final class ScimJson {
    static final String TYPE = "application/scim+json";
    static final String USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    static final String GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    private static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    private static final String ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

    /// Attributes that are always returned (RFC 7643 section 7, `returned`).
    private static final Set<String> ALWAYS = Set.of("schemas", "id");

    /// RFC 7644 section 3.12, also for what the edge refuses.
    static final ErrorShape ERRORS = (error, _) -> problem(error.status(), null, error.message());

    private ScimJson() {}

    static Response problem(int status, @Nullable String type, String detail) {
        return answer(status, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("schemas");
            json.writeString(ERROR);
            json.writeEndArray();
            json.writeStringProperty("status", Integer.toString(status));
            if (type != null) {
                json.writeStringProperty("scimType", type);
            }
            json.writeStringProperty("detail", detail);
            json.writeEndObject();
        });
    }

    static Response answer(int status, Consumer<JsonGenerator> write) {
        return new Response(status, TYPE, List.of(), Json.write(write)).withHeader("Cache-Control", "no-store");
    }

    static Response answer(int status, ObjectNode resource) {
        return new Response(status, TYPE, List.of(), resource.toString().getBytes(StandardCharsets.UTF_8))
                .withHeader("Cache-Control", "no-store");
    }

    static ObjectNode user(ScimUser user, List<ScimStore.Reference> groups, String base) {
        ObjectNode node = resource(USER, user.id(), user.externalId());
        node.put("userName", user.userName());
        ObjectNode name = node.putObject("name");
        put(name, "givenName", user.givenName());
        put(name, "familyName", user.familyName());
        String full = ((user.givenName() == null ? "" : user.givenName()) + " "
                        + (user.familyName() == null ? "" : user.familyName()))
                .strip();
        put(name, "formatted", full.isEmpty() ? null : full);
        node.put("displayName", full.isEmpty() ? user.userName() : full);
        node.putArray("emails")
                .addObject()
                .put("value", user.email())
                .put("type", "work")
                .put("primary", true);
        node.put("active", user.active());
        ArrayNode in = node.putArray("groups");
        groups.forEach(group -> in.addObject()
                .put("value", group.id())
                .put("display", group.display())
                .put("$ref", base + "/Groups/" + group.id()));
        meta(node, "User", base + "/Users/" + user.id(), user.createdAt(), user.updatedAt());
        return node;
    }

    static ObjectNode group(ScimStore.Group group, List<ScimStore.Reference> members, String base) {
        ObjectNode node = resource(GROUP, group.id(), group.externalId());
        node.put("displayName", group.displayName());
        ArrayNode list = node.putArray("members");
        members.forEach(member -> list.addObject()
                .put("value", member.id())
                .put("display", member.display())
                .put("type", "User")
                .put("$ref", base + "/Users/" + member.id()));
        meta(node, "Group", base + "/Groups/" + group.id(), group.createdAt(), group.updatedAt());
        return node;
    }

    private static ObjectNode resource(String schema, String id, @Nullable String externalId) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(schema);
        node.put("id", id);
        put(node, "externalId", externalId);
        return node;
    }

    private static void put(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }

    static void meta(ObjectNode node, String type, String location, Instant created, Instant modified) {
        node.putObject("meta")
                .put("resourceType", type)
                .put("created", created.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("lastModified", modified.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("location", location);
    }

    static ObjectNode list(List<ObjectNode> items, int total, int startIndex) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putArray("schemas").add(LIST);
        node.put("totalResults", total);
        node.put("startIndex", startIndex);
        node.put("itemsPerPage", items.size());
        ArrayNode resources = node.putArray("Resources");
        items.forEach(resources::add);
        return node;
    }

    /// RFC 7644 section 3.9: only these attributes, or all but those; whole attributes, not parts.
    static ObjectNode chosen(ObjectNode resource, @Nullable String only, @Nullable String without) {
        if (only != null) {
            Set<String> names = names(only);
            List.copyOf(resource.propertyNames()).stream()
                    .filter(name -> !ALWAYS.contains(name) && !names.contains(ScimPatch.plain(name)))
                    .forEach(resource::remove);
        } else if (without != null) {
            Set<String> names = names(without);
            List.copyOf(resource.propertyNames()).stream()
                    .filter(name -> !ALWAYS.contains(name) && names.contains(ScimPatch.plain(name)))
                    .forEach(resource::remove);
        }
        return resource;
    }

    private static Set<String> names(String list) {
        return java.util.Arrays.stream(list.split(","))
                .map(name -> ScimPatch.plain(name).split("\\.", 2)[0].toLowerCase(Locale.ROOT))
                .collect(java.util.stream.Collectors.toSet());
    }
}
