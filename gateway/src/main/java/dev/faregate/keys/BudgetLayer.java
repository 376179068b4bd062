package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// One budget that a request of a key must fit, as `GET /key` shows it (contract 3.1; `KeyBudget` of the
/// newest packages). What it says is read from the very limits that admission claims on. A limit without
/// a cap is no layer, and the balance is none either: `GET /credits` shows it.
record BudgetLayer(
        Layer layer,
        @Nullable String guardrailId,
        @Nullable String budgetId,
        Window window,
        Usd limit,
        Usd spent,
        Limits.State state,
        boolean includeByok) {
    /// In the order in which they are shown.
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
        BudgetStore.guardrailsOf(tx, key).forEach((guardrail, ofWorkspace) -> {
            if (key.creatorUserId() != null) {
                add(
                        layers,
                        ofWorkspace ? Layer.WORKSPACE_DEFAULT_MEMBER : Layer.MEMBER,
                        guardrail,
                        limits.states(tx, Scope.GUARDRAIL_MEMBER, BudgetStore.owner(guardrail, key.creatorUserId())),
                        false);
            }
            add(
                    layers,
                    ofWorkspace ? Layer.WORKSPACE_DEFAULT_KEY : Layer.API_KEY,
                    guardrail,
                    limits.states(tx, Scope.GUARDRAIL_KEY, BudgetStore.owner(guardrail, key.id())),
                    false);
        });
        add(layers, Layer.WORKSPACE, null, limits.states(tx, Scope.WORKSPACE, key.workspaceId()), false);
        add(layers, Layer.KEY_LIMIT, null, limits.states(tx, Scope.KEY, key.id()), key.includeByokInLimit());
        layers.sort(Comparator.comparing(BudgetLayer::layer));
        return layers;
    }

    private static void add(
            List<BudgetLayer> layers,
            Layer layer,
            @Nullable String guardrail,
            Map<Window, Limits.State> states,
            boolean includeByok) {
        for (Window window : BROADEST_FIRST) {
            Limits.State state = states.get(window);
            Usd cap = state == null ? null : state.cap();
            if (state != null && cap != null) {
                String budget = layer == Layer.WORKSPACE ? Long.toString(state.limitId()) : null;
                layers.add(new BudgetLayer(layer, guardrail, budget, window, cap, state.used(), state, includeByok));
            }
        }
    }

    Usd remaining() {
        return limit.minus(spent);
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
        json.writeNumberProperty("limit_usd", limit.dollars());
        json.writeNumberProperty("spend_usd", spent.dollars());
        json.writeNumberProperty("remaining_usd", remaining().dollars());
        KeyView.writeText(json, "reset_interval", window.wireName());
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
