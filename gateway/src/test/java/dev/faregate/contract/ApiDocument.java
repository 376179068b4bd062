package dev.faregate.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One API document as tests compare with it: operations by method and path, what each may answer, and
/// the schemas of the answers. The form is that of `tools/contract/compact.py`; an OpenAPI document is
/// brought into it by [#ofOpenApi]. Immutable.
public final class ApiDocument {
    private static final String REF = "#/components/schemas/";
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /// `path` has its parameters as the document names them; `node` is the operation in compact form.
    public record Operation(String method, String path, JsonNode node) {
        public String key() {
            return method + " " + path;
        }

        public String id() {
            return node.path("id").asString("");
        }

        /// Whether `scheme` is the only credential that opens it.
        public boolean needs(String scheme) {
            JsonNode security = node.path("security");
            return security.size() == 1 && security.path(0).has(scheme);
        }

        /// The statuses that the document lists.
        public TreeSet<String> statuses() {
            return new TreeSet<>(node.path("answers").propertyNames());
        }

        /// The schema of an answer; null when the document lists none of that status and type.
        public @Nullable JsonNode answer(String status, String contentType) {
            return node.path("answers").path(status).get(contentType);
        }

        /// The content types of a status.
        public TreeSet<String> types(int status) {
            return new TreeSet<>(
                    node.path("answers").path(Integer.toString(status)).propertyNames());
        }
    }

    private final Schemas schemas;
    private final Map<String, Operation> byShape = new LinkedHashMap<>();

    private ApiDocument(String iri, JsonNode compact) {
        ObjectNode absolute = (ObjectNode) withAbsoluteRefs(compact.deepCopy(), iri + REF);
        this.schemas = new Schemas(iri, absolute);
        absolute.path("operations").forEachEntry((key, node) -> {
            int space = key.indexOf(' ');
            Operation operation = new Operation(key.substring(0, space), key.substring(space + 1), node);
            byShape.put(shape(operation.method(), operation.path()), operation);
        });
    }

    /// A packed resource of `src/test/resources/contract`.
    public static ApiDocument ofContract(String name) {
        String resource = "/contract/" + name + ".json.gz";
        try (InputStream packed = Objects.requireNonNull(ApiDocument.class.getResourceAsStream(resource), resource);
                InputStream plain = new GZIPInputStream(packed)) {
            return new ApiDocument("https://contract.test/" + name, MAPPER.readTree(plain));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// An OpenAPI 3.1 document; `base` is cut from its paths, and paths elsewhere are kept as they are.
    public static ApiDocument ofOpenApi(JsonNode document, String base) {
        ObjectNode compact = MAPPER.createObjectNode();
        ObjectNode operations = compact.putObject("operations");
        document.path("paths")
                .forEachEntry((path, methods) -> methods.forEachEntry((method, operation) -> {
                    String key = method.toUpperCase(java.util.Locale.ROOT) + " "
                            + (path.startsWith(base) ? path.substring(base.length()) : path);
                    if (!method.equals("servers")) {
                        operations.set(
                                key, compactOperation(document, operation).put("root", methods.has("servers")));
                    }
                }));
        compact.set("components", document.path("components"));
        return new ApiDocument("https://ours.test/openapi", compact);
    }

    private static ObjectNode compactOperation(JsonNode document, JsonNode operation) {
        ObjectNode compact = MAPPER.createObjectNode();
        compact.put("id", operation.path("operationId").asString());
        compact.put("says", operation.path("summary").asString());
        compact.set("parameters", operation.path("parameters"));
        compact.set("request", operation.path("requestBody"));
        compact.set("security", operation.path("security"));
        ObjectNode answers = compact.putObject("answers");
        operation.path("responses").forEachEntry((status, listed) -> {
            JsonNode answer = listed.has("$ref") ? document.at(pointer(listed.path("$ref"))) : listed;
            ObjectNode kinds = answers.putObject(status);
            answer.path("content").forEachEntry((type, content) -> kinds.set(type, content.path("schema")));
        });
        return compact;
    }

    private static String pointer(JsonNode ref) {
        return ref.asString().substring(1);
    }

    public List<Operation> operations() {
        return List.copyOf(byShape.values());
    }

    /// The operation that a path with real values belongs to; literal segments win over parameters.
    public Optional<Operation> find(String method, String path) {
        Operation exact = byShape.get(shape(method, path));
        if (exact != null) {
            return Optional.of(exact);
        }
        String[] segments = path.split("/");
        Operation best = null;
        int fewest = Integer.MAX_VALUE;
        for (Operation operation : byShape.values()) {
            int parameters = operation.method().equals(method) ? parametersIn(operation.path(), segments) : -1;
            if (parameters >= 0 && parameters < fewest) {
                best = operation;
                fewest = parameters;
            }
        }
        return Optional.ofNullable(best);
    }

    /// The operation of a path pattern, whatever its parameters are called.
    public Optional<Operation> ofPattern(String method, String pattern) {
        return Optional.ofNullable(byShape.get(shape(method, pattern)));
    }

    /// How many parameters the pattern takes from these segments; -1 when it does not match.
    private static int parametersIn(String pattern, String[] segments) {
        String[] wanted = pattern.split("/");
        if (wanted.length != segments.length) {
            return -1;
        }
        int parameters = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].startsWith("{")) {
                parameters++;
            } else if (!wanted[i].equals(segments[i])) {
                return -1;
            }
        }
        return parameters;
    }

    /// Method and path with all parameters named alike: the two files of the contract name one differently.
    public static String shape(String method, String pattern) {
        return method + " " + pattern.replaceAll("\\{[^}]*}", "{}");
    }

    /// The schema of a request's JSON body; missing when it has none.
    public JsonNode body(Operation operation) {
        JsonNode request = operation.node().path("request");
        return request.has("content")
                ? request.path("content").path("application/json").path("schema")
                : request;
    }

    /// The names of the fields that the body of an operation may have.
    public TreeSet<String> fieldsOfBody(Operation operation) {
        TreeSet<String> fields = new TreeSet<>();
        partsOf(body(operation))
                .forEach(part -> fields.addAll(part.path("properties").propertyNames()));
        return fields;
    }

    /// Whether fields that are not named are passed on.
    public boolean isOpenBody(Operation operation) {
        return partsOf(body(operation)).stream().anyMatch(part -> part.has("additionalProperties"));
    }

    /// What is wrong with `value` by `schema`, in words; empty when nothing.
    public List<String> violations(JsonNode schema, JsonNode value) {
        return schemas.violations(schema, value);
    }

    /// The schema of that name.
    public JsonNode schema(String name) {
        return schemas.named(name);
    }

    /// The schemas that `schema` combines, references followed.
    public List<JsonNode> partsOf(JsonNode schema) {
        return schemas.parts(schema);
    }

    private static JsonNode withAbsoluteRefs(JsonNode node, String prefix) {
        List<JsonNode> todo = new ArrayList<>(List.of(node));
        while (!todo.isEmpty()) {
            JsonNode next = todo.removeLast();
            if (next instanceof ObjectNode object
                    && object.path("$ref").isString()
                    && object.path("$ref").asString().startsWith(REF)) {
                object.put("$ref", prefix + object.path("$ref").asString().substring(REF.length()));
            }
            next.forEach(todo::add);
        }
        return node;
    }
}
