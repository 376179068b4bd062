package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a management body: each is read by name and checked; what nobody reads is never bound
/// (rulings 1). A `find…` method takes an absent field and null as the same and returns null; the others
/// insist on a value. Every method throws a 400 that names the field.
public final class BodyFields {
    /// RFC 3339, with seconds, in UTC: other zones are refused (contract 2.3).
    private static final Pattern UTC_TIME =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|\\+00:00)");

    private final ObjectNode node;

    /// What stands before a field's name in complaints: empty, or the way to an inner object, `external.`.
    private final String path;

    public BodyFields(ObjectNode node) {
        this(node, "");
    }

    private BodyFields(ObjectNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /// The fields of a body, which must be one JSON object.
    public static BodyFields of(byte[] body) {
        return new BodyFields(Json.readObject(body));
    }

    /// True when the body names the field, be it with null: a PATCH must tell the two apart.
    public boolean has(String field) {
        return node.has(field);
    }

    /// True when there is no value, absent or null.
    public boolean isAbsent(String field) {
        return absent(node.path(field));
    }

    public JsonNode node(String field) {
        return node.path(field);
    }

    /// A text of 1 to `maxLength` characters, not blank, without control characters.
    public String text(String field, int maxLength) {
        JsonNode value = node.path(field);
        if (!value.isString() || value.asString().isBlank()) {
            throw bad(field, "is required and must not be empty");
        }
        return checked(field, value.asString(), maxLength);
    }

    public @Nullable String findText(String field, int maxLength) {
        return isAbsent(field) ? null : text(field, maxLength);
    }

    /// As [#findText], but an empty text and line breaks are texts too, as in descriptions and prompts.
    public @Nullable String findProse(String field, int maxLength) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (!value.isString()) {
            throw bad(field, "must be a text");
        }
        String text = value.asString();
        if (text.codePointCount(0, text.length()) > maxLength) {
            throw bad(field, "must have at most " + maxLength + " characters");
        }
        if (text.codePoints().anyMatch(c -> unprintable(c) && c != '\n' && c != '\r' && c != '\t')) {
            throw bad(field, "must not hold control characters");
        }
        return text;
    }

    /// A text that must be one of these words.
    public @Nullable String findWord(String field, List<String> words) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (!value.isString() || !words.contains(value.asString())) {
            throw bad(field, "must be one of " + String.join(", ", words));
        }
        return value.asString();
    }

    /// A truth value; false when the field is absent, but null is refused.
    public boolean flag(String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw bad(field, "must be true or false");
        }
        return value.booleanValue();
    }

    public @Nullable Boolean findFlag(String field) {
        return isAbsent(field) ? null : flag(field);
    }

    /// US dollars, 0 or more, with at most nine decimals (rulings 1). `absence` says what null means here.
    public @Nullable Usd findUsd(String field, String absence) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (!value.isNumber()) {
            throw bad(field, "must be a number of US dollars" + absence);
        }
        Usd amount = usd(field, value);
        if (amount.isNegative()) {
            throw bad(field, "must not be negative");
        }
        return amount;
    }

    /// US dollars of either sign.
    public Usd signedUsd(String field) {
        JsonNode value = node.path(field);
        if (!value.isNumber()) {
            throw bad(field, "is required and must be a number of US dollars");
        }
        return usd(field, value);
    }

    private Usd usd(String field, JsonNode value) {
        try {
            return Usd.of(value.decimalValue());
        } catch (ArithmeticException e) {
            throw bad(field, "must have at most 9 decimals and be less than nine billion dollars");
        }
    }

    /// A whole number from `least` to `most`; `1.0` is none.
    public @Nullable Long findWhole(String field, long least, long most) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            long number = value.longValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw bad(field, "must be a whole number from " + least + " to " + most);
    }

    /// A UTC time with seconds.
    public @Nullable Instant findTime(String field) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (!value.isString() || !UTC_TIME.matcher(value.asString()).matches()) {
            throw bad(field, "must be a UTC time with seconds, such as 2030-01-31T23:59:59Z");
        }
        try {
            return OffsetDateTime.parse(value.asString()).toInstant();
        } catch (DateTimeException e) {
            throw bad(field, "is no date that exists");
        }
    }

    /// A list of texts, in order and with repetitions as they were sent; empty is a list.
    public @Nullable List<String> findTexts(String field, int maxItems, int maxLength) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        requireList(field, value, maxItems);
        List<String> texts = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            String name = field + "[" + i + "]";
            if (!item.isString() || item.asString().isBlank()) {
                throw bad(name, "must be a text that is not empty");
            }
            texts.add(checked(name, item.asString(), maxLength));
        }
        return List.copyOf(texts);
    }

    /// An inner object; complaints about its fields name the way to them.
    public @Nullable BodyFields findObject(String field) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        if (value instanceof ObjectNode object) {
            return new BodyFields(object, path + field + ".");
        }
        throw bad(field, "must be an object");
    }

    /// An inner object that is a whole body by itself.
    public ObjectNode object(String field) {
        if (node.path(field) instanceof ObjectNode object) {
            return object;
        }
        throw bad(field, "must be an object");
    }

    /// A list of objects.
    public @Nullable List<BodyFields> findObjects(String field, int maxItems) {
        JsonNode value = node.path(field);
        if (absent(value)) {
            return null;
        }
        requireList(field, value, maxItems);
        List<BodyFields> objects = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            String name = field + "[" + i + "]";
            if (!(value.get(i) instanceof ObjectNode object)) {
                throw bad(name, "must be an object");
            }
            objects.add(new BodyFields(object, path + name + "."));
        }
        return List.copyOf(objects);
    }

    private void requireList(String field, JsonNode value, int maxItems) {
        if (!value.isArray()) {
            throw bad(field, "must be a list");
        }
        if (value.size() > maxItems) {
            throw bad(field, "must have at most " + maxItems + " items");
        }
    }

    private String checked(String field, String text, int maxLength) {
        if (text.codePointCount(0, text.length()) > maxLength) {
            throw bad(field, "must have at most " + maxLength + " characters");
        }
        if (text.codePoints().anyMatch(BodyFields::unprintable)) {
            throw bad(field, "must not hold control characters");
        }
        return text;
    }

    /// The 400 about a field of this object.
    public ApiException bad(String field, String what) {
        return wrong(path + field, what);
    }

    /// The 400 about a field, by its whole name.
    public static ApiException wrong(String field, String what) {
        return new ApiException(new ApiError.BadRequest("`" + field + "` " + what + ".", field));
    }

    /// Control characters and halves of surrogate pairs: they cannot be stored, or not be shown.
    private static boolean unprintable(int codePoint) {
        return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
    }

    private static boolean absent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }
}
