package dev.faregate.system;

import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.NodeWatch;
import dev.faregate.credits.RestoreGate;
import dev.faregate.credits.Spool;
import dev.faregate.http.EdgeStats;
import dev.faregate.http.Route;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.Pages;
import dev.faregate.routing.EndpointHealth;
import dev.faregate.storage.Database;
import dev.faregate.storage.DiskReserve;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The pages of this package, and where they are.
public final class SystemParts {
    private final SystemPage page;

    /// What the page tells of. `watch` is null where there is one node; `edge` is the public listener.
    public record Lent(
            Self self,
            Database database,
            GroupLedger ledger,
            Spool spool,
            DiskReserve reserve,
            RestoreGate gate,
            @Nullable NodeWatch watch,
            EndpointHealth health,
            Catalogues catalogues,
            LastRuns runs,
            Supplier<Readiness> readiness,
            Supplier<EdgeStats> edge,
            Supplier<Configuration> configuration) {}

    public SystemParts(Lent lent, InstantSource clock) {
        this.page = new SystemPage(lent, clock);
    }

    public List<Route> routes(Pages pages) {
        return page.routes(pages);
    }
}
