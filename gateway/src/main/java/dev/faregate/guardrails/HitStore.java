package dev.faregate.guardrails;

import static dev.faregate.storage.tables.Tables.GUARDRAIL_HIT;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jooq.impl.DSL;
import tools.jackson.core.JsonGenerator;

/// How often rules of guardrails did something, per UTC day.
final class HitStore {
    /// Rows that are shown, newest days first.
    static final int MAX_ROWS = 1_000;

    /// What is counted apart; `day` counts from 1970-01-01.
    record Hit(String organizationId, String guardrailId, long day, String rule, String action, boolean dryRun) {}

    record Row(long day, String rule, String action, boolean dryRun, long hits) {
        void write(JsonGenerator json) {
            json.writeStartObject();
            json.writeStringProperty("date", LocalDate.ofEpochDay(day).toString());
            json.writeStringProperty("rule", rule);
            json.writeStringProperty("action", action);
            json.writeBooleanProperty("dry_run", dryRun);
            json.writeNumberProperty("count", hits);
            json.writeEndObject();
        }
    }

    /// Adds counts; in the order of their rows, so that two nodes never wait for each other in a circle.
    void add(Tx tx, Map<Hit, Long> counts) {
        counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(java.util.Comparator.comparing(Hit::toString)))
                .forEach(entry -> add(tx, entry.getKey(), entry.getValue()));
    }

    private static void add(Tx tx, Hit hit, long count) {
        tx.sql()
                .insertInto(GUARDRAIL_HIT)
                .set(GUARDRAIL_HIT.GUARDRAIL_ID, hit.guardrailId())
                .set(GUARDRAIL_HIT.DAY, hit.day())
                .set(GUARDRAIL_HIT.RULE, hit.rule())
                .set(GUARDRAIL_HIT.ACTION, hit.action())
                .set(GUARDRAIL_HIT.DRY_RUN, hit.dryRun())
                .set(GUARDRAIL_HIT.ORGANIZATION_ID, hit.organizationId())
                .set(GUARDRAIL_HIT.HITS, count)
                .onConflict(
                        GUARDRAIL_HIT.GUARDRAIL_ID,
                        GUARDRAIL_HIT.DAY,
                        GUARDRAIL_HIT.RULE,
                        GUARDRAIL_HIT.ACTION,
                        GUARDRAIL_HIT.DRY_RUN)
                .doUpdate()
                .set(GUARDRAIL_HIT.HITS, GUARDRAIL_HIT.HITS.plus(DSL.val(count)))
                .execute();
    }

    List<Row> list(Tx tx, String guardrailId) {
        return tx.sql()
                .selectFrom(GUARDRAIL_HIT)
                .where(GUARDRAIL_HIT.GUARDRAIL_ID.eq(guardrailId))
                .orderBy(GUARDRAIL_HIT.DAY.desc(), GUARDRAIL_HIT.RULE, GUARDRAIL_HIT.ACTION, GUARDRAIL_HIT.DRY_RUN)
                .limit(MAX_ROWS)
                .fetch(row -> new Row(
                        row.get(GUARDRAIL_HIT.DAY),
                        row.get(GUARDRAIL_HIT.RULE),
                        row.get(GUARDRAIL_HIT.ACTION),
                        row.get(GUARDRAIL_HIT.DRY_RUN),
                        row.get(GUARDRAIL_HIT.HITS)));
    }

    /// Whole days since 1970-01-01.
    static long day(java.time.Instant at) {
        return Micros.of(at) / 86_400_000_000L;
    }
}
