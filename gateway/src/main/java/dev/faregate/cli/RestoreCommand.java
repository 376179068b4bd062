package dev.faregate.cli;

import dev.faregate.backup.Restore;
import dev.faregate.base.Json;
import dev.faregate.byok.MasterKey;
import dev.faregate.server.Config;
import dev.faregate.server.DataFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Puts a backup into a data folder that has no store yet.
@Command(
        name = "restore",
        description = "Put a backup into a data folder without a store. The service then starts closed, until "
                + "`ledger reconcile` has said what was spent after the backup.")
public final class RestoreCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "FILE", description = "What `backup` wrote.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    public RestoreCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Config config = options.load(context, Map.of());
        if (config.databaseUrl() != null) {
            throw new Failure(
                    Exit.USAGE,
                    "The configuration names a PostgreSQL database, and this restores into a data folder. "
                            + "docs/backup.md says how PostgreSQL is restored.");
        }
        DataFolder.prepare(config.data());
        Restore.Restored restored = Restore.into(
                config.data(),
                context.directory().resolve(file),
                // Made afresh it could not open anything; named by its id it is never made.
                id -> MasterKey.load(config.masterKey(), config.masterKeyFile(), id));
        if (json) {
            context.out().println(RestoreCommand.json(restored));
            return Exit.OK.code();
        }
        context.out()
                .println("Restored the store as of " + restored.restoration().takenAt() + " into " + config.data()
                        + ". It is epoch " + restored.restoration().epoch() + " of its books, and closed.");
        context.out().println("Next:");
        context.out().println("  1. ./faregate keys list: end the keys that were ended or exposed after the backup.");
        context.out().println("  2. ./faregate serve: it answers 503 to requests that spend.");
        context.out().println("  3. ./faregate ledger reconcile: say what was spent after the backup, which opens it.");
        context.out()
                .println(
                        "Sessions, one-time links, invitations, codes, refresh tokens and mail that waited have ended; "
                                + restored.manifest().snapshot().holds().count()
                                + " requests that ran at the time of the backup will be charged in full.");
        return Exit.OK.code();
    }

    private static String json(Restore.Restored restored) {
        return new String(
                Json.write(out -> {
                    out.writeStartObject();
                    out.writeNumberProperty("epoch", restored.restoration().epoch());
                    out.writeStringProperty("id", restored.restoration().id());
                    out.writeStringProperty(
                            "taken_at", restored.restoration().takenAt().toString());
                    out.writeStringProperty(
                            "restored_at", restored.restoration().restoredAt().toString());
                    out.writeNumberProperty(
                            "open_holds", restored.manifest().snapshot().holds().count());
                    out.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }
}
