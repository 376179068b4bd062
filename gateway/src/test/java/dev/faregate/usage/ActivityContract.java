package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Secret;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `GET /activity` over a store.
@ParameterizedClass
@EnumSource
class ActivityContract {
    private final UsageRig on;
    private final ActivityHandler handler;
    private final LocalDate today;

    ActivityContract(Database.Kind kind) {
        on = new UsageRig(Stores.shared(kind));
        handler = new ActivityHandler(on.rig.database, on.rig.organizations, on.catalogues);
        today = LocalDate.ofInstant(on.now, ZoneOffset.UTC);
    }

    private Instant at(int daysAgo) {
        return today.minusDays(daysAgo).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void used() {
        Generations.insert(
                on.rig,
                List.of(
                        Generations.of(on.one, at(0))
                                .model("acme/swift", "acme")
                                .build(),
                        Generations.of(on.one, at(1))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(75, 0, false)
                                .build(),
                        Generations.of(on.two, at(0).minusNanos(1_000))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(25, 0, false)
                                .build(),
                        Generations.of(on.elsewhere, at(1))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(1, 500, true)
                                .build(),
                        Generations.of(on.one, at(1)).model("gone/model", "p").build(),
                        Generations.of(on.one, at(1))
                                .model("void/model", "p")
                                .source(Generation.Source.VOID)
                                .build(),
                        Generations.of(on.one, at(30))
                                .model("acme/swift", "acme")
                                .build(),
                        Generations.of(on.one, at(31))
                                .model("acme/swift", "acme")
                                .build(),
                        Generations.of(on.rig.caller(on.rig.tenant().inference()), at(1))
                                .build()));
    }

    private List<String> rows(String... query) {
        return rows(on.rig.management, query);
    }

    private List<String> rows(Secret key, String... query) {
        List<String> rows = new ArrayList<>();
        for (JsonNode row : on.get(handler::handle, key, query).path("data")) {
            rows.add(today.toEpochDay()
                    - LocalDate.parse(row.path("date").asString()).toEpochDay() + "|"
                    + row.path("model").asString() + "|" + row.path("requests").asInt() + "|"
                    + row.path("usage").decimalValue().toPlainString());
        }
        return rows;
    }

    @Test
    void tellsEveryCompletedDayPerModelAndEndpoint() {
        used();
        assertThat(rows()).containsExactly("1|acme/swift|3|0.000000101", "1|gone/model|1|0", "30|acme/swift|1|0");
        String body = new String(
                on.rig
                        .respond(
                                handler::handle,
                                on.rig.management,
                                Rig.head("GET", "/activity", java.util.Map.of(), java.util.Map.of()),
                                "")
                        .body(),
                java.nio.charset.StandardCharsets.UTF_8);
        assertThat(body)
                .startsWith(("{'data':[{'date':'" + today.minusDays(1)
                                + "','model':'acme/swift','model_permaslug':'acme/swift-20260102','endpoint_id':'acme',"
                                + "'provider_name':'Acme','usage':0.000000101,'byok_usage_inference':0.0000005,'requests':3,"
                                + "'prompt_tokens':30,'completion_tokens':75,'reasoning_tokens':15}")
                        .replace('\'', '"'));
    }

    @Test
    void splitsByWorkspaceWhenAsked() {
        used();
        List<String> rows = new ArrayList<>();
        on.get(
                        handler::handle,
                        on.rig.management,
                        "group_by",
                        "workspace",
                        "date",
                        today.minusDays(1).toString())
                .path("data")
                .forEach(row -> rows.add(row.path("workspace_id").asString()
                        + row.path("requests").asInt()));
        assertThat(rows)
                .containsExactlyInAnyOrder(on.rig.workspaceId + "2", on.rig.workspaceId + "1", on.otherWorkspace + "1");
    }

    @Test
    void filtersByKeyMemberWorkspaceAndDate() {
        used();
        String hash = on.two.key().hash();
        assertThat(rows("api_key_hash", hash)).containsExactly("1|acme/swift|1|0.000000025");
        assertThat(rows("user_id", on.member)).containsExactly("1|acme/swift|1|0.000000001");
        assertThat(rows("workspace_id", on.otherWorkspace)).containsExactly("1|acme/swift|1|0.000000001");
        assertThat(rows("workspace_id", "room")).containsExactly("1|acme/swift|1|0.000000001");
        assertThat(rows("date", today.minusDays(30).toString())).containsExactly("30|acme/swift|1|0");
        assertThat(rows("date", today.minusDays(2).toString())).isEmpty();
        assertThat(rows("workspace_id", on.otherWorkspace, "api_key_hash", hash))
                .isEmpty();
        assertThat(on.get(handler::handle, on.rig.management, "group_by", "workspace", "user_id", on.member)
                        .path("data")
                        .get(0)
                        .path("workspace_id")
                        .asString())
                .isEqualTo(on.otherWorkspace);
    }

    @Test
    void stillTellsWhatADeletedKeyDid() {
        used();
        on.rig.delete(on.rig.management, on.two.keyId());
        assertThat(rows("api_key_hash", on.two.key().hash().toUpperCase(java.util.Locale.ROOT)))
                .containsExactly("1|acme/swift|1|0.000000025");
    }

    @Test
    void keepsOrganizationsApart() {
        used();
        Rig.Tenant stranger = on.rig.tenant();
        assertThat(rows(stranger.management())).isEmpty();
        for (String[] foreign : List.of(
                new String[] {"workspace_id", on.rig.workspaceId},
                new String[] {"api_key_hash", on.two.key().hash()},
                new String[] {"user_id", on.member})) {
            assertThat(Rig.errorOf(() -> rows(stranger.management(), foreign)))
                    .as(foreign[0])
                    .isInstanceOf(ApiError.NotFound.class);
        }
    }

    @Test
    void namesWhatIsWrong() {
        for (String date : List.of(
                today.toString(),
                today.minusDays(31).toString(),
                "yesterday",
                "2026-02-30",
                "2026-1-1",
                "+999999999-01-01")) {
            assertThat(UsageRig.wrongField(() -> rows("date", date))).as(date).isEqualTo("date");
        }
        assertThat(UsageRig.wrongField(() -> rows("api_key_hash", "abc"))).isEqualTo("api_key_hash");
        assertThat(UsageRig.wrongField(() -> rows("group_by", "model"))).isEqualTo("group_by");
        for (String[] unknown : List.of(
                new String[] {"workspace_id", "no\0such"},
                new String[] {"api_key_hash", "0".repeat(64)},
                new String[] {"user_id", "nobody"},
                new String[] {"user_id", "x".repeat(500)})) {
            assertThat(Rig.errorOf(() -> rows(unknown))).as(unknown[0]).isInstanceOf(ApiError.NotFound.class);
        }
    }
}
