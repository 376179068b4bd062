package dev.faregate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The ground truth as an append-only file of JSON lines. A `dispatch` line is written before the first
/// byte of an answer leaves, an `end` line before the last one does; if the client went nevertheless,
/// another `end` line follows, and the last one counts. Lines are written to the kernel at once, so the
/// file survives kill -9 of any process (not a power cut). An existing file is continued, sequence
/// numbers included. Thread-safe.
public final class TruthFile implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final FileChannel channel;
    private final long lastSequence;

    /// Opens or creates `path`. Throws `IOException` if it cannot be written.
    public TruthFile(Path path) throws IOException {
        boolean torn = Files.exists(path) && !endsWithNewline(path);
        this.lastSequence = Files.exists(path)
                ? read(path).stream().mapToLong(Call::sequence).max().orElse(0)
                : 0;
        this.channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (torn) {
            write("\n");
        }
    }

    /// One request of the file; `end` is null when the upstream died before the answer was over.
    public record Call(
            long sequence,
            @Nullable String marker,
            String model,
            boolean streaming,
            String script,
            TokenCounts produced,
            @Nullable End end) {}

    /// How a request ended, and what an honest provider bills for it ([Exchange#billed]).
    public record End(Exchange.Outcome outcome, TokenCounts billed) {}

    /// All requests of a file in order of dispatch. A line torn by a crash is left out. Throws
    /// `IOException` if the file cannot be read.
    public static List<Call> read(Path path) throws IOException {
        Map<Long, Call> calls = new LinkedHashMap<>();
        // Not Files.readAllLines: a torn line may end inside a character.
        List<String> lines = new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                .lines()
                .toList();
        for (String line : lines) {
            JsonNode node = parse(line);
            if (node == null) {
                continue;
            }
            long sequence = node.path("seq").asLong();
            if (node.path("event").asString().equals("dispatch")) {
                calls.put(sequence, call(sequence, node));
            } else {
                calls.computeIfPresent(sequence, (_, call) -> ended(call, node));
            }
        }
        return List.copyOf(calls.values());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    long lastSequence() {
        return lastSequence;
    }

    void dispatch(Exchange exchange) {
        String marker = exchange.marker();
        write("{\"event\":\"dispatch\",\"seq\":" + exchange.sequence() + ",\"at\":" + micros(exchange.arrivedAt())
                + ",\"marker\":" + (marker == null ? "null" : Pieces.quote(marker))
                + ",\"model\":" + Pieces.quote(exchange.model())
                + ",\"stream\":" + exchange.streaming()
                + ",\"script\":" + Pieces.quote(exchange.script().label())
                + counts(exchange.produced()) + "}\n");
    }

    void end(long sequence, Exchange.Outcome outcome, TokenCounts billed) {
        write("{\"event\":\"end\",\"seq\":" + sequence + ",\"at\":" + micros(Instant.now()) + ",\"outcome\":\""
                + outcome + "\"" + counts(billed) + "}\n");
    }

    /// One write call for one line, so that lines of several threads do not mix.
    private synchronized void write(String line) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String counts(TokenCounts tokens) {
        return ",\"prompt\":" + tokens.prompt() + ",\"completion\":" + tokens.completion() + ",\"cached\":"
                + tokens.cached() + ",\"reasoning\":" + tokens.reasoning();
    }

    private static TokenCounts counts(JsonNode node) {
        return new TokenCounts(
                node.path("prompt").asLong(),
                node.path("completion").asLong(),
                node.path("cached").asLong(),
                node.path("reasoning").asLong());
    }

    private static Call call(long sequence, JsonNode node) {
        JsonNode marker = node.path("marker");
        return new Call(
                sequence,
                marker.isString() ? marker.asString() : null,
                node.path("model").asString(),
                node.path("stream").asBoolean(),
                node.path("script").asString(),
                counts(node),
                null);
    }

    private static Call ended(Call call, JsonNode node) {
        End end = new End(Exchange.Outcome.valueOf(node.path("outcome").asString()), counts(node));
        return new Call(
                call.sequence(), call.marker(), call.model(), call.streaming(), call.script(), call.produced(), end);
    }

    private static @Nullable JsonNode parse(String line) {
        try {
            JsonNode node = JSON.readTree(line);
            return node.isObject() ? node : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static boolean endsWithNewline(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        return bytes.length == 0 || bytes[bytes.length - 1] == '\n';
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
