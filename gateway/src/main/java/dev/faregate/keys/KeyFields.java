package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a key as management bodies carry them (contract 2.3): each is read by name and checked;
/// what is not named here is never bound. Every method throws a 400 that names the field.
final class KeyFields {
    static final int MAX_NAME_LENGTH = 200;
    static final int MAX_EXTERNAL_USER_LENGTH = 256;

    /// RFC 3339, with seconds, in UTC: other zones are refused (contract 2.3).
    private static final Pattern UTC_TIME =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|\\+00:00)");

    private final ObjectNode body;

    KeyFields(ObjectNode body) {
        this.body = body;
    }

    /// True when the body names the field, be it with null.
    boolean has(String field) {
        return body.has(field);
    }

    boolean hasName() {
        return has("name") || has("label");
    }

    /// `name`, or its synonym `label` (design D4).
    String name() {
        return text(has("name") ? "name" : "label", MAX_NAME_LENGTH);
    }

    /// The limit in USD, null for none.
    @Nullable
    Usd limit() {
        JsonNode node = body.path("limit");
        if (absent(node)) {
            return null;
        }
        if (!node.isNumber()) {
            throw bad("limit", "must be a number of US dollars, or null for no limit");
        }
        try {
            Usd limit = Usd.of(node.decimalValue());
            if (limit.isNegative()) {
                throw bad("limit", "must not be negative");
            }
            return limit;
        } catch (ArithmeticException e) {
            throw bad("limit", "must have at most 9 decimals and be less than nine billion dollars");
        }
    }

    /// The window of the limit; `TOTAL` when it never starts anew.
    Window limitReset() {
        JsonNode node = body.path("limit_reset");
        if (absent(node)) {
            return Window.TOTAL;
        }
        for (Window window : Window.values()) {
            if (node.isString() && node.asString().equals(window.wireName())) {
                return window;
            }
        }
        throw bad("limit_reset", "must be \"daily\", \"weekly\", \"monthly\", or null for a limit that never resets");
    }

    boolean flag(String field) {
        JsonNode node = body.path(field);
        if (node.isMissingNode()) {
            return false;
        }
        if (!node.isBoolean()) {
            throw bad(field, "must be true or false");
        }
        return node.booleanValue();
    }

    /// When the key ends, exclusive; null for never.
    @Nullable
    Instant expiresAt(Instant now) {
        JsonNode node = body.path("expires_at");
        if (absent(node)) {
            return null;
        }
        if (!node.isString() || !UTC_TIME.matcher(node.asString()).matches()) {
            throw bad("expires_at", "must be a UTC time with seconds, such as 2030-01-31T23:59:59Z");
        }
        Instant end;
        try {
            end = OffsetDateTime.parse(node.asString()).toInstant();
        } catch (DateTimeException e) {
            throw bad("expires_at", "is no date that exists");
        }
        if (!end.isAfter(now)) {
            throw bad("expires_at", "must be in the future");
        }
        return end;
    }

    /// What to do with an output limit that is not affordable; null leaves it to the workspace. Ours: the
    /// contract has no such field.
    @Nullable
    Unaffordable unaffordable() {
        JsonNode node = body.path("unaffordable");
        if (absent(node)) {
            return null;
        }
        Unaffordable value = node.isString() ? Unaffordable.find(node.asString()) : null;
        if (value == null) {
            throw bad("unaffordable", "must be \"refuse\", \"clamp\", or null to leave it to the workspace");
        }
        return value;
    }

    /// The id or slug of a workspace; null when the body names none.
    @Nullable
    String workspace() {
        JsonNode node = body.path("workspace_id");
        return absent(node) ? null : text("workspace_id", 50);
    }

    /// There are no members to name yet, so nobody can be the creator.
    void refuseCreator() {
        if (!absent(body.path("creator_user_id"))) {
            throw bad("creator_user_id", "names no member of this organization");
        }
    }

    /// `external.user`: the name of the key's holder in somebody else's system.
    @Nullable
    String externalUser() {
        JsonNode external = external();
        return external == null ? null : text(external.path("user"), "external.user", MAX_EXTERNAL_USER_LENGTH);
    }

    /// `external.api_key`: a key text of somebody else's system that opens this key too.
    @Nullable
    Secret externalKey() {
        JsonNode external = external();
        JsonNode node = external == null ? null : external.path("api_key");
        if (node == null || absent(node)) {
            return null;
        }
        String text = node.isString() ? node.asString() : "";
        if (text.length() < KeyText.MIN_FOREIGN_LENGTH || !KeyText.wellFormed(text)) {
            throw bad(
                    "external.api_key",
                    "must be " + KeyText.MIN_FOREIGN_LENGTH + " to " + KeyText.MAX_LENGTH
                            + " visible ASCII characters");
        }
        if (KeyText.looksOurs(text)) {
            throw bad("external.api_key", "must not begin like a key of this server");
        }
        return Secret.of(text);
    }

    private @Nullable JsonNode external() {
        JsonNode node = body.path("external");
        if (absent(node)) {
            return null;
        }
        if (!node.isObject()) {
            throw bad("external", "must be an object");
        }
        return node;
    }

    private String text(String field, int maxLength) {
        return text(body.path(field), field, maxLength);
    }

    private static String text(JsonNode node, String field, int maxLength) {
        if (!node.isString() || node.asString().isBlank()) {
            throw bad(field, "is required and must not be empty");
        }
        String text = node.asString();
        if (text.codePointCount(0, text.length()) > maxLength) {
            throw bad(field, "must have at most " + maxLength + " characters");
        }
        if (text.codePoints().anyMatch(KeyFields::unprintable)) {
            throw bad(field, "must not hold control characters");
        }
        return text;
    }

    /// Control characters and halves of surrogate pairs: they cannot be stored, or not be shown.
    private static boolean unprintable(int codePoint) {
        return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
    }

    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    static ApiException bad(String field, String what) {
        return new ApiException(new ApiError.BadRequest("`" + field + "` " + what + ".", field));
    }
}
