package dev.faregate.cli;

import dev.faregate.server.Config;
import dev.faregate.server.Logging;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Runs the server until it is told to stop.
@Command(name = "serve", description = "Run the server. Settings: flag before environment before faregate.yaml.")
public final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private final Context context;
    private final ToIntFunction<Config> server;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private ListenOptions listen = new ListenOptions();

    /// `server` runs to its end and returns an exit code.
    public ServeCommand(Context context, ToIntFunction<Config> server) {
        this.context = context;
        this.server = server;
    }

    @Override
    public Integer call() {
        Config config = options.load(context, listen.flags());
        Logging.setUp(config.log());
        config.warnings().forEach(LOG::warn);
        return server.applyAsInt(config);
    }
}
