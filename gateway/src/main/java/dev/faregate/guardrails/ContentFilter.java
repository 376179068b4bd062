package dev.faregate.guardrails;

/// One thing that texts must not hold, and what happens then. `name` is what people call it; `userOnly`: only
/// messages of the user are looked into.
record ContentFilter(
        Guardrail guardrail,
        String name,
        String placeholder,
        FilterAction action,
        boolean userOnly,
        Detector detector) {
    boolean looksInto(boolean user) {
        return user || !userOnly;
    }
}
