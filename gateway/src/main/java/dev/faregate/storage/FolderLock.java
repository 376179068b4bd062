package dev.faregate.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Keeps a second process out of a data folder, whichever database is used: two of them would take each
/// other for a former life. The kernel ends it with the process.
public final class FolderLock implements AutoCloseable {
    static final String FILE = "faregate.lock";

    /// Folders that this process has. None of them is tried again: that would open the file once more, and closing
    /// any channel of a file ends all locks that the process has on it.
    private static final Set<Path> HELD = new HashSet<>();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
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
            Path real = folder.toRealPath();
            synchronized (HELD) {
                return HELD.contains(real) ? Optional.empty() : locked(real);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock the data folder " + folder, e);
        }
    }

    private static Optional<FolderLock> locked(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            channel.close();
            return Optional.empty();
        }
        HELD.add(folder);
        return Optional.of(new FolderLock(folder, channel));
    }

    @Override
    public void close() {
        synchronized (HELD) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                HELD.remove(folder);
            }
        }
    }
}
