package dev.faregate.dashboard;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Window;
import dev.faregate.identity.Member;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySecret;
import dev.faregate.keys.KeyView;
import dev.faregate.pages.LimitBar;
import dev.faregate.usage.SpendAlert;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A key as a page shows it at `now`. `maker` is who made it, where that is known and to be shown; `alert` that it
/// spent unusually much of late.
public record KeyFacts(
        KeyView view, @Nullable Member maker, @Nullable SpendAlert alert, Instant now) {
    /// The limit of a key as it stands in its window. `left` is what new requests may still take.
    public record Limit(
            Usd cap,
            Usd spent,
            Usd held,
            Usd left,
            String period,
            @Nullable Instant resetsAt,
            LimitBar bar) {}

    /// What a key can do now, in a word, and how that looks.
    public record State(String word, String style) {}

    public ApiKey key() {
        return view.key();
    }

    public boolean manages() {
        return key().kind() == KeyKind.MANAGEMENT;
    }

    /// The address of its page.
    public String address() {
        return KeyAddresses.of(key());
    }

    /// The address of something that is done to it.
    public String path(String action) {
        return KeyAddresses.LIST + "/" + key().hash() + action + (manages() ? "?kind=" + KeyAddresses.MANAGEMENT : "");
    }

    /// Whether nothing opens it any more, though it has not come to the end of its own time.
    public boolean secretsEnded() {
        return view.expiredAt(now) && !key().expiredAt(now);
    }

    public State state() {
        if (view.exposedAt() != null) {
            return new State("Exposed", "fg-is-bad");
        }
        if (key().disabled()) {
            return new State("Disabled", "fg-is-off");
        }
        if (view.expiredAt(now)) {
            return new State("Expired", "fg-is-bad");
        }
        Limit limit = limit();
        if (limit == null) {
            return new State("Active", "fg-is-good");
        }
        return switch (limit.bar().level()) {
            case OVER -> new State("Limit reached", "fg-is-bad");
            case NEAR -> new State("Nearly spent", "fg-is-warn");
            case FINE -> new State("Active", "fg-is-good");
        };
    }

    /// Null for a key without a limit.
    public @Nullable Limit limit() {
        Usd cap = key().limit();
        if (cap == null) {
            return null;
        }
        Limits.State state = view.limitState();
        Usd spent = state == null ? Usd.ZERO : state.used();
        Usd held = state == null ? Usd.ZERO : state.held();
        return new Limit(
                cap,
                spent,
                held,
                cap.minus(spent).minus(held).max(Usd.ZERO),
                period(key().limitReset()),
                state == null ? null : state.resetsAt(),
                LimitBar.of(cap, spent, held));
    }

    static String period(Window window) {
        return switch (window) {
            case TOTAL -> "in all";
            case DAILY -> "a day";
            case WEEKLY -> "a week";
            case MONTHLY -> "a month";
        };
    }

    /// The secrets of its own that open it, the one that stays first.
    public List<KeySecret> ownSecrets() {
        Stream<KeySecret> own = view.secrets().stream().filter(secret -> !secret.external());
        return own.sorted((a, b) -> Boolean.compare(a.expiresAt() != null, b.expiresAt() != null))
                .toList();
    }

    /// The secrets of other systems that open it.
    public List<KeySecret> foreignSecrets() {
        return view.secrets().stream().filter(KeySecret::external).toList();
    }

    /// When the secret ends that was rotated out, while it still lives.
    public @Nullable Instant oldSecretEnds() {
        return ownSecrets().stream()
                .map(KeySecret::expiresAt)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /// Whether a fresh secret can be made by hand: an app renews the secrets of its key itself.
    public boolean rotates() {
        return ownSecrets().stream().anyMatch(secret -> secret.expiresAt() == null);
    }

    public @Nullable String makerName() {
        return maker == null ? null : name(maker);
    }

    static String name(Member member) {
        String first = member.firstName() == null ? "" : member.firstName();
        String last = member.lastName() == null ? "" : member.lastName();
        String name = (first + " " + last).strip();
        return name.isEmpty() ? member.email() : name;
    }
}
