package dev.faregate.testkit;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./faregate simulate`: the scripted upstream by hand. Prints a configuration that points at it and
/// serves until it gets SIGTERM or SIGINT, then exits with 0.
@Command(
        name = "simulate",
        description =
                "A pretend provider of chat completions, embeddings, rankings, images and transcripts, with faults on request.",
        footerHeading = "%nWords for --fault and for model names (sim/WORD, sim/WORD=NUMBER, joined with +):%n")
public final class Simulate implements Callable<Integer> {
    private static final int DEFAULT_PORT = 9100;
    private static final int MIX_WEIGHT_WHOLE = 100;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address to listen on (${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "" + DEFAULT_PORT, description = "Port, 0 for any (${DEFAULT-VALUE}).")
    private int port = DEFAULT_PORT;

    @Option(
            names = "--latency",
            defaultValue = "0ms",
            description = "Time to the head: 200ms, 1.5s (${DEFAULT-VALUE}).")
    private Duration latency = Duration.ZERO;

    @Option(names = "--chunks", defaultValue = "8", description = "Content chunks per answer (${DEFAULT-VALUE}).")
    private int chunks = 8;

    @Option(names = "--chunk-bytes", defaultValue = "6", description = "Bytes of text per chunk (${DEFAULT-VALUE}).")
    private int chunkBytes = 6;

    @Option(names = "--chunk-delay", defaultValue = "0ms", description = "Time between chunks (${DEFAULT-VALUE}).")
    private Duration chunkDelay = Duration.ZERO;

    @Option(names = "--prompt-tokens", description = "Prompt tokens to report (default: by the length of the body).")
    private @Nullable Long promptTokens;

    @Option(names = "--tls", description = "Serve TLS with a certificate made at start.")
    private boolean tls;

    @Option(names = "--certificate", paramLabel = "FILE", description = "Where to write that certificate (PEM).")
    private @Nullable Path certificate;

    @Option(names = "--fault", paramLabel = "WORDS", description = "What goes wrong; see the words below.")
    private @Nullable String fault;

    @Option(
            names = "--fault-percent",
            defaultValue = "100",
            description = "How many of 100 requests get the fault (${DEFAULT-VALUE}).")
    private int faultPercent = MIX_WEIGHT_WHOLE;

    @Option(names = "--truth", paramLabel = "FILE", description = "Append what was asked and delivered as JSON lines.")
    private @Nullable Path truth;

    @Option(names = "--seed", description = "Seed of the random choice (default: a fresh one, printed).")
    private @Nullable Long seed;

    @Option(names = "--threads", defaultValue = "1", description = "Event loops (${DEFAULT-VALUE}).")
    private int threads = 1;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] args) {
        System.exit(command().execute(args));
    }

    /// The command line with the table of words in its help.
    static CommandLine command() {
        CommandLine command = new CommandLine(new Simulate()).registerConverter(Duration.class, Simulate::duration);
        command.getCommandSpec()
                .usageMessage()
                .footer(NamedScripts.WORDS.stream().map(Simulate::line).toArray(String[]::new));
        return command;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        CommandSpec command = java.util.Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (ScriptedUpstream upstream = start(command)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stopped, closed), "simulate-stop"));
            out.print(snippet(upstream));
            out.flush();
            stopped.await();
        }
        closed.countDown();
        return 0;
    }

    /// The upstream as the options say. Throws `ParameterException` for options that make no sense.
    ScriptedUpstream start(CommandSpec command) throws IOException {
        if (chunks < 0 || chunkBytes < 0 || threads < 1 || faultPercent < 0 || faultPercent > MIX_WEIGHT_WHOLE) {
            throw new ParameterException(command.commandLine(), "a number is out of range");
        }
        Script good = good();
        Script bad = fault == null ? good : faulty(command, good, fault);
        ScriptedUpstream upstream =
                ScriptedUpstream.start(new ScriptedUpstream.Options(host, port, tls, threads, Recording.SUMS, truth));
        upstream.script(faultPercent == MIX_WEIGHT_WHOLE ? bad : good);
        if (fault != null && faultPercent > 0 && faultPercent < MIX_WEIGHT_WHOLE) {
            Seeds seeds = seed == null ? Seeds.fromProperty() : Seeds.of(seed);
            command.commandLine().getErr().println("seed " + seeds.value());
            upstream.mix(Mix.of(seeds).add(faultPercent, bad).add(MIX_WEIGHT_WHOLE - faultPercent, good));
        }
        if (tls && certificate != null) {
            Files.writeString(certificate, upstream.certificatePem());
        }
        return upstream;
    }

    /// A `faregate.yaml` that works as printed.
    String snippet(ScriptedUpstream upstream) {
        String trust = !tls
                ? ""
                : "# TLS with a self-signed certificate"
                        + (certificate == null ? " (--certificate FILE writes it)" : ": " + certificate) + "\n";
        return """
                # simulate listens on %1$s; Ctrl-C ends it. As faregate.yaml:
                %2$sproviders:
                  - slug: sim
                    format: openai
                    base_url: %1$s
                    api_key: sk-sim
                    policy: {retains_prompts: false, trains: false}
                models:
                """.formatted(upstream.baseUrl(), trust)
                + model("sim/fast")
                + model("sim/slow")
                + model("sim/reasoning")
                + model("sim/429")
                + """
                  - id: sim/embedding
                    context_length: 8191
                    output_modalities: [embeddings]
                    endpoints:
                      - {provider: sim, upstream_model: sim/fast, pricing: {prompt: "0.02"}}
                  - id: sim/images
                    context_length: 8191
                    output_modalities: [image]
                    endpoints:
                      - {provider: sim, upstream_model: sim/fast, pricing: {image_output: "0.02"}}
                  - id: sim/transcription
                    context_length: 16000
                    output_modalities: [transcription]
                    endpoints:
                      - {provider: sim, upstream_model: sim/fast, max_completion_tokens: 2000,
                         pricing: {prompt: "2.50", completion: "10.00"}}
                  - id: sim/rerank
                    context_length: 8191
                    output_modalities: [rerank]
                    endpoints:
                      - {provider: sim, upstream_model: sim/fast, pricing: {prompt: "0.02"}}
                """;
    }

    private static String model(String id) {
        return """
                  - id: %1$s
                    context_length: 128000
                    endpoints:
                      - {provider: sim, upstream_model: %1$s, max_completion_tokens: 16384,
                         pricing: {prompt: "2.50", completion: "10.00", input_cache_read: "1.25"}}
                """.formatted(id);
    }

    private Script good() {
        Script script = Script.answer()
                .latency(latency)
                .chunks(chunks)
                .chunkBytes(chunkBytes)
                .chunkDelay(chunkDelay);
        return promptTokens == null ? script : script.promptTokens(promptTokens);
    }

    private static Script faulty(CommandSpec command, Script good, String words) {
        return NamedScripts.parse(good, words)
                .orElseThrow(() -> new ParameterException(
                        command.commandLine(), "--fault: cannot read '" + words + "'; --help lists the words"));
    }

    /// Runs as the shutdown hook: lets the main thread close, then ends with 0, since being told to stop
    /// is no failure.
    private static void stop(CountDownLatch stopped, CountDownLatch closed) {
        stopped.countDown();
        try {
            closed.await(10, java.util.concurrent.TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }

    private static String line(NamedScripts.Word word) {
        String name = word.max() == 0 ? word.name() : word.name() + "=" + word.number();
        return String.format(Locale.ROOT, "  %-22s %s%n", name, word.meaning()).stripTrailing();
    }

    /// `250ms`, `1.5s` or a bare number of milliseconds.
    private static Duration duration(String text) {
        String number = text.replaceFirst("(ms|s)$", "");
        double value = Double.parseDouble(number);
        boolean seconds = text.endsWith("s") && !text.endsWith("ms");
        return Duration.ofNanos(Math.round(value * (seconds ? 1e9 : 1e6)));
    }
}
