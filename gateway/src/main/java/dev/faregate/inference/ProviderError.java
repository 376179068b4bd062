package dev.faregate.inference;

import dev.faregate.base.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a provider says in an error answer, as far as it is about the request: OpenAI's `error` object, Azure's content
/// filter in it, and the metadata that routers add (contract 1.1). All of it is bounded, because it is told on.
///
/// @param code the provider's own word, null where it gave none
/// @param type the `error_type` that this means, null where it means nothing in particular
/// @param reasons what a moderation flagged, by its own names; empty where none did
/// @param flaggedInput the text that was flagged, where it was told
record ProviderError(
        @Nullable String message,
        @Nullable String code,
        @Nullable String type,
        List<String> reasons,
        @Nullable String flaggedInput) {
    static final ProviderError NONE = new ProviderError(null, null, null, List.of(), null);
    static final String CONTENT_POLICY = "content_policy_violation";

    private static final int MAX_MESSAGE = 2_000;
    private static final int MAX_CODE = 100;
    private static final int MAX_REASONS = 20;

    /// Contract 1.1: at most 100 characters, cut in the middle.
    private static final int MAX_FLAGGED = 100;

    private static final String CUT = "...";

    /// Words of OpenAI and Azure, as their error pages and SDKs have them.
    private static final Map<String, String> TYPES = Map.of(
            "context_length_exceeded",
            "context_length_exceeded",
            "string_above_max_length",
            "string_too_long",
            "invalid_prompt",
            "invalid_prompt",
            "content_filter",
            CONTENT_POLICY,
            "content_policy_violation",
            CONTENT_POLICY,
            "moderation_blocked",
            CONTENT_POLICY);

    /// What another router may call it itself; all of them are 400 (contract 1.1).
    private static final Set<String> TOLD = Set.of(
            "context_length_exceeded",
            "max_tokens_exceeded",
            "token_limit_exceeded",
            "string_too_long",
            "invalid_prompt",
            CONTENT_POLICY,
            "refusal",
            "invalid_image",
            "image_too_large",
            "image_too_small",
            "unsupported_image_format",
            "image_download_failed");

    /// [#NONE] for what is no JSON (an HTML page of some proxy): nothing of it is worth showing.
    static ProviderError read(byte[] body) {
        try {
            JsonNode root = Json.read(body);
            return of(root.isObject() && root.has("error") ? root.get("error") : root);
        } catch (RuntimeException e) {
            return NONE;
        }
    }

    /// The same with each text as `clean` leaves it.
    ProviderError with(UnaryOperator<@Nullable String> clean) {
        return new ProviderError(
                clean.apply(message),
                clean.apply(code),
                type,
                reasons.stream()
                        .map(reason -> String.valueOf(clean.apply(reason)))
                        .toList(),
                clean.apply(flaggedInput));
    }

    private static ProviderError of(JsonNode error) {
        if (!error.isObject()) {
            return new ProviderError(text(error, MAX_MESSAGE), null, null, List.of(), null);
        }
        JsonNode metadata = error.path("metadata");
        String code = text(error.path("code"), MAX_CODE);
        String told = text(metadata.path("error_type"), MAX_CODE);
        String type = told != null && TOLD.contains(told) ? told : code == null ? null : TYPES.get(code);
        List<String> reasons = reasons(metadata.path("reasons"));
        return new ProviderError(
                text(error.path("message"), MAX_MESSAGE),
                code,
                type,
                reasons.isEmpty() ? filtered(error.path("innererror").path("content_filter_result")) : reasons,
                middleCut(text(metadata.path("flagged_input"), MAX_MESSAGE)));
    }

    private static List<String> reasons(JsonNode list) {
        List<String> reasons = new ArrayList<>();
        for (JsonNode one : list.isArray() ? list : List.<JsonNode>of()) {
            String reason = text(one, MAX_CODE);
            if (reason != null && reasons.size() < MAX_REASONS) {
                reasons.add(reason);
            }
        }
        return reasons;
    }

    /// Azure: `{"hate": {"filtered": true, "severity": "high"}, ...}`.
    private static List<String> filtered(JsonNode result) {
        return result.propertyStream()
                .filter(category -> category.getValue().path("filtered").asBoolean(false))
                .map(category -> cut(category.getKey(), MAX_CODE))
                .limit(MAX_REASONS)
                .toList();
    }

    private static @Nullable String text(JsonNode node, int longest) {
        return node.isString() && !node.asString().isBlank() ? cut(node.asString(), longest) : null;
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest) + CUT;
    }

    private static @Nullable String middleCut(@Nullable String text) {
        if (text == null || text.length() <= MAX_FLAGGED) {
            return text;
        }
        int kept = MAX_FLAGGED - CUT.length();
        return text.substring(0, kept - kept / 2) + CUT + text.substring(text.length() - kept / 2);
    }
}
