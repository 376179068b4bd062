package dev.faregate.flow;

import dev.faregate.Faregate;
import dev.faregate.recorder.Step;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.server.Logging;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A server that ends at one step of one request, as kill -9 ends it: no hook runs, nothing is flushed.
/// Arguments: the step, and which request to reach it is the last one.
final class CrashingServer {
    private static final int KILLED = 137;

    private CrashingServer() {}

    public static void main(String[] arguments) throws InterruptedException {
        Step last = Step.valueOf(arguments[0]);
        AtomicInteger left = new AtomicInteger(Integer.parseInt(arguments[1]));
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.keySet().removeIf(name -> !name.startsWith("FAREGATE_"));
        Config config = Config.load(new Config.Sources(
                Map.of(), new Environment(variables), Path.of("").toAbsolutePath()));
        Logging.setUp(config.log());
        Faregate.start(config, (step, _) -> {
            if (step == last && left.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(KILLED);
            }
        });
        new CountDownLatch(1).await();
    }
}
