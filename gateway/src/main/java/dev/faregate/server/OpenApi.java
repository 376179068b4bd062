package dev.faregate.server;

import dev.faregate.http.Access;
import dev.faregate.http.ErrorShape;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.oauth.OAuthErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Our own OpenAPI 3.1 document. What operations are for, take and answer stands in `resources/openapi`, one file for
/// each area; who may use them comes from the routes themselves, and so do the answers that every route of that
/// kind may give. An operation is in the document exactly when it has a route.
public final class OpenApi {
    /// The files of `resources/openapi` beside `api.yaml`, in the order of the document.
    static final List<String> AREAS = List.of(
            "chat",
            "models",
            "keys",
            "oauth",
            "credits",
            "generations",
            "usage",
            "guardrails",
            "workspaces",
            "scim",
            "presets",
            "byok",
            "observability",
            "audit",
            "leaks",
            "server");

    /// The base that paths of the document are relative to; `/v1` answers the same.
    static final String BASE = "/api/v1";

    /// How the ids of operations begin of which no file says anything.
    public static final String UNDESCRIBED = "undescribed";

    private static final String OTHER_BASE = "/v1";
    private static final Pattern PARAMETER = Pattern.compile("\\{([^}]+)}");

    private final List<Route> routes;
    private final ObjectNode common = read("api");
    private final ObjectNode schemas = node();
    private final Map<String, ObjectNode> described = new LinkedHashMap<>();

    private OpenApi(List<Route> routes) {
        this.routes = routes;
    }

    /// The document of a server with these routes.
    static ObjectNode of(List<Route> routes) {
        return new OpenApi(routes).assemble();
    }

    /// What the files describe, as `GET /keys`.
    public static List<String> described() {
        OpenApi all = new OpenApi(List.of());
        all.readAreas(JsonNodeFactory.instance.arrayNode());
        return List.copyOf(all.described.keySet());
    }

    /// The operation below the base, as the files name it: `GET /keys`.
    private static String key(Route route) {
        return route.method() + " " + below(route.pattern());
    }

    private static String below(String pattern) {
        return pattern.startsWith(BASE + "/") ? pattern.substring(BASE.length()) : pattern;
    }

    private ObjectNode assemble() {
        ObjectNode document = node().put("openapi", "3.1.0");
        document.set("info", common.path("info"));
        document.putArray("servers").add(node().put("url", BASE));
        ArrayNode tags = document.putArray("tags");
        readAreas(tags);
        tags.add(node().put("name", Refusal.AREA).put("description", Refusal.ABOUT));
        Map<String, ObjectNode> paths = new TreeMap<>();
        for (Route route : routes) {
            if (!route.pattern().startsWith(OTHER_BASE + "/")) {
                add(paths, route);
            }
        }
        ObjectNode all = document.putObject("paths");
        paths.forEach(all::set);
        ObjectNode components = document.putObject("components");
        common.path("shapes").forEachEntry((name, shape) -> schemas.set(name, OpenApiShapes.schema(shape)));
        components.set("schemas", schemas);
        components.set("securitySchemes", common.path("security"));
        ObjectNode responses = components.putObject("responses");
        for (String shape : List.of("Error", "AnthropicError", "OAuthError")) {
            responses.set(shape, answer("Any other failure; docs/errors.md lists them.", shape));
        }
        return document;
    }

    private void readAreas(ArrayNode tags) {
        for (String area : AREAS) {
            ObjectNode file = read(area);
            String name = file.path("area").asString();
            tags.add(node().put("name", name)
                    .put("description", file.path("about").asString()));
            file.path("operations").forEachEntry((key, operation) -> {
                described.put(key, ((ObjectNode) operation).put("area", name));
            });
            file.path("shapes").forEachEntry((shape, form) -> {
                if (schemas.has(shape)) {
                    throw new IllegalStateException("two shapes are called " + shape);
                }
                schemas.set(shape, OpenApiShapes.schema(form));
            });
        }
    }

    private void add(Map<String, ObjectNode> paths, Route route) {
        ObjectNode known = route.handler() instanceof Refusal refusal ? refusal.describe() : described.get(key(route));
        ObjectNode form = known == null ? undescribed(route) : known;
        String path = below(route.pattern());
        ObjectNode item = paths.computeIfAbsent(path, _ -> node());
        if (path.equals(route.pattern())) {
            item.putArray("servers").add(node().put("url", "/"));
        }
        item.set(route.method().toLowerCase(Locale.ROOT), operation(route, form));
    }

    /// What stands in for a description that was forgotten; a test finds it.
    private static ObjectNode undescribed(Route route) {
        return node().put("id", UNDESCRIBED + Refusal.words(route.method() + route.pattern()))
                .put("area", "Server")
                .put("says", "Not described.");
    }

    private ObjectNode operation(Route route, ObjectNode form) {
        ObjectNode operation = node().put("operationId", form.path("id").asString());
        operation.putArray("tags").add(form.path("area").asString());
        operation.put("summary", form.path("says").asString());
        if (form.has("more")) {
            operation.put("description", form.path("more").asString());
        }
        ArrayNode parameters = parameters(route, form);
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        if (form.has("body")) {
            operation.set("requestBody", body(form));
        }
        operation.set("responses", answers(route, form));
        operation.set("security", security(route.access()));
        return operation;
    }

    private ArrayNode parameters(Route route, ObjectNode form) {
        ArrayNode parameters = JsonNodeFactory.instance.arrayNode();
        Matcher inPath = PARAMETER.matcher(route.pattern());
        while (inPath.find()) {
            String name = inPath.group(1);
            JsonNode shape = form.path("path").path(name);
            JsonNode usual = common.path("path_parameters").path(name);
            if (usual.isMissingNode()) {
                usual = JsonNodeFactory.instance.stringNode("text");
            }
            parameters.add(parameter("path", name, shape.isMissingNode() ? usual : shape));
        }
        query(form).forEachEntry((name, shape) -> parameters.add(parameter("query", name, shape)));
        form.path("headers").forEachEntry((name, shape) -> parameters.add(parameter("header", name, shape)));
        if (isWrite(route, form)) {
            parameters.add(parameter("header", "Idempotency-Key?", common.path("idempotency_key")));
        }
        return parameters;
    }

    /// Or the name of an operation that has the same, but for what `without` lists.
    private JsonNode query(ObjectNode form) {
        JsonNode query = form.path("query");
        ObjectNode same = query.isString() ? described.get(query.asString()) : null;
        if (same == null) {
            return query;
        }
        ObjectNode rest = ((ObjectNode) same.path("query")).deepCopy();
        form.path("without").forEach(name -> rest.remove(name.asString()));
        return rest;
    }

    private static ObjectNode parameter(String in, String name, JsonNode shape) {
        boolean optional = name.endsWith("?");
        ObjectNode schema = OpenApiShapes.schema(shape);
        ObjectNode parameter = node().put("name", optional ? name.substring(0, name.length() - 1) : name)
                .put("in", in)
                .put("required", !optional);
        JsonNode words = schema.remove("description");
        if (words != null) {
            parameter.set("description", words);
        }
        parameter.set("schema", schema);
        return parameter;
    }

    private static ObjectNode body(ObjectNode form) {
        ObjectNode content = node();
        ObjectNode json = content.putObject(Response.JSON);
        json.set("schema", OpenApiShapes.schema(form.path("body")));
        if (form.has("example")) {
            json.set("example", form.path("example"));
        }
        if (form.has("upload")) {
            content.putObject("multipart/form-data").set("schema", OpenApiShapes.schema(form.path("upload")));
        }
        ObjectNode body = node().put("required", !form.path("body_optional").asBoolean(false));
        body.set("content", content);
        return body;
    }

    /// What the file lists, and what every route of this kind may answer.
    private ObjectNode answers(Route route, ObjectNode form) {
        Map<String, ObjectNode> answers = new TreeMap<>();
        form.path("answers").forEachEntry((status, shape) -> answers.put(status, listed(shape)));
        String shape = shape(route.errors());
        form.path("errors").forEachEntry((status, words) -> answers.put(status, answer(words.asString(), shape)));
        usual(route, form).forEach((status, words) -> answers.putIfAbsent(status, answer(words, shape)));
        ObjectNode all = node();
        answers.forEach(all::set);
        all.set("default", node().put("$ref", "#/components/responses/" + shape));
        return all;
    }

    private static String shape(ErrorShape errors) {
        if (errors == ErrorShape.CONTRACT) {
            return "Error";
        }
        return errors == OAuthErrors.SHAPE ? "OAuthError" : "AnthropicError";
    }

    /// A shape stands for JSON; other content is `{content type: shape}` with a slash in its name.
    private static ObjectNode listed(JsonNode shape) {
        ObjectNode content = node();
        ObjectNode answer = node().put("description", "Success");
        boolean typed = shape.isObject() && shape.propertyNames().stream().allMatch(name -> name.contains("/"));
        if (typed) {
            shape.forEachEntry((type, inner) -> content.putObject(type).set("schema", OpenApiShapes.schema(inner)));
        } else {
            content.putObject(Response.JSON).set("schema", OpenApiShapes.schema(shape));
        }
        answer.set("content", content);
        return answer;
    }

    private static Map<String, String> usual(Route route, ObjectNode form) {
        Map<String, String> usual = new LinkedHashMap<>();
        if (form.has("body") || form.has("query") || isWrite(route, form)) {
            usual.put("400", "Something in the request is wrong; the message names it.");
        }
        if (route.access() != Access.PUBLIC) {
            usual.put("401", "No key, or one that opens nothing.");
        }
        if (route.access() != Access.PUBLIC) {
            usual.put("403", "A key of the other kind, or one that may not do this, or not from this address.");
        }
        if (route.pattern().contains("{")) {
            usual.put("404", "There is no such thing, or it belongs to somebody else.");
        }
        if (isWrite(route, form)) {
            usual.put("409", "The Idempotency-Key was used for something else, or what is there is in the way.");
        }
        return usual;
    }

    /// Writes of the management API happen once for each Idempotency-Key, unless the file says otherwise.
    private static boolean isWrite(Route route, ObjectNode form) {
        boolean usual = route.access() == Access.MANAGEMENT
                && !route.method().equals("GET")
                && !(route.handler() instanceof Refusal);
        return form.path("idempotent").asBoolean(usual);
    }

    private static ArrayNode security(Access access) {
        ArrayNode ways = JsonNodeFactory.instance.arrayNode();
        List<String> schemes = new ArrayList<>();
        switch (access) {
            case PUBLIC -> {
                return ways;
            }
            case OPTIONAL_KEY -> {
                ways.add(node());
                schemes.addAll(List.of("inferenceKey", "managementKey"));
            }
            case ANY_KEY -> schemes.addAll(List.of("inferenceKey", "managementKey"));
            case INFERENCE -> schemes.add("inferenceKey");
            case MANAGEMENT -> schemes.add("managementKey");
            case SESSION -> throw new IllegalArgumentException("a page is no operation of the API");
        }
        schemes.forEach(scheme -> ways.add(node().set(scheme, JsonNodeFactory.instance.arrayNode())));
        return ways;
    }

    private static ObjectNode answer(String words, String shape) {
        ObjectNode answer = node().put("description", words);
        answer.putObject("content")
                .putObject(Response.JSON)
                .set("schema", OpenApiShapes.schema(JsonNodeFactory.instance.stringNode(shape)));
        return answer;
    }

    private static ObjectNode read(String file) {
        String resource = "/openapi/" + file + ".yaml";
        try (InputStream in = Objects.requireNonNull(OpenApi.class.getResourceAsStream(resource), resource)) {
            return (ObjectNode) YAMLMapper.shared().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }
}
