package dev.faregate.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

/// The way in for the first owner, when the link of the first start was not used in time.
@Command(
        name = "setup-link",
        description = "Print a fresh link that sets up the owner account; it works once, for 30 minutes.")
public final class SetupLinkCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private OperatorOptions options = new OperatorOptions();

    public SetupLinkCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        ObjectNode answer = options.ask(context, "accounts.setup_link", _ -> {});
        return options.print(context, answer, told -> tell(context, told));
    }

    /// A link that works once, and until when.
    static void tell(Context context, ObjectNode answer) {
        context.out().println(answer.path("data").path("url").asString());
        context.out()
                .println("It works once, until "
                        + answer.path("data").path("expires_at").asString() + ".");
    }
}
