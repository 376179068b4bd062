package dev.faregate.formats;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How one of Google's models can be told to think, as far as its name tells (ai.google.dev, "Gemini thinking").
///
/// @param thinks whether it knows `thinkingConfig` at all
/// @param levels the words that its `thinkingLevel` takes, from the least; empty where it takes a budget alone
/// @param leastBudget and `mostBudget`: the range of its `thinkingBudget`, in tokens
/// @param signs whether it refuses a call in the history that lacks the signature it came with
record GeminiModel(boolean thinks, List<String> levels, long leastBudget, long mostBudget, boolean signs) {
    private static final Pattern NAME =
            Pattern.compile("gemini-(\\d{1,2})(?:\\.(\\d{1,2}))?(?:-(pro|flash-lite|flash))?");

    private static final GeminiModel SILENT = new GeminiModel(false, List.of(), 0, 0, false);

    static GeminiModel of(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.find()) {
            return SILENT;
        }
        int minor = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        int version = 100 * Integer.parseInt(matcher.group(1)) + minor;
        String size = matcher.group(3) == null ? "" : matcher.group(3);
        if (version >= 300) {
            return new GeminiModel(true, levels(size, version), 1, 32_768, true);
        }
        if (version < 205) {
            return SILENT;
        }
        return switch (size) {
            case "pro" -> new GeminiModel(true, List.of(), 128, 32_768, false);
            case "flash-lite" -> new GeminiModel(true, List.of(), 512, 24_576, false);
            default -> new GeminiModel(true, List.of(), 1, 24_576, false);
        };
    }

    private static List<String> levels(String size, int version) {
        if (!size.equals("pro")) {
            return List.of("minimal", "low", "medium", "high");
        }
        return version == 300 ? List.of("low", "high") : List.of("low", "medium", "high");
    }

    /// A budget that it takes.
    long budget(long wanted) {
        return Math.clamp(wanted, leastBudget, mostBudget);
    }
}
