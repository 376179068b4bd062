package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The bounds that a person, or a program for them, sets to a key that an app gets. `keyName` null means
/// the app's name; `limitReset` is `TOTAL` for a limit that never starts anew.
record Terms(
        String workspaceId,
        @Nullable String keyName,
        @Nullable Usd limit,
        Window limitReset,
        @Nullable Instant keyExpiresAt) {}
