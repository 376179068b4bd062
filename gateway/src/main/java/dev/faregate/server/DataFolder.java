package dev.faregate.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// The folder in which this node keeps everything.
public final class DataFolder {
    private DataFolder() {}

    /// Makes the folder, for the owner alone, unless it is there.
    public static void prepare(Path folder) {
        try {
            if (Files.isDirectory(folder)) {
                return;
            }
            boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
            if (posix) {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make the data folder " + folder + ": " + e.getMessage(), e);
        }
    }
}
