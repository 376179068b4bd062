package dev.faregate.chat;

/// Why a model stopped, in the words of the contract (1.2): providers' own words are mapped, and shown
/// beside as `native_finish_reason`.
public final class FinishReason {
    private FinishReason() {}

    public static String normalise(String nativeReason) {
        return switch (nativeReason) {
            case "stop", "eos", "eos_token", "end_turn", "stop_sequence", "STOP", "COMPLETE" -> "stop";
            case "length", "max_tokens", "MAX_TOKENS", "model_length" -> "length";
            case "tool_calls", "tool_use", "function_call", "tool_call" -> "tool_calls";
            case "content_filter", "safety", "SAFETY", "refusal", "RECITATION" -> "content_filter";
            case "error" -> "error";
            // A word nobody knows yet: the answer ended, and the native word says how.
            default -> "stop";
        };
    }
}
