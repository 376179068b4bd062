package dev.faregate.guardrails;

import dev.faregate.base.ApiError;

/// A guardrail's answer.
public sealed interface Verdict {
    record Pass() implements Verdict {}

    record Block(ApiError error) implements Verdict {}
}
