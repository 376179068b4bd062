package dev.faregate.formats;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one of Anthropic's models takes, as far as its name tells: the Messages API refuses with a 400 what a model
/// does not know (docs.anthropic.com, "Adaptive thinking", "Effort", "Structured outputs" and the migration guides).
/// A model of another maker behind this API is taken to know what the API has had longest.
///
/// @param thinking how it can be told to think
/// @param efforts the words that its `output_config.effort` takes, from the least; empty where it has none
/// @param sampling whether `temperature`, `top_p` and `top_k` may be sent
/// @param schemas whether it takes a JSON schema for its answer
record ClaudeModel(Thinking thinking, List<String> efforts, boolean sampling, boolean schemas) {
    enum Thinking {
        NONE,
        /// Within a budget of tokens.
        BUDGET,
        /// As much as it thinks right, or within a budget.
        EITHER,
        /// As much as it thinks right, and no budget is taken.
        ADAPTIVE
    }

    private static final ClaudeModel OTHER = new ClaudeModel(Thinking.BUDGET, List.of(), true, true);

    /// `claude-opus-4-5-20251101`, `claude-3-7-sonnet-20250219`, `anthropic/claude-sonnet-4.5`; a date is no version.
    private static final Pattern NAME = Pattern.compile(
            "claude-(?:(opus|sonnet|haiku|fable|mythos)-)?(?:(\\d{1,2})(?!\\d)(?:[-.](\\d{1,2})(?!\\d))?)?");

    private static final List<String> TO_HIGH = List.of("low", "medium", "high");
    private static final List<String> TO_MAX = List.of("low", "medium", "high", "max");
    private static final List<String> ALL = List.of("low", "medium", "high", "xhigh", "max");

    static ClaudeModel of(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.find()) {
            return OTHER;
        }
        String family = matcher.group(1) == null ? "" : matcher.group(1);
        // A name without a version is one of the newest: those before all had one.
        int version = matcher.group(2) == null ? 500 : 100 * number(matcher.group(2)) + number(matcher.group(3));
        if (version >= 407) {
            return new ClaudeModel(Thinking.ADAPTIVE, ALL, false, true);
        }
        if (version == 406) {
            return new ClaudeModel(Thinking.EITHER, family.equals("opus") ? TO_MAX : TO_HIGH, true, true);
        }
        boolean thinks = version >= 307;
        boolean effort = version == 405 && family.equals("opus");
        return new ClaudeModel(
                thinks ? Thinking.BUDGET : Thinking.NONE, effort ? TO_HIGH : List.of(), true, version >= 401);
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
