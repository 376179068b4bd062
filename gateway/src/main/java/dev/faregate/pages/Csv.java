package dev.faregate.pages;

import dev.faregate.http.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Tables for spreadsheets (RFC 4180).
public final class Csv {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

    private Csv() {}

    /// The line `head` as it is, and below it one line for each row.
    public static String of(String head, Stream<List<String>> rows) {
        return Stream.concat(
                        Stream.of(head),
                        rows.map(row -> row.stream().map(Csv::cell).collect(Collectors.joining(","))))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    /// The answer that a browser saves under that name.
    public static Response file(String name, String table) {
        return new Response(200, "text/csv; charset=utf-8", List.of(), table.getBytes(StandardCharsets.UTF_8))
                .withHeader("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .withHeader("X-Content-Type-Options", "nosniff")
                .withHeader("Cache-Control", "no-store");
    }

    /// The cell of a value that may be missing.
    public static String orNothing(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /// A number as it is, all else in quotes. A spreadsheet runs what begins with one of these as a formula, in quotes
    /// too; an apostrophe before it makes it text (OWASP, CSV Injection).
    static String cell(String text) {
        if (NUMBER.matcher(text).matches()) {
            return text;
        }
        boolean formula = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0;
        return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
