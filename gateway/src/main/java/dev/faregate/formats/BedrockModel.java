package dev.faregate.formats;

import java.util.List;
import java.util.Locale;

/// What a model behind Amazon Bedrock's Converse takes beyond what all of them do, as far as its name tells (Amazon
/// Bedrock User Guide: "Prompt caching", "Structured outputs", "Inference request parameters"). Of an application
/// inference profile, whose ARN names no model, only the common part is known.
///
/// @param claude what its maker says of one of Anthropic's, at [Maker#ANTHROPIC] alone
/// @param efforts the words for how much it thinks, from the least; empty for models of others that are not told
/// @param schemas whether it takes a JSON schema for its answer
record BedrockModel(Maker maker, ClaudeModel claude, List<String> efforts, boolean schemas) {
    enum Maker {
        ANTHROPIC,
        /// Amazon's Nova.
        NOVA,
        /// OpenAI's open models.
        GPT_OSS,
        OTHER
    }

    /// Nova's third word, `high`, takes no limit of the output, and the limit is what money was set aside for.
    private static final List<String> NOVA_EFFORTS = List.of("low", "medium");

    private static final List<String> GPT_EFFORTS = List.of("low", "medium", "high");

    static BedrockModel of(String name) {
        String model = name.toLowerCase(Locale.ROOT);
        ClaudeModel claude = ClaudeModel.of(model);
        if (model.contains("claude")) {
            // At its maker's the oldest with schemas is Opus 4.1, here those of 4.5.
            return new BedrockModel(
                    Maker.ANTHROPIC, claude, List.of(), claude.schemas() && !model.contains("opus-4-1-"));
        }
        if (model.contains("amazon.nova")) {
            List<String> efforts = model.contains("nova-2") ? NOVA_EFFORTS : List.of();
            return new BedrockModel(Maker.NOVA, claude, efforts, false);
        }
        boolean gpt = model.contains("gpt-oss");
        return new BedrockModel(
                gpt ? Maker.GPT_OSS : Maker.OTHER, claude, gpt ? GPT_EFFORTS : List.of(), !model.contains("llama"));
    }

    boolean isClaude() {
        return maker == Maker.ANTHROPIC;
    }

    /// Whether it takes the choice of tools in its maker's words beside Converse's: Anthropic's since 4.5.
    boolean knowsMakersChoice() {
        return isClaude() && schemas;
    }

    /// Whether a mark of the cache is taken; the others refuse the whole request for one.
    boolean caches() {
        return maker == Maker.ANTHROPIC || maker == Maker.NOVA;
    }
}
