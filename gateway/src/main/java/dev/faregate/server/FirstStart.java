package dev.faregate.server;

import dev.faregate.base.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the very first start says, once: where the server is, the keys it made, and a line to paste.
///
/// `setupLink` is null while there is no owner account to set up. A key is null when it was given by
/// variable: it is then not printed, and the line to paste names the variable instead.
public record FirstStart(
        String url,
        @Nullable Secret setupLink,
        @Nullable Secret key,
        @Nullable Secret managementKey) {
    /// The file in the data folder that takes the text when nobody sits at a terminal.
    public static final String FILE = "first-start.txt";

    /// The file that has the keys from the moment they are made, until somebody was told of them.
    private static final String UNTOLD = "first-start-untold.txt";

    /// The built-in free model: it answers without any provider.
    private static final String MODEL = "faregate/echo";

    /// The address people can open, from what the server listens on: `0.0.0.0` is not one.
    public static String url(boolean https, String host, int port) {
        String shown = switch (host) {
            case "0.0.0.0", "::", "[::]", "" -> "127.0.0.1";
            default -> host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        };
        return (https ? "https://" : "http://") + shown + ":" + port;
    }

    /// Shows the text on a terminal; elsewhere writes it to a file that only the owner can read and shows its
    /// path, so that no log holds a key. Throws `UncheckedIOException` when the file cannot be written: the
    /// keys would be lost.
    public void publish(boolean terminal, Path data, PrintWriter out) {
        if (terminal) {
            out.print(text());
        } else {
            Path file = data.resolve(FILE);
            write(file, text());
            out.println("Faregate is at " + url + "; keys and first steps are in " + file);
        }
        out.flush();
        try {
            Files.deleteIfExists(data.resolve(UNTOLD));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + data.resolve(UNTOLD), e);
        }
    }

    /// Puts the keys where a start that fails, or is killed, leaves them for the next one ([#recover]): the store has
    /// them by now, so no other start would make any. Throws as [#publish] does.
    public void keep(Path data) {
        if (key != null || managementKey != null) {
            write(
                    data.resolve(UNTOLD),
                    text("Faregate made these keys at a first start that did not come to its end."));
        }
    }

    /// The file with the keys of a first start that came to no end, for the owner only; the next call finds none.
    public static Optional<Path> recover(Path data) {
        Path untold = data.resolve(UNTOLD);
        if (!Files.exists(untold)) {
            return Optional.empty();
        }
        Path file = data.resolve(FILE);
        try {
            Files.move(untold, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot rename " + untold + " to " + file, e);
        }
        return Optional.of(file);
    }

    /// The whole text, secrets included.
    public String text() {
        return text("Faregate is running.");
    }

    private String text(String heading) {
        StringBuilder text = new StringBuilder(1024);
        text.append("\n").append(heading).append("\n\n");
        line(text, "URL", url);
        if (setupLink != null) {
            line(text, "Set up the owner account", setupLink.reveal());
            text.append("    (this link works once, for 30 minutes)\n");
        }
        line(text, "Inference key", key == null ? "the one in FAREGATE_BOOTSTRAP_KEY" : key.reveal());
        line(
                text,
                "Management key",
                managementKey == null ? "the one in FAREGATE_BOOTSTRAP_MANAGEMENT_KEY" : managementKey.reveal());
        text.append("\nKeys are shown only now. Keep them as you would keep a password. Try it:\n\n");
        return text.append(curl()).append("\n").toString();
    }

    private String curl() {
        String bearer = key == null ? "$FAREGATE_BOOTSTRAP_KEY" : key.reveal();
        return """
                curl %s/v1/chat/completions \\
                  -H "Authorization: Bearer %s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}]}'
                """.formatted(url, bearer, MODEL);
    }

    private static void line(StringBuilder text, String what, String value) {
        text.append("  %-26s%s\n".formatted(what, value));
    }

    /// Written beside and renamed, so that the file is never there in part, and never readable by others.
    private static void write(Path file, String text) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.deleteIfExists(part);
            Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try (SeekableByteChannel channel = Files.newByteChannel(part, options, ownerOnly)) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write " + file + ", which would hold the keys of the first start: " + e.getMessage(), e);
        }
    }
}
