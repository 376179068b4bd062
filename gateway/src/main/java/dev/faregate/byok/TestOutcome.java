package dev.faregate.byok;

import dev.faregate.base.Json;
import dev.faregate.identity.AuditEvent;
import dev.faregate.identity.AuditQuery;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What came of a test of a provider key or of a destination, as the audit log has it; `message` is in our words.
public record TestOutcome(Instant at, boolean ok, String message) {
    /// The newest test of each of these records, by its id; `test` and `change` are the actions in the audit log, and
    /// what was changed since it was tested is left out.
    public static Map<String, TestOutcome> newest(
            Tx tx, String organization, List<String> ids, String test, String change) {
        return AuditQuery.newest(tx, organization, ids, List.of(test, change)).stream()
                .filter(event -> event.action().equals(test))
                .collect(Collectors.toMap(AuditEvent::subject, TestOutcome::of));
    }

    private static TestOutcome of(AuditEvent event) {
        JsonNode detail = Json.read(event.detail().getBytes(StandardCharsets.UTF_8));
        return new TestOutcome(
                event.at(),
                detail.path("ok").asBoolean(false),
                detail.path("message").asString(""));
    }
}
