package dev.faregate.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Keeps a second process out of a data folder, whichever database is used: two of them would take each
/// other for a former life. The kernel ends it with the process.
public final class FolderLock implements AutoCloseable {
    static final String FILE = "faregate.lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Throws `IllegalStateException` with a sentence for the operator when somebody else has the folder.
    public static FolderLock take(Path folder) {
        return tryTake(folder)
                .orElseThrow(() -> new IllegalStateException("The data folder " + folder
                        + " is in use by another faregate process. "
                        + "Stop that one first, or give this one a folder of its own (--data)."));
    }

    /// Nothing when somebody else has the folder.
    static Optional<FolderLock> tryTake(Path folder) {
        try {
            FileChannel channel =
                    FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() != null) {
                    return Optional.of(new FolderLock(channel));
                }
            } catch (OverlappingFileLockException e) {
                // Held by this very process; refused like any other.
            }
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock the data folder " + folder, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
