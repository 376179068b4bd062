package dev.faregate.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/// Which node this is, and which of its lives: the id is random and kept in the data folder, which is per
/// node; `boot` is new with every start (rulings, section 1).
public record NodeIdentity(String node, String boot) {
    private static final String FILE = "node-id";

    /// Reads the id, or makes one in an existing folder.
    public static NodeIdentity in(Path dataFolder) {
        Path file = dataFolder.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, UUID.randomUUID() + "\n");
            }
            UUID id = UUID.fromString(Files.readString(file).strip());
            return new NodeIdentity(id.toString(), UUID.randomUUID().toString());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read or write " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(file + " does not hold a node id; restore it or remove it", e);
        }
    }
}
