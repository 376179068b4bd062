package dev.faregate.governance;

import dev.faregate.base.Json;
import dev.faregate.presets.ManagedPresets;
import dev.faregate.presets.Preset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A preset as a row of the list: what requests say to use it, and what it sets, in a few words.
public record PresetFacts(ManagedPresets.Whole whole) {
    public Preset preset() {
        return whole.preset();
    }

    public String address() {
        return PresetsPage.PATH + "/" + preset().slug();
    }

    public String reference() {
        return "@preset/" + preset().slug();
    }

    /// Such as `openai/gpt-4o, system prompt, 3 more settings`.
    public String says() {
        Preset.Version version = whole.designated();
        if (version == null) {
            return "Nothing yet";
        }
        JsonNode config = Json.read(version.config().getBytes(StandardCharsets.UTF_8));
        List<String> parts = new ArrayList<>();
        String model = FormJson.text(config, "model");
        if (!model.isEmpty()) {
            parts.add(model);
        }
        if (version.systemPrompt() != null) {
            parts.add("system prompt");
        }
        int more = config.size() - (model.isEmpty() ? 0 : 1);
        if (more > 0) {
            parts.add(more + (parts.isEmpty() ? "" : " more") + (more == 1 ? " setting" : " settings"));
        }
        return parts.isEmpty() ? "Nothing yet" : String.join(", ", parts);
    }

    public boolean isActive() {
        return preset().status() == Preset.Status.ACTIVE;
    }

    public String state() {
        return switch (preset().status()) {
            case ACTIVE -> "Active";
            case DISABLED -> "Disabled";
            case ARCHIVED -> "Archived";
        };
    }

    /// The number of the version in use, such as `version 3`.
    public String version() {
        Preset.Version version = whole.designated();
        return version == null ? "no version" : "version " + version.version();
    }
}
