package dev.faregate.workspaces;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `/workspaces/{id}/budgets` on both databases.
@ParameterizedClass
@EnumSource
class WorkspaceBudgetsContract {
    private final SpacesRig spaces;
    private final Rig rig;

    WorkspaceBudgetsContract(Database.Kind kind) {
        spaces = new SpacesRig(kind);
        rig = spaces.rig;
    }

    private JsonNode list() {
        return spaces.call(spaces.budgets::list, Map.of("id", "default"), "");
    }

    private JsonNode get(String interval) {
        return spaces.call(spaces.budgets::get, Map.of("id", "default", "interval", interval), "");
    }

    private JsonNode delete(String interval) {
        return spaces.call(spaces.budgets::delete, Map.of("id", "default", "interval", interval), "");
    }

    private Map<Window, Limits.State> limits() {
        return rig.database.read(tx -> rig.limits.states(tx, Scope.WORKSPACE, rig.workspaceId));
    }

    private @Nullable Usd cap(Window window) {
        return java.util.Objects.requireNonNull(limits().get(window)).cap();
    }

    @Test
    void isEmptyForAFreshWorkspace() {
        assertThat(list().toString()).isEqualTo("{\"data\":[],\"include_byok_in_budgets\":false}");
        assertThat(Rig.errorOf(() -> get("daily"))).isInstanceOf(ApiError.NotFound.class);
        assertThat(delete("daily").toString()).isEqualTo("{\"deleted\":true}");
    }

    @Test
    void setsReadsChangesAndDeletesEachWindow() {
        JsonNode monthly = spaces.putBudget("default", "monthly", "{\"limit_usd\":100.5}");
        JsonNode data = monthly.path("data");
        assertThat(Rig.typesOf(data, "id", "workspace_id", "limit_usd", "reset_interval", "created_at", "updated_at"))
                .isEqualTo("ssnsss");
        assertThat(data.path("limit_usd").toString()).isEqualTo("100.5");
        assertThat(data.path("reset_interval").asString()).isEqualTo("monthly");
        assertThat(monthly.path("include_byok_in_budgets").booleanValue()).isFalse();
        assertThat(get("monthly")).isEqualTo(monthly);
        JsonNode lifetime =
                spaces.putBudget("default", "lifetime", "{\"limit_usd\":1000,\"include_byok_in_budgets\":true}");
        assertThat(lifetime.path("data").path("reset_interval").isNull()).isTrue();
        spaces.putBudget("default", "daily", "{\"limit_usd\":1}");
        spaces.putBudget("default", "weekly", "{\"limit_usd\":20}");
        assertThat(list().path("include_byok_in_budgets").booleanValue()).isTrue();
        assertThat(spaces.get("default").path("include_byok_in_budgets").booleanValue())
                .isTrue();
        assertThat(StreamSupport.stream(list().path("data").spliterator(), false)
                        .map(budget -> budget.path("limit_usd").toString())
                        .toList())
                .containsExactly("1", "20", "100.5", "1000");
        assertThat(limits()).hasSize(4);
        assertThat(cap(Window.MONTHLY)).isEqualTo(Usd.parse("100.5"));

        JsonNode changed =
                spaces.putBudget("default", "monthly", "{\"limit_usd\":50}").path("data");
        assertThat(changed.path("id")).isEqualTo(data.path("id"));
        assertThat(changed.path("created_at")).isEqualTo(data.path("created_at"));
        assertThat(cap(Window.MONTHLY)).isEqualTo(Usd.parse("50"));
        for (String interval : List.of("daily", "weekly", "monthly", "lifetime")) {
            assertThat(delete(interval).path("deleted").booleanValue()).isTrue();
        }
        assertThat(list().path("data")).isEmpty();
        assertThat(limits()).isEmpty();
    }

    @Test
    void refusesWhatDoesNotStrictlyDecrease() {
        spaces.putBudget("default", "weekly", "{\"limit_usd\":20}");
        for (String wrong : List.of("daily 20", "daily 21", "monthly 20", "monthly 19.999999999", "lifetime 20")) {
            String[] words = wrong.split(" ");
            assertThat(Rig.errorOf(() -> spaces.putBudget("default", words[0], "{\"limit_usd\":" + words[1] + "}")))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            ApiError.BadRequest.class,
                            error -> assertThat(error.message())
                                    .contains("weekly budget of $20", "lifetime > monthly > weekly > daily"));
        }
        spaces.putBudget("default", "daily", "{\"limit_usd\":19.999999999}");
        spaces.putBudget("default", "lifetime", "{\"limit_usd\":20.000000001}");
        // Its own limit does not stand in its way.
        spaces.putBudget("default", "weekly", "{\"limit_usd\":20}");
        assertThat(limits()).hasSize(3);
    }

    @Test
    void namesWhatIsWrong() {
        for (String body : List.of(
                "{}",
                "{\"limit_usd\":0}",
                "{\"limit_usd\":-1}",
                "{\"limit_usd\":null}",
                "{\"limit_usd\":\"5\"}",
                "{\"limit_usd\":0.0000000001}",
                "{\"limit_usd\":1e300}")) {
            assertThat(Rig.errorOf(() -> spaces.putBudget("default", "daily", body)))
                    .as(body)
                    .isInstanceOfSatisfying(
                            ApiError.BadRequest.class,
                            error -> assertThat(error.param()).isEqualTo("limit_usd"));
        }
        assertThat(Rig.errorOf(() -> spaces.putBudget("default", "yearly", "{\"limit_usd\":1}")))
                .isInstanceOf(ApiError.BadRequest.class);
        assertThat(Rig.errorOf(() -> spaces.putBudget("nowhere", "daily", "{\"limit_usd\":1}")))
                .isInstanceOf(ApiError.NotFound.class);
        assertThat(limits()).isEmpty();
    }

    @Test
    void takesTheBudgetsAwayWithTheWorkspace() {
        String id =
                spaces.create("{\"name\":\"n\",\"slug\":\"room\"}").path("id").asString();
        spaces.putBudget("room", "daily", "{\"limit_usd\":1}");
        spaces.call(spaces.workspaces::delete, Map.of("id", "room"), "");
        assertThat((Map<Window, Limits.State>) rig.database.read(tx -> rig.limits.states(tx, Scope.WORKSPACE, id)))
                .isEmpty();
    }
}
