package dev.faregate.chat;

/// Why a model stopped, in the words of the contract (1.2): providers' own words are mapped, and shown
/// beside as `native_finish_reason`.
public final class FinishReason {
    private FinishReason() {}

    public static String normalise(String nativeReason) {
        return switch (nativeReason) {
            case "stop", "eos", "eos_token", "end_turn", "stop_sequence", "pause_turn", "STOP", "COMPLETE" -> "stop";
            case "length", "max_tokens", "model_context_window_exceeded", "MAX_TOKENS", "model_length" -> "length";
            case "tool_calls", "tool_use", "function_call", "tool_call", "TOOL_CALL" -> "tool_calls";
            case "content_filter",
                    "safety",
                    "content_filtered",
                    "guardrail_intervened",
                    "refusal",
                    "SAFETY",
                    "RECITATION",
                    "PROHIBITED_CONTENT",
                    "BLOCKLIST",
                    "SPII",
                    "LANGUAGE",
                    "IMAGE_SAFETY",
                    "IMAGE_PROHIBITED_CONTENT",
                    "IMAGE_RECITATION" -> "content_filter";
            // Gemini, Bedrock: the model called a tool in a way that nobody can run.
            case "error",
                    "malformed_model_output",
                    "malformed_tool_use",
                    "ERROR",
                    "TIMEOUT",
                    "MALFORMED_FUNCTION_CALL",
                    "UNEXPECTED_TOOL_CALL",
                    "TOO_MANY_TOOL_CALLS",
                    "MALFORMED_RESPONSE" -> "error";
            // A word nobody knows yet: the answer ended, and the native word says how.
            default -> "stop";
        };
    }
}
