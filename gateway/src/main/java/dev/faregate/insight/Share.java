package dev.faregate.insight;

import dev.faregate.base.Usd;
import dev.faregate.pages.LimitBar;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Sums;
import org.jspecify.annotations.Nullable;

/// A line of a list of what spent most. `percent` is its part of the first, at least 1; `address` is null for what has
/// no page.
public record Share(String name, @Nullable String address, Sums sums, int percent) {
    static Share of(Group group, @Nullable String address, Usd most) {
        int thousandths = most.isZero()
                ? 0
                : LimitBar.of(most, group.sums().spent(), Usd.ZERO).used();
        return new Share(group.name(), address, group.sums(), Math.max(1, thousandths / 10));
    }
}
