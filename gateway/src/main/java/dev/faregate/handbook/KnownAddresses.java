package dev.faregate.handbook;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The addresses at which people and programs know these topics from elsewhere (S70). They lead here for good; those
/// that end in `.mdx` to the topic as Markdown.
final class KnownAddresses {
    /// An old address below `/docs`, the topic that it means, and the section, empty for the whole.
    private record Known(String path, String topic, String anchor) {}

    private static final List<Known> ALL = List.of(
            new Known("/api-reference/authentication", "authentication", ""),
            new Known("/use-cases/oauth-pkce", "oauth", ""),
            new Known("/api/reference/authentication", "authentication", ""),
            new Known("/api/reference/limits", "limits", ""),
            new Known("/guides/overview/auth/oauth", "oauth", ""),
            new Known("/guides/overview/auth/byok", "byok", ""),
            new Known("/guides/overview/auth/provisioning-api-keys", "keys", "#management-keys"),
            new Known("/guides/features/guardrails", "guardrails", ""),
            new Known("/guides/guides/api-key-rotation", "keys", "#rotation"));

    private KnownAddresses() {}

    /// Old path to new address.
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        for (Known known : ALL) {
            String old = Contents.PATH + known.path();
            all.put(old, Contents.address(known.topic()) + known.anchor());
            all.put(old + ".mdx", Contents.twin(known.topic()));
        }
        return all;
    }
}
