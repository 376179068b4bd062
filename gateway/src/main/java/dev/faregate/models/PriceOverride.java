package dev.faregate.models;

/// Prices that replace the base ones when the prompt has strictly more than `minPromptTokens` tokens
/// (contract 2.2, `pricing.overrides`); what `rates` does not state is inherited.
public record PriceOverride(long minPromptTokens, Rates rates) {
    public PriceOverride {
        if (minPromptTokens < 0) {
            throw new IllegalArgumentException("negative threshold");
        }
    }
}
