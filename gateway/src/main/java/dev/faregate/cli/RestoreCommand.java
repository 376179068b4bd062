package dev.faregate.cli;

import dev.faregate.backup.Declaration;
import dev.faregate.backup.Restore;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.byok.MasterKey;
import dev.faregate.credits.Restoration;
import dev.faregate.server.Config;
import dev.faregate.server.DataFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Puts a backup into a data folder that has no store yet; or says that a PostgreSQL database was put back.
@Command(
        name = "restore",
        description =
                "Put a backup into a data folder without a store, or declare that a PostgreSQL database was put back "
                        + "by its own tools. The service then starts closed, until `ledger reconcile` has said what was spent "
                        + "after the backup.")
public final class RestoreCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @ArgGroup(exclusive = true, multiplicity = "1")
    private What what = new What();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /// One of the two.
    private static final class What {
        @Parameters(paramLabel = "FILE", description = "What `backup` wrote.")
        private @Nullable Path file;

        @Option(
                names = "--declare",
                required = true,
                description =
                        "The PostgreSQL database of the configuration was put back by pg_restore or to a point in "
                                + "time, while all nodes are stopped.")
        private boolean declare;
    }

    public RestoreCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Config config = options.load(context, Map.of());
        Secret url = config.databaseUrl();
        Path file = what.file;
        if (what.declare || file == null) {
            return declare(config, url);
        }
        if (url != null) {
            throw new Failure(
                    Exit.USAGE,
                    "The configuration names a PostgreSQL database, and FILE is restored into a data folder. Restore "
                            + "PostgreSQL by its own tools, then declare it by --declare (docs/backup.md).");
        }
        DataFolder.prepare(config.data());
        Restore.Restored restored = Restore.into(
                config.data(),
                context.directory().resolve(file),
                // Made afresh it could not open anything; named by its id it is never made.
                id -> MasterKey.load(config.masterKey(), config.masterKeyFile(), id));
        tell(
                restored.restoration(),
                restored.manifest().snapshot().holds().count(),
                "Restored the store as of " + restored.restoration().takenAt() + " into " + config.data(),
                "./faregate serve: it answers");
        return Exit.OK.code();
    }

    private int declare(Config config, @Nullable Secret url) {
        if (url == null) {
            throw new Failure(
                    Exit.USAGE,
                    "--declare is for a PostgreSQL database, and the configuration names none. Into a data folder the "
                            + "FILE of a backup is restored.");
        }
        Declaration.Declared declared;
        try {
            declared = Declaration.make(url.reveal(), config.silentAfter());
        } catch (IllegalStateException e) {
            throw new Failure(Exit.UNREACHABLE, String.valueOf(e.getMessage()));
        }
        tell(
                declared.restoration(),
                declared.openHolds(),
                "This database is taken as restored, as of its newest record at "
                        + declared.restoration().takenAt(),
                "./faregate serve on each node: they answer");
        return Exit.OK.code();
    }

    /// `done` begins the sentence that says what was done; `serve` the step that starts it.
    private void tell(Restoration begun, long openHolds, String done, String serve) {
        if (json) {
            context.out().println(json(begun, openHolds));
            return;
        }
        context.out().println(done + ". It is epoch " + begun.epoch() + " of its books, and closed.");
        context.out().println("Next:");
        context.out().println("  1. ./faregate keys list: end the keys that were ended or exposed after the backup.");
        context.out().println("  2. " + serve + " 503 to requests that spend.");
        context.out().println("  3. ./faregate ledger reconcile: say what was spent after the backup, which opens it.");
        context.out()
                .println(
                        "Sessions, one-time links, invitations, codes, refresh tokens and mail that waited have ended; "
                                + openHolds + " requests that ran at the time of the backup will be charged in full.");
    }

    private static String json(Restoration begun, long openHolds) {
        return new String(
                Json.write(out -> {
                    out.writeStartObject();
                    out.writeNumberProperty("epoch", begun.epoch());
                    out.writeStringProperty("id", begun.id());
                    out.writeStringProperty("taken_at", begun.takenAt().toString());
                    out.writeStringProperty("restored_at", begun.restoredAt().toString());
                    out.writeNumberProperty("open_holds", openHolds);
                    out.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }
}
