package dev.faregate.accounts;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Somebody as the directory describes them (RFC 7643 section 4.1): of its many attributes those that mean something
/// here. Others are taken and dropped, as RFC 7644 section 3.3 allows.
record ScimUser(
        String id,
        String personId,
        String userName,
        @Nullable String externalId,
        String email,
        @Nullable String givenName,
        @Nullable String familyName,
        boolean active,
        Instant createdAt,
        Instant updatedAt) {

    /// How user names are compared: whatever their case (RFC 7643 section 4.1.1).
    String key() {
        return userName.toLowerCase(Locale.ROOT);
    }

    /// What a request says about somebody, attribute by attribute. Not for sharing.
    static final class Draft {
        private static final int MAX_USER_NAME = 320;
        private static final int MAX_EXTERNAL_ID = 255;
        private static final Pattern EMAIL_VALUE = Pattern.compile("emails(\\[.*])?\\.value");

        private @Nullable String userName;
        private @Nullable String externalId;
        private @Nullable String email;
        private @Nullable String givenName;
        private @Nullable String familyName;
        private boolean active = true;

        /// Of a resource that is made, or replaced as a whole.
        static Draft of(JsonNode resource) {
            Draft draft = new Draft();
            draft.setAll(resource);
            return draft;
        }

        /// Of one that is changed.
        static Draft of(ScimUser user) {
            Draft draft = new Draft();
            draft.userName = user.userName();
            draft.externalId = user.externalId();
            draft.email = user.email();
            draft.givenName = user.givenName();
            draft.familyName = user.familyName();
            draft.active = user.active();
            return draft;
        }

        /// Applies operations (RFC 7644 section 3.5.2).
        Draft patch(JsonNode request) {
            ScimPatch.each(request, operation -> {
                if (operation.path() == null) {
                    setAll(operation.value());
                } else if (operation.kind() == ScimPatch.Kind.REMOVE) {
                    remove(operation.path());
                } else {
                    set(operation.path(), operation.value());
                }
            });
            return this;
        }

        private void setAll(JsonNode resource) {
            resource.forEachEntry((name, value) -> set(ScimPatch.plain(name), value));
        }

        private void set(String path, JsonNode value) {
            switch (path) {
                case "username" -> userName = text("userName", value, MAX_USER_NAME);
                case "externalid" -> externalId = value.isNull() ? null : text("externalId", value, MAX_EXTERNAL_ID);
                case "active" -> active = flag(value);
                case "name" -> value.forEachEntry((name, part) -> set("name." + ScimPatch.plain(name), part));
                case "name.givenname" -> givenName = SsoAdmission.name(value.asString(""));
                case "name.familyname" -> familyName = SsoAdmission.name(value.asString(""));
                case "emails" -> email = chosen(value);
                default -> {
                    if (EMAIL_VALUE.matcher(path).matches()) {
                        email = address(value);
                    }
                }
            }
        }

        private void remove(String path) {
            switch (path) {
                case "username", "active" ->
                    throw ScimProblem.wrong("mutability", "The attribute " + path + " cannot be removed.");
                case "externalid" -> externalId = null;
                case "name" -> {
                    givenName = null;
                    familyName = null;
                }
                case "name.givenname" -> givenName = null;
                case "name.familyname" -> familyName = null;
                case "emails" -> email = null;
                default -> {
                    // What is not kept need not be removed.
                }
            }
        }

        /// The primary address, else the first.
        private static @Nullable String chosen(JsonNode emails) {
            String first = null;
            for (JsonNode one : emails.isArray() ? emails : List.<JsonNode>of(emails)) {
                String found = address(one.isString() ? one : one.path("value"));
                if (one.path("primary").asBoolean(false)) {
                    return found;
                }
                first = first == null ? found : first;
            }
            return first;
        }

        private static String address(JsonNode value) {
            String address = EmailAddress.normal(value.asString(""));
            if (address == null) {
                throw ScimProblem.wrong("invalidValue", "An e-mail address is not one.");
            }
            return address;
        }

        private static String text(String name, JsonNode value, int maxLength) {
            String text = value.isString() ? value.asString().strip() : "";
            if (text.isEmpty() || text.length() > maxLength || text.chars().anyMatch(Character::isISOControl)) {
                throw ScimProblem.wrong(
                        "invalidValue", name + " must be a text of 1 to " + maxLength + " printable characters.");
            }
            return text;
        }

        /// Some directories write truth values as texts.
        private static boolean flag(JsonNode value) {
            String word = value.asString("").toLowerCase(Locale.ROOT);
            if (!word.equals("true") && !word.equals("false")) {
                throw ScimProblem.wrong("invalidValue", "active must be true or false.");
            }
            return word.equals("true");
        }

        /// The person that all of it describes. Throws when what must be there is not.
        ScimUser finish(String id, String personId, Instant createdAt, Instant now) {
            String name = userName;
            if (name == null) {
                throw ScimProblem.wrong("invalidValue", "userName is required.");
            }
            String address = email == null ? EmailAddress.normal(name) : email;
            if (address == null) {
                throw ScimProblem.wrong("invalidValue", "An e-mail address is required, in emails or as userName.");
            }
            return new ScimUser(id, personId, name, externalId, address, givenName, familyName, active, createdAt, now);
        }
    }
}
