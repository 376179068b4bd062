package dev.faregate.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/// The way back in for somebody whom no mail reaches.
@Command(
        name = "reset-link",
        description = "Print a link with which a member chooses a new password; it works once, for 30 minutes.")
public final class ResetLinkCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private OperatorOptions options = new OperatorOptions();

    @Parameters(paramLabel = "EMAIL", description = "The address of the account.")
    private String email = "";

    public ResetLinkCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        ObjectNode answer =
                options.ask(context, "accounts.reset_link", json -> json.writeStringProperty("email", email));
        return options.print(context, answer, told -> SetupLinkCommand.tell(context, told));
    }
}
