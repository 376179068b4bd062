package dev.faregate.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A folder for what is not whole yet, for its owner alone, beside where it will be: so that the last step is one
/// rename.
final class WorkFolder {
    private WorkFolder() {}

    static void make(Path folder) throws IOException {
        Files.createDirectory(folder, mode(folder, "rwx------"));
    }

    /// A new, empty file in it.
    static Path file(Path folder, String name) throws IOException {
        return Files.createFile(folder.resolve(name), mode(folder, "rw-------"));
    }

    /// Removes it with the files in it. It never has folders. A link in its place is not followed: where others may
    /// write too, it could lead to any folder that is ours.
    static void clear(Path folder) throws IOException {
        clear(folder, "");
    }

    /// The same; the file of this name goes last.
    static void clear(Path folder, String last) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(folder.toString());
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.sorted(Comparator.comparing(file -> file.endsWith(last)))
                    .toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(folder);
    }

    /// Gives a finished file its name; false, and nothing done, where that name is taken. A rename would
    /// replace what is there, or look first and then replace what came in between; a link does neither.
    static boolean name(Path file, Path target) throws IOException {
        try {
            try {
                Files.createLink(target, file);
            } catch (FileAlreadyExistsException e) {
                throw e;
            } catch (UnsupportedOperationException | FileSystemException e) {
                // A file system without links, such as that of most USB sticks.
                Files.move(file, target);
            }
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /// Makes renames in a folder durable, where its file system lets us.
    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FileAttribute<?>[] mode(Path near, String mode) {
        return near.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }
}
