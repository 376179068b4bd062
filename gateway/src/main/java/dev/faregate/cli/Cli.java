package dev.faregate.cli;

import dev.faregate.base.Redaction;
import dev.faregate.server.ConfigException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/// The command line: runs one command and answers with an exit code. Errors are one line on stderr,
/// never a stack trace.
///
/// A command is one class: `@Command(name, description)`, a constructor that takes what it needs, and
/// `call()`, which returns a code of [Exit] or throws [Failure]; a command with several things to do has
/// a method for each, marked `@Command` too. It is registered by one line in `Main`; `--help` and the
/// table of exit codes are added here.
public final class Cli {
    private Cli() {}

    @Command(
            name = "faregate",
            description = "A self-hosted LLM router with a credit limit that holds.",
            footer = "%nfaregate COMMAND --help says more about a command.%n"
                    + "Beside these, ./faregate has: test, simulate, bench, dist, warm, java-home.")
    private static final class Root implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            CommandLine line = Objects.requireNonNull(spec).commandLine();
            line.usage(line.getErr());
            return Exit.USAGE.code();
        }
    }

    /// Runs the command that the arguments name and returns the exit code.
    public static int run(Context context, List<? extends Callable<Integer>> commands, String... arguments) {
        CommandLine line = new CommandLine(new Root());
        complete(line);
        line.getCommandSpec()
                .version(Version.text())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Show the version and exit.")
                        .build());
        for (Callable<Integer> command : commands) {
            CommandLine sub = new CommandLine(command);
            complete(sub);
            line.addSubcommand(sub);
        }
        line.setOut(context.out());
        line.setErr(context.err());
        line.setParameterExceptionHandler((e, _) -> fail(
                context,
                Exit.USAGE,
                e.getMessage() + " (see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help)"));
        line.setExecutionExceptionHandler((e, _, _) -> switch (e) {
            case Failure failure -> fail(context, failure.exit(), failure.line());
            case ConfigException wrong -> fail(context, Exit.USAGE, wrong.line());
            default -> fail(context, Exit.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
        });
        return line.execute(arguments);
    }

    private static void complete(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(Exit.table());
        line.getSubcommands().values().forEach(Cli::complete);
    }

    private static int fail(Context context, Exit exit, String message) {
        context.err().println("faregate: " + Redaction.apply(message.replaceAll("\\s*\\R\\s*", " ")));
        return exit.code();
    }
}
