package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields of a body in `application/x-www-form-urlencoded`, from a page or an OAuth client. An empty
/// value is the same as none (RFC 6749 section 3.1), and a field that is given twice is refused where one
/// value is wanted. Every method throws a 400 that names the field.
public final class FormFields {
    public static final String CONTENT_TYPE = "application/x-www-form-urlencoded";

    /// Fields of one form; more are refused.
    static final int MAX_FIELDS = 300;

    private final Map<String, List<String>> values;

    public FormFields(Map<String, List<String>> values) {
        this.values = values;
    }

    /// The form of a request's body; empty for an empty body. Throws a 415 for a body of another type.
    public static FormFields of(Request request) {
        if (request.body().length == 0) {
            return new FormFields(Map.of());
        }
        if (!isForm(request.head())) {
            throw new ApiException(
                    new ApiError.UnsupportedMediaType("The body must be " + CONTENT_TYPE + ", and say so."));
        }
        return parse(new String(request.body(), StandardCharsets.ISO_8859_1));
    }

    /// True when the request says that its body is such a form.
    public static boolean isForm(RequestHead head) {
        String type = head.header("content-type");
        return type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(CONTENT_TYPE);
    }

    static FormFields parse(String text) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        int count = 0;
        for (String pair : text.split("&", MAX_FIELDS + 2)) {
            if (pair.isEmpty()) {
                continue;
            }
            if (++count > MAX_FIELDS) {
                throw new ApiException(
                        new ApiError.BadRequest("A form may have at most " + MAX_FIELDS + " fields.", null));
            }
            int equals = pair.indexOf('=');
            String name = Percent.decode(pair, 0, equals < 0 ? pair.length() : equals, true);
            String value = equals < 0 ? "" : Percent.decode(pair, equals + 1, pair.length(), true);
            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
        }
        return new FormFields(values);
    }

    /// One name or value of a form, decoded. Throws a 400 for a broken escape.
    public static String decode(String text) {
        return Percent.decode(text, 0, text.length(), true);
    }

    public static ApiException wrong(String name, String problem) {
        return BodyFields.wrong(name, problem);
    }

    /// The names of the fields, in the order of the form.
    public List<String> names() {
        return List.copyOf(values.keySet());
    }

    /// A text of 1 to `maxLength` characters, not blank, without control characters; surrounding space is
    /// cut.
    public String text(String name, int maxLength) {
        String text = findText(name, maxLength);
        if (text == null) {
            throw wrong(name, "is required and must not be empty");
        }
        return text;
    }

    public @Nullable String findText(String name, int maxLength) {
        String raw = single(name, maxLength);
        String text = raw == null ? "" : raw.strip();
        if (text.isEmpty()) {
            return null;
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw wrong(name, "must not hold control characters");
        }
        return text;
    }

    /// A text of several lines; its line ends are made `\n`.
    public @Nullable String findProse(String name, int maxLength) {
        String raw = single(name, maxLength);
        if (raw == null || raw.isBlank()) {
            return null;
        }
        String text = raw.replace("\r\n", "\n").replace('\r', '\n').strip();
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
            throw wrong(name, "must not hold control characters");
        }
        return text;
    }

    /// A password or another secret: nothing is cut from it.
    public @Nullable Secret findSecret(String name, int maxLength) {
        String raw = single(name, maxLength);
        return raw == null ? null : Secret.of(raw);
    }

    /// A text that must be one of these words.
    public @Nullable String findWord(String name, List<String> words) {
        String text = findText(name, 1_000);
        if (text != null && !words.contains(text)) {
            throw wrong(name, "must be one of " + String.join(", ", words));
        }
        return text;
    }

    /// True for a ticked box.
    public boolean flag(String name) {
        return findWord(name, List.of("on", "true", "1", "false")) instanceof String word && !word.equals("false");
    }

    /// All values of a field that may be given several times.
    public List<String> all(String name, int maxLength) {
        List<String> all = values.getOrDefault(name, List.of());
        if (all.stream().anyMatch(value -> value.length() > maxLength)) {
            throw wrong(name, "must have at most " + maxLength + " characters");
        }
        return all.stream().map(String::strip).filter(value -> !value.isEmpty()).toList();
    }

    /// All values of a field, exactly as they were sent.
    public List<String> raw(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }

    private @Nullable String single(String name, int maxLength) {
        List<String> found = values.get(name);
        if (found == null || (found.size() == 1 && found.getFirst().isEmpty())) {
            return null;
        }
        if (found.size() > 1) {
            throw wrong(name, "is given more than once");
        }
        String value = found.getFirst();
        if (value.codePointCount(0, value.length()) > maxLength) {
            throw wrong(name, "must have at most " + maxLength + " characters");
        }
        return value;
    }
}
