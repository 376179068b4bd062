package dev.faregate.observability;

import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Example traces.
final class Traces {
    static final String HASH = "a".repeat(64);

    private Traces() {}

    static Trace of(String workspaceId, @Nullable String session, int number) {
        return new Trace(
                new UUID(0x0199_0000_0000_7000L, 0x8000_0000_0000_0000L + number),
                new Trace.Owner("org-1", workspaceId, HASH, "my key", null),
                new Trace.Client("user-7", session, "req-1", 3, "https://app.example/", "curl/8"),
                new Trace.Route("openai/gpt-4o", "openai/gpt-4o", "openai", "OpenAI", "openai", false),
                new Trace.Outcome(
                        200,
                        null,
                        true,
                        false,
                        "stop",
                        120L,
                        Instant.parse("2026-10-01T12:00:00.000001Z"),
                        Instant.parse("2026-10-01T12:00:01.5Z")),
                new Trace.Usage(300L, 100L, 20L, 5L, Usd.parse("0.00175"), Usd.parse("0.00175"), "exact"),
                new Trace.Custom(null, null, null, null, Map.of("team", "search")));
    }
}
