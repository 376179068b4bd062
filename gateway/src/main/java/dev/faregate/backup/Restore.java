package dev.faregate.backup;

import dev.faregate.base.Ids;
import dev.faregate.byok.Sealer;
import dev.faregate.credits.Restoration;
import dev.faregate.storage.FolderLock;
import dev.faregate.storage.Snapshot;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.Tx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Puts a backup back into a data folder that has no store. Everything is checked and made ready in a folder of its
/// own; the database appears under its name by one rename, so a restore happens whole or not at all.
public final class Restore {
    private static final String WORK = "restoring";

    private Restore() {}

    /// Restores `archive` into the existing folder `data` and returns what it was and the epoch that begins. The
    /// service is closed from then on (see [Epoch]). `masterKey` is given the id of the key that sealed
    /// the secrets of the backup, if it has any, and throws `IllegalStateException` when it is not the one at hand.
    ///
    /// Throws [BackupException], or `IllegalStateException` with a sentence for the operator; then the folder is as
    /// it was.
    public static Restored into(Path data, Path archive, Consumer<String> masterKey) {
        try (FolderLock lock = FolderLock.take(data)) {
            assert lock != null;
            requireEmpty(data);
            Manifest manifest = Archive.manifest(archive);
            Backup.requireRoom(data, manifest.bytes());
            Path work = data.resolve(WORK);
            WorkFolder.clear(work);
            WorkFolder.make(work);
            try {
                Path file = WorkFolder.file(work, SqliteDatabase.FILE);
                Archive.extract(archive, manifest, file);
                requireSame(manifest, file);
                Restoration begun = prepare(work, manifest, masterKey);
                requireAlone(work);
                Files.move(file, data.resolve(SqliteDatabase.FILE), StandardCopyOption.ATOMIC_MOVE);
                WorkFolder.sync(data);
                return new Restored(manifest, begun);
            } finally {
                WorkFolder.clear(work);
            }
        } catch (IOException e) {
            throw new BackupException("The backup cannot be restored: " + Backup.words(e) + " Nothing was restored.");
        }
    }

    /// Before a store is opened or made in `data`: throws `IllegalStateException`, with a sentence for the operator,
    /// while what a restore was cut off in is all that is there. An empty store in its place would look like the
    /// restored one. What a restore left that had done its work is removed.
    public static void requireFinished(Path data) {
        Path work = data.resolve(WORK);
        if (!Files.exists(work)) {
            return;
        }
        try (FolderLock lock = FolderLock.take(data)) {
            assert lock != null;
            if (!Files.exists(data.resolve(SqliteDatabase.FILE))) {
                throw new IllegalStateException("A restore into " + data
                        + " was cut off. Run `./faregate restore` again, or remove " + work
                        + " to begin with an empty store.");
            }
            WorkFolder.clear(work);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + work + ", which a restore left", e);
        }
    }

    /// A restore that was done.
    public record Restored(Manifest manifest, Restoration restoration) {}

    /// What a former store left speaks of other books: recorders, charges that wait, a database.
    private static void requireEmpty(Path data) throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(data)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(SqliteDatabase.FILE)
                            || name.startsWith("spool")
                            || name.equals("flights")
                            || name.equals("database-position"))
                    .sorted()
                    .toList();
        }
        if (!names.isEmpty()) {
            throw new BackupException(
                    "The data folder " + data + " belongs to another store (" + String.join(", ", names)
                            + "). Nothing is ever overwritten: move that folder away, make a new one with its master.key, and "
                            + "restore into it.");
        }
    }

    private static void requireSame(Manifest manifest, Path file) {
        try {
            Snapshot found = Snapshot.of(file, manifest.snapshot().takenAt());
            if (!found.rows().equals(manifest.snapshot().rows())) {
                throw new BackupException("The backup is damaged: it does not have the rows that its manifest counts.");
            }
        } catch (SQLException e) {
            throw new BackupException("The backup is damaged: " + e.getMessage() + ".");
        }
    }

    /// Brings the copy to the newest schema and begins the epoch in it.
    private static Restoration prepare(Path work, Manifest manifest, Consumer<String> masterKey) {
        try (SqliteDatabase database = SqliteDatabase.open(work, SqliteDatabase.Options.DEFAULT)) {
            database.read(Sealer::knownKey).ifPresent(masterKey);
            return database.write(tx -> begin(tx, manifest));
        }
    }

    private static Restoration begin(Tx tx, Manifest manifest) {
        return Epoch.begin(
                tx,
                new Restoration(
                        0,
                        Ids.next().toString(),
                        manifest.snapshot().takenAt(),
                        tx.now(),
                        manifest.rows("posting"),
                        manifest.rows("transfer"),
                        manifest.rows("audit_event"),
                        null));
    }

    /// A rename of the file alone would lose what is in a log beside it.
    private static void requireAlone(Path work) throws IOException {
        Path log = work.resolve(SqliteDatabase.FILE + "-wal");
        if (Files.exists(log) && Files.size(log) > 0) {
            throw new BackupException("The restored database was not closed well; try again.");
        }
    }
}
