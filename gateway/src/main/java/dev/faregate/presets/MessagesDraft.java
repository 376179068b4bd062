package dev.faregate.presets;

import dev.faregate.chat.RequestReader;
import dev.faregate.skins.MessagesSettings;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The settings of an Anthropic messages body (docs.anthropic.com, "Messages"), said as a chat request says
/// them. Pure.
final class MessagesDraft {
    private MessagesDraft() {}

    static PresetDraft of(ObjectNode body, RequestReader.Limits limits) {
        return PresetDraft.checked(MessagesSettings.chat(body), system(body.path("system")), limits);
    }

    private static @Nullable String system(JsonNode system) {
        boolean absent = system.isMissingNode() || system.isNull();
        return absent ? null : PresetDraft.prompt(PresetDraft.text(system, "system"), "system");
    }
}
