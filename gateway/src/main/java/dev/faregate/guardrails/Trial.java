package dev.faregate.guardrails;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What content filters make of one text.
///
/// @param text what would go on to the provider; null when the request would be refused
/// @param refusal what the caller would be told then
/// @param notes what was redacted or flagged, such as `redact=email`
public record Trial(@Nullable String text, @Nullable String refusal, List<String> notes) {
    public Trial {
        notes = List.copyOf(notes);
    }
}
