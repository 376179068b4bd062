package dev.faregate.cli;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Says which version this is and what it runs on.
@Command(name = "version", description = "Show the version.")
public final class VersionCommand implements Callable<Integer> {
    private final Context context;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    public VersionCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        context.out().println(json ? asJson() : Version.text());
        return Exit.OK.code();
    }

    private static String asJson() {
        byte[] bytes = Json.write(out -> {
            out.writeStartObject();
            out.writeStringProperty("version", Version.number());
            out.writeStringProperty("java", Runtime.version().toString());
            out.writeStringProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
            out.writeEndObject();
        });
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
