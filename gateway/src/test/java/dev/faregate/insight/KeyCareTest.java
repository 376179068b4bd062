package dev.faregate.insight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.KeyStandings.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Which keys need a look, on one afternoon.
class KeyCareTest {
    private static final Instant NOW = Instant.parse("2026-11-27T14:40:00Z");

    /// A key in the making: used just now, with a limit that nobody touched.
    private static final class Draft {
        private final String name;
        private @Nullable Usd cap = Usd.parse("10");
        private Usd used = Usd.ZERO;
        private Usd held = Usd.ZERO;
        private boolean disabled;
        private @Nullable Instant expiresAt;
        private @Nullable Instant lastUsedAt = NOW;
        private Duration age = Duration.ofDays(400);
        private boolean exposed;
        private boolean opened = true;

        Draft(String name) {
            this.name = name;
        }

        Standing build() {
            ApiKey key = new ApiKey(
                    name,
                    "o",
                    "w",
                    "hash-of-" + name,
                    KeyKind.INFERENCE,
                    name,
                    "sk-...",
                    cap,
                    Window.MONTHLY,
                    false,
                    disabled,
                    expiresAt,
                    null,
                    null,
                    NOW.minus(age),
                    null,
                    null,
                    KeyRules.NONE);
            Limits.State state = cap == null
                    ? null
                    : new Limits.State(1, Scope.KEY, Window.MONTHLY, cap, used, held, NOW, null, false, null, 1, false);
            return new Standing(key, state, lastUsedAt, exposed, opened);
        }
    }

    private static List<String> words(Draft... drafts) {
        return KeyCare.of(List.of(drafts).stream().map(Draft::build).toList(), NOW).stream()
                .map(notice -> notice.level() + ": " + notice.words())
                .toList();
    }

    private static Draft spent(String used, String held) {
        Draft draft = new Draft("spent");
        draft.used = Usd.parse(used);
        draft.held = Usd.parse(held);
        return draft;
    }

    @Test
    void leavesGoodKeysInPeace() {
        assertThat(words(new Draft("good"))).isEmpty();
        assertThat(words()).isEmpty();
    }

    @Test
    void tellsLimitsThatAreReachedOrNearly() {
        assertThat(words(spent("7.999999999", "0"))).isEmpty();
        assertThat(words(spent("7", "1"))).containsExactly("WARN: 1 key has used more than 80 % of its limit");
        assertThat(words(spent("10", "0")))
                .containsExactly("BAD: 1 key has reached its limit: its requests are refused");
        Draft closed = spent("10", "0");
        closed.disabled = true;
        assertThat(words(closed)).as("nobody uses it").isEmpty();
    }

    @Test
    void tellsKeysThatExpireWithinAWeek() {
        Draft soon = new Draft("soon");
        soon.expiresAt = NOW.plus(Duration.ofDays(7)).minusSeconds(1);
        assertThat(words(soon)).containsExactly("WARN: 1 key expires within 7 days");
        soon.expiresAt = NOW.plus(Duration.ofDays(7));
        assertThat(words(soon)).isEmpty();
        soon.expiresAt = NOW;
        assertThat(words(soon)).as("it has expired").isEmpty();
    }

    @Test
    void asksNothingOfKeysThatNoSecretOpens() {
        Draft ended = spent("10", "0");
        ended.opened = false;
        assertThat(words(ended)).isEmpty();
        ended.cap = null;
        ended.expiresAt = NOW.plus(Duration.ofDays(1));
        assertThat(words(ended)).isEmpty();
    }

    @Test
    void tellsExposedKeysFirst() {
        Draft exposed = new Draft("exposed");
        exposed.exposed = true;
        exposed.disabled = true;
        exposed.lastUsedAt = null;
        Draft unlimited = new Draft("unlimited");
        unlimited.cap = null;
        assertThat(words(unlimited, spent("9", "0"), exposed))
                .containsExactly(
                        "BAD: 1 key was found where others can read it: revoke and replace it",
                        "WARN: 1 key has used more than 80 % of its limit",
                        "HINT: 1 key has no spend limit");
    }

    @Test
    void tellsKeysThatDidNothingForNinetyDays() {
        Draft idle = new Draft("idle");
        idle.lastUsedAt = NOW.minus(Duration.ofDays(90)).minusSeconds(1);
        assertThat(words(idle)).containsExactly("HINT: 1 key did nothing for 90 days and is safe to remove");
        idle.lastUsedAt = NOW.minus(Duration.ofDays(90));
        assertThat(words(idle)).isEmpty();
        idle.lastUsedAt = null;
        assertThat(words(idle)).as("never, since it was made").hasSize(1);
        idle.age = Duration.ofDays(89);
        assertThat(words(idle)).isEmpty();
        idle.age = Duration.ofDays(91);
        idle.disabled = true;
        assertThat(words(idle)).as("a disabled key can go too").hasSize(1);
    }

    @Test
    void namesAFewAndCountsTheOthers() {
        List<Standing> many = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Draft draft = new Draft("k" + i);
            draft.cap = null;
            draft.age = Duration.ofDays(1);
            many.add(draft.build());
        }
        Notice notice = KeyCare.of(many, NOW).getFirst();
        assertThat(notice.words()).isEqualTo("5 keys have no spend limit");
        assertThat(notice.named())
                .containsExactly(
                        new Notice.Link("k0", "/settings/keys/hash-of-k0"),
                        new Notice.Link("k1", "/settings/keys/hash-of-k1"),
                        new Notice.Link("k2", "/settings/keys/hash-of-k2"));
        assertThat(notice.more()).isEqualTo(2);
    }

    @Test
    void showsTheLimitsThatAreClosestToTheirEnd() {
        Draft half = spent("5", "0");
        Draft untouched = new Draft("untouched");
        Limits.State budget = new Limits.State(
                2,
                Scope.WORKSPACE,
                Window.DAILY,
                Usd.parse("4"),
                Usd.parse("1"),
                Usd.parse("2"),
                NOW,
                NOW,
                false,
                null,
                1,
                false);
        List<LimitLine> lines = LimitLine.closest(
                List.of(untouched.build(), half.build(), spent("9", "0.5").build()), List.of(budget), 2);
        assertThat(lines)
                .extracting(LimitLine::name, line -> line.left().toString(), LimitLine::period)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple(
                                "spent", Usd.parse("0.5").toString(), "a month"),
                        org.assertj.core.api.Assertions.tuple(
                                "Budget of the workspace", Usd.parse("1").toString(), "a day"));
    }
}
