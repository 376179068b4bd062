package dev.faregate.flow;

import dev.faregate.Faregate;
import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Commands of an operator beside a server that they start and stop, over one data folder.
abstract class OnTheMachine {
    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final Path folder = TestServer.temporaryFolder();
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();
    final Map<String, String> variables = new HashMap<>();

    /// The commands that there are.
    abstract List<Callable<Integer>> commands(Context context);

    @BeforeEach
    void configure() throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream));
        variables.put("FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY);
        variables.put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    final Faregate serve() {
        Map<String, String> flags =
                Map.of("port", "0", "admin.port", "0", "data", "data", "timeouts.balancer", "1ms", "disk.reserve", "0");
        return Faregate.start(Config.load(new Config.Sources(flags, new Environment(variables), folder)));
    }

    /// Runs a command; its exit code.
    final int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Context context = new Context(
                new Environment(variables), folder, new PrintWriter(out, true), new PrintWriter(err, true), false);
        return Cli.run(context, commands(context), arguments);
    }
}
