package dev.faregate.server;

import dev.faregate.base.Json;
import dev.faregate.credits.Discrepancy;
import dev.faregate.credits.LedgerAudit;
import dev.faregate.storage.Inspection;
import dev.faregate.storage.Tx;
import dev.faregate.usage.GenerationAudit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// What `./faregate verify` finds in a store: every audit there is, in one consistent read.
///
/// @param findings empty when all is in order
/// @param notes what is worth knowing and no fault
/// @param checked rows looked at, by table
public record Verification(List<Discrepancy> findings, List<String> notes, Map<String, Long> checked) {
    /// `boot` is the life that alone runs on this store; null when none does or many may. Throws
    /// `IllegalStateException` with a sentence for the operator when the store cannot be read.
    public static Verification run(Inspection store, @Nullable String boot) {
        Tx tx = store.tx();
        try {
            LedgerAudit.Report ledger = LedgerAudit.check(tx, boot);
            List<Discrepancy> findings = new ArrayList<>(ledger.findings());
            findings.addAll(GenerationAudit.check(tx));
            findings.addAll(AuditChains.check(tx));
            Map<String, Long> checked = new LinkedHashMap<>(ledger.checked());
            checked.put(
                    "generation",
                    tx.sql().fetchSingle("SELECT count(*) FROM generation").get(0, Long.class));
            checked.put(
                    "audit_event",
                    tx.sql().fetchSingle("SELECT count(*) FROM audit_event").get(0, Long.class));
            return new Verification(List.copyOf(findings), ledger.notes(), checked);
        } catch (DataAccessException e) {
            throw new IllegalStateException(
                    "The database does not have the tables of this version, or cannot be read: "
                            + (e.getCause() == null ? e : e.getCause()).getMessage()
                            + " Nothing was changed; a start of the server brings the schema up to date.",
                    e);
        }
    }

    /// The answer of a running server, as `toJson` wrote it.
    public static Verification parse(byte[] json) {
        JsonNode node = Json.readObject(json);
        List<Discrepancy> findings = new ArrayList<>();
        for (JsonNode finding : node.path("findings")) {
            findings.add(new Discrepancy(
                    finding.path("rule").asString(),
                    finding.path("row").asString(),
                    finding.path("expected").asString(),
                    finding.path("found").asString(),
                    finding.path("text").asString()));
        }
        List<String> notes = new ArrayList<>();
        node.path("notes").forEach(note -> notes.add(note.asString()));
        Map<String, Long> checked = new LinkedHashMap<>();
        node.path("checked")
                .properties()
                .forEach(entry -> checked.put(entry.getKey(), entry.getValue().asLong()));
        return new Verification(findings, notes, checked);
    }

    public byte[] toJson() {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("clean", findings.isEmpty());
            json.writeObjectPropertyStart("checked");
            checked.forEach(json::writeNumberProperty);
            json.writeEndObject();
            json.writeArrayPropertyStart("findings");
            findings.forEach(finding -> write(json, finding));
            json.writeEndArray();
            json.writeArrayPropertyStart("notes");
            notes.forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static void write(JsonGenerator json, Discrepancy finding) {
        json.writeStartObject();
        json.writeStringProperty("rule", finding.rule());
        json.writeStringProperty("row", finding.row());
        json.writeStringProperty("expected", finding.expected());
        json.writeStringProperty("found", finding.found());
        json.writeStringProperty("text", finding.text());
        json.writeEndObject();
    }
}
