package dev.faregate.byok;

import dev.faregate.base.Secret;
import dev.faregate.base.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The key that seals all secrets of a database (ADR 23): 32 bytes, never in the database and never part of a
/// backup. `id` names it without giving it away; `origin` says where it is from, for messages.
public final class MasterKey {
    static final int BYTES = 32;
    private static final int ID_CHARS = 16;
    private static final String ID_DOMAIN = "faregate master key";

    private final byte[] bytes;
    private final String id;
    private final String origin;

    private MasterKey(byte[] bytes, String origin) {
        this.bytes = bytes;
        this.id = idOf(bytes);
        this.origin = origin;
    }

    /// The key that the variable holds, else the one in the file. A file that is not there is made, with a fresh
    /// key and for its owner alone, unless `known` says that the database already goes by another key. Throws
    /// with a sentence for the operator.
    public static MasterKey load(@Nullable Secret variable, Path file, @Nullable String known) {
        MasterKey key = variable == null ? ofFile(file, known) : parse(variable.reveal(), "FAREGATE_MASTER_KEY");
        if (known != null && !known.equals(key.id)) {
            throw new IllegalStateException("The master key in " + key.origin + " (id " + key.id
                    + ") is not the one that sealed the secrets of this database (id " + known
                    + "). Give this node that key, by FAREGATE_MASTER_KEY or master.key_file; docs/byok.md says what to do"
                    + " when it is lost.");
        }
        return key;
    }

    private static MasterKey ofFile(Path file, @Nullable String known) {
        try {
            if (!Files.exists(file)) {
                if (known != null) {
                    throw new IllegalStateException(
                            "The master key is missing: there is no " + file
                                    + ", and the secrets of this database are sealed with the key of id " + known
                                    + ". Restore it, or set FAREGATE_MASTER_KEY; docs/byok.md says what to do when it is lost.");
                }
                make(file);
            }
            return parse(Files.readString(file, StandardCharsets.US_ASCII).strip(), file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read or write the master key " + file, e);
        }
    }

    private static void make(Path file) throws IOException {
        byte[] fresh = new byte[BYTES];
        new SecureRandom().nextBytes(fresh);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        byte[] text = (Base64.getEncoder().encodeToString(fresh) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (var out = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            out.write(java.nio.ByteBuffer.wrap(text));
        } catch (FileAlreadyExistsException made) {
            // Another start made one meanwhile: that one is read.
            return;
        }
    }

    private static MasterKey parse(String text, String origin) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != BYTES) {
            throw new IllegalStateException("The master key in " + origin + " is not " + BYTES
                    + " bytes in base64; `openssl rand -base64 32` makes one.");
        }
        return new MasterKey(bytes, origin);
    }

    String id() {
        return id;
    }

    byte[] bytes() {
        return bytes.clone();
    }

    private static String idOf(byte[] bytes) {
        MessageDigest digest = Sha256.begin();
        digest.update(ID_DOMAIN.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(digest.digest(bytes)).substring(0, ID_CHARS);
    }

    @Override
    public String toString() {
        return "[master key " + id + "]";
    }
}
