package dev.faregate.governance;

import dev.faregate.identity.AuditEvent;

/// One event as the page shows it; `by` is who did it, in words.
public record AuditRow(AuditEvent event, String by) {}
