package dev.faregate.guardrails;

/// Where is counted what guardrails did. Called on event loops: must not block.
interface Hits {
    Hits UNCOUNTED = (guardrail, rule, action) -> {};

    /// `rule`: a field of the guardrail or the name of a content filter.
    void count(Guardrail guardrail, String rule, String action);
}
