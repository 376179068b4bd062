package dev.faregate.governance;

import dev.faregate.identity.AuditEvent;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Events as lines of a table for spreadsheets (RFC 4180).
final class AuditCsv {
    private static final String HEAD =
            "seq,created_at,actor_kind,actor_id,action,subject,detail,request_id,previous_hash,hash";

    private AuditCsv() {}

    static String of(List<AuditEvent> events) {
        return Stream.concat(Stream.of(HEAD), events.stream().map(AuditCsv::line))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    private static String line(AuditEvent event) {
        return Stream.of(
                        Long.toString(event.seq()),
                        event.at().toString(),
                        event.actorKind(),
                        orNothing(event.actorId()),
                        event.action(),
                        event.subject(),
                        event.detail(),
                        orNothing(event.requestId()),
                        event.previousHash(),
                        event.hash())
                .map(AuditCsv::cell)
                .collect(Collectors.joining(","));
    }

    private static String orNothing(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// A cell in quotes. A spreadsheet runs what begins with one of these as a formula, in quotes too; an
    /// apostrophe before it makes it text (OWASP, CSV Injection).
    static String cell(String text) {
        boolean formula = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0;
        return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
