package dev.faregate.governance;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.pages.LimitBar;

/// How one budget of a guardrail stands; `whose` is the name of a key, or a member.
public record BudgetRow(String whose, Limits.State state, Usd cap) {
    public LimitBar bar() {
        return LimitBar.of(cap, state.used(), state.held());
    }
}
