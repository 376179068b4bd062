package dev.faregate.chat;

import tools.jackson.databind.JsonNode;

/// The words of `reasoning_details` (contract 3.10): what kind of detail one is, and whose signature or cipher it
/// carries, which only that maker takes back.
public final class ReasoningDetail {
    public static final String CLAUDE = "anthropic-claude-v1";
    public static final String GEMINI = "google-gemini-v1";

    /// Of makers whose thinking is not signed, and is taken back by nobody.
    public static final String UNKNOWN = "unknown";

    public static final String TEXT = "reasoning.text";
    public static final String SUMMARY = "reasoning.summary";
    public static final String ENCRYPTED = "reasoning.encrypted";

    private ReasoningDetail() {}

    /// The text that a detail shows, or the empty one.
    public static String shown(JsonNode detail) {
        return switch (type(detail)) {
            case TEXT -> detail.path("text").asString("");
            case SUMMARY -> detail.path("summary").asString("");
            default -> "";
        };
    }

    public static String type(JsonNode detail) {
        return detail.path("type").asString("");
    }

    /// Whether it came from one of Anthropic's models, as one does that names no format.
    public static boolean isClaude(JsonNode detail) {
        return detail.path("format").asString(CLAUDE).equals(CLAUDE);
    }
}
