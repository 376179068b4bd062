package dev.faregate;

import dev.faregate.cli.BackupCommand;
import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.cli.CreditsCommand;
import dev.faregate.cli.DoctorCommand;
import dev.faregate.cli.Exit;
import dev.faregate.cli.ImportCommand;
import dev.faregate.cli.KeysCommand;
import dev.faregate.cli.LedgerCommand;
import dev.faregate.cli.ResetLinkCommand;
import dev.faregate.cli.RestoreCommand;
import dev.faregate.cli.ScanCommand;
import dev.faregate.cli.ServeCommand;
import dev.faregate.cli.SetupLinkCommand;
import dev.faregate.cli.VerifyCommand;
import dev.faregate.cli.VersionCommand;
import dev.faregate.keys.KeyText;
import dev.faregate.server.Config;
import dev.faregate.server.FirstStart;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The program's entry, and the list of its commands.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Context context = Context.ofProcess();
        List<Callable<Integer>> commands = List.of(
                new ServeCommand(context, config -> serve(context, config)),
                new DoctorCommand(context),
                new VerifyCommand(context),
                new BackupCommand(context),
                new RestoreCommand(context),
                new LedgerCommand(context),
                new KeysCommand(context),
                new CreditsCommand(context),
                new ImportCommand(context),
                new SetupLinkCommand(context),
                new ResetLinkCommand(context),
                new ScanCommand(context, KeyText::checksumGood),
                new VersionCommand(context));
        System.exit(Cli.run(context, commands, arguments));
    }

    /// How often the server is asked whether it still can keep money safe.
    private static final long LOOK_MS = 200;

    /// Runs the server until it is told to stop, or until its disk fails.
    private static int serve(Context context, Config config) {
        Faregate faregate = Faregate.start(config);
        faregate.firstStart()
                .ifPresentOrElse(
                        first -> first.publish(context.terminal(), config.data(), context.out()),
                        () -> FirstStart.recover(config.data()).ifPresent(file -> {
                            context.out().println("The keys that an earlier first start made are in " + file);
                            context.out().flush();
                        }));
        CountDownLatch never = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("drain").unstarted(() -> {
            boolean finished = faregate.drain();
            // A signal would end the JVM with 128 + its number; whoever asked us to stop and saw us drain wants 0.
            Runtime.getRuntime().halt(finished ? Exit.OK.code() : Exit.FAILED.code());
        }));
        try {
            while (faregate.failure() == null && !never.await(LOOK_MS, TimeUnit.MILLISECONDS)) {}
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Exit.OK.code();
        }
        context.err()
                .println("faregate: the disk failed (" + faregate.failure()
                        + "), and what is on it is only known again after a new start. Stopping.");
        faregate.drainAfterFailure();
        // The hook would drain once more, and end with a code that says all is well.
        Runtime.getRuntime().halt(Exit.DISK_FAILED.code());
        return Exit.DISK_FAILED.code();
    }
}
