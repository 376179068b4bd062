package dev.faregate.cli;

import dev.faregate.server.Environment;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What a command sees of the machine: variables, the folder it was called in, where output and errors go,
/// and whether a person sits at the other end.
public record Context(Environment environment, Path directory, PrintWriter out, PrintWriter err, boolean terminal) {
    /// The real one.
    public static Context ofProcess() {
        return new Context(
                new Environment(System.getenv()),
                Path.of("").toAbsolutePath(),
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.console() != null && System.console().isTerminal());
    }
}
