package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.AUDIT_EVENT;
import static dev.faregate.storage.tables.Tables.AUDIT_HEAD;

import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.base.Sha256;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Who changed what, append-only: each event carries the hash of the one before it, so a record that was
/// changed or taken out later shows (design section 7). One chain per organization.
public final class AuditLog {
    /// The hash before the first event of a chain.
    static final String GENESIS = "0".repeat(64);

    /// Characters of an event's detail; what is longer is cut, and says so.
    static final int MAX_DETAIL = 8_000;

    /// Events read at once when a chain is checked.
    private static final int READ_AT_ONCE = 2_000;

    /// What happened: `action` such as `key.update`, on which record, and the fields that were set. A value is
    /// a text, a number, a truth value, a list of texts or null, and never a secret.
    public record Event(String action, String subject, Map<String, ? extends @Nullable Object> detail) {}

    /// Who did it, and in which request; null for what no request did.
    public record Author(
            Actor.Kind kind, @Nullable String id, @Nullable String requestId) {
        /// Whoever runs the machine, and what the server does by itself.
        public static final Author OPERATOR = new Author(Actor.Kind.OPERATOR, null, null);
    }

    /// Appends an event, in the transaction of what it tells and as its very last step, after
    /// [dev.faregate.storage.Changes]: the head of the chain stays locked until the commit.
    public void append(Tx tx, String organizationId, Author author, Event event) {
        long at = Micros.of(tx.now());
        tx.sql()
                .insertInto(AUDIT_HEAD)
                .set(AUDIT_HEAD.ORGANIZATION_ID, organizationId)
                .set(AUDIT_HEAD.SEQ, 1L)
                .set(AUDIT_HEAD.HASH, GENESIS)
                .onConflict(AUDIT_HEAD.ORGANIZATION_ID)
                .doUpdate()
                .set(AUDIT_HEAD.SEQ, AUDIT_HEAD.SEQ.plus(1L))
                .execute();
        var head = tx.sql()
                .select(AUDIT_HEAD.SEQ, AUDIT_HEAD.HASH)
                .from(AUDIT_HEAD)
                .where(AUDIT_HEAD.ORGANIZATION_ID.eq(organizationId))
                .fetchSingle();
        String detail = text(event.detail());
        String hash = hash(
                head.value2(),
                organizationId,
                Long.toString(head.value1()),
                Long.toString(at),
                author.kind().word(),
                author.id(),
                event.action(),
                event.subject(),
                detail,
                author.requestId());
        tx.sql()
                .insertInto(AUDIT_EVENT)
                .set(AUDIT_EVENT.ID, Ids.next().toString())
                .set(AUDIT_EVENT.ORGANIZATION_ID, organizationId)
                .set(AUDIT_EVENT.SEQ, head.value1())
                .set(AUDIT_EVENT.AT, at)
                .set(AUDIT_EVENT.ACTOR_KIND, author.kind().word())
                .set(AUDIT_EVENT.ACTOR_ID, author.id())
                .set(AUDIT_EVENT.ACTION, event.action())
                .set(AUDIT_EVENT.SUBJECT, event.subject())
                .set(AUDIT_EVENT.DETAIL, detail)
                .set(AUDIT_EVENT.REQUEST_ID, author.requestId())
                .set(AUDIT_EVENT.PREVIOUS_HASH, head.value2())
                .set(AUDIT_EVENT.HASH, hash)
                .execute();
        tx.sql()
                .update(AUDIT_HEAD)
                .set(AUDIT_HEAD.HASH, hash)
                .where(AUDIT_HEAD.ORGANIZATION_ID.eq(organizationId))
                .execute();
    }

    /// The first event of an organization's chain that does not follow from the one before it, or that is
    /// missing, by its number; null when the chain is whole. Reads everything.
    public @Nullable Long firstBroken(Tx tx, String organizationId) {
        String previous = GENESIS;
        long seq = 0;
        List<Record> events;
        do {
            // By pages: a log of years does not fit into memory.
            events = List.copyOf(tx.sql()
                    .selectFrom(AUDIT_EVENT)
                    .where(AUDIT_EVENT.ORGANIZATION_ID.eq(organizationId))
                    .and(AUDIT_EVENT.SEQ.gt(seq))
                    .orderBy(AUDIT_EVENT.SEQ)
                    .limit(READ_AT_ONCE)
                    .fetch());
            for (Record event : events) {
                seq++;
                String hash = hash(
                        previous,
                        organizationId,
                        Long.toString(event.get(AUDIT_EVENT.SEQ)),
                        Long.toString(event.get(AUDIT_EVENT.AT)),
                        event.get(AUDIT_EVENT.ACTOR_KIND),
                        event.get(AUDIT_EVENT.ACTOR_ID),
                        event.get(AUDIT_EVENT.ACTION),
                        event.get(AUDIT_EVENT.SUBJECT),
                        event.get(AUDIT_EVENT.DETAIL),
                        event.get(AUDIT_EVENT.REQUEST_ID));
                boolean follows = event.get(AUDIT_EVENT.SEQ) == seq
                        && hash.equals(event.get(AUDIT_EVENT.HASH))
                        && previous.equals(event.get(AUDIT_EVENT.PREVIOUS_HASH));
                if (!follows) {
                    return seq;
                }
                previous = hash;
            }
        } while (events.size() == READ_AT_ONCE);
        var head = tx.sql()
                .select(AUDIT_HEAD.SEQ, AUDIT_HEAD.HASH)
                .from(AUDIT_HEAD)
                .where(AUDIT_HEAD.ORGANIZATION_ID.eq(organizationId))
                .fetchOne();
        boolean whole = head == null ? seq == 0 : head.value1() == seq && previous.equals(head.value2());
        return whole ? null : seq + 1;
    }

    /// In the order of the names, so that the same detail is the same text.
    private static String text(Map<String, ? extends @Nullable Object> detail) {
        String text = new String(
                Json.write(json -> {
                    json.writeStartObject();
                    new TreeMap<>(detail).forEach((name, value) -> {
                        json.writeName(name);
                        writeValue(json, value);
                    });
                    json.writeEndObject();
                }),
                StandardCharsets.UTF_8);
        return text.length() <= MAX_DETAIL ? text : "{\"cut\":true}";
    }

    private static void writeValue(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case Boolean flag -> json.writeBoolean(flag);
            case Long number -> json.writeNumber(number);
            case Integer number -> json.writeNumber(number);
            case java.math.BigDecimal number -> json.writeNumber(number);
            case Iterable<?> list -> {
                json.writeStartArray();
                list.forEach(item -> writeValue(json, item));
                json.writeEndArray();
            }
            default -> json.writeString(value.toString());
        }
    }

    /// SHA-256 over the fields, each with its length before it, so that no two lists of fields read the same.
    private static String hash(@Nullable String... fields) {
        MessageDigest digest = Sha256.begin();
        for (String field : fields) {
            byte[] bytes = field == null ? new byte[0] : field.getBytes(StandardCharsets.UTF_8);
            String length = field == null ? "-;" : bytes.length + ";";
            digest.update(length.getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
