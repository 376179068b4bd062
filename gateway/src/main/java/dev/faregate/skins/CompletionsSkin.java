package dev.faregate.skins;

import dev.faregate.base.Trees;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's legacy text completions (platform.openai.com, "Completions (legacy)"; contract 2.1): a `prompt` is what one
/// user says, and what is answered is a text. Chat requests take a `prompt` too, with what belongs to it.
public final class CompletionsSkin implements Skin {
    @Override
    public Worn wear(ObjectNode body) {
        prompt(body);
        if (body.path("echo").asBoolean(false)) {
            throw Fields.bad("'echo' is not supported: chat models do not repeat a prompt.", "echo");
        }
        if (!body.path("suffix").asString("").isEmpty()) {
            throw Fields.bad("'suffix' is not supported: chat models do not fill in a middle.", "suffix");
        }
        body.remove("echo");
        body.remove("suffix");
        return new Worn(Trees.bytes(body), new CompletionsTelling());
    }

    /// A list of one text is that text. Several prompts are several requests.
    private static void prompt(ObjectNode body) {
        if (!Trees.isAbsent(body.path("messages"))) {
            throw Fields.bad("Text completions take a 'prompt'; send 'messages' to /chat/completions.", "messages");
        }
        JsonNode prompt = body.path("prompt");
        if (prompt.isArray() && prompt.size() == 1 && prompt.get(0).isString()) {
            body.set("prompt", prompt.get(0));
        } else if (prompt.isArray()) {
            throw Fields.mustBe("prompt", "a string, or a list of one string");
        }
        if (Trees.isAbsent(prompt)) {
            throw Fields.bad("'prompt' is required.", "prompt");
        }
    }
}
