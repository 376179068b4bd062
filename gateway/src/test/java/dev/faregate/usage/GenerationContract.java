package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What is kept beside a generation: content and feedback; and how long.
@ParameterizedClass
@EnumSource
class GenerationContract {
    private final UsageRig on;
    private final GenerationHandler handler;
    private final Database database;

    GenerationContract(Database.Kind kind) {
        database = Stores.shared(kind);
        on = new UsageRig(database);
        handler = new GenerationHandler(database, new GenerationStore(), on.writes());
    }

    private Generation made(Instant at) {
        Generation generation = Generations.of(on.one, at)
                .id(Ids.uuid7(at.toEpochMilli(), new java.util.Random()))
                .cost(5, 0, false)
                .build();
        Generations.insert(on.rig, List.of(generation));
        return generation;
    }

    private void store(UUID id, String input, String completion) {
        database.write(tx -> tx.sql()
                .execute(
                        "INSERT INTO generation_content (id, input, completion) VALUES (?, ?, ?)",
                        id.toString(),
                        input,
                        completion));
    }

    private JsonNode content(Secret key, Generation generation) {
        return on.get(handler::content, key, "id", generation.wireId()).path("data");
    }

    @Test
    void answersWhatWasStored() {
        Generation generation = made(on.now);
        store(generation.id(), "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "Hello");
        for (Secret key : List.of(on.rig.inference, on.rig.management)) {
            assertThat(content(key, generation).toString())
                    .isEqualTo("{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]},"
                            + "\"output\":{\"completion\":\"Hello\",\"reasoning\":null},\"error\":null}");
        }
    }

    @Test
    void hidesContentFromWhoeverMayNotSeeTheGeneration() {
        Generation generation = made(on.now.minus(Duration.ofMinutes(1)));
        assertThat(Rig.errorOf(() -> content(on.rig.inference, generation)))
                .isInstanceOfSatisfying(
                        ApiError.NotFound.class,
                        error -> assertThat(error.message()).contains("logging was off"));
        store(generation.id(), "{\"prompt\":\"x\"}", "y");
        Rig.Tenant stranger = on.rig.tenant();
        for (Secret key : List.of(stranger.inference(), stranger.management())) {
            assertThat(Rig.errorOf(() -> content(key, generation)))
                    .isEqualTo(new ApiError.NotFound("Generation not found"));
        }
    }

    @Test
    void waitsAMomentForARecordThatIsBeingWritten() throws InterruptedException {
        Generation generation = Generations.of(on.one, on.now).id(Ids.next()).build();
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                // The handler has looked once by then, and will look for a quarter of a second more.
                Thread.sleep(30);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            Generations.insert(on.rig, List.of(generation));
        });
        JsonNode data = on.get(handler::handle, on.rig.inference, "id", generation.wireId())
                .path("data");
        assertThat(data.path("id").asString()).isEqualTo(generation.wireId());
        writer.join();
    }

    @Test
    void storesWhatWorkspacesWantStored() {
        UUID some = UUID.randomUUID();
        try (WorkspaceContentLogging logging = WorkspaceContentLogging.start(database, ContentLogging.OFF)) {
            assertThat(logging.keeps(on.one, some)).isFalse();
            logging(1_000_000_000L, null);
            logging.read();
            assertThat(logging.keeps(on.one, some)).isTrue();
            assertThat(logging.keeps(on.elsewhere, some)).isFalse();
            logging(1_000_000_000L, "[7,\"" + on.two.key().hash() + "\"]");
            logging.read();
            assertThat(logging.keeps(on.one, some)).isFalse();
            assertThat(logging.keeps(on.two, some)).isTrue();
            logging(250_000_000L, null);
            logging.read();
            int kept = 0;
            for (int i = 0; i < 4_000; i++) {
                kept += logging.keeps(on.one, UUID.randomUUID()) ? 1 : 0;
            }
            assertThat(kept).isBetween(800, 1_200);
            try (WorkspaceContentLogging all =
                    WorkspaceContentLogging.start(database, ContentLogging.sample(ContentLogging.ALL))) {
                assertThat(all.keeps(on.elsewhere, some)).isTrue();
            }
        } finally {
            database.write(tx -> tx.sql()
                    .execute(
                            "UPDATE workspace SET is_observability_io_logging_enabled = ? WHERE id = ?",
                            false,
                            on.rig.workspaceId));
        }
    }

    private void logging(long billionths, @Nullable String keys) {
        database.write(tx -> tx.sql()
                .execute(
                        "UPDATE workspace SET is_observability_io_logging_enabled = ?, io_logging_sampling_rate = ?, "
                                + "io_logging_api_key_ids = ? WHERE id = ?",
                        true,
                        billionths,
                        keys,
                        on.rig.workspaceId));
    }

    private JsonNode say(Secret key, String body) {
        return on.post(handler::feedback, key, body.replace('\'', '"'));
    }

    @Test
    void keepsWhatSomebodySays() {
        Generation generation = made(on.now);
        String id = generation.wireId();
        assertThat(say(on.rig.management, "{'generation_id':'" + id + "','category':'latency','comment':'slow\\n'}")
                        .toString())
                .isEqualTo("{\"data\":{\"success\":true}}");
        say(on.rig.management, "{'generation_id':'" + id + "','category':'latency','comment':'very slow'}");
        say(on.rig.management, "{'generation_id':'" + id + "','category':'billing'}");
        List<String> rows = database.read(tx -> tx.sql()
                .fetch(
                        "SELECT category, comment FROM generation_feedback WHERE generation_id = ? ORDER BY 1",
                        generation.id().toString())
                .map(row -> row.get(0) + "|" + row.get(1)));
        assertThat(rows).containsExactly("billing|null", "latency|very slow");
        long events = database.read(tx -> tx.sql()
                .fetchCount(tx.sql()
                        .selectFrom("audit_event")
                        .where(
                                "subject = ? AND action = 'generation.feedback'",
                                generation.id().toString())));
        assertThat(events).isEqualTo(3);
    }

    @Test
    void refusesFeedbackThatIsNone() {
        String id = made(on.now).wireId();
        assertThat(UsageRig.wrongField(() -> say(on.rig.management, "{'category':'latency'}")))
                .isEqualTo("generation_id");
        assertThat(UsageRig.wrongField(() -> say(on.rig.management, "{'generation_id':'" + id + "'}")))
                .isEqualTo("category");
        assertThat(UsageRig.wrongField(() -> say(on.rig.management, "{'generation_id':'" + id + "','category':'bad'}")))
                .isEqualTo("category");
        assertThat(UsageRig.wrongField(() -> say(
                        on.rig.management,
                        "{'generation_id':'" + id + "','category':'other','comment':'" + "x".repeat(1_001) + "'}")))
                .isEqualTo("comment");
        for (String unknown : List.of("gen-1", "gen-" + UUID.randomUUID())) {
            assertThat(Rig.errorOf(
                            () -> say(on.rig.management, "{'generation_id':'" + unknown + "','category':'other'}")))
                    .isInstanceOf(ApiError.NotFound.class);
        }
        assertThat(Rig.errorOf(
                        () -> say(on.rig.tenant().management(), "{'generation_id':'" + id + "','category':'other'}")))
                .isInstanceOf(ApiError.NotFound.class);
    }

    @Test
    void deletesDetailsAfterTheirTimeAndKeepsTheRollUps() {
        Instant old = on.now.minus(Duration.ofDays(91));
        Instant young = on.now.minus(Duration.ofDays(89));
        List<Generation> past = new ArrayList<>();
        for (int i = 0; i < Retention.AT_ONCE + 20; i++) {
            Instant at = old.minusSeconds(i);
            past.add(Generations.of(on.one, at)
                    .id(Ids.uuid7(at.toEpochMilli(), new java.util.Random()))
                    .cost(1, 0, false)
                    .build());
        }
        Generations.insert(on.rig, past);
        Generation kept = made(young);
        store(past.getFirst().id(), "{}", "x");
        store(kept.id(), "{\"prompt\":\"\"}", "x");
        say(on.rig.management, "{'generation_id':'" + past.getFirst().wireId() + "','category':'other'}");

        try (Retention retention = Retention.start(database, Duration.ofDays(90))) {
            retention.run(on.now);
            assertThat(retention.deleted()).isGreaterThanOrEqualTo(past.size());
        }
        assertThat(count("generation WHERE api_key_id = '" + on.one.keyId() + "'"))
                .isEqualTo(1);
        assertThat(count("generation_content WHERE id = '" + past.getFirst().id() + "'"))
                .isZero();
        assertThat(count("generation_feedback WHERE organization_id = '" + on.rig.organizationId + "'"))
                .isZero();
        assertThat(content(on.rig.inference, kept)
                        .path("output")
                        .path("completion")
                        .asString())
                .isEqualTo("x");
        String mine = " WHERE workspace_id = '" + on.rig.workspaceId + "' AND span = ";
        assertThat(count("workspace_usage" + mine + Span.HOUR.seconds())).isZero();
        assertThat(sum("workspace_usage" + mine + Span.DAY.seconds())).isEqualTo(past.size() + 1);
        assertThat(sum("usage_day WHERE api_key_id = '" + on.one.keyId() + "'")).isEqualTo(past.size() + 1);
    }

    private long count(String what) {
        return number("SELECT count(*) FROM " + what);
    }

    private long sum(String what) {
        return number("SELECT sum(requests) FROM " + what);
    }

    private long number(String query) {
        return database.read(tx -> {
            Long number = tx.sql().fetchSingle(query).get(0, Long.class);
            return number == null ? 0 : number;
        });
    }
}
