package dev.faregate.cli;

import java.math.BigDecimal;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The credits of an organization, as the operator of the machine manages them.
@Command(
        name = "credits",
        description = "Show, grant and correct credits, through the running server or on the store of a stopped one.")
public final class CreditsCommand implements Callable<Integer> {
    private final Context context;

    @Spec
    private @Nullable CommandSpec spec;

    public CreditsCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        line.usage(line.getErr());
        return Exit.USAGE.code();
    }

    @Command(name = "show", description = "What was credited and spent, and the newest entries.")
    int show(@Mixin OperatorOptions options) {
        return options.print(context, options.ask(context, "credits.show", _ -> {}), this::tell);
    }

    @Command(
            name = "grant",
            description = "Add credit. A negative amount, after --, is a correction that takes it away.")
    int grant(
            @Mixin OperatorOptions options,
            @Parameters(paramLabel = "USD", description = "US dollars, at most nine decimals.") BigDecimal amount,
            @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; kept with the entry.")
                    String reason,
            @Option(
                            names = "--reference",
                            paramLabel = "TEXT",
                            description = "Makes it happen once: the same reference again changes nothing.")
                    @Nullable
                    String reference,
            @Option(
                            names = "--expires-at",
                            paramLabel = "TIME",
                            description = "When the rest of it is taken back, such as 2030-01-31T23:59:59Z.")
                    @Nullable
                    String expiresAt,
            @Option(names = "--correction", description = "Book it as a correction, not as a grant.")
                    boolean correction) {
        ObjectNode answer = options.ask(context, "credits.grant", json -> {
            json.writeObjectPropertyStart("fields");
            json.writeStringProperty("kind", correction || amount.signum() < 0 ? "correction" : "grant");
            json.writeNumberProperty("amount_usd", amount);
            json.writeStringProperty("reason", reason);
            if (reference != null) {
                json.writeStringProperty("reference", reference);
            }
            if (expiresAt != null) {
                json.writeStringProperty("expires_at", expiresAt);
            }
            json.writeEndObject();
        });
        JsonNode entry = answer.path("data");
        return options.print(
                context,
                answer,
                _ -> context.out()
                        .println("Booked " + KeysCommand.money(entry.path("amount_usd")) + " as a "
                                + entry.path("kind").asString("") + ", entry "
                                + entry.path("id").asString("") + "."));
    }

    @Command(name = "billing", description = "Make the balance a cap (prepaid), or report it only (postpaid).")
    int billing(
            @Mixin OperatorOptions options,
            @Parameters(paramLabel = "BILLING", description = "prepaid or postpaid.") String billing) {
        if (!billing.equals("prepaid") && !billing.equals("postpaid")) {
            throw new Failure(Exit.USAGE, "BILLING must be prepaid or postpaid.");
        }
        return options.print(context, options.ask(context, "credits." + billing, _ -> {}), this::tell);
    }

    private void tell(ObjectNode answer) {
        JsonNode data = answer.path("data");
        context.out()
                .println("Organization " + data.path("organization").asString("") + ", "
                        + data.path("billing").asString("") + ": credited "
                        + KeysCommand.money(data.path("total_credits")) + ", spent "
                        + KeysCommand.money(data.path("total_usage")) + ", balance "
                        + KeysCommand.money(data.path("balance")) + ".");
        if (data.path("entries").isEmpty()) {
            return;
        }
        Columns columns = new Columns("AT", "KIND", "AMOUNT", "ENDS", "REFERENCE", "REASON");
        for (JsonNode entry : data.path("entries")) {
            columns.row(
                    entry.path("created_at").asString(""),
                    entry.path("kind").asString(""),
                    KeysCommand.money(entry.path("amount_usd")),
                    entry.path("expires_at").asString("-"),
                    entry.path("reference").asString("-"),
                    entry.path("reason").asString(""));
        }
        columns.print(context.out());
    }
}
