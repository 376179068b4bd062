package dev.faregate.watch;

import dev.faregate.pages.Counts;
import dev.faregate.usage.Generation;
import dev.faregate.usage.GenerationQuery;
import dev.faregate.usage.LoggedGeneration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A generation as pages and files show it.
public record LogFacts(LoggedGeneration logged) {
    private static final long TENTHS_OF_SECONDS = 10_000;
    private static final int MILLIS = 1_000;

    public Generation generation() {
        return logged.generation();
    }

    /// The address of its page.
    public String address() {
        return LogsPage.PATH + "/" + generation().wireId();
    }

    static String word(GenerationQuery.End end) {
        return end.name().toLowerCase(Locale.ROOT);
    }

    public String end() {
        return word(logged.end());
    }

    /// How the end looks.
    public String style() {
        return switch (logged.end()) {
            case OK -> "fg-is-good";
            case ERROR -> "fg-is-bad";
            case CANCELLED -> "fg-is-off";
        };
    }

    /// Why it ended: the kind of error, else the finish reason; empty when neither is known.
    public String reason() {
        Generation.Outcome outcome = generation().outcome();
        String reason = outcome.errorType() != null ? outcome.errorType() : outcome.finishReason();
        return reason == null ? "" : reason;
    }

    public String provider() {
        String name = generation().route().providerName();
        String slug = generation().route().provider();
        return name != null ? name : slug == null ? "" : slug;
    }

    /// The provider's own count, which is billed, else the normalised one.
    public @Nullable Long promptTokens() {
        Generation.Tokens tokens = generation().tokens();
        return tokens.nativePrompt() != null ? tokens.nativePrompt() : tokens.prompt();
    }

    public @Nullable Long completionTokens() {
        Generation.Tokens tokens = generation().tokens();
        return tokens.nativeCompletion() != null ? tokens.nativeCompletion() : tokens.completion();
    }

    /// Tokens of the answer in a second, with one decimal; empty when not known.
    public String throughput() {
        Long tokens = completionTokens();
        Long millis = generation().outcome().generationTime();
        if (tokens == null || millis == null || millis == 0) {
            return "";
        }
        long tenths = tokens * TENTHS_OF_SECONDS / millis;
        return tenths / 10 + "." + tenths % 10;
    }

    /// `1,204`, or a dash for what is not known.
    public static String count(@Nullable Long number) {
        return number == null ? "–" : Counts.exact(number);
    }

    /// `840 ms`, `12.4 s`, or a dash.
    public static String time(@Nullable Long millis) {
        if (millis == null) {
            return "–";
        }
        return millis < MILLIS ? millis + " ms" : millis / MILLIS + "." + millis % MILLIS / 100 + " s";
    }
}
