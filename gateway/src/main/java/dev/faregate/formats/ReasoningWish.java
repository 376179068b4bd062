package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How a chat request wants its model to think (contract 3.10): `reasoning`, or the older `reasoning_effort` and
/// `include_reasoning`.
///
/// @param effort one of [#EFFORTS], or null where none was named
/// @param budget in tokens, 0 where none was named
/// @param hidden nothing of the thinking is to be shown
record ReasoningWish(Mode mode, @Nullable String effort, long budget, boolean hidden) {
    enum Mode {
        UNSAID,
        ON,
        OFF
    }

    /// From the least to the most.
    static final List<String> EFFORTS = List.of("minimal", "low", "medium", "high", "xhigh", "max");

    /// Contract 3.10: the share of the output limit that each effort may take, in percent.
    private static final List<Integer> SHARES = List.of(10, 20, 50, 80, 95, 95);

    private static final String USUAL = "medium";
    private static final String NONE = "none";

    static ReasoningWish of(JsonNode chat) {
        JsonNode reasoning = chat.path("reasoning");
        String effort = reasoning.path("effort").asString("");
        if (effort.isEmpty()) {
            effort = chat.path("reasoning_effort").asString("");
        }
        long budget = Math.max(0, reasoning.path("max_tokens").asLong(0));
        JsonNode include = chat.path("include_reasoning");
        boolean hidden = reasoning.path("exclude").asBoolean(false) || (include.isBoolean() && !include.booleanValue());
        String known = EFFORTS.contains(effort) ? effort : null;
        return new ReasoningWish(mode(reasoning.path("enabled"), effort, known, budget), known, budget, hidden);
    }

    private static Mode mode(JsonNode enabled, String effort, @Nullable String known, long budget) {
        if (effort.equals(NONE) || (!Trees.isAbsent(enabled) && !enabled.asBoolean(true))) {
            return Mode.OFF;
        }
        return known != null || budget > 0 || enabled.asBoolean(false) ? Mode.ON : Mode.UNSAID;
    }

    boolean on() {
        return mode == Mode.ON;
    }

    boolean off() {
        return mode == Mode.OFF;
    }

    /// The budget that was named, or the share of `limit` that the effort may take; in tokens.
    long tokens(long limit) {
        return budget > 0 ? budget : limit / 100 * SHARES.get(EFFORTS.indexOf(effort == null ? USUAL : effort));
    }

    /// Of what a model knows, in the order of [#EFFORTS], that which comes nearest to `wanted` from below, else the
    /// least.
    static String nearest(String wanted, List<String> known) {
        return known.stream()
                .filter(word -> EFFORTS.indexOf(word) <= EFFORTS.indexOf(wanted))
                .reduce((_, last) -> last)
                .orElse(known.getFirst());
    }
}
