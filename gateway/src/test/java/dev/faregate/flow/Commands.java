package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.cli.BackupCommand;
import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.cli.CreditsCommand;
import dev.faregate.cli.KeysCommand;
import dev.faregate.cli.LedgerCommand;
import dev.faregate.cli.RestoreCommand;
import dev.faregate.cli.VerifyCommand;
import dev.faregate.server.Environment;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Commands of an operator in this process, one after the other, and what the last one printed.
final class Commands {
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();
    final Map<String, String> variables = new HashMap<>();

    /// Runs `./faregate` with these arguments in a folder; its exit code.
    int run(Path folder, String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Context context = new Context(
                new Environment(variables), folder, new PrintWriter(out, true), new PrintWriter(err, true), false);
        return Cli.run(
                context,
                List.of(
                        new BackupCommand(context),
                        new RestoreCommand(context),
                        new LedgerCommand(context),
                        new VerifyCommand(context),
                        new KeysCommand(context),
                        new CreditsCommand(context)),
                arguments);
    }

    void succeeds(Path folder, String... arguments) {
        assertThat(run(folder, arguments)).as(out.toString() + err).isZero();
    }

    /// The JSON that was printed.
    JsonNode printed() {
        return Json.read(out.toString().getBytes(StandardCharsets.UTF_8));
    }
}
