package dev.faregate.insight;

import dev.faregate.credits.Limits;
import dev.faregate.credits.RestoreGate;
import dev.faregate.http.Route;
import dev.faregate.keys.KeySearch;
import dev.faregate.pages.Pages;
import dev.faregate.routing.EndpointHealth;
import dev.faregate.storage.Database;
import dev.faregate.usage.ManagedCredits;
import dev.faregate.usage.UsageReport;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The pages of this package, and where they are.
public final class InsightParts {
    private final OverviewPage overview;
    private final ActivityPage activity;

    /// What the pages tell of. `publicUrl`: where people reach this server.
    public record Lent(
            Database database,
            Limits limits,
            UsageReport report,
            ManagedCredits credits,
            EndpointHealth health,
            RestoreGate gate,
            Supplier<String> publicUrl) {}

    public InsightParts(Lent lent, InstantSource clock) {
        this.overview = new OverviewPage(lent, clock);
        this.activity = new ActivityPage(lent.report(), new KeySearch(lent.database(), lent.limits()), clock);
    }

    public List<Route> routes(Pages pages) {
        return Stream.of(overview.routes(pages), activity.routes(pages))
                .flatMap(List::stream)
                .toList();
    }
}
