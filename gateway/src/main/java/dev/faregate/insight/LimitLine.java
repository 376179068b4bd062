package dev.faregate.insight;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.keys.KeyStandings.Standing;
import dev.faregate.pages.LimitBar;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A limit as it stands, of a key or of the workspace. `address` is null where it has no page.
public record LimitLine(String name, @Nullable String address, Usd cap, Limits.State state) {
    public LimitBar bar() {
        return LimitBar.of(cap, state.used(), state.held());
    }

    public Usd left() {
        return cap.minus(state.used()).minus(state.held()).max(Usd.ZERO);
    }

    public String period() {
        return switch (state.window()) {
            case TOTAL -> "in all";
            case DAILY -> "a day";
            case WEEKLY -> "a week";
            case MONTHLY -> "a month";
        };
    }

    /// The `most` limits of which the largest part is spent or held; nothing of those that nobody used.
    static List<LimitLine> closest(List<Standing> keys, Collection<Limits.State> budgets, int most) {
        Stream<LimitLine> ofKeys = keys.stream()
                .filter(one -> !one.key().disabled())
                .flatMap(one -> line(
                        one.key().name(),
                        "/settings/keys/" + one.key().hash(),
                        one.key().limit(),
                        one.limit()));
        Stream<LimitLine> ofWorkspace =
                budgets.stream().flatMap(state -> line("Budget of the workspace", null, state.cap(), state));
        return Stream.concat(ofWorkspace, ofKeys)
                .filter(line -> line.bar().used() + line.bar().held() > 0)
                .sorted(Comparator.comparingInt((LimitLine line) ->
                                line.bar().used() + line.bar().held())
                        .reversed())
                .limit(most)
                .toList();
    }

    private static Stream<LimitLine> line(
            String name, @Nullable String address, @Nullable Usd cap, Limits.@Nullable State state) {
        return cap == null || state == null ? Stream.empty() : Stream.of(new LimitLine(name, address, cap, state));
    }
}
