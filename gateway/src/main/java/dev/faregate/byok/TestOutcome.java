package dev.faregate.byok;

import dev.faregate.base.Json;
import dev.faregate.identity.AuditEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// What came of a test of a provider key or of a destination, as the audit log has it; `message` is in our words.
public record TestOutcome(Instant at, boolean ok, String message) {
    public static TestOutcome of(AuditEvent event) {
        JsonNode detail = Json.read(event.detail().getBytes(StandardCharsets.UTF_8));
        return new TestOutcome(
                event.at(),
                detail.path("ok").asBoolean(false),
                detail.path("message").asString(""));
    }
}
