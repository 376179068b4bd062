package dev.faregate.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where one run makes its backup: a folder beside the target whose name no other run has, locked for as long as the
/// run lives. So runs with one target never touch each other's, and a folder that nobody has locked was left by a run
/// that was killed.
///
/// Only one may be open in a process: closing any channel of a file ends all locks that the process has on it.
final class Partial implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Partial.class);

    private static final String LOCK = "lock";
    private static final String SUFFIX = ".partial";
    private static final String UNLOCKED_SUFFIX = ".new" + SUFFIX;

    /// A run locks its folder and renames it at once, so one that has had its first name for so long lost its run.
    static final Duration UNLOCKED_FOR = Duration.ofHours(1);

    private final Path folder;
    private final FileChannel lock;

    private Partial(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// A new one. It gets its name once it is locked, or another run would take it for what was left.
    static Partial beside(Path target) throws IOException {
        String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Path unlocked = target.resolveSibling(prefix(target) + id + UNLOCKED_SUFFIX);
        Path folder = target.resolveSibling(prefix(target) + id + SUFFIX);
        WorkFolder.make(unlocked);
        FileChannel lock = FileChannel.open(WorkFolder.file(unlocked, LOCK), StandardOpenOption.WRITE);
        try {
            lock.lock();
            Files.move(unlocked, folder, StandardCopyOption.ATOMIC_MOVE);
            return new Partial(folder, lock);
        } catch (IOException e) {
            try (lock) {
                WorkFolder.clear(unlocked);
            }
            throw e;
        }
    }

    Path folder() {
        return folder;
    }

    /// Removes what killed runs with this target left: folders of our names, of the user we are, that nobody has
    /// locked. What cannot be removed is in nobody's way.
    void removeLeft(Path target) throws IOException {
        Pattern ours = Pattern.compile(Pattern.quote(prefix(target)) + "[0-9a-f]{16}(\\.new)?" + Pattern.quote(SUFFIX));
        List<Path> found;
        try (Stream<Path> beside = Files.list(folder.getParent())) {
            found = beside.filter(path -> !path.equals(folder)
                            && ours.matcher(path.getFileName().toString()).matches())
                    .toList();
        }
        for (Path left : found) {
            try {
                if (isOurs(left) && (!isUnlocked(left) || isOld(left))) {
                    removeUnlocked(left);
                }
            } catch (IOException e) {
                LOG.warn("What a backup left in {} cannot be removed: {}", left, e.toString());
            }
        }
    }

    private boolean isOurs(Path left) throws IOException {
        return Files.isDirectory(left, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(left, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(folder));
    }

    /// Whether its run may still be about to lock it.
    private static boolean isUnlocked(Path left) {
        return left.getFileName().toString().endsWith(UNLOCKED_SUFFIX);
    }

    private static boolean isOld(Path left) throws IOException {
        Instant made =
                Files.getLastModifiedTime(left, LinkOption.NOFOLLOW_LINKS).toInstant();
        return made.isBefore(Instant.now().minus(UNLOCKED_FOR));
    }

    private static void removeUnlocked(Path left) throws IOException {
        try (FileChannel theirs = FileChannel.open(left.resolve(LOCK), StandardOpenOption.WRITE)) {
            if (theirs.tryLock() != null) {
                WorkFolder.clear(left, LOCK);
            }
        } catch (NoSuchFileException e) {
            if (isUnlocked(left)) {
                // Killed before there was a lock in it, so it is empty.
                WorkFolder.clear(left);
                return;
            }
            LOG.debug("{} is being removed by whoever made it", left, e);
        }
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            WorkFolder.clear(folder, LOCK);
        }
    }

    private static String prefix(Path target) {
        return "." + target.getFileName() + ".";
    }
}
