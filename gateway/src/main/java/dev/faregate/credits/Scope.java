package dev.faregate.credits;

/// What a limit is about. The order is the order in which shortages are reported.
public enum Scope {
    /// The organization's balance; its cap is null when postpaid.
    BALANCE,
    /// A guardrail's budget for one member.
    GUARDRAIL_MEMBER,
    /// A guardrail's budget for one key.
    GUARDRAIL_KEY,
    /// A workspace's budget.
    WORKSPACE,
    /// A key's own limit. Its `TOTAL` row always exists and carries the key's gates.
    KEY
}
