package dev.faregate.insight;

import dev.faregate.http.Route;
import dev.faregate.keys.KeySearch;
import dev.faregate.pages.Pages;
import dev.faregate.usage.UsageReport;
import java.time.InstantSource;
import java.util.List;

/// The pages of this package, and where they are.
public final class InsightParts {
    private final ActivityPage activity;

    public InsightParts(UsageReport report, KeySearch keys, InstantSource clock) {
        this.activity = new ActivityPage(report, keys, clock);
    }

    public List<Route> routes(Pages pages) {
        return activity.routes(pages);
    }
}
