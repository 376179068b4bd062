package dev.faregate.insight;

import dev.faregate.base.Usd;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.KeyStandings.Standing;
import dev.faregate.pages.LimitBar;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// Which keys need a look, and why; the worst first.
final class KeyCare {
    /// A key that ends so soon needs another.
    static final Duration SOON = Duration.ofDays(7);

    /// A key that did nothing for so long is safe to remove.
    static final Duration IDLE = Duration.ofDays(90);

    /// Keys that are named; the others are counted.
    static final int NAMED = 3;

    private static final String KEYS = "/settings/keys";

    private KeyCare() {}

    static List<Notice> of(List<Standing> keys, Instant now) {
        Predicate<Standing> lives =
                one -> one.opened() && !one.key().disabled() && !one.key().expiredAt(now);
        List<Notice> notices = new ArrayList<>();
        add(
                notices,
                Notice.Level.BAD,
                keys.stream().filter(Standing::exposed).toList(),
                "was found where others can read it: revoke and replace it",
                "were found where others can read them: revoke and replace them",
                KEYS + "?state=exposed");
        add(
                notices,
                Notice.Level.BAD,
                keys.stream()
                        .filter(lives)
                        .filter(one -> level(one) == LimitBar.Level.OVER)
                        .toList(),
                "has reached its limit: its requests are refused",
                "have reached their limits: their requests are refused",
                KEYS);
        add(
                notices,
                Notice.Level.WARN,
                keys.stream()
                        .filter(lives)
                        .filter(one -> level(one) == LimitBar.Level.NEAR)
                        .toList(),
                "has used more than 80 % of its limit",
                "have used more than 80 % of their limits",
                KEYS);
        add(
                notices,
                Notice.Level.WARN,
                keys.stream()
                        .filter(lives)
                        .filter(one -> endsBefore(one.key(), now.plus(SOON)))
                        .sorted(Comparator.comparing(
                                one -> one.key().expiresAt(), Comparator.nullsLast(Comparator.<Instant>naturalOrder())))
                        .toList(),
                "expires within 7 days",
                "expire within 7 days",
                KEYS);
        add(
                notices,
                Notice.Level.HINT,
                keys.stream()
                        .filter(lives)
                        .filter(one -> one.key().limit() == null)
                        .toList(),
                "has no spend limit",
                "have no spend limit",
                KEYS);
        add(
                notices,
                Notice.Level.HINT,
                keys.stream()
                        .filter(one -> !one.exposed() && idleSince(one).isBefore(now.minus(IDLE)))
                        .sorted(Comparator.comparing(KeyCare::idleSince))
                        .toList(),
                "did nothing for 90 days and is safe to remove",
                "did nothing for 90 days and are safe to remove",
                KEYS);
        return notices;
    }

    private static void add(
            List<Notice> notices, Notice.Level level, List<Standing> keys, String one, String several, String address) {
        if (!keys.isEmpty()) {
            List<Notice.Link> named = keys.stream()
                    .limit(NAMED)
                    .map(key -> new Notice.Link(
                            key.key().name(), KEYS + "/" + key.key().hash()))
                    .toList();
            String words = keys.size() == 1 ? "1 key " + one : keys.size() + " keys " + several;
            notices.add(new Notice(level, words, named, keys.size() - named.size(), address));
        }
    }

    private static boolean endsBefore(ApiKey key, Instant at) {
        Instant ends = key.expiresAt();
        return ends != null && ends.isBefore(at);
    }

    private static Instant idleSince(Standing one) {
        return one.lastUsedAt() == null ? one.key().createdAt() : one.lastUsedAt();
    }

    private static LimitBar.Level level(Standing one) {
        Usd cap = one.key().limit();
        return cap == null || one.limit() == null
                ? LimitBar.Level.FINE
                : LimitBar.of(cap, one.limit().used(), one.limit().held()).level();
    }
}
