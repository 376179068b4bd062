package dev.faregate.credits;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import org.jspecify.annotations.Nullable;

/// What is known about a request whose node died before its hold ended, and so how the hold ends.
public sealed interface Finding {
    /// Nothing was sent to a provider: the hold is given back.
    record NeverSent() implements Finding {}

    /// The bill was known: the node died between it and its posting. Never charged above the hold.
    ///
    /// @param usage what was used; null when nothing was
    record Billed(
            Settlement.Source source,
            Usd charge,
            Usd realCost,
            @Nullable TokenUsage usage) implements Finding {}

    /// It was, or may have been, sent and nobody can say what it cost: the hold is charged in full.
    record Doubtful(String why) implements Finding {}
}
