package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.server.BackupJob;
import dev.faregate.server.Config;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/// Makes a backup: by the server that runs on the data folder, or of the store of a stopped one.
@Command(
        name = "backup",
        description = "Write the whole store into one file, while the server runs or not. The master key is not in it: "
                + "keep that elsewhere. Of a PostgreSQL database pg_dump makes backups (docs/backup.md).")
public final class BackupCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "FILE", description = "Where to; must not exist.")
    private Path file = Path.of("");

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    public BackupCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Config config = options.load(context, Map.of());
        // The server may have been started in another folder.
        String target =
                context.directory().resolve(file).toAbsolutePath().normalize().toString();
        byte[] asked = Json.write(out -> {
            out.writeStartObject();
            out.writeStringProperty("file", target);
            out.writeBooleanProperty("force", force);
            out.writeEndObject();
        });
        ObjectNode manifest =
                Operator.ask(config, BackupJob.NAME, new String(asked, StandardCharsets.UTF_8), BackupJob::run);
        if (json) {
            context.out().println(manifest);
            return Exit.OK.code();
        }
        context.out()
                .println("Wrote " + target + ": the store as of "
                        + manifest.path("taken_at").asString("") + ", "
                        + manifest.path("rows").path("posting").asLong() + " postings. Keep the master key elsewhere; "
                        + "without it the sealed secrets in this file open for nobody.");
        return Exit.OK.code();
    }
}
