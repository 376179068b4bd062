package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Window;
import dev.faregate.pages.LimitBar;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A connected app as its page shows it. Names and addresses are what apps say of themselves: untrusted
/// text, which the template escapes.
///
/// @param address where the app lives, without a path; null when it has no address to show
/// @param owner who connected it; null where that is the viewer
/// @param problem why its key opens nothing just now, or null
/// @param limit null for a key that may spend without end
/// @param mayEnd whether the viewer may disconnect it
public record ConnectedApp(
        String id,
        String name,
        @Nullable String address,
        String keyName,
        String keyLabel,
        String workspace,
        @Nullable String owner,
        Instant connectedAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant expiresAt,
        @Nullable String problem,
        boolean readOnly,
        Usd spent,
        @Nullable Limit limit,
        boolean mayEnd) {
    /// A limit in the window that runs: `used` is spent, `held` set aside by running requests. `every` is
    /// `day`, `week` or `month`, or null for a limit that never starts anew.
    public record Limit(
            Usd cap,
            Usd used,
            Usd held,
            Usd left,
            LimitBar bar,
            @Nullable String every,
            @Nullable Instant resetsAt) {
        static Limit of(Limits.State state) {
            Usd cap = state.cap() == null ? Usd.ZERO : state.cap();
            Usd left = cap.minus(state.used()).minus(state.held()).max(Usd.ZERO);
            return new Limit(
                    cap,
                    state.used(),
                    state.held(),
                    left,
                    LimitBar.of(cap, state.used(), state.held()),
                    every(state.window()),
                    state.resetsAt());
        }

        private static @Nullable String every(Window window) {
            return switch (window) {
                case TOTAL -> null;
                case DAILY -> "day";
                case WEEKLY -> "week";
                case MONTHLY -> "month";
            };
        }
    }
}
