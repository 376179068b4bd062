package dev.faregate.system;

import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of backups: of SQLite those that this process made, and whether the store was ever put back.
final class BackupBlock {
    private BackupBlock() {}

    /// `restores`: how often this store was restored from a backup.
    static Block of(Database.Kind kind, LastRuns.@Nullable Copy last, int restores) {
        List<Fact> facts = new ArrayList<>();
        if (last != null) {
            facts.add(Fact.at("Last backup", last.at()));
            facts.add(Fact.of("File", last.file().toString()));
        }
        if (restores > 0) {
            facts.add(Fact.count("Restored so far", restores));
        }
        String command =
                kind == Database.Kind.SQLITE && last == null ? "./faregate backup /backups/faregate.zip" : null;
        return new Block("backup", "Backup", List.of(), words(kind, last), command, facts, null);
    }

    private static String words(Database.Kind kind, LastRuns.@Nullable Copy last) {
        if (kind == Database.Kind.POSTGRESQL) {
            return "PostgreSQL is backed up by its own tools, pg_dump or base backups; this server does not hear of it.";
        }
        return last != null
                ? ""
                : "No backup was made since this process started. This makes one, while requests go on:";
    }
}
