package dev.faregate.cli;

import dev.faregate.server.Config;
import dev.faregate.server.Setting;
import dev.faregate.server.Settings;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The flags that say which configuration and which store a command works on; a mixin of every command that
/// touches either. Every setting has a flag: those without one of their own go by `--set name=value`.
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file (faregate.yaml).")
    private @Nullable String config;

    @Option(names = "--data", paramLabel = "FOLDER", description = "The data folder (./data).")
    private @Nullable String data;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "A PostgreSQL database, postgresql://...; FAREGATE_DATABASE_URL hides the password better.")
    private @Nullable String database;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "Any other setting of docs/configuration.md; may be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /// Reads the configuration with these flags and `more` (by setting name, null where not given).
    Config load(Context context, Map<String, @Nullable String> more) {
        Map<String, String> flags = new HashMap<>();
        settings.forEach((name, value) -> {
            Setting<?> setting = Settings.find(name)
                    .orElseThrow(() -> new Failure(Exit.USAGE, "--set " + name + ": there is no such setting."));
            if (setting.where() == Setting.Where.ENVIRONMENT) {
                throw new Failure(Exit.USAGE, name + " is a secret and is set by " + setting.variable() + " only.");
            }
            flags.put(name, value);
        });
        put(flags, "config", config);
        put(flags, "data", data);
        put(flags, "database.url", database);
        more.forEach((name, value) -> put(flags, name, value));
        return Config.load(new Config.Sources(flags, context.environment(), context.directory()));
    }

    private static void put(Map<String, String> flags, String name, @Nullable String value) {
        if (value != null) {
            flags.put(name, value);
        }
    }
}
