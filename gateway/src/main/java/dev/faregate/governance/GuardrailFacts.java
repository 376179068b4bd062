package dev.faregate.governance;

import dev.faregate.guardrails.Guardrail;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.pages.Amounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A guardrail as a row of the list: whom it binds and what it says, in a few words.
public record GuardrailFacts(Guardrail guardrail, Map<SubjectKind, Integer> held) {
    public String address() {
        return GuardrailsPage.PATH + "/" + guardrail.id();
    }

    /// Such as `2 keys, 1 member`.
    public String binds() {
        List<String> parts = new ArrayList<>();
        if (guardrail.isDefault()) {
            parts.add("every key of its workspace");
        }
        if (held.containsKey(SubjectKind.ORGANIZATION)) {
            parts.add("every key of the organization");
        }
        counted(parts, held.getOrDefault(SubjectKind.ENVIRONMENT, 0), "environment");
        counted(parts, held.getOrDefault(SubjectKind.MEMBER, 0), "member");
        counted(parts, held.getOrDefault(SubjectKind.KEY, 0), "key");
        return parts.isEmpty() ? "Nobody yet" : sentence(String.join(", ", parts));
    }

    public boolean bindsNobody() {
        return !guardrail.isDefault() && held.isEmpty();
    }

    /// Such as `$20.00 weekly, 3 models allowed, 2 filters`.
    public String says() {
        JsonNode shown = guardrail.shown();
        List<String> parts = new ArrayList<>();
        if (guardrail.limit() != null && guardrail.interval() != null) {
            parts.add(Amounts.shown(guardrail.limit()) + " "
                    + guardrail.interval().wireName());
        }
        listed(parts, shown, "allowed_models", "model", " allowed");
        listed(parts, shown, "ignored_models", "model", " ignored");
        listed(parts, shown, "allowed_providers", "provider", " allowed");
        listed(parts, shown, "ignored_providers", "provider", " ignored");
        listed(parts, shown, "allowed_data_regions", "region", "");
        if (GuardrailForm.ZDR.stream().anyMatch(field -> shown.path(field).asBoolean(false))) {
            parts.add("zero data retention");
        }
        if (GuardrailForm.LEFT_OUT.stream().anyMatch(field -> !shown.path(field).asBoolean(true))) {
            parts.add("no training");
        }
        counted(
                parts,
                shown.path("content_filters").size()
                        + shown.path("content_filter_builtins").size(),
                "filter");
        return parts.isEmpty() ? "Nothing yet" : sentence(String.join(", ", parts));
    }

    private static void listed(List<String> parts, JsonNode shown, String field, String word, String how) {
        if (shown.path(field).isArray()) {
            int count = shown.path(field).size();
            parts.add(count + " " + word + (count == 1 ? "" : "s") + how);
        }
    }

    private static void counted(List<String> parts, int count, String word) {
        if (count > 0) {
            parts.add(count + " " + word + (count == 1 ? "" : "s"));
        }
    }

    private static String sentence(String words) {
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
