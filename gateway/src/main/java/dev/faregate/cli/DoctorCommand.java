package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.base.Redaction;
import dev.faregate.server.Config;
import dev.faregate.server.ConfigException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Looks for what would keep the server from starting or running well. It changes nothing.
@Command(name = "doctor", description = "Check this machine and the configuration; changes nothing.")
public final class DoctorCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private ListenOptions listen = new ListenOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    public DoctorCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<Checks.Finding> findings = new ArrayList<>();
        findings.add(Checks.java(Runtime.version()));
        try {
            Config config = options.load(context, listen.flags());
            findings.add(Checks.configuration(config));
            findings.add(Checks.dataFolder(config.data()));
            findings.add(Checks.masterKey(config.data()));
            config.tls().ifPresent(files -> findings.add(Checks.certificate(files, Instant.now())));
            findings.add(DatabaseCheck.run(config));
            findings.add(Checks.inFlight(config.data()));
            findings.add(Checks.spool(config.data()));
            findings.add(Checks.port("port", config.listener()));
            findings.add(Checks.port("admin port", config.admin()));
        } catch (ConfigException e) {
            findings.add(new Checks.Finding("configuration", Checks.Status.FAIL, e.line()));
        }
        print(findings);
        return exit(findings).code();
    }

    private static Exit exit(List<Checks.Finding> findings) {
        List<String> failed = findings.stream()
                .filter(finding -> finding.status() == Checks.Status.FAIL)
                .map(Checks.Finding::check)
                .toList();
        if (failed.isEmpty()) {
            return Exit.OK;
        }
        if (failed.contains("configuration")) {
            return Exit.USAGE;
        }
        return failed.equals(List.of("database")) ? Exit.UNREACHABLE : Exit.FAILED;
    }

    private void print(List<Checks.Finding> findings) {
        if (json) {
            byte[] bytes = Json.write(out -> {
                out.writeStartArray();
                for (Checks.Finding finding : findings) {
                    out.writeStartObject();
                    out.writeStringProperty("check", finding.check());
                    out.writeStringProperty("status", finding.status().word());
                    out.writeStringProperty("text", Redaction.apply(finding.text()));
                    out.writeEndObject();
                }
                out.writeEndArray();
            });
            context.out().println(new String(bytes, StandardCharsets.UTF_8));
            return;
        }
        for (Checks.Finding finding : findings) {
            context.out()
                    .println("%-5s %-14s %s"
                            .formatted(finding.status().word(), finding.check(), Redaction.apply(finding.text())));
        }
    }
}
