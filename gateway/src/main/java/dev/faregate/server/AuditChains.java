package dev.faregate.server;

import static dev.faregate.storage.tables.Tables.AUDIT_EVENT;
import static dev.faregate.storage.tables.Tables.AUDIT_HEAD;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.credits.Discrepancy;
import dev.faregate.identity.AuditLog;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Whether the audit log of every organization is as it was written: each event follows from the one before
/// it, none is missing, and the newest is the head's.
final class AuditChains {
    static final String RULE = "audit";

    private AuditChains() {}

    static List<Discrepancy> check(Tx tx) {
        Set<String> organizations = new TreeSet<>(tx.sql()
                .select(ORGANIZATION.ID)
                .from(ORGANIZATION)
                .union(tx.sql().select(AUDIT_HEAD.ORGANIZATION_ID).from(AUDIT_HEAD))
                .union(tx.sql().selectDistinct(AUDIT_EVENT.ORGANIZATION_ID).from(AUDIT_EVENT))
                .fetch(0, String.class));
        AuditLog log = new AuditLog();
        List<Discrepancy> findings = new ArrayList<>();
        for (String organization : organizations) {
            Long broken = log.firstBroken(tx, organization);
            if (broken != null) {
                findings.add(new Discrepancy(
                        RULE,
                        "event " + broken + " of organization " + organization,
                        "as it was written",
                        "changed or missing",
                        "The audit log of organization " + organization + " was changed: event " + broken
                                + " does not follow from the one before it, or is missing."));
            }
        }
        return findings;
    }
}
