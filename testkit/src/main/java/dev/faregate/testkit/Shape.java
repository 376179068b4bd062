package dev.faregate.testkit;

import org.jspecify.annotations.Nullable;

/// How much one answer contains once the request's limit was applied: tokens of all choices together, and
/// the pieces (content deltas) each choice is streamed in, reasoning first.
record Shape(TokenCounts tokens, boolean limited, int reasoningPieces, int otherPieces) {
    static Shape of(Script script, Asked asked) {
        if (asked.vectors() != null || asked.ranking() != null) {
            return new Shape(counts(script.tokens(), asked, 0, 0), false, 0, 0);
        }
        Script.Tokens wanted = script.tokens();
        if (asked.transcript() != null) {
            Long made = wanted.completion();
            return new Shape(counts(wanted, asked, 0, made == null ? Transcript.TOKENS : made), false, 0, 0);
        }
        if (asked.pictures() != null) {
            Long made = wanted.completion();
            return new Shape(counts(wanted, asked, 0, made == null ? Pictures.TOKENS_EACH : made), false, 0, 0);
        }
        Script.Content content = script.content();
        int pieces = content.chunks()
                + content.toolCalls().stream().mapToInt(ToolCall::pieces).sum();
        Long given = wanted.completion();
        long reasoning = given == null ? wanted.reasoning() : Math.min(wanted.reasoning(), given);
        long rest = given == null ? pieces : given - reasoning;
        long limit = limit(wanted, asked.limit());
        long reasoningKept = Math.min(reasoning, limit);
        long restKept = Math.min(rest, limit - reasoningKept);
        return new Shape(
                counts(wanted, asked, reasoningKept, restKept),
                reasoning + rest > limit,
                share(content.reasoningChunks(), reasoningKept, reasoning),
                share(pieces, restKept, rest));
    }

    int pieces() {
        return reasoningPieces + otherPieces;
    }

    /// Completion tokens that are out once `pieces` pieces of each choice are. Hidden reasoning is out
    /// from the start.
    long deliveredAfter(int pieces) {
        long reasoning = tokens.reasoning();
        if (pieces < reasoningPieces) {
            return reasoning * pieces / reasoningPieces;
        }
        long rest = tokens.completion() - reasoning;
        return otherPieces == 0 ? reasoning : reasoning + rest * (pieces - reasoningPieces) / otherPieces;
    }

    private static long limit(Script.Tokens wanted, @Nullable Long asked) {
        return asked == null || !wanted.honourLimit() ? Long.MAX_VALUE : asked;
    }

    private static TokenCounts counts(Script.Tokens wanted, Asked asked, long reasoning, long rest) {
        Long given = wanted.prompt();
        long prompt = given == null ? asked.defaultPromptTokens() : given;
        long choices = asked.choices();
        return new TokenCounts(
                prompt, (reasoning + rest) * choices, Math.min(wanted.cached(), prompt), reasoning * choices);
    }

    private static int share(int pieces, long kept, long natural) {
        return kept == natural ? pieces : (int) Math.ceilDiv(pieces * kept, natural);
    }
}
