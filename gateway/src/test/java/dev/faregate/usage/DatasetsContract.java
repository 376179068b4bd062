package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Ids;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `GET /datasets/...` over a store.
@ParameterizedClass
@EnumSource
class DatasetsContract {
    /// Numbers of apps that nobody else uses.
    private static final AtomicInteger NEXT_APP = new AtomicInteger(5_000_000);

    private final UsageRig on;
    private final LocalDate today;

    /// Of the handler that was made last.
    private @Nullable SessionCostSnapshot sessions;

    DatasetsContract(Database.Kind kind) {
        on = new UsageRig(Stores.shared(kind));
        today = LocalDate.ofInstant(on.now, ZoneOffset.UTC);
    }

    private DatasetsHandler handler(boolean wholeInstallation, String... hidden) {
        DatasetsHandler.Scope scope = new DatasetsHandler.Scope(wholeInstallation, List.of(hidden));
        sessions = new SessionCostSnapshot(on.rig.database, scope);
        return new DatasetsHandler(on.rig.database, on.catalogues, scope, sessions, on.rig.clock);
    }

    private int app(String identity, String title, String categories) {
        int id = NEXT_APP.incrementAndGet();
        String origin = identity.startsWith("local:") ? "http://localhost" : identity + id;
        on.rig.database.write(tx -> tx.sql()
                .execute(
                        "INSERT INTO app (id, identity, origin, title, categories, created_at) VALUES (?, ?, ?, ?, ?, 0)",
                        id,
                        identity + id,
                        origin,
                        title,
                        categories));
        return id;
    }

    private Instant at(int daysAgo) {
        return today.minusDays(daysAgo).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void used(int app, int daysAgo, int times) {
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            generations.add(Generations.of(on.one, at(daysAgo)).app(app).build());
        }
        Generations.insert(on.rig, generations);
    }

    private List<String> apps(DatasetsHandler handler, String... query) {
        List<String> rows = new ArrayList<>();
        for (JsonNode row : on.get(handler::apps, on.rig.inference, query).path("data")) {
            rows.add(row.path("rank").asInt() + "|" + row.path("app_name").asString() + "|"
                    + row.path("total_tokens").asString() + "|"
                    + row.path("total_requests").asInt());
        }
        return rows;
    }

    private void session(String id, int app, int turns) {
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            generations.add(Generations.of(on.one, at(1))
                    .id(Ids.uuid7(at(1).toEpochMilli() + i, new SecureRandom()))
                    .app(app)
                    .session(id)
                    .cost(1_500_000, 1_500_000, false)
                    .build());
        }
        Generations.insert(on.rig, generations);
    }

    @Test
    void publishesWhatSessionsCostOnceAWeek() {
        int app = app("https://agent.example/", "Agent", "cli-agent");
        int hidden = app("https://hidden.example/", "Hidden", "cli-agent");
        for (int i = 0; i < SessionCosts.LEAST_SESSIONS; i++) {
            session("s" + i, app, 3);
            session("s" + i, hidden, 3);
            session("m" + i, app("local:", "Mine", "cli-agent"), 3);
        }
        session("alone", app, 1);
        DatasetsHandler handler = handler(false, "https://hidden.example/" + hidden);
        JsonNode before = on.get(handler::sessions, on.rig.inference);
        assertThat(before.path("data").size()).isZero();
        assertThat(before.path("meta").path("window_days").isNull()).isTrue();

        Objects.requireNonNull(sessions).publish(on.now);
        JsonNode after = on.get(handler::sessions, on.rig.inference);
        assertThat(after.path("data").size()).isEqualTo(1);
        JsonNode cell = after.path("data").get(0);
        assertThat(cell.path("app_slug").asString()).isEqualTo("agent-example-" + app);
        assertThat(cell.path("app_name").asString()).isEqualTo("Agent");
        assertThat(cell.path("turn_range").asString()).isEqualTo("2-9-turns");
        assertThat(cell.path("median_session_cost_usd").decimalValue()).isEqualByComparingTo("0.0045");
        assertThat(after.path("meta").path("window_end_date").asString())
                .isEqualTo(today.minusDays(1).toString());
        String model = cell.path("model_permaslug").asString();
        assertThat(on.get(handler::sessions, on.rig.inference, "model", model, "turn_range", "2-9-turns")
                        .path("data")
                        .size())
                .isEqualTo(1);
        for (String[] none : new String[][] {
            {"model", "nobody/none"}, {"app_slug", "other"}, {"turn_range", "1-turn"}, {"offset", "1"}
        }) {
            assertThat(on.get(handler::sessions, on.rig.inference, none)
                            .path("data")
                            .size())
                    .as(none[0])
                    .isZero();
        }
    }

    @Test
    void ranksAppsByTokens() {
        int big = app("https://big.example/", "Big", "cli-agent");
        int small = app("https://small.example/", "Small", "roleplay");
        used(big, 1, 3);
        used(big, 2, 1);
        used(small, 1, 2);
        used(small, 0, 9);
        used(app("local:", "Mine", "cli-agent"), 1, 9);
        DatasetsHandler handler = handler(false);
        assertThat(apps(handler)).containsExactly("1|Big|140|4", "2|Small|70|2");
        assertThat(apps(handler, "offset", "1")).containsExactly("2|Small|70|2");
        assertThat(apps(handler, "limit", "1")).containsExactly("1|Big|140|4");
        assertThat(apps(handler, "category", "entertainment")).containsExactly("1|Small|70|2");
        assertThat(apps(handler, "subcategory", "cli-agent")).containsExactly("1|Big|140|4");
        assertThat(apps(handler, "start_date", today.minusDays(1).toString()))
                .containsExactly("1|Big|105|3", "2|Small|70|2");
        assertThat(apps(handler(false, "https://big.example/" + big))).containsExactly("1|Small|70|2");
        JsonNode meta = on.get(
                        handler::apps,
                        on.rig.inference,
                        "end_date",
                        today.plusDays(9).toString())
                .path("meta");
        assertThat(meta.path("end_date").asString())
                .isEqualTo(today.minusDays(1).toString());
        assertThat(meta.path("start_date").asString())
                .isEqualTo(today.minusDays(30).toString());
        assertThat(Rig.typesOf(meta, "as_of", "version")).isEqualTo("ss");
    }

    @Test
    void ranksTrendsByWhatIsBeyondTheAverageBefore() {
        int growing = app("https://growing.example/", "Growing", "");
        int steady = app("https://steady.example/", "Steady", "");
        used(growing, 1, 2);
        for (int day = 1; day <= 4; day++) {
            used(steady, day, 5);
        }
        String yesterday = today.minusDays(1).toString();
        assertThat(apps(handler(false), "sort", "trending", "start_date", yesterday, "end_date", yesterday))
                .containsExactly("1|Growing|70|2");
    }

    @Test
    void ranksOneOrganizationUnlessTheInstallationIsMeant() {
        used(app("https://one.example/", "Only here", ""), 1, 1);
        Rig.Tenant stranger = on.rig.tenant();
        DatasetsHandler own = handler(false);
        assertThat(on.get(own::apps, stranger.inference()).path("data")).isEmpty();
        DatasetsHandler all = handler(true);
        assertThat(on.get(all::apps, stranger.inference(), "limit", "100").toString())
                .contains("Only here");
    }

    @Test
    void ranksModelsByDayAndByMonth() {
        Generations.insert(
                on.rig,
                List.of(
                        Generations.of(on.one, at(1)).model("acme/swift", "a").build(),
                        Generations.of(on.one, at(2)).model("acme/swift", "a").build(),
                        Generations.of(on.one, at(2)).model("other/m", "a").build(),
                        Generations.of(on.one, at(2)).model("other/m", "b").build()));
        DatasetsHandler handler = handler(false);
        List<String> rows = new ArrayList<>();
        on.get(handler::models, on.rig.inference)
                .path("data")
                .forEach(row -> rows.add(row.path("date").asString() + "|"
                        + row.path("model_permaslug").asString() + "|"
                        + row.path("total_tokens").asString()));
        assertThat(rows)
                .containsExactly(
                        today.minusDays(2) + "|other/m|70",
                        today.minusDays(2) + "|acme/swift-20260102|35",
                        today.minusDays(1) + "|acme/swift-20260102|35");
        JsonNode months =
                on.get(handler::models, on.rig.inference, "period", "month").path("data");
        assertThat(months.get(0).path("date").asString()).endsWith("-01");
    }

    @Test
    void sumsUpAllModelsBehindTheFiftiethAsOther() {
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < 53; i++) {
            generations.add(Generations.of(on.one, at(1)).model("m/" + i, "a").build());
        }
        Generations.insert(on.rig, generations);
        JsonNode data = on.get(handler(false)::models, on.rig.inference).path("data");
        assertThat(data).hasSize(51);
        assertThat(data.get(50).path("model_permaslug").asString()).isEqualTo("other");
        assertThat(data.get(50).path("total_tokens").asString()).isEqualTo("105");
    }

    @Test
    void namesWhatIsWrong() {
        DatasetsHandler handler = handler(false);
        for (String[] wrong : List.of(
                new String[] {"sort", "best"},
                new String[] {"category", "cooking"},
                new String[] {"subcategory", "cooking"},
                new String[] {"limit", "101"},
                new String[] {"offset", "101"},
                new String[] {"start_date", "2026-13-01"},
                new String[] {"end_date", "2024-12-31"},
                new String[] {"start_date", "2025-01-01"})) {
            assertThat(UsageRig.wrongField(() -> apps(handler, wrong)))
                    .as(wrong[1])
                    .isEqualTo(wrong[0]);
        }
        assertThat(UsageRig.wrongField(() -> apps(handler, "category", "coding", "subcategory", "game")))
                .isEqualTo("subcategory");
        for (String unknown : List.of("modality", "context_bucket", "category", "language_type")) {
            assertThat(UsageRig.wrongField(() -> on.get(handler::models, on.rig.inference, unknown, "text")))
                    .isEqualTo(unknown);
        }
    }

    @Test
    void refusesTheThirtyFirstCallInAMinute() {
        on.rig.clock.moveTo(Instant.parse("2026-09-21T12:00:30Z"));
        DatasetsHandler handler = handler(false);
        for (int i = 0; i < DatasetQuota.PER_MINUTE; i++) {
            apps(handler);
        }
        assertThat(Rig.errorOf(() -> apps(handler))).isInstanceOfSatisfying(ApiError.RateLimited.class, error -> {
            assertThat(error.retryAfterSeconds()).isEqualTo(30);
            assertThat(error.limit()).isEqualTo(30);
        });
        on.rig.clock.moveTo(Instant.parse("2026-09-21T12:01:00Z"));
        apps(handler);
    }
}
