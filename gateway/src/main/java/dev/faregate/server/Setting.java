package dev.faregate.server;

import dev.faregate.base.Redaction;
import dev.faregate.system.Configuration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One row of the table in [Settings]: a name such as `limits.queue`, how its text is read, what it is when
/// nobody sets it (`fallback`, null for "not set"), its own flag if it has one, where it may be set, and what
/// it means.
public record Setting<T>(
        String name,
        SettingType<T> type,
        @Nullable String fallback,
        @Nullable String flag,
        Where where,
        String meaning) {
    /// What every variable of ours begins with.
    static final String PREFIX = "FAREGATE_";

    /// Where a setting may be set, and whether a change in the file is taken up while the server runs.
    public enum Where {
        /// Flag, environment and file; a change in the file waits for the next start.
        ANYWHERE,
        /// Flag, environment and file; a change in the file is taken up at once.
        RELOADED,
        /// Flag and environment: the file cannot say where the file is.
        OUTSIDE_FILE,
        /// Environment only: it is a secret, and a command line shows in the list of processes.
        ENVIRONMENT
    }

    /// The variable that sets it: `FAREGATE_LIMITS_QUEUE`.
    public String variable() {
        return PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    boolean inFile() {
        return where == Where.ANYWHERE || where == Where.RELOADED;
    }

    boolean byFlag() {
        return where != Where.ENVIRONMENT;
    }

    /// How far this value differs from the default, for people; empty where it does not.
    Optional<Configuration.Changed> changed(@Nullable T value) {
        String fallback = this.fallback;
        T usual = fallback == null ? null : read(fallback, name);
        if (Objects.equals(value, usual)) {
            return Optional.empty();
        }
        String shown = value == null ? "not set" : Redaction.apply(type.show().apply(value));
        return Optional.of(new Configuration.Changed(name, shown, fallback));
    }

    /// Reads a text; the message of the exception begins with `place` and does not quote the text.
    T read(String text, String place) {
        try {
            return type.parse().apply(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(place + " must be " + e.getMessage() + ".");
        }
    }
}
