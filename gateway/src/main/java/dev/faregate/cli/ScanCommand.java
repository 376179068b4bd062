package dev.faregate.cli;

import dev.faregate.base.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Looks for keys of ours in files, offline: the pattern finds candidates, the checksum in the key itself
/// tells keys from look-alikes. Keys are shown shortened, so the report is no second leak.
@Command(
        name = "scan",
        description = "Look for Faregate keys in files and folders, offline. Exit code 1 when there are any.")
public final class ScanCommand implements Callable<Integer> {
    private final Context context;
    private final Predicate<String> isKey;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files or folders to look into.")
    private List<Path> paths = new ArrayList<>();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /// A key at a line (from 1) of a file.
    private record Hit(Path file, long line, String preview) {}

    /// `isKey` checks a candidate's checksum.
    public ScanCommand(Context context, Predicate<String> isKey) {
        this.context = context;
        this.isKey = isKey;
    }

    @Override
    public Integer call() {
        List<Hit> hits = new ArrayList<>();
        for (Path path : paths) {
            Path start = context.directory().resolve(path);
            if (!Files.exists(start)) {
                throw new Failure(Exit.USAGE, path + ": there is no such file or folder.");
            }
            try (Stream<Path> files = Files.walk(start)) {
                files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || file.equals(start))
                        .filter(Files::isRegularFile)
                        .forEach(file -> look(file, hits));
            } catch (IOException | java.io.UncheckedIOException e) {
                throw new Failure(Exit.FAILED, "Cannot read everything below " + path + ": " + e.getMessage());
            }
        }
        print(hits);
        return hits.isEmpty() ? Exit.OK.code() : Exit.FAILED.code();
    }

    private void look(Path file, List<Hit> hits) {
        try {
            KeySearch.in(file, (line, candidate) -> {
                if (isKey.test(candidate)) {
                    hits.add(new Hit(file, line, preview(candidate)));
                }
            });
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "Cannot read " + file + ": " + e.getMessage());
        }
    }

    /// Prefix and first three characters of the secret, and the last four.
    private static String preview(String key) {
        int secret = key.indexOf('-', "sk-fg-".length()) + 1;
        return key.substring(0, secret + 3) + "..." + key.substring(key.length() - 4);
    }

    private void print(List<Hit> hits) {
        if (json) {
            byte[] bytes = Json.write(out -> {
                out.writeStartArray();
                for (Hit hit : hits) {
                    out.writeStartObject();
                    out.writeStringProperty("file", hit.file().toString());
                    out.writeNumberProperty("line", hit.line());
                    out.writeStringProperty("key", hit.preview());
                    out.writeEndObject();
                }
                out.writeEndArray();
            });
            context.out().println(new String(bytes, StandardCharsets.UTF_8));
            return;
        }
        hits.forEach(hit -> context.out().println(hit.file() + ":" + hit.line() + ": " + hit.preview()));
        if (hits.isEmpty()) {
            context.out().println("No keys found.");
        } else {
            context.out().println(hits.size() + (hits.size() == 1 ? " key" : " keys") + " found: revoke and replace.");
        }
    }
}
