package dev.faregate.accounts;

import dev.faregate.http.Response;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the service says about itself (RFC 7644 section 4): what it can do, and which attributes it keeps. Pure.
final class ScimSchemas {
    private static final String CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    private static final String TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    private static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";
    private static final int MAX_RESULTS = 200;

    private ScimSchemas() {}

    static Response config(String base) {
        ObjectNode node = node();
        node.putArray("schemas").add(CONFIG);
        node.putObject("patch").put("supported", true);
        node.putObject("bulk").put("supported", false).put("maxOperations", 0).put("maxPayloadSize", 0);
        node.putObject("filter").put("supported", true).put("maxResults", MAX_RESULTS);
        node.putObject("changePassword").put("supported", false);
        node.putObject("sort").put("supported", false);
        node.putObject("etag").put("supported", false);
        node.putArray("authenticationSchemes")
                .addObject()
                .put("type", "oauthbearertoken")
                .put("name", "Bearer token")
                .put("description", "The token of the directory, which an owner makes.")
                .put("primary", true);
        node.putObject("meta")
                .put("resourceType", "ServiceProviderConfig")
                .put("location", base + "/ServiceProviderConfig");
        return ScimJson.answer(200, node);
    }

    static Response types(String base) {
        List<ObjectNode> all = List.of(typeNode(base, "User"), typeNode(base, "Group"));
        return ScimJson.answer(200, ScimJson.list(all, all.size(), 1));
    }

    static Response type(String base, String name) {
        if (!name.equals("User") && !name.equals("Group")) {
            throw ScimProblem.absent();
        }
        return ScimJson.answer(200, typeNode(base, name));
    }

    private static ObjectNode typeNode(String base, String name) {
        ObjectNode node = node();
        node.putArray("schemas").add(TYPE);
        node.put("id", name)
                .put("name", name)
                .put("endpoint", "/" + name + "s")
                .put("schema", name.equals("User") ? ScimJson.USER : ScimJson.GROUP);
        node.putArray("schemaExtensions");
        node.putObject("meta").put("resourceType", "ResourceType").put("location", base + "/ResourceTypes/" + name);
        return node;
    }

    static Response schemas(String base) {
        List<ObjectNode> all = List.of(userSchema(base), groupSchema(base));
        return ScimJson.answer(200, ScimJson.list(all, all.size(), 1));
    }

    static Response schema(String base, String id) {
        return switch (id) {
            case ScimJson.USER -> ScimJson.answer(200, userSchema(base));
            case ScimJson.GROUP -> ScimJson.answer(200, groupSchema(base));
            default -> throw ScimProblem.absent();
        };
    }

    private static ObjectNode userSchema(String base) {
        List<ObjectNode> attributes = new ArrayList<>();
        attributes.add(text("userName", true, "server"));
        attributes.add(complex("name", false, text("givenName", false, "none"), text("familyName", false, "none")));
        attributes.add(text("displayName", false, "none").put("mutability", "readOnly"));
        attributes.add(
                complex("emails", true, text("value", false, "none"), text("type", false, "none"), flag("primary")));
        attributes.add(flag("active"));
        attributes.add(complex("groups", true, text("value", false, "none"), text("display", false, "none"))
                .put("mutability", "readOnly"));
        return schemaNode(base, ScimJson.USER, "User", attributes);
    }

    private static ObjectNode groupSchema(String base) {
        return schemaNode(
                base,
                ScimJson.GROUP,
                "Group",
                List.of(
                        text("displayName", true, "server"),
                        complex("members", true, text("value", true, "none"), text("display", false, "none"))));
    }

    private static ObjectNode schemaNode(String base, String id, String name, List<ObjectNode> attributes) {
        ObjectNode node = node();
        node.putArray("schemas").add(SCHEMA);
        node.put("id", id).put("name", name);
        ArrayNode list = node.putArray("attributes");
        attributes.forEach(list::add);
        node.putObject("meta").put("resourceType", "Schema").put("location", base + "/Schemas/" + id);
        return node;
    }

    private static ObjectNode text(String name, boolean required, String uniqueness) {
        return attribute(name, "string").put("required", required).put("uniqueness", uniqueness);
    }

    private static ObjectNode flag(String name) {
        return attribute(name, "boolean").put("required", false);
    }

    private static ObjectNode complex(String name, boolean many, ObjectNode... parts) {
        ObjectNode node = attribute(name, "complex").put("required", false).put("multiValued", many);
        ArrayNode list = node.putArray("subAttributes");
        for (ObjectNode part : parts) {
            list.add(part);
        }
        return node;
    }

    private static ObjectNode attribute(String name, String type) {
        return node().put("name", name)
                .put("type", type)
                .put("multiValued", false)
                .put("caseExact", false)
                .put("mutability", "readWrite")
                .put("returned", "default");
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }
}
