package dev.faregate.identity;

import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.storage.Tx;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What every management write does besides its own work, in its transaction: it happens once for each
/// `Idempotency-Key`, and it is an event of the audit log.
public final class Writes {
    private final IdempotencyStore idempotency = new IdempotencyStore();
    private final AuditLog audit;

    public Writes(AuditLog audit) {
        this.audit = audit;
    }

    /// Empty when the write is to be done; else the id of the record that the very same request made or
    /// changed before. First step of the transaction. `recordId`: the record that it makes or changes.
    public Optional<String> claim(Tx tx, Request request, String recordId) {
        RequestHead head = request.head();
        return idempotency.claim(
                tx,
                request.principal(Actor.class).organizationId(),
                head.header(IdempotencyStore.HEADER),
                head.method() + " " + head.path(),
                request.body(),
                recordId);
    }

    /// Writes the event, as the last step of the transaction. `detail` never holds a secret.
    public void record(
            Tx tx, Request request, String action, String subject, Map<String, ? extends @Nullable Object> detail) {
        Actor actor = request.principal(Actor.class);
        audit.append(
                tx,
                actor.organizationId(),
                new AuditLog.Author(
                        actor.actorKind(), actor.actorId(), request.head().requestId()),
                new AuditLog.Event(action, subject, detail));
    }
}
