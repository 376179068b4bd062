package dev.faregate.recorder;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a slot of a flight recorder says.
sealed interface Slot {
    /// Nothing is in flight here.
    record Free() implements Slot {}

    /// It was being written when the process died, or was damaged later: what it said is not known.
    record Torn() implements Slot {}

    /// A request that was, or was about to be, sent. `delivered` counts the bytes of the answer's texts
    /// that arrived here, null when the count was lost; `paused` says that more may have waited outside.
    /// `bill` is what the request was about to be charged.
    record Used(
            UUID generation,
            Terms terms,
            @Nullable Long delivered,
            boolean paused,
            @Nullable Bill bill) implements Slot {}

    /// The end of a request as it is posted.
    record Bill(Settlement.Source source, Usd charge, Usd realCost, TokenUsage usage) {}
}
