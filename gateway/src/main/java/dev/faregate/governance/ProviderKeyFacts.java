package dev.faregate.governance;

import dev.faregate.byok.ProviderKey;
import dev.faregate.byok.TestOutcome;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A provider key as a row of the list: when it is used, and for which requests, in a few words.
///
/// @param test null for a key that was not tested as it is now
public record ProviderKeyFacts(ProviderKey key, @Nullable TestOutcome test) {
    public String address() {
        return ProviderKeysPage.PATH + "/" + key.id();
    }

    /// What people call it: its name, or its provider where it has none.
    public String name() {
        return name(key);
    }

    static String name(ProviderKey key) {
        return key.name() == null || key.name().isBlank()
                ? key.provider()
                : key.name().strip();
    }

    /// When it is used, such as `Used first`.
    public String when() {
        ProviderKey.Use use = key.use();
        if (use.disabled()) {
            return "Disabled";
        }
        if (use.fallback()) {
            return "Fallback";
        }
        return use.byokOnly() ? "Used alone" : use.required() ? "Always used" : "Used first";
    }

    public String where() {
        return key.workspaceId() == null ? "Every workspace" : "This workspace";
    }

    /// What it is narrowed to, such as `only 2 models, 1 key`; empty for a key of all requests.
    public String only() {
        List<String> parts = Stream.of(
                        counted(key.use().allowedModels(), "model"),
                        counted(key.use().allowedKeyHashes(), "key"),
                        counted(key.use().allowedUserIds(), "member"))
                .filter(part -> !part.isEmpty())
                .toList();
        return parts.isEmpty() ? "" : "only " + String.join(", ", parts);
    }

    private static String counted(@Nullable List<String> items, String word) {
        return items == null ? "" : items.size() + " " + word + (items.size() == 1 ? "" : "s");
    }
}
