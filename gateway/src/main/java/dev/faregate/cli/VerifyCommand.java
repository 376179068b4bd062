package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.server.Config;
import dev.faregate.server.ControlSocket;
import dev.faregate.server.Verification;
import dev.faregate.storage.Inspection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Checks that the books balance and that nobody changed the audit log: on PostgreSQL directly, on SQLite in the file
/// when no server has it, and otherwise by asking that server. It changes nothing.
@Command(
        name = "verify",
        description = "Check that the ledger balances and that the audit log is as it was written, on a running or a "
                + "stopped server; changes nothing. "
                + "Exit code 1 when something is wrong.")
public final class VerifyCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    public VerifyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Config config = options.load(context, java.util.Map.of());
        Verification result;
        try {
            result = verify(config);
        } catch (IllegalStateException e) {
            throw new Failure(Exit.UNREACHABLE, String.valueOf(e.getMessage()));
        }
        if (json) {
            context.out().println(new String(result.toJson(), StandardCharsets.UTF_8));
        } else {
            print(result);
        }
        return result.findings().isEmpty() ? Exit.OK.code() : Exit.FAILED.code();
    }

    private static Verification verify(Config config) {
        Secret url = config.databaseUrl();
        if (url != null) {
            try (Inspection store = Inspection.ofPostgres(url.reveal())) {
                return Verification.run(store, null);
            }
        }
        Optional<Inspection> stopped = Inspection.ofFolder(config.data());
        if (stopped.isEmpty()) {
            return ask(config.data());
        }
        try (Inspection store = stopped.get()) {
            return Verification.run(store, null);
        }
    }

    private static Verification ask(Path folder) {
        try {
            byte[] answer = ControlSocket.ask(folder, "verify")
                    .orElseThrow(() -> new IllegalStateException("The data folder " + folder
                            + " is in use by a server that does not listen on " + ControlSocket.FILE + "."));
            String error = Json.readObject(answer).path("error").asString("");
            if (!error.isEmpty()) {
                throw new IllegalStateException(error);
            }
            return Verification.parse(answer);
        } catch (IOException e) {
            throw new IllegalStateException("The running server did not answer: " + e.getMessage(), e);
        }
    }

    private void print(Verification result) {
        result.notes().forEach(note -> context.out().println("note: " + note));
        result.findings().forEach(finding -> context.out().println(finding.rule() + ": " + finding.text()));
        String checked = result.checked().entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        int found = result.findings().size();
        context.out()
                .println((found == 0 ? "The books balance" : found + (found == 1 ? " finding" : " findings"))
                        + " (rows checked: " + checked + ").");
    }
}
