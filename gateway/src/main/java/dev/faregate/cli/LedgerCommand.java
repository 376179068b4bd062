package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.server.Config;
import dev.faregate.server.Reconciliation;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What operators do with the ledger as a whole.
@Command(name = "ledger", description = "Reconcile the books after a restore.")
public final class LedgerCommand implements Callable<Integer> {
    private final Context context;

    @Spec
    private @Nullable CommandSpec spec;

    public LedgerCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        line.usage(line.getErr());
        return Exit.USAGE.code();
    }

    @Command(
            name = "reconcile",
            description = "Check a restored store and open its service. Without --accept or --charge it only tells how "
                    + "things stand. Exit code 1 while the service is closed.")
    int reconcile(
            @Mixin ConfigOptions options,
            @Option(names = "--accept", description = "Nothing else is charged for the time after the backup.")
                    boolean accept,
            @Option(
                            names = "--charge",
                            paramLabel = "ORGANIZATION=USD",
                            description = "Charge what an organization spent after the backup; may be repeated.")
                    @Nullable
                    List<String> charges,
            @Option(
                            names = "--despite",
                            paramLabel = "ROW",
                            description = "Open although this row has a finding; may be repeated.")
                    @Nullable
                    List<String> despite,
            @Option(names = "--json", description = "Print JSON.") boolean json) {
        Config config = options.load(context, Map.of());
        String asked = asked(accept, charges == null ? List.of() : charges, despite == null ? List.of() : despite);
        ObjectNode answer = Operator.ask(
                config,
                Reconciliation.NAME,
                asked,
                (database, question) -> new Reconciliation(database, null, _ -> {}).run(question));
        boolean closed = answer.path("closed").asBoolean();
        if (json) {
            context.out().println(answer);
        } else {
            tell(answer, closed, accept || charges != null);
        }
        return closed ? Exit.FAILED.code() : Exit.OK.code();
    }

    private static String asked(boolean accept, List<String> charges, List<String> despite) {
        List<Charge> read = charges.stream().map(Charge::parse).toList();
        return new String(
                Json.write(out -> {
                    out.writeStartObject();
                    out.writeBooleanProperty("accept", accept);
                    out.writeArrayPropertyStart("charges");
                    read.forEach(charge -> {
                        out.writeStartObject();
                        out.writeStringProperty("organization", charge.organization());
                        out.writeNumberProperty("amount_usd", charge.usd());
                        out.writeEndObject();
                    });
                    out.writeEndArray();
                    out.writeArrayPropertyStart("despite");
                    despite.forEach(out::writeString);
                    out.writeEndArray();
                    out.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }

    /// Each as it was given: that an organization is named twice must be seen.
    private record Charge(String organization, BigDecimal usd) {
        static Charge parse(String text) {
            int equals = text.indexOf('=');
            try {
                if (equals > 0) {
                    return new Charge(
                            text.substring(0, equals),
                            Usd.parse(text.substring(equals + 1)).dollars());
                }
            } catch (ArithmeticException | NumberFormatException e) {
                throw new Failure(Exit.USAGE, "--charge " + text + ": not US dollars with at most nine decimals.");
            }
            throw new Failure(Exit.USAGE, "--charge " + text + ": not ORGANIZATION=USD.");
        }
    }

    private void tell(ObjectNode answer, boolean closed, boolean decided) {
        if (answer.path("epoch").asInt(0) == 0) {
            context.out().println("This store was never restored from a backup; its service is open.");
            return;
        }
        String backup = "the backup of " + answer.path("taken_at").asString("");
        if (!closed) {
            for (JsonNode charge : answer.path("charged")) {
                context.out()
                        .println("Charged " + KeysCommand.money(charge.path("amount_usd")) + " to "
                                + charge.path("organization").asString("") + ".");
            }
            context.out()
                    .println("The service is open: reconciled with " + backup + " at "
                            + answer.path("reconciled_at").asString("") + ".");
            return;
        }
        JsonNode findings = answer.path("findings");
        findings.forEach(finding -> context.out()
                .println(finding.path("rule").asString("") + ": "
                        + finding.path("text").asString("")));
        context.out()
                .println("The service is closed: it was restored from " + backup + " and knows nothing of what was "
                        + "spent after it.");
        if (!findings.isEmpty()) {
            context.out()
                    .println(findings.size() + (findings.size() == 1 ? " finding: " : " findings: ")
                            + "restore another backup, or name each row by --despite to keep it as it is.");
        } else if (!decided) {
            context.out()
                    .println("The books balance. Compare the providers' bills since then, and open it with "
                            + "--charge ORGANIZATION=USD for what was spent, or with --accept for nothing.");
        }
    }
}
