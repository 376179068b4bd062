package dev.faregate.testkit;

/// A function call in an answer; `arguments` is JSON text. Streamed as one opening delta and up to four
/// fragments.
public record ToolCall(String name, String arguments) {
    private static final int MAX_FRAGMENTS = 4;

    /// Deltas this call is streamed as.
    int pieces() {
        return 1 + fragments();
    }

    /// The text of fragment `i`, counted from 0.
    String fragment(int i) {
        return arguments.substring(arguments.length() * i / fragments(), arguments.length() * (i + 1) / fragments());
    }

    private int fragments() {
        return Math.clamp(arguments.length(), 1, MAX_FRAGMENTS);
    }
}
