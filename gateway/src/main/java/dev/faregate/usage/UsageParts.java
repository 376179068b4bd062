package dev.faregate.usage;

import dev.faregate.identity.OrganizationStore;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.InstantSource;

/// What stands on the records of generations: the answers made of them, the log of prompts and answers,
/// and the job that deletes details. Made once, in the composition root.
public record UsageParts(
        ActivityHandler activity,
        AnalyticsHandler analytics,
        DatasetsHandler datasets,
        SessionCostSnapshot sessions,
        RankingBoard board,
        WeeklyTokens weekly,
        UsageReport report,
        ContentLog content,
        WorkspaceContentLogging logging,
        Retention retention)
        implements AutoCloseable {
    /// What an operator decides.
    ///
    /// @param logged the part of all requests whose prompts and answers are stored, from 0 to 1, whatever
    /// their workspaces want
    /// @param kept how long the details of generations are
    public record Options(BigDecimal logged, Duration kept, DatasetsHandler.Scope rankings) {}

    public static UsageParts start(
            Database database,
            OrganizationStore organizations,
            Catalogues catalogues,
            Options options,
            InstantSource clock) {
        int perMillion = options.logged()
                .multiply(BigDecimal.valueOf(ContentLogging.ALL))
                .setScale(0, RoundingMode.HALF_UP)
                .intValueExact();
        WorkspaceContentLogging logging = WorkspaceContentLogging.start(database, ContentLogging.sample(perMillion));
        SessionCostSnapshot sessions = new SessionCostSnapshot(database, options.rankings()).started();
        return new UsageParts(
                new ActivityHandler(database, organizations, catalogues),
                new AnalyticsHandler(database, organizations, catalogues),
                new DatasetsHandler(database, catalogues, options.rankings(), sessions, clock),
                sessions,
                new RankingBoard(database, catalogues, options.rankings()),
                new WeeklyTokens(database).started(),
                new UsageReport(database, organizations, catalogues),
                ContentLog.start(database, logging),
                logging,
                Retention.start(database, options.kept()));
    }

    /// Shows what was stored, what had to be dropped and what was deleted.
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("faregate.content.stored", content, ContentLog::stored)
                .description("Requests whose prompt and answer were stored")
                .register(registry);
        FunctionCounter.builder("faregate.content.dropped", content, ContentLog::dropped)
                .description("Requests whose prompt and answer should have been stored and were not")
                .register(registry);
        FunctionCounter.builder("faregate.retention.deleted", retention, Retention::deleted)
                .description("Generations whose details were deleted")
                .register(registry);
    }

    @Override
    public void close() {
        retention.close();
        weekly.close();
        sessions.close();
        logging.close();
        content.close();
    }
}
