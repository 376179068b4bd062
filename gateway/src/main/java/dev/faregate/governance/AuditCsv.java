package dev.faregate.governance;

import dev.faregate.identity.AuditEvent;
import dev.faregate.pages.Csv;
import java.util.List;

/// Events as a table for spreadsheets.
final class AuditCsv {
    private static final String HEAD =
            "seq,created_at,actor_kind,actor_id,action,subject,detail,request_id,previous_hash,hash";

    private AuditCsv() {}

    static String of(List<AuditEvent> events) {
        return Csv.of(HEAD, events.stream().map(AuditCsv::row));
    }

    private static List<String> row(AuditEvent event) {
        return List.of(
                Long.toString(event.seq()),
                event.at().toString(),
                event.actorKind(),
                Csv.orNothing(event.actorId()),
                event.action(),
                event.subject(),
                event.detail(),
                Csv.orNothing(event.requestId()),
                event.previousHash(),
                event.hash());
    }
}
