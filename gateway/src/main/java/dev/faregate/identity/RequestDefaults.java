package dev.faregate.identity;

import org.jspecify.annotations.Nullable;

/// What applies to the requests of a workspace where they say nothing themselves, by its settings and those
/// of its organization.
///
/// @param textModel serves requests that name no model
/// @param providerSort puts endpoints in order: `price`, `throughput`, `latency` or `exacto`
/// @param onlyUsableModels model lists show only what the caller may use
public record RequestDefaults(
        @Nullable String textModel, @Nullable String providerSort, boolean onlyUsableModels) {
    public static final RequestDefaults NONE = new RequestDefaults(null, null, false);
}
