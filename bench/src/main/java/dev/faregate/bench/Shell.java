package dev.faregate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A command of the person who runs the benchmark, given to `sh -c`.
final class Shell {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private Shell() {}

    /// Returns when the command has ended well. Throws `IllegalStateException` when it fails or takes longer
    /// than three minutes.
    static void run(String command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("did not end within " + LIMIT.toMinutes() + " minutes: " + command);
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException("ended with " + process.exitValue() + ": " + command);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
