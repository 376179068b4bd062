package dev.faregate.http;

import dev.faregate.base.ApiError;
import org.jspecify.annotations.Nullable;

/// Whoever a credential stands for. What it is in detail is known to the feature that made it.
public interface Principal {
    /// Why this principal may not use a route of that access, or null when it may.
    @Nullable
    ApiError refusal(Access access);
}
