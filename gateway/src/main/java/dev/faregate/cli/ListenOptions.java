package dev.faregate.cli;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The flags that say where the server listens; a mixin of `serve` and `doctor`.
final class ListenOptions {
    @Option(names = "--host", paramLabel = "ADDRESS", description = "Address to listen on (127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on (8080); 0 takes a free one.")
    private @Nullable String port;

    @Option(names = "--admin-host", paramLabel = "ADDRESS", description = "Address of the admin listener (127.0.0.1).")
    private @Nullable String adminHost;

    @Option(names = "--admin-port", paramLabel = "PORT", description = "Port of the admin listener (9090).")
    private @Nullable String adminPort;

    Map<String, @Nullable String> flags() {
        Map<String, @Nullable String> flags = new HashMap<>();
        flags.put("host", host);
        flags.put("port", port);
        flags.put("admin.host", adminHost);
        flags.put("admin.port", adminPort);
        return flags;
    }
}
