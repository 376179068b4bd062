package dev.faregate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `GET /audit-events` on both databases.
class AuditEventsContract {
    private static JsonNode list(Rig rig, Secret key, Map<String, String> query) {
        Map<String, List<String>> parameters = new HashMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        return rig.call(
                new AuditEventsHandler(rig.database)::list,
                key,
                Rig.head("GET", "/audit-events", Map.of(), parameters),
                "");
    }

    private static List<String> actions(JsonNode page) {
        return StreamSupport.stream(page.path("data").spliterator(), false)
                .map(event -> event.path("action").asString())
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void tellsWhatHappenedNewestFirstWithTheChain(Database.Kind kind) {
        Rig rig = new Rig(kind);
        assertThat(list(rig, rig.management, Map.of())
                        .path("chain")
                        .path("events")
                        .asInt())
                .isZero();
        JsonNode made = rig.create(rig.management, "{\"name\":\"first\",\"limit\":2.5}");
        String hash = made.path("data").path("hash").asString();
        rig.patch(rig.management, hash, "{\"name\":\"second\"}");
        rig.delete(rig.management, hash);

        JsonNode all = list(rig, rig.management, Map.of());
        assertThat(actions(all)).containsExactly("key.delete", "key.update", "key.create");
        assertThat(all.path("next_cursor").isNull()).isTrue();
        JsonNode create = all.path("data").get(2);
        assertThat(Rig.typesOf(
                        create,
                        "id",
                        "seq",
                        "created_at",
                        "actor",
                        "action",
                        "subject",
                        "detail",
                        "request_id",
                        "previous_hash",
                        "hash"))
                .isEqualTo("snsossosss");
        assertThat(create.path("detail").path("name").asString()).isEqualTo("first");
        assertThat(create.path("detail").path("limit").toString()).isEqualTo("2.5");
        assertThat(create.path("previous_hash").asString()).isEqualTo("0".repeat(64));
        assertThat(create.path("actor").path("id").asString())
                .isEqualTo(rig.caller(rig.management).keyId());
        for (int i = 0; i < 2; i++) {
            assertThat(all.path("data").get(i).path("previous_hash"))
                    .isEqualTo(all.path("data").get(i + 1).path("hash"));
        }
        assertThat(all.path("chain").path("hash"))
                .isEqualTo(all.path("data").get(0).path("hash"));
        assertThat(all.path("chain").path("events").asInt()).isEqualTo(3);
        assertThat(list(rig, rig.tenant().management(), Map.of()).path("data")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void pagesAndFilters(Database.Kind kind) {
        Rig rig = new Rig(kind);
        for (int i = 0; i < 5; i++) {
            rig.create(rig.management, "{\"name\":\"k" + i + "\"}");
        }
        List<Integer> seen = new ArrayList<>();
        Map<String, String> query = new HashMap<>(Map.of("limit", "2"));
        JsonNode page;
        do {
            page = list(rig, rig.management, query);
            page.path("data").forEach(event -> seen.add(event.path("seq").asInt()));
            query.put("cursor", page.path("next_cursor").asString(""));
            // Newer events do not shift the pages.
            rig.create(rig.management, "{\"name\":\"later\"}");
        } while (!page.path("next_cursor").isNull());
        assertThat(seen).containsExactly(5, 4, 3, 2, 1);

        JsonNode one =
                list(rig, rig.management, Map.of("limit", "1")).path("data").get(0);
        String me = rig.caller(rig.management).keyId();
        Instant now = Instant.now();
        Map<Map<String, String>, Integer> counts = new HashMap<>();
        counts.put(Map.of("action", "key.create"), 8);
        counts.put(Map.of("action", "key.delete"), 0);
        counts.put(Map.of("subject", one.path("subject").asString()), 1);
        counts.put(Map.of("actor", me), 8);
        counts.put(Map.of("actor", "key"), 8);
        counts.put(Map.of("actor", "user"), 0);
        counts.put(Map.of("since", now.plus(Duration.ofHours(1)).toString()), 0);
        counts.put(
                Map.of(
                        "since",
                        now.minus(Duration.ofHours(1)).toString(),
                        "until",
                        now.plusSeconds(60).toString()),
                8);
        counts.put(Map.of("until", now.minus(Duration.ofHours(1)).toString()), 0);
        counts.put(Map.of("until", one.path("created_at").asString(), "limit", "100"), 7);
        counts.forEach(
                (filter, count) -> assertThat(list(rig, rig.management, filter).path("data"))
                        .as(filter.toString())
                        .hasSize(count));
        for (Map<String, String> wrong : List.of(
                Map.of("since", "yesterday"),
                Map.of("until", "+999999999-01-01T00:00:00Z"),
                Map.of("cursor", "x"),
                Map.of("actor", "a\u0000"),
                Map.of("subject", "\u0000"),
                Map.of("limit", "0"))) {
            assertThat(Rig.errorOf(() -> list(rig, rig.management, wrong))).isInstanceOf(ApiError.BadRequest.class);
        }
    }
}
