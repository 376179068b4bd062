package dev.faregate.backup;

import dev.faregate.base.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// The file of a backup: a ZIP of `manifest.json` and `faregate.db`, so that any tool can look into it.
final class Archive {
    private static final String MANIFEST = "manifest.json";
    private static final String DATABASE = "faregate.db";
    private static final Set<String> ENTRIES = Set.of(MANIFEST, DATABASE);
    private static final int MAX_MANIFEST = 1024 * 1024;
    private static final int BUFFER = 1024 * 1024;

    private Archive() {}

    /// SHA-256 of a file, in hex.
    static String sha256(Path file) throws IOException {
        MessageDigest digest = Sha256.begin();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Writes an archive into an existing, empty file; it is on the disk when this returns.
    static void write(Path archive, Manifest manifest, Path database) throws IOException {
        try (FileChannel channel = FileChannel.open(archive, StandardOpenOption.WRITE)) {
            ZipOutputStream zip =
                    new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER));
            // A database shrinks to a third at the lowest level already, and a backup should not take the server's CPU.
            zip.setLevel(Deflater.BEST_SPEED);
            zip.putNextEntry(new ZipEntry(MANIFEST));
            zip.write(manifest.toJson());
            zip.closeEntry();
            zip.putNextEntry(new ZipEntry(DATABASE));
            Files.copy(database, zip);
            zip.closeEntry();
            zip.finish();
            zip.flush();
            channel.force(true);
        }
    }

    /// Reads what an archive says about itself. Throws [BackupException] when it is not a backup or damaged.
    static Manifest manifest(Path archive) throws IOException {
        try (ZipFile zip = open(archive)) {
            ZipEntry entry = zip.getEntry(MANIFEST);
            byte[] json;
            try (InputStream in = zip.getInputStream(entry)) {
                json = in.readNBytes(MAX_MANIFEST);
            }
            CRC32 sum = new CRC32();
            sum.update(json);
            if (sum.getValue() != entry.getCrc()) {
                throw damaged(null);
            }
            return Manifest.parse(json);
        } catch (ZipException e) {
            throw damaged(e);
        }
    }

    /// Writes the database of an archive into an empty file, on the disk when this returns. Throws
    /// [BackupException] unless it is, byte for byte, what the manifest says.
    static void extract(Path archive, Manifest manifest, Path file) throws IOException {
        MessageDigest digest = Sha256.begin();
        long bytes = 0;
        try (ZipFile zip = open(archive);
                InputStream in = new DigestInputStream(zip.getInputStream(zip.getEntry(DATABASE)), digest);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            OutputStream out = Channels.newOutputStream(channel);
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                bytes += read;
                // What is longer than it says may be endless.
                if (bytes > manifest.bytes()) {
                    throw damaged(null);
                }
                out.write(buffer, 0, read);
            }
            channel.force(true);
        } catch (ZipException e) {
            throw damaged(e);
        }
        if (bytes != manifest.bytes()
                || !HexFormat.of().formatHex(digest.digest()).equals(manifest.sha256())) {
            throw damaged(null);
        }
    }

    private static ZipFile open(Path archive) throws IOException {
        if (!Files.isRegularFile(archive)) {
            throw new BackupException("There is no backup " + archive + ".");
        }
        ZipFile zip;
        try {
            zip = new ZipFile(archive.toFile());
        } catch (ZipException e) {
            throw new BackupException(archive + " is not a backup, or damaged: " + e.getMessage() + ".");
        }
        if (!hasOnlyOurs(zip)) {
            zip.close();
            throw new BackupException(archive + " is not a backup: one has " + MANIFEST + " and " + DATABASE
                    + ", each once, and nothing else.");
        }
        return zip;
    }

    /// No name of an entry is ever used as a path; but who put another file in may have changed these two.
    private static boolean hasOnlyOurs(ZipFile zip) {
        List<String> names = zip.stream().map(ZipEntry::getName).toList();
        return names.size() == ENTRIES.size() && ENTRIES.equals(Set.copyOf(names));
    }

    private static BackupException damaged(@Nullable ZipException e) {
        return new BackupException("The backup is damaged: its content is not what its checksum says"
                + (e == null ? "" : " (" + e.getMessage() + ")") + ". Nothing was restored.");
    }
}
