package dev.faregate.server;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Turns the short form of a shape, as the files of `resources/openapi` have it, into a JSON schema:
///
/// - `text`, `integer`, `number`, `boolean`, `time`, `date`, `any`, `object`, or the `Name` of another shape;
/// - `daily | weekly` is one of these words, `daily |` that one word; `daily | null` may be null too;
/// - after it a range (`1..200`, `0..`; of a text its length, of a list its size), ` or null`, ` = 50` for what
///   absence means, and ` -- words about it`, in this order, each only where it applies;
/// - `list of X`, or `[X]`, is a list; `{a: X, b?: Y}` an object where `b` may be absent. In an object `$extends`
///   names a shape whose fields it has too, `...` says what further fields are, `$says` is about the object itself, and
///   `$one_of` is a list of shapes of which one applies.
///
/// A sentence in the form is a mistake of ours: it throws `IllegalArgumentException`.
final class OpenApiShapes {
    private static final String PREFIX = "#/components/schemas/";
    private static final Pattern RANGE = Pattern.compile("(.*\\S) (-?[0-9.]*[0-9])?\\.\\.(-?[0-9.]*[0-9])?");
    private static final Pattern DEFAULT = Pattern.compile("(.*\\S) = (\\S+)");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_:./-]+");
    private static final Pattern NAME = Pattern.compile("[A-Z][A-Za-z0-9]*");
    private static final String OR_NULL = " or null";
    private static final String LIST_OF = "list of ";

    private OpenApiShapes() {}

    static ObjectNode schema(JsonNode shape) {
        if (shape.isArray() && shape.size() == 1) {
            ObjectNode list = object().put("type", "array");
            list.set("items", schema(shape.get(0)));
            return list;
        }
        if (shape instanceof ObjectNode fields) {
            return ofFields(fields);
        }
        if (shape.isString()) {
            return ofText(shape.asString());
        }
        throw new IllegalArgumentException("not a shape: " + shape);
    }

    private static ObjectNode ofFields(ObjectNode fields) {
        ObjectNode schema = object();
        if (fields.has("$one_of")) {
            ArrayNode choices = schema.putArray("oneOf");
            fields.path("$one_of").forEach(choice -> choices.add(schema(choice)));
        } else {
            schema.put("type", "object");
        }
        if (fields.has("$says")) {
            schema.put("description", fields.path("$says").asString());
        }
        if (fields.has("$extends")) {
            schema.putArray("allOf").add(reference(fields.path("$extends").asString()));
        }
        ObjectNode properties = object();
        ArrayNode required = JsonNodeFactory.instance.arrayNode();
        fields.forEachEntry((name, shape) -> {
            if (name.equals("...")) {
                schema.set("additionalProperties", schema(shape));
            } else if (name.endsWith("?")) {
                properties.set(name.substring(0, name.length() - 1), schema(shape));
            } else if (!name.startsWith("$")) {
                properties.set(name, schema(shape));
                required.add(name);
            }
        });
        if (!properties.isEmpty()) {
            schema.set("properties", properties);
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    private static ObjectNode ofText(String text) {
        int words = text.indexOf(" -- ");
        String form = words < 0 ? text : text.substring(0, words);
        Matcher absence = DEFAULT.matcher(form);
        String absent = absence.matches() ? absence.group(2) : null;
        ObjectNode schema = orNull(absent == null ? form : absence.group(1));
        if (absent != null) {
            schema.set("default", literal(absent));
        }
        if (words >= 0) {
            schema.put("description", text.substring(words + 4));
        }
        return schema;
    }

    private static ObjectNode orNull(String form) {
        if (!form.endsWith(OR_NULL)) {
            return ranged(form);
        }
        ObjectNode schema = ranged(form.substring(0, form.length() - OR_NULL.length()));
        JsonNode type = schema.path("type");
        if (type.isString()) {
            schema.putArray("type").add(type.asString()).add("null");
            return schema;
        }
        ObjectNode either = object();
        either.putArray("anyOf").add(schema).add(object().put("type", "null"));
        return either;
    }

    private static ObjectNode ranged(String form) {
        Matcher range = RANGE.matcher(form);
        if (!range.matches()) {
            return plain(form);
        }
        ObjectNode schema = plain(range.group(1));
        String kind = schema.path("type").asString("");
        String size = switch (kind) {
            case "string" -> "Length";
            case "array" -> "Items";
            case "integer", "number" -> "imum";
            default -> throw new IllegalArgumentException("no range applies: " + form);
        };
        limit(schema, "min" + size, range.group(2));
        limit(schema, "max" + size, range.group(3));
        return schema;
    }

    private static void limit(ObjectNode schema, String keyword, @Nullable String value) {
        if (value != null) {
            schema.set(keyword, literal(value));
        }
    }

    private static ObjectNode plain(String form) {
        if (form.startsWith(LIST_OF)) {
            ObjectNode list = object().put("type", "array");
            list.set("items", plain(form.substring(LIST_OF.length())));
            return list;
        }
        if (form.contains(" |")) {
            return words(form);
        }
        return switch (form) {
            case "text" -> object().put("type", "string");
            case "integer", "number", "boolean", "object" -> object().put("type", form);
            case "time" -> object().put("type", "string").put("format", "date-time");
            case "date" -> object().put("type", "string").put("format", "date");
            case "any" -> object();
            default -> reference(form);
        };
    }

    private static ObjectNode words(String form) {
        List<String> words = new ArrayList<>(List.of(form.split(" \\| ?")));
        boolean nullable = words.remove("null");
        ObjectNode schema = object();
        if (nullable) {
            schema.putArray("type").add("string").add("null");
        } else {
            schema.put("type", "string");
        }
        ArrayNode allowed = schema.putArray("enum");
        for (String word : words) {
            if (!WORD.matcher(word).matches()) {
                throw new IllegalArgumentException("not a word: " + word);
            }
            allowed.add(word);
        }
        if (nullable) {
            allowed.addNull();
        }
        return schema;
    }

    private static ObjectNode reference(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a shape: " + name);
        }
        return object().put("$ref", PREFIX + name);
    }

    private static JsonNode literal(String text) {
        if (text.equals("true") || text.equals("false")) {
            return JsonNodeFactory.instance.booleanNode(text.equals("true"));
        }
        if (text.matches("-?[0-9]+")) {
            return JsonNodeFactory.instance.numberNode(Long.parseLong(text));
        }
        return text.matches("-?[0-9]+\\.[0-9]+")
                ? JsonNodeFactory.instance.numberNode(new java.math.BigDecimal(text))
                : JsonNodeFactory.instance.stringNode(text);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
