package dev.faregate.guardrails;

import dev.faregate.models.Model;

/// The groups of models for which zero data retention can be asked for apart: by who made the model.
enum ZdrGroup {
    ANTHROPIC("anthropic", "enforce_zdr_anthropic"),
    GOOGLE("google", "enforce_zdr_google"),
    OPENAI("openai", "enforce_zdr_openai"),
    XAI("x-ai", "enforce_zdr_xai"),
    OTHER("", "enforce_zdr_other");

    private final String author;
    private final String field;

    ZdrGroup(String author, String field) {
        this.author = author;
        this.field = field;
    }

    /// Its name in the API.
    String field() {
        return field;
    }

    static ZdrGroup of(Model model) {
        String author = model.author();
        // `~author/family-latest` is the author's newest model of a family.
        String plain = author.startsWith("~") ? author.substring(1) : author;
        for (ZdrGroup group : values()) {
            if (group.author.equals(plain)) {
                return group;
            }
        }
        return OTHER;
    }
}
