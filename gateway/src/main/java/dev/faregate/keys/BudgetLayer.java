package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.WORKSPACE_BUDGET;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// One budget that a request of a key must fit, as `GET /key` shows it (contract 3.1; `KeyBudget` of the
/// newest packages). What it says is read from the very limits that admission claims on. A limit without
/// a cap is no layer, and the balance is none either: `GET /credits` shows it.
record BudgetLayer(
        Layer layer, @Nullable String guardrailId, @Nullable String budgetId, Limits.State state, boolean includeByok) {
    /// In the order in which they are shown. The words are the contract's: what a key shares with others is told as its
    /// workspace's default, be it that of its environment or of the organization.
    enum Layer {
        WORKSPACE_DEFAULT_MEMBER("workspace_default_member"),
        WORKSPACE_DEFAULT_KEY("workspace_default_key"),
        MEMBER("member"),
        API_KEY("api_key"),
        WORKSPACE("workspace"),
        KEY_LIMIT("key_limit");

        private final String word;

        Layer(String word) {
            this.word = word;
        }
    }

    /// As errors name them: of several spent windows of one owner the broadest first.
    private static final List<Window> BROADEST_FIRST =
            List.of(Window.TOTAL, Window.MONTHLY, Window.WEEKLY, Window.DAILY);

    /// The layers of a key in the order of [Layer]; none for a management key, which spends nothing.
    static List<BudgetLayer> of(Tx tx, Limits limits, ApiKey key) {
        if (key.kind() == KeyKind.MANAGEMENT) {
            return List.of();
        }
        List<BudgetLayer> layers = new ArrayList<>();
        String member = key.creatorUserId();
        BudgetStore.guardrailsOf(tx, key).forEach((guardrail, shared) -> {
            if (member != null) {
                Layer layer = shared ? Layer.WORKSPACE_DEFAULT_MEMBER : Layer.MEMBER;
                String owner = BudgetStore.owner(guardrail, member);
                capped(limits.states(tx, Scope.GUARDRAIL_MEMBER, owner))
                        .forEach(state ->
                                layers.add(new BudgetLayer(layer, guardrail, null, state, state.countsByok())));
            }
            Layer layer = shared ? Layer.WORKSPACE_DEFAULT_KEY : Layer.API_KEY;
            capped(limits.states(tx, Scope.GUARDRAIL_KEY, BudgetStore.owner(guardrail, key.id())))
                    .forEach(state -> layers.add(new BudgetLayer(layer, guardrail, null, state, state.countsByok())));
        });
        Map<Window, String> ids = workspaceBudgets(tx, key.workspaceId());
        capped(limits.states(tx, Scope.WORKSPACE, key.workspaceId()))
                .forEach(state -> layers.add(
                        new BudgetLayer(Layer.WORKSPACE, null, ids.get(state.window()), state, state.countsByok())));
        capped(limits.states(tx, Scope.KEY, key.id()))
                .forEach(state ->
                        layers.add(new BudgetLayer(Layer.KEY_LIMIT, null, null, state, key.includeByokInLimit())));
        layers.sort(Comparator.comparing(BudgetLayer::layer));
        return layers;
    }

    /// The limits that have a cap, the broadest first.
    private static List<Limits.State> capped(Map<Window, Limits.State> states) {
        return BROADEST_FIRST.stream()
                .map(states::get)
                .filter(Objects::nonNull)
                .filter(state -> state.cap() != null)
                .toList();
    }

    /// The ids that the budgets of a workspace go by in the management API.
    private static Map<Window, String> workspaceBudgets(Tx tx, String workspaceId) {
        Map<Window, String> ids = new EnumMap<>(Window.class);
        tx.sql()
                .select(WORKSPACE_BUDGET.WINDOW_KIND, WORKSPACE_BUDGET.ID)
                .from(WORKSPACE_BUDGET)
                .where(WORKSPACE_BUDGET.WORKSPACE_ID.eq(workspaceId))
                .forEach(row -> ids.put(Window.valueOf(row.value1()), row.value2()));
        return ids;
    }

    private Usd limit() {
        return Objects.requireNonNull(state.cap());
    }

    Usd remaining() {
        return limit().minus(state.used());
    }

    private boolean isSpent() {
        return remaining().compareTo(Usd.ZERO) <= 0;
    }

    /// The layer that refuses requests first: of those that are spent the first, else the one with the
    /// least left; null without layers.
    static @Nullable BudgetLayer effective(List<BudgetLayer> layers) {
        return layers.stream()
                .filter(BudgetLayer::isSpent)
                .findFirst()
                .or(() -> layers.stream().min(Comparator.comparing(BudgetLayer::remaining)))
                .orElse(null);
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("scope", layer.word);
        json.writeNumberProperty("limit_usd", limit().dollars());
        json.writeNumberProperty("spend_usd", state.used().dollars());
        json.writeNumberProperty("remaining_usd", remaining().dollars());
        KeyView.writeText(json, "reset_interval", state.window().wireName());
        KeyView.writeText(
                json,
                "resets_at",
                state.resetsAt() == null ? null : state.resetsAt().toString());
        KeyView.writeText(json, "guardrail_id", guardrailId);
        KeyView.writeText(json, "budget_id", budgetId);
        json.writeBooleanProperty("include_byok", includeByok);
        json.writeEndObject();
    }
}
