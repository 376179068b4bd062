package dev.faregate;

import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.cli.DoctorCommand;
import dev.faregate.cli.VersionCommand;
import java.util.List;
import java.util.concurrent.Callable;

/// The program's entry, and the list of its commands.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Context context = Context.ofProcess();
        List<Callable<Integer>> commands = List.of(new DoctorCommand(context), new VersionCommand(context));
        System.exit(Cli.run(context, commands, arguments));
    }
}
