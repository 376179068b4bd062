package dev.faregate.testkit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What answers have in common in the formats that providers have of their own: an opening, one chunk for each piece,
/// and an end that has what was counted.
abstract class NativeFormat implements AnswerFormat {
    final String id;
    final Shape shape;
    final Pieces pieces;
    final boolean usageSent;
    private final UsageReport.Lie lie;

    NativeFormat(String id, Asked asked, Script script, Shape shape) {
        this.id = id;
        this.shape = shape;
        this.pieces = new Pieces(script, shape);
        this.usageSent = script.usage().sent(asked.stream(), true);
        this.lie = script.usage().lie();
    }

    /// What is said to have been counted, which may be a lie.
    final TokenCounts said() {
        TokenCounts truth = shape.tokens();
        return Objects.requireNonNullElse(OpenAiFormat.reported(truth, lie), truth);
    }

    @Override
    public final int chunks() {
        return shape.pieces() + 2;
    }

    @Override
    public final long deliveredAfter(int index) {
        return index > shape.pieces() ? shape.tokens().completion() : shape.deliveredAfter(index);
    }

    @Override
    public final @Nullable String afterError() {
        return null;
    }
}
