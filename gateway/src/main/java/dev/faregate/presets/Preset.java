package dev.faregate.presets;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// A preset without its versions.
public record Preset(
        String id,
        String workspaceId,
        String slug,
        String name,
        @Nullable String description,
        Status status,
        @Nullable Instant statusUpdatedAt,
        @Nullable String creatorUserId,
        @Nullable String designatedVersionId,
        Instant createdAt,
        Instant updatedAt) {
    static final int MAX_SLUG_LENGTH = 50;

    private static final Pattern SLUG = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?");

    /// Whether a preset can be called that.
    static boolean isSlug(String text) {
        return text.length() <= MAX_SLUG_LENGTH && SLUG.matcher(text).matches();
    }

    /// Only an active preset can be used.
    public enum Status {
        ACTIVE,
        DISABLED,
        ARCHIVED;

        static final List<String> WORDS = List.of("active", "disabled", "archived");

        /// The word in the database and on the wire.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status ofWord(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// A version: never changed, and the newest is the designated one. `config` is a JSON object.
    public record Version(
            String id,
            String presetId,
            int version,
            String creatorId,
            @Nullable String systemPrompt,
            String config,
            Instant createdAt) {
        void write(JsonGenerator json) {
            json.writeStartObject();
            json.writeStringProperty("id", id);
            json.writeStringProperty("preset_id", presetId);
            json.writeNumberProperty("version", version);
            json.writeStringProperty("creator_id", creatorId);
            writeText(json, "system_prompt", systemPrompt);
            json.writeName("config");
            json.writeRawValue(config);
            json.writeStringProperty("created_at", createdAt.toString());
            json.writeStringProperty("updated_at", createdAt.toString());
            json.writeEndObject();
        }
    }

    /// Writes the fields, without the brackets.
    void writeFields(JsonGenerator json) {
        json.writeStringProperty("id", id);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeStringProperty("slug", slug);
        json.writeStringProperty("name", name);
        writeText(json, "description", description);
        json.writeStringProperty("status", status.word());
        writeText(json, "status_updated_at", statusUpdatedAt == null ? null : statusUpdatedAt.toString());
        writeText(json, "creator_user_id", creatorUserId);
        writeText(json, "designated_version_id", designatedVersionId);
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeStringProperty("updated_at", updatedAt.toString());
    }

    private static void writeText(JsonGenerator json, String name, @Nullable String text) {
        if (text == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, text);
        }
    }
}
