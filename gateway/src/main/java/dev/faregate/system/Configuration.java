package dev.faregate.system;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the operator decided, told without a secret.
///
/// @param file the configuration file, which need not exist
/// @param takenUpAt when a change of it was taken up last, or null for what the start read
/// @param problem why its last change was not taken up, or null
/// @param waiting settings whose change waits for a restart
/// @param warnings what was set and means nothing
/// @param changed settings that are not at their default
public record Configuration(
        Path file,
        boolean there,
        @Nullable Instant takenUpAt,
        @Nullable Problem problem,
        List<String> waiting,
        List<String> warnings,
        List<Changed> changed,
        List<Provider> providers) {
    /// A sentence that names the line, and when it was found.
    public record Problem(Instant at, String line) {}

    /// `value` of a secret is only that it is set; `fallback` is null where there is no default.
    public record Changed(
            String setting, String value, @Nullable String fallback) {}

    /// A provider that the file or a variable names.
    ///
    /// @param origin where its key is, or at least its name: a variable, or the file
    /// @param hasKey whether it has a key; some servers want none
    /// @param spoken whether its wire format is one that is spoken
    public record Provider(String slug, String name, String origin, boolean hasKey, boolean spoken) {}
}
