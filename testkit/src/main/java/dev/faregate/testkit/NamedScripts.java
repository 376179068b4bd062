package dev.faregate.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/// Scripts spelled as text: words from the table below joined with `+`, each with an optional number, as
/// in `slow+usage-x10` or `chunks=50+delay=10+reset=7`. A request for model `sim/<words>` gets that
/// script; `simulate --fault <words>` makes it the default.
public final class NamedScripts {
    /// Models named so are scripts.
    public static final String PREFIX = "sim/";

    private static final int MAX_CHUNKS = 1_000_000;
    private static final int MAX_MILLIS = 3_600_000;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int MAX_TOKENS = 1_000_000_000;

    /// All words.
    public static final List<Word> WORDS = List.of(
            word("fast", "the plain answer, at once", 0, 0, _ -> script -> script),
            word("slow", "2 s to the head, then 20 chunks, one every 250 ms", 0, 0, _ -> NamedScripts::slow),
            word("endless", "a chunk every 10 ms for hours", 0, 0, _ -> NamedScripts::endless),
            word("latency", "milliseconds to the head", 500, MAX_MILLIS, n -> s -> s.latency(Duration.ofMillis(n))),
            word("delay", "milliseconds between chunks", 10, MAX_MILLIS, n -> s -> s.chunkDelay(Duration.ofMillis(n))),
            word("chunks", "number of content chunks", 50, MAX_CHUNKS, n -> s -> s.chunks((int) n)),
            word("chunk-bytes", "bytes of text per chunk", 64, MAX_BYTES, n -> s -> s.chunkBytes((int) n)),
            word("prompt", "prompt tokens", 1_000, MAX_TOKENS, n -> s -> s.promptTokens(n)),
            word("completion", "completion tokens", 1_000, MAX_TOKENS, n -> s -> s.completionTokens(n)),
            word("cached", "cached prompt tokens", 500, MAX_TOKENS, n -> s -> s.cachedTokens(n)),
            word("reasoning", "reasoning tokens, each shown", 20, MAX_CHUNKS, n -> s -> s.reasoning(n, (int) n)),
            word("hidden-reasoning", "reasoning tokens, not shown", 20, MAX_TOKENS, n -> s -> s.reasoning(n, 0)),
            word("tools", "a tool call instead of text", 0, 0, _ -> NamedScripts::tools),
            word("no-limit", "takes no notice of max_tokens", 0, 0, _ -> Script::ignoringLimit),
            word("no-usage", "never sends usage", 0, 0, _ -> s -> s.usage(UsageReport.When.NEVER)),
            word("usage-always", "sends usage unasked", 0, 0, _ -> s -> s.usage(UsageReport.When.ALWAYS)),
            word("usage-finish", "usage in the finish chunk", 0, 0, _ -> s -> s.usage(UsageReport.Place.FINISH_CHUNK)),
            word("usage-x10", "over-reports ten times", 0, 0, _ -> s -> s.usage(UsageReport.Lie.TIMES_TEN)),
            word("usage-negative", "negative counts", 0, 0, _ -> s -> s.usage(UsageReport.Lie.NEGATIVE)),
            word("usage-text", "counts as strings", 0, 0, _ -> s -> s.usage(UsageReport.Lie.TEXT)),
            word("usage-huge", "counts beyond 64 bits", 0, 0, _ -> s -> s.usage(UsageReport.Lie.HUGE)),
            word("crlf", "events end in CRLF", 0, 0, _ -> s -> s.framing(Framing.LineEnd.CRLF)),
            word("cr", "events end in CR", 0, 0, _ -> s -> s.framing(Framing.LineEnd.CR)),
            word("close-delimited", "the end is the connection's", 0, 0, _ -> s -> s.framing(Framing.Body.CLOSE)),
            word("dribble", "TCP writes of so many bytes", 1, MAX_BYTES, n -> s -> s.framing(dribble(n))),
            fault("silent", "milliseconds of silence before the head", 10_000, MAX_MILLIS, n -> stallHead(n)),
            fault("never", "no answer ever", 0, 0, _ -> new Fault.NeverAnswer()),
            fault("hang-up", "closes before answering", 0, 0, _ -> new Fault.CloseBeforeAnswer(false)),
            fault(
                    "stale",
                    "closes before answering, on reused connections",
                    0,
                    0,
                    _ -> new Fault.CloseBeforeAnswer(true)),
            fault("stall", "10 s of silence at that chunk", 3, MAX_CHUNKS, n -> stall(n, Duration.ZERO)),
            fault("stall-pings", "the same, with comments", 3, MAX_CHUNKS, n -> stall(n, Duration.ofSeconds(1))),
            fault("reset", "TCP reset at that chunk", 3, MAX_CHUNKS, n -> new Fault.Reset((int) n)),
            fault("cut", "closes inside the body at that chunk", 3, MAX_CHUNKS, n -> new Fault.Cut((int) n)),
            fault(
                    "no-done",
                    "ends without [DONE] at that chunk",
                    3,
                    MAX_CHUNKS,
                    n -> new Fault.EndWithoutDone((int) n)),
            fault("truncated", "ends inside an event", 3, MAX_CHUNKS, n -> new Fault.TruncatedEvent((int) n)),
            fault("malformed", "an event that is not JSON", 3, MAX_CHUNKS, n -> new Fault.MalformedEvent((int) n)),
            fault("huge", "an event of so many bytes", 1024 * 1024, MAX_BYTES, n -> new Fault.HugeEvent(3, (int) n)),
            fault("error-event", "an error object at that chunk", 3, MAX_CHUNKS, n -> errorEvent(n)),
            fault(
                    "wrong-length",
                    "Content-Length too large by that",
                    10,
                    MAX_BYTES,
                    n -> new Fault.WrongContentLength((int) n)),
            fault("header-bomb", "so many headers of 1 KiB", 200, 10_000, n -> new Fault.HeaderBomb((int) n, 1024)),
            fault(
                    "status",
                    "an HTTP error of that status; `sim/429` is short for `sim/status=429`",
                    500,
                    599,
                    n -> status(n)));

    private NamedScripts() {}

    /// One word: `number` is used when none is given; `max` 0 means that it takes none.
    public record Word(
            String name, String meaning, long number, long max, LongFunction<UnaryOperator<Script>> change) {}

    public static boolean isOne(String model) {
        return model.startsWith(PREFIX);
    }

    /// The script that a model's name spells on top of `base`; empty if it spells none.
    public static Optional<Script> ofModel(Script base, String model) {
        return isOne(model) ? parse(base, model.substring(PREFIX.length())) : Optional.empty();
    }

    /// The script that `words` spell on top of `base`; empty if one of them is unknown or its number out
    /// of range.
    public static Optional<Script> parse(Script base, String words) {
        Script script = base;
        for (String part : words.split("\\+", -1)) {
            Optional<UnaryOperator<Script>> change = change(part);
            if (change.isEmpty()) {
                return Optional.empty();
            }
            script = change.get().apply(script);
        }
        return Optional.of(script.name(words));
    }

    private static Optional<UnaryOperator<Script>> change(String part) {
        if (part.matches("[4-5][0-9][0-9]")) {
            return change("status=" + part);
        }
        int equals = part.indexOf('=');
        String name = equals < 0 ? part : part.substring(0, equals);
        String number = equals < 0 ? "" : part.substring(equals + 1);
        return WORDS.stream()
                .filter(word -> word.name().equals(name))
                .findFirst()
                .filter(word -> equals < 0 || (number.matches("[0-9]{1,10}") && Long.parseLong(number) <= word.max()))
                .filter(word -> equals < 0 || word.max() > 0)
                .map(word -> word.change().apply(equals < 0 ? word.number() : Long.parseLong(number)));
    }

    private static Word word(
            String name, String meaning, long number, long max, LongFunction<UnaryOperator<Script>> change) {
        return new Word(name, meaning, number, max, change);
    }

    private static Word fault(String name, String meaning, long number, long max, LongFunction<Fault> fault) {
        return new Word(name, meaning, number, max, n -> script -> script.fault(fault.apply(n)));
    }

    private static Script slow(Script script) {
        return script.latency(Duration.ofSeconds(2)).chunks(20).chunkDelay(Duration.ofMillis(250));
    }

    private static Script endless(Script script) {
        return script.chunks(MAX_CHUNKS).chunkDelay(Duration.ofMillis(10)).ignoringLimit();
    }

    private static Script tools(Script script) {
        return script.chunks(0).toolCalls(new ToolCall("get_weather", "{\"city\":\"Paris\",\"unit\":\"celsius\"}"));
    }

    private static Framing.Split dribble(long bytes) {
        return Framing.Split.every(Math.toIntExact(Math.max(1, bytes)));
    }

    private static Fault stallHead(long millis) {
        return new Fault.StallBeforeHead(Duration.ofMillis(millis));
    }

    private static Fault stall(long chunk, Duration pingEvery) {
        return new Fault.Stall((int) chunk, Duration.ofSeconds(10), pingEvery);
    }

    private static Fault errorEvent(long chunk) {
        return new Fault.ErrorEvent((int) chunk, 500, "The server had an error while processing your request.");
    }

    private static Fault status(long status) {
        boolean later = status == 429 || status == 503 || status == 529;
        return new Fault.Refuse(Math.toIntExact(status), Fault.ErrorBody.USUAL, later ? 1 : null);
    }
}
