package dev.faregate.watch;

import dev.faregate.http.Route;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;
import dev.faregate.usage.GenerationLog;
import dev.faregate.usage.GenerationStore;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The pages of this package, and where they are.
public final class WatchParts {
    private final LogsPage logs;

    public WatchParts(Database database, Supplier<String> publicUrl, InstantSource clock) {
        this.logs = new LogsPage(new GenerationLog(database, new GenerationStore(), clock), publicUrl, clock);
    }

    public List<Route> routes(Pages pages) {
        return logs.routes(pages);
    }
}
