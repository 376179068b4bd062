package dev.faregate.flow;

import dev.faregate.contract.ApiDocument;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One call of an operation, drawn from its description: sometimes right, sometimes at a bound, sometimes wrong.
final class FuzzedRequest {
    /// Models that cost nothing or little, one that is unknown, and texts that are no id.
    private static final List<String> MODELS = List.of(
            "faregate/echo",
            "test/free",
            "test/priced",
            "test/vectors",
            "test/ranker",
            "test/images",
            "test/transcription",
            "no/such",
            "x",
            "");

    private final SplittableRandom random;
    private final ApiDocument own;
    private final ApiDocument.Operation operation;
    private final List<String> ids;
    private final Values values;
    private final String target;
    private final byte[] body;
    private final Map<String, String> headers = new LinkedHashMap<>();

    FuzzedRequest(SplittableRandom random, ApiDocument own, ApiDocument.Operation operation, List<String> ids) {
        this.random = random;
        this.own = own;
        this.operation = operation;
        this.ids = ids;
        this.values = new Values(random, own);
        this.target = path() + query();
        this.body = drawBody();
        drawHeaders();
    }

    String method() {
        return operation.method();
    }

    String target() {
        return target;
    }

    byte[] body() {
        return body;
    }

    Map<String, String> headers() {
        return headers;
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private String path() {
        boolean root = operation.node().path("root").asBoolean(false);
        StringBuilder path = new StringBuilder(root ? "" : oneIn(2) ? "/api/v1" : "/v1");
        for (String segment : operation.path().substring(1).split("/")) {
            path.append('/').append(segment.startsWith("{") ? encoded(parameter(segment)) : segment);
        }
        return path.toString();
    }

    private String parameter(String segment) {
        if (segment.equals("{interval}") && !oneIn(5)) {
            return List.of("daily", "weekly", "monthly", "lifetime").get(random.nextInt(4));
        }
        if (!ids.isEmpty() && !oneIn(4)) {
            return ids.get(random.nextInt(ids.size()));
        }
        String text = values.text();
        return text.isBlank() || text.equals(".") || text.equals("..") ? "nothing" : text;
    }

    private String query() {
        List<String> pairs = new ArrayList<>();
        for (JsonNode parameter : operation.node().path("parameters")) {
            boolean wanted = parameter.path("required").asBoolean() ? !oneIn(6) : oneIn(5);
            if (parameter.path("in").asString().equals("query") && wanted) {
                JsonNode value = oneIn(3) ? values.any(0) : values.of(parameter.path("schema"), 0);
                String text = value.isString() ? value.asString() : value.toString();
                pairs.add(parameter.path("name").asString() + "=" + encoded(text));
            }
        }
        if (oneIn(10)) {
            pairs.add(encoded(values.text()) + "=" + encoded(values.text()));
        }
        return pairs.isEmpty() ? "" : "?" + String.join("&", pairs);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private byte[] drawBody() {
        JsonNode schema = own.body(operation);
        if (schema.isMissingNode() || schema.isNull()) {
            return oneIn(20) ? "{}".getBytes(StandardCharsets.UTF_8) : new byte[0];
        }
        JsonNode example = operation.node().at("/request/content/application~1json/example");
        JsonNode drawn = example.isObject() && oneIn(3) ? example.deepCopy() : values.of(schema, 0);
        if (drawn instanceof ObjectNode object) {
            if (object.has("model")) {
                object.put("model", MODELS.get(random.nextInt(MODELS.size())));
            }
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                values.spoil(object);
            }
        }
        byte[] json = drawn.toString().getBytes(StandardCharsets.UTF_8);
        return oneIn(12) ? damaged(json) : json;
    }

    /// Not JSON any more, or not quite.
    private byte[] damaged(byte[] json) {
        byte[] damaged = json.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                return new byte[0];
            }
            case 1 -> {
                return java.util.Arrays.copyOf(damaged, damaged.length / 2);
            }
            case 2 -> {
                return (new String(json, StandardCharsets.UTF_8) + "{}").getBytes(StandardCharsets.UTF_8);
            }
            default -> {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                return damaged;
            }
        }
    }

    private void drawHeaders() {
        String key = switch (random.nextInt(10)) {
            case 0 -> "";
            case 1 -> "sk-" + random.nextLong();
            case 2, 3, 4 -> TestServer.INFERENCE_KEY;
            default -> operation.needs("inferenceKey") ? TestServer.INFERENCE_KEY : TestServer.MANAGEMENT_KEY;
        };
        if (!key.isEmpty()) {
            headers.put("Authorization", "Bearer " + key);
        }
        if (!oneIn(10)) {
            headers.put("Content-Type", oneIn(15) ? "text/plain" : "application/json");
        }
        if (oneIn(10)) {
            headers.put("Idempotency-Key", visible(values.text()));
        }
        if (oneIn(20)) {
            headers.put("X-Faregate-Unaffordable", visible(values.text()));
            headers.put("HTTP-Referer", visible(values.text()));
        }
    }

    /// The client sends no other characters in a header.
    private static String visible(String text) {
        String visible = text.replaceAll("[^\\x21-\\x7e]", "~");
        return visible.isEmpty() ? "~" : visible.substring(0, Math.min(visible.length(), 2_000));
    }

    @Override
    public String toString() {
        return method() + " " + target + " " + headers + " " + new String(body, StandardCharsets.UTF_8);
    }

    /// Values by schema, and values that are none.
    private static final class Values {
        private static final int MAX_DEPTH = 5;
        private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
        private static final List<String> TEXTS = List.of(
                "",
                " ",
                "a",
                "Name",
                "0",
                "-1",
                "null",
                "daily",
                "../..",
                "%",
                "'; DROP TABLE api_key; --",
                "\u00e9\u00df\ud83d\ude00",
                "\u0000",
                "\u202e",
                "2030-01-01T00:00:00Z",
                "2030-01-01",
                "{\"a\":1}",
                "<script>");

        private final SplittableRandom random;
        private final ApiDocument own;

        Values(SplittableRandom random, ApiDocument own) {
            this.random = random;
            this.own = own;
        }

        String text() {
            return switch (random.nextInt(6)) {
                case 0 -> Long.toHexString(random.nextLong());
                case 1 -> "x".repeat(random.nextInt(3_000));
                default -> TEXTS.get(random.nextInt(TEXTS.size()));
            };
        }

        /// Fits the schema, mostly; bounds are hit more often than chance would.
        JsonNode of(JsonNode schema, int depth) {
            ObjectNode object = JSON.objectNode();
            boolean isObject = false;
            JsonNode simple = schema;
            for (JsonNode part : own.partsOf(schema)) {
                if (part.has("properties")) {
                    isObject = true;
                    properties(object, part, depth);
                } else if (part.has("type") || part.has("enum")) {
                    simple = part;
                }
            }
            return isObject ? object : simple(simple, depth);
        }

        private void properties(ObjectNode object, JsonNode part, int depth) {
            List<String> required = new ArrayList<>();
            part.path("required").forEach(name -> required.add(name.asString()));
            part.path("properties").forEachEntry((name, inner) -> {
                if (depth < MAX_DEPTH && (required.contains(name) || random.nextInt(3) == 0)) {
                    object.set(name, of(inner, depth + 1));
                }
            });
        }

        private JsonNode simple(JsonNode schema, int depth) {
            if (schema.has("enum")) {
                return schema.path("enum")
                        .get(random.nextInt(schema.path("enum").size()));
            }
            JsonNode type = schema.path("type");
            String kind =
                    type.isArray() ? type.path(random.nextInt(type.size())).asString() : type.asString("any");
            return switch (kind) {
                case "string" -> string(schema);
                case "integer" -> JSON.numberNode(whole(schema));
                case "number" ->
                    JSON.numberNode(new java.math.BigDecimal(whole(schema)).movePointLeft(random.nextInt(10)));
                case "boolean" -> JSON.booleanNode(random.nextBoolean());
                case "null" -> JSON.nullNode();
                case "array" -> list(schema, depth);
                case "object" -> JSON.objectNode();
                default -> any(depth);
            };
        }

        private JsonNode string(JsonNode schema) {
            String format = schema.path("format").asString("");
            if (format.equals("date-time")) {
                return JSON.stringNode(
                        "20" + (10 + random.nextInt(89)) + "-0" + (1 + random.nextInt(9)) + "-28T12:00:00Z");
            }
            if (format.equals("date")) {
                return JSON.stringNode("2026-11-" + (10 + random.nextInt(20)));
            }
            int least = schema.path("minLength").asInt(0);
            int most = schema.path("maxLength").asInt(least + 40);
            return switch (random.nextInt(4)) {
                case 0 -> JSON.stringNode("n".repeat(most));
                case 1 -> JSON.stringNode("n".repeat(least));
                default -> JSON.stringNode("n" + Integer.toHexString(random.nextInt()));
            };
        }

        private long whole(JsonNode schema) {
            long least = schema.path("minimum").asLong(0);
            long most = schema.path("maximum").asLong(1_000);
            return switch (random.nextInt(6)) {
                case 0 -> least;
                case 1 -> most;
                case 2 -> least - 1;
                default -> least + random.nextLong(Math.max(1, Math.min(most - least, 1_000_000)));
            };
        }

        private JsonNode list(JsonNode schema, int depth) {
            var list = JSON.arrayNode();
            for (int i = Math.max(schema.path("minItems").asInt(0), random.nextInt(3));
                    i > 0 && depth < MAX_DEPTH;
                    i--) {
                list.add(of(schema.path("items"), depth + 1));
            }
            return list;
        }

        /// Whatever JSON has.
        JsonNode any(int depth) {
            return switch (random.nextInt(depth > MAX_DEPTH ? 6 : 8)) {
                case 0 -> JSON.nullNode();
                case 1 -> JSON.booleanNode(random.nextBoolean());
                case 2 -> JSON.numberNode(random.nextLong());
                case 3 -> JSON.numberNode(new java.math.BigDecimal("1e" + random.nextInt(-400, 400)));
                case 4, 5 -> JSON.stringNode(text());
                case 6 -> JSON.arrayNode().add(any(depth + 1)).add(any(depth + 1));
                default -> JSON.objectNode().set("k" + random.nextInt(3), any(depth + 1));
            };
        }

        /// Takes a field away, or puts something else in its place, or adds one.
        void spoil(ObjectNode object) {
            List<String> names = List.copyOf(object.propertyNames());
            if (names.isEmpty() || random.nextInt(5) == 0) {
                object.set("unknown" + random.nextInt(3), any(0));
                return;
            }
            String name = names.get(random.nextInt(names.size()));
            if (object.get(name) instanceof ObjectNode inner && random.nextBoolean()) {
                spoil(inner);
            } else if (random.nextInt(3) == 0) {
                object.remove(name);
            } else {
                object.set(name, any(0));
            }
        }
    }
}
