package dev.faregate.guardrails;

import dev.faregate.chat.ChatRequest;
import java.util.List;

/// A request after its texts were looked into.
///
/// @param request what goes on: the one that was sent, or what redaction left of it
/// @param notes what was flagged, redacted, or would have been, such as `flag=email`: for the client to see
public record Screened(ChatRequest request, List<String> notes) {
    public Screened {
        notes = List.copyOf(notes);
    }

    /// A request that nobody had to look into.
    public static Screened unread(ChatRequest request) {
        return new Screened(request, List.of());
    }
}
