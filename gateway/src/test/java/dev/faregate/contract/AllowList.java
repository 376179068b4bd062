package dev.faregate.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// What our answers have beyond the contract, each line with a reason: `operation | what | why`. The
/// operation is such as `GET /key`; what is the way to a field (`data.hash`, `error.type`) or a status. In
/// both `*` stands for anything.
final class AllowList {
    private record Line(Pattern operation, Pattern what, String first, String second) {}

    private final List<Line> lines = new ArrayList<>();

    private AllowList() {}

    static AllowList read(String resource) {
        AllowList list = new AllowList();
        try (InputStream file = Objects.requireNonNull(AllowList.class.getResourceAsStream(resource), resource)) {
            for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] columns = line.split("\\|", 3);
                if (columns.length < 3 || columns[2].isBlank()) {
                    throw new IllegalStateException("no reason is given in: " + line);
                }
                list.lines.add(
                        new Line(pattern(columns[0]), pattern(columns[1]), columns[0].strip(), columns[1].strip()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return list;
    }

    private static Pattern pattern(String column) {
        return Pattern.compile("\\Q" + column.strip().replace("*", "\\E.*\\Q") + "\\E");
    }

    /// The second column of the lines whose first is `first`.
    List<String> entries(String first) {
        return lines.stream()
                .filter(line -> line.first().equals(first))
                .map(Line::second)
                .toList();
    }

    boolean has(String operation, String what) {
        return lines.stream()
                .anyMatch(line -> line.what().matcher(what).matches()
                        && line.operation().matcher(operation).matches());
    }
}
