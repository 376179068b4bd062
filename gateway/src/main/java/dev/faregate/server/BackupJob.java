package dev.faregate.server;

import dev.faregate.backup.Backup;
import dev.faregate.backup.BackupException;
import dev.faregate.backup.Manifest;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.storage.Database;
import dev.faregate.system.LastRuns;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The backup that a command of this machine asks for, with one line of JSON: `file`, an absolute path, and `force`.
/// Answers the manifest; `error` and `status` when it was refused.
public final class BackupJob {
    /// The command of the socket that runs it.
    public static final String NAME = "backup";

    private static final int MAX_PATH = 4_000;

    private BackupJob() {}

    /// For the store of a stopped server.
    public static byte[] run(Database database, String json) {
        return run(database, new LastRuns(), json);
    }

    /// The same in a server, whose `runs` hears of a backup that was made.
    public static byte[] run(Database database, LastRuns runs, String json) {
        return Operations.answering(() -> {
            BodyFields asked = BodyFields.of(json.getBytes(StandardCharsets.UTF_8));
            try {
                Path file = Path.of(asked.text("file", MAX_PATH));
                Manifest made = Backup.take(database, file, asked.flag("force"));
                runs.backedUp(made.snapshot().takenAt(), file);
                return made.toJson();
            } catch (BackupException e) {
                throw new ApiException(new ApiError.Conflict(String.valueOf(e.getMessage())));
            }
        });
    }
}
