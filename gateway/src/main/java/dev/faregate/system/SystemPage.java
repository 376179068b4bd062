package dev.faregate.system;

import dev.faregate.credits.NodeLife;
import dev.faregate.credits.NodeWatch;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.models.Catalogue;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.SqliteDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/system`: how this node, its database and what it stands on are, for the operator of the server; for everybody else
/// there is no such page. Each question to the database has its time limit, and one that fails leaves the rest of the
/// page as it is.
final class SystemPage {
    private static final Logger LOG = LoggerFactory.getLogger(SystemPage.class);

    private final SystemParts.Lent on;
    private final InstantSource clock;
    private final SystemStore store = new SystemStore();

    SystemPage(SystemParts.Lent on, InstantSource clock) {
        this.on = on;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        return List.of(pages.signedIn("GET", "/system", this::show));
    }

    /// `GET /system`; a script of ours gets the blocks alone.
    private Response show(Visit visit) {
        visit.requireOperator();
        Instant now = clock.instant();
        Map<String, Object> values = Map.of("board", board(now), "now", now);
        return visit.isPartial()
                ? visit.part("system/blocks.jte", values)
                : visit.page("system/system.jte", "System", "system", values);
    }

    private Board board(Instant now) {
        SystemStore.Told told = asked(() -> on.database().read(store::read));
        Configuration configuration = on.configuration().get();
        Catalogue catalogue = on.catalogues().snapshot();
        return new Board(
                List.of(
                        NodeBlock.of(on.readiness().get(), on.self(), on.edge().get(), now),
                        DatabaseBlock.of(database(told))),
                List.of(
                        LedgerBlock.of(ledger(told)),
                        BackupBlock.of(
                                on.database().kind(),
                                on.runs().copy(),
                                on.gate().epoch())),
                List.of(
                        nodes(),
                        ProvidersBlock.endpoints(on.health().outages(System.nanoTime()), catalogue),
                        ProvidersBlock.providers(configuration.providers(), catalogue),
                        ConfigurationBlock.of(configuration)));
    }

    private DatabaseBlock.Reading database(SystemStore.@Nullable Told told) {
        Path data = on.self().data();
        return new DatabaseBlock.Reading(
                on.database().kind(),
                on.self().place(),
                told,
                on.database().failure(),
                on.database().kind() == Database.Kind.SQLITE ? files(data) : null,
                free(data),
                on.reserve().isSpent());
    }

    private LedgerBlock.Reading ledger(SystemStore.@Nullable Told told) {
        NodeWatch watch = on.watch();
        return new LedgerBlock.Reading(
                on.database().kind(),
                on.ledger().stats(),
                on.ledger().fault(),
                on.spool().bytes(),
                told == null ? null : told.holds(),
                watch == null ? null : new LedgerBlock.NodeHolds(watch.charged(), watch.voided()),
                on.runs().audit());
    }

    private Block nodes() {
        NodeWatch watch = on.watch();
        if (watch == null) {
            return NodesBlock.alone();
        }
        List<NodeLife> nodes = asked(() -> watch.nodes(Rows.MOST + 1));
        return NodesBlock.of(nodes);
    }

    /// What the database answers, or null when it does not in time.
    private static <T> @Nullable T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (RuntimeException e) {
            LOG.warn("the page of the system could not ask the database: {}", e.toString());
            return null;
        }
    }

    private static DatabaseBlock.@Nullable Files files(Path data) {
        try {
            Path file = data.resolve(SqliteDatabase.FILE);
            Path log = data.resolve(SqliteDatabase.FILE + "-wal");
            return new DatabaseBlock.Files(Files.size(file), Files.exists(log) ? Files.size(log) : 0);
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Long free(Path data) {
        try {
            return Files.getFileStore(data).getUsableSpace();
        } catch (IOException e) {
            return null;
        }
    }
}
