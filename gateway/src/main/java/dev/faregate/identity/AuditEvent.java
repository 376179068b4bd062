package dev.faregate.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event of the audit log as it was written; `detail` is a JSON object, `hash` covers all of it and
/// `previousHash`.
public record AuditEvent(
        String id,
        long seq,
        Instant at,
        String actorKind,
        @Nullable String actorId,
        String action,
        String subject,
        String detail,
        @Nullable String requestId,
        String previousHash,
        String hash) {}
