package dev.faregate.backup;

import dev.faregate.base.Program;
import dev.faregate.storage.Database;
import dev.faregate.storage.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/// Makes a backup of the running store: one file, whole or not there at all, readable by its owner alone. The
/// master key is not in it, nor is any key in the clear; its secrets are sealed as they are in the database.
public final class Backup {
    private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

    private Backup() {}

    /// Writes the archive `target`; an existing file is replaced only with `overwrite`. Takes as long as the
    /// disk needs for the database three times, while requests go on. Throws [BackupException].
    public static Manifest take(Database database, Path target, boolean overwrite) {
        if (database.kind() != Database.Kind.SQLITE) {
            throw new BackupException("The database is PostgreSQL, which has better tools for this: pg_dump, or base "
                    + "backups with an archived log. docs/backup.md says how, and what to do after a restore.");
        }
        if (!ONE_AT_A_TIME.tryLock()) {
            throw new BackupException("A backup is being made; only one at a time.");
        }
        try {
            return make(database, target.toAbsolutePath().normalize(), overwrite);
        } catch (IOException | SQLException e) {
            throw new BackupException(
                    "The backup " + target + " cannot be made: " + words(e) + " Nothing was kept of it.");
        } finally {
            ONE_AT_A_TIME.unlock();
        }
    }

    private static Manifest make(Database database, Path target, boolean overwrite) throws IOException, SQLException {
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new BackupException(target + " exists and is a folder; name a file.");
        }
        if (!Files.isDirectory(folder)) {
            throw new BackupException("The folder " + folder + " for the backup is not there.");
        }
        // There --force could replace the database itself, and who restores moves that folder away.
        if (folder.toRealPath().startsWith(Snapshot.folder(database).toRealPath())) {
            throw new BackupException(target + " is in the data folder; a backup belongs somewhere else.");
        }
        if (Files.exists(target) && !overwrite) {
            throw new BackupException(target + " exists; --force replaces it.");
        }
        try (Partial partial = Partial.beside(target)) {
            partial.removeLeft(target);
            requireRoom(folder, 2 * Snapshot.bytes(database));
            Path copy = partial.folder().resolve("faregate.db");
            Snapshot taken = Snapshot.take(database, copy);
            Manifest manifest = new Manifest(Program.version(), taken, Files.size(copy), Archive.sha256(copy));
            Path archive = WorkFolder.file(partial.folder(), "archive");
            Archive.write(archive, manifest, copy);
            if (overwrite) {
                Files.move(archive, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else if (!WorkFolder.name(archive, target)) {
                throw new BackupException("Another backup was faster: " + target
                        + " exists now, and nothing was kept of this one; --force replaces it.");
            }
            WorkFolder.sync(folder);
            return manifest;
        }
    }

    /// A full disk would stop a server whose data folder is on it too.
    static void requireRoom(Path folder, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bytes) {
            throw new BackupException("There is no room in " + folder + ": up to " + mib(bytes) + " are needed, "
                    + mib(free) + " are free.");
        }
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", Math.ceilDiv(bytes, 1024L * 1024));
    }

    static String words(Exception e) {
        String kind = e instanceof IOException ? e.getClass().getSimpleName() + ": " : "";
        return kind + e.getMessage() + ".";
    }
}
