package dev.faregate.backup;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Snapshot;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a backup says about itself; `manifest.json` in the archive.
///
/// @param program the version of Faregate that made it
/// @param snapshot of what: its moment, schema, rows and holds
/// @param bytes of the database file in it
/// @param sha256 of that file, in hex
public record Manifest(String program, Snapshot snapshot, long bytes, String sha256) {
    /// Of archive and manifest. A program reads those of its own number only.
    static final int FORMAT = 1;

    private static final String DATABASE = "sqlite";

    /// Names of databases and versions.
    private static final String WORD = "[A-Za-z0-9_.+-]{1,100}";

    /// Throws [BackupException] when it is not one that this version reads, or says something that cannot be.
    static Manifest parse(byte[] json) {
        try {
            JsonNode node = Json.readObject(json);
            requireOurs(node);
            JsonNode holds = node.path("holds");
            return new Manifest(
                    word(node.path("program")),
                    new Snapshot(
                            takenAt(node),
                            word(node.path("schema")),
                            rows(node.path("rows")),
                            new Snapshot.Holds(
                                    count(holds.path("count")),
                                    Usd.of(holds.path("usd").decimalValue()).nanos())),
                    count(node.path("bytes")),
                    node.path("sha256").asString(""));
        } catch (ApiException | DateTimeException | ArithmeticException | JacksonException e) {
            throw damaged();
        }
    }

    private static void requireOurs(JsonNode node) {
        long format = count(node.path("format"));
        String database = word(node.path("database"));
        if (format != FORMAT || !DATABASE.equals(database)) {
            throw new BackupException("The backup is of format " + format + " (" + database + "), made by faregate "
                    + word(node.path("program")) + "; this version reads format " + FORMAT + " (" + DATABASE + ").");
        }
    }

    private static Instant takenAt(JsonNode node) {
        Instant takenAt = Instant.parse(node.path("taken_at").asString(""));
        // Beyond what a column holds it would only fail later.
        var _ = Micros.of(takenAt);
        return takenAt;
    }

    private static Map<String, Long> rows(JsonNode node) {
        Map<String, Long> rows = new TreeMap<>();
        node.properties().forEach(entry -> rows.put(entry.getKey(), count(entry.getValue())));
        return rows;
    }

    private static long count(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw damaged();
        }
        return node.longValue();
    }

    /// Some of these are shown on a terminal.
    private static String word(JsonNode node) {
        String word = node.isString() ? node.asString() : "";
        if (!word.matches(WORD)) {
            throw damaged();
        }
        return word;
    }

    private static BackupException damaged() {
        return new BackupException("The backup is damaged: its manifest cannot be read.");
    }

    public byte[] toJson() {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeNumberProperty("format", FORMAT);
            json.writeStringProperty("program", program);
            json.writeStringProperty("taken_at", snapshot.takenAt().toString());
            json.writeStringProperty("database", DATABASE);
            json.writeStringProperty("schema", snapshot.schema());
            json.writeNumberProperty("bytes", bytes);
            json.writeStringProperty("sha256", sha256);
            json.writeObjectPropertyStart("holds");
            json.writeNumberProperty("count", snapshot.holds().count());
            json.writeNumberProperty(
                    "usd", Usd.ofNanos(snapshot.holds().nanos()).dollars());
            json.writeEndObject();
            json.writeObjectPropertyStart("rows");
            snapshot.rows().forEach(json::writeNumberProperty);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// How many rows a table of the backup has.
    long rows(String table) {
        return snapshot.rows().getOrDefault(table, 0L);
    }
}
