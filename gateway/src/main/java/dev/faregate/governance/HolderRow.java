package dev.faregate.governance;

/// Somebody who holds a guardrail: `kind` is the word of the kind, `reference` what the API calls it.
public record HolderRow(String kind, String reference, String name, String detail) {}
