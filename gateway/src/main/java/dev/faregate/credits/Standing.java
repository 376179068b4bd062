package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How a limit stands right after a hold was taken on it; `held` includes that hold. `resetsAt` is null for
/// a `TOTAL` window.
public record Standing(
        Scope scope,
        Window window,
        Usd cap,
        Usd used,
        Usd held,
        @Nullable Instant resetsAt) {
    /// What is left for further requests.
    public Usd remaining() {
        return cap.minus(used).minus(held);
    }
}
