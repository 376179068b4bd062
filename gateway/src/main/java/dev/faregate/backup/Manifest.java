package dev.faregate.backup;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.storage.Snapshot;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
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

    /// Throws [BackupException] when it is not one that this version reads.
    static Manifest parse(byte[] json) {
        try {
            JsonNode node = Json.readObject(json);
            int format = node.path("format").asInt(0);
            if (format != FORMAT || !DATABASE.equals(node.path("database").asString(""))) {
                throw new BackupException("The backup is of format " + format + " ("
                        + node.path("database").asString("?")
                        + "), made by faregate " + node.path("program").asString("?")
                        + "; this version reads format " + FORMAT + " (" + DATABASE + ").");
            }
            Map<String, Long> rows = new TreeMap<>();
            node.path("rows")
                    .properties()
                    .forEach(entry -> rows.put(entry.getKey(), entry.getValue().asLong(-1)));
            JsonNode holds = node.path("holds");
            return new Manifest(
                    node.path("program").asString(""),
                    new Snapshot(
                            Instant.parse(node.path("taken_at").asString("")),
                            node.path("schema").asString(""),
                            rows,
                            new Snapshot.Holds(
                                    holds.path("count").asLong(0),
                                    Usd.of(holds.path("usd").decimalValue()).nanos())),
                    node.path("bytes").asLong(-1),
                    node.path("sha256").asString(""));
        } catch (ApiException | DateTimeException | ArithmeticException | tools.jackson.core.JacksonException e) {
            throw new BackupException("The backup is damaged: its manifest cannot be read.");
        }
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
