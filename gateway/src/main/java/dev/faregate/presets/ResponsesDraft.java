package dev.faregate.presets;

import dev.faregate.chat.RequestReader;
import dev.faregate.skins.ResponsesSettings;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The settings of a body of OpenAI's Responses API (platform.openai.com, "Create a model response"), said
/// as a chat request says them. Pure.
final class ResponsesDraft {
    private ResponsesDraft() {}

    static PresetDraft of(ObjectNode body, RequestReader.Limits limits) {
        return PresetDraft.checked(ResponsesSettings.chat(body), instructions(body.path("instructions")), limits);
    }

    private static @Nullable String instructions(JsonNode text) {
        boolean absent = text.isMissingNode() || text.isNull();
        return absent ? null : PresetDraft.prompt(PresetDraft.text(text, "instructions"), "instructions");
    }
}
