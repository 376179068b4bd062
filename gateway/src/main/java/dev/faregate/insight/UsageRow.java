package dev.faregate.insight;

import dev.faregate.usage.UsageReport.Sums;
import org.jspecify.annotations.Nullable;

/// A line of the table under the charts. `style` is the class of its color there; `address` where more is told of it.
public record UsageRow(String style, String name, @Nullable String address, Sums sums) {}
