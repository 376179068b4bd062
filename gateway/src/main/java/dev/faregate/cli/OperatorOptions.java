package dev.faregate.cli;

import dev.faregate.server.Config;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ObjectNode;

/// The flags of every command that works on an organization: which store, which organization, and how to
/// answer.
final class OperatorOptions {
    @Mixin
    private ConfigOptions store = new ConfigOptions();

    @Option(
            names = "--organization",
            paramLabel = "SLUG",
            defaultValue = "default",
            description = "The organization (default).")
    private String organization = "default";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ObjectNode ask(Context context, String command, Consumer<JsonGenerator> arguments) {
        Config config = store.load(context, Map.of());
        return Operator.ask(config, command, organization, arguments);
    }

    /// Prints the answer as JSON, or as `people` tells it. Returns the exit code.
    int print(Context context, ObjectNode answer, Consumer<ObjectNode> people) {
        if (json) {
            context.out().println(answer);
        } else {
            people.accept(answer);
        }
        return Exit.OK.code();
    }
}
