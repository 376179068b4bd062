package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM;
import static dev.faregate.testkit.Requests.STREAM_WITH_USAGE;
import static dev.faregate.testkit.Requests.WHOLE;
import static dev.faregate.testkit.Requests.connect;
import static dev.faregate.testkit.Requests.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class GroundTruthTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void remembersWhatWasAsked() throws IOException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RawClient client = connect(upstream)) {
            client.post(
                    PATH + "?a=b",
                    WHOLE,
                    new Header("X-Request-Marker", "r1"),
                    new Header("X-A", "1"),
                    new Header("x-a", "2"));
            client.response();
            client.post(PATH, WHOLE.replace("\"model\"", "\"user\":\"u7\",\"model\""))
                    .response();
            Exchange first = upstream.truth().marked("r1").getFirst();
            assertThat(first.sequence()).isEqualTo(1);
            assertThat(first.target()).isEqualTo(PATH + "?a=b");
            assertThat(first.headers().get("x-a")).containsExactly("1", "2");
            assertThat(first.header("content-type")).hasValue("application/json");
            assertThat(first.bodyText()).isEqualTo(WHOLE);
            assertThat(first.model()).isEqualTo("m");
            assertThat(upstream.truth().last().marker()).isEqualTo("u7");
        }
    }

    @Test
    void equalsWhatTheClientReceived() throws IOException {
        Seeds seeds = Seeds.fromProperty();
        System.out.println("GroundTruthTest: " + seeds);
        Mix mix = Mix.of(seeds)
                .add(4, Script.answer().chunks(20).cachedTokens(3))
                .add(2, Script.answer().reasoning(5, 5))
                .add(2, Script.failing(new Fault.Reset(6)))
                .add(2, Script.failing(new Fault.Cut(3)))
                .add(1, Script.failing(new Fault.TruncatedEvent(5)))
                .add(1, Script.refusing(429));
        TokenCounts received = TokenCounts.ZERO;
        long bytes = 0;
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.mix(mix);
            for (int i = 0; i < 60; i++) {
                try (RawClient client = connect(upstream)) {
                    client.post(PATH, i % 3 == 0 ? WHOLE : STREAM_WITH_USAGE, new Header("connection", "close"));
                    byte[] all = client.rest().getBytes(StandardCharsets.ISO_8859_1);
                    bytes += all.length;
                    received = received.plus(usageIn(all));
                }
            }
            List<Exchange> all = upstream.truth().awaitFinished(60, SOON);
            assertThat(all.stream()
                            .mapToLong(exchange -> exchange.progress().bytes())
                            .sum())
                    .isEqualTo(bytes);
            TokenCounts delivered = all.stream()
                    .filter(exchange -> exchange.outcome() == Exchange.Outcome.COMPLETED)
                    .filter(exchange -> !(exchange.script().fault() instanceof Fault.TruncatedEvent))
                    .map(Exchange::produced)
                    .reduce(TokenCounts.ZERO, TokenCounts::plus);
            assertThat(delivered).isEqualTo(received);
            assertThat(upstream.truth().billed())
                    .isEqualTo(all.stream().map(Exchange::billed).reduce(TokenCounts.ZERO, TokenCounts::plus));
        }
    }

    private static TokenCounts usageIn(byte[] answer) throws IOException {
        String text = new String(answer, StandardCharsets.UTF_8);
        int at = text.lastIndexOf("\"usage\":{");
        int end = text.indexOf("}}", at);
        if (at < 0 || end < 0) {
            return TokenCounts.ZERO;
        }
        JsonNode usage = json(text.substring(at + 8, end + 2));
        return new TokenCounts(
                usage.path("prompt_tokens").asLong(),
                usage.path("completion_tokens").asLong(),
                usage.at("/prompt_tokens_details/cached_tokens").asLong(),
                usage.at("/completion_tokens_details/reasoning_tokens").asLong());
    }

    @Test
    void noticesWithin100MillisThatTheClientLeftASilentStream() throws IOException {
        for (boolean reset : new boolean[] {false, true}) {
            try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
                upstream.script(Script.failing(new Fault.Stall(4, Duration.ofMinutes(1))));
                RawClient client = connect(upstream);
                client.post(PATH, STREAM);
                EventReader events = client.events(client.head());
                for (int i = 0; i < 4; i++) {
                    assertThat(events.next()).isPresent();
                }
                long left = System.nanoTime();
                if (reset) {
                    client.reset();
                } else {
                    client.close();
                }
                Exchange exchange = upstream.truth().awaitFinished(1, SOON).getFirst();
                assertThat(System.nanoTime() - left).isLessThan(100_000_000L);
                assertThat(exchange.outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
                Exchange.Disconnect disconnect =
                        Objects.requireNonNull(exchange.progress().disconnect());
                assertThat(disconnect.afterChunks()).isEqualTo(4);
                assertThat(disconnect.sinceLastWrite()).isLessThan(SOON);
                assertThat(exchange.progress().delivered()).isEqualTo(3);
                assertThat(exchange.billed().completion()).isEqualTo(3);
            }
        }
    }

    /// Ten gigabytes of answer: without back-pressure this ends in an OutOfMemoryError, not in an answer
    /// for the others.
    @Test
    void stopsWritingWhenTheClientReadsNoMore() throws IOException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RawClient slow = connect(upstream)) {
            upstream.enqueue(Script.answer().chunks(1_000_000).chunkBytes(10_000));
            RawClient.Head head = slow.post(PATH, STREAM).head();
            assertThat(Requests.ask(upstream, WHOLE).status()).isEqualTo(200);
            Exchange stuck = upstream.truth().all().getFirst();
            assertThat(stuck.outcome()).isEqualTo(Exchange.Outcome.RUNNING);
            assertThat(stuck.progress().bytes()).isBetween(1L, 100_000_000L);
            EventReader events = slow.events(head);
            for (int i = 0; i < 5_000; i++) {
                assertThat(events.next()).isPresent();
            }
        }
    }

    @Test
    void waitsNoLongerThanItIsTold() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            assertThatThrownBy(() -> upstream.truth().awaitCount(1, Duration.ofMillis(20)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("0 of 1");
        }
    }

    @Test
    void writesTheTruthBeforeBytesLeave() throws IOException {
        Path file = folder.resolve("truth.jsonl");
        try (ScriptedUpstream upstream = ScriptedUpstream.start(ScriptedUpstream.Options.DEFAULT.withFile(file));
                RawClient client = connect(upstream)) {
            upstream.script(Script.answer().promptTokens(10));
            client.post(PATH, STREAM, new Header("x-request-marker", "mine"));
            RawClient.Head head = client.head();
            TruthFile.Call dispatched = TruthFile.read(file).getFirst();
            assertThat(dispatched.marker()).isEqualTo("mine");
            assertThat(dispatched.produced()).isEqualTo(new TokenCounts(10, 8, 0, 0));
            client.events(head).all();
            TruthFile.End end = TruthFile.read(file).getFirst().end();
            assertThat(end).isEqualTo(new TruthFile.End(Exchange.Outcome.COMPLETED, dispatched.produced()));
            upstream.script(Script.failing(new Fault.Reset(4)).promptTokens(21));
            client.post(PATH, STREAM).head();
            upstream.truth().awaitFinished(2, SOON);
            assertThat(TruthFile.read(file).getLast().end())
                    .isEqualTo(new TruthFile.End(Exchange.Outcome.BROKEN_OFF, new TokenCounts(21, 3, 0, 0)));
        }
    }

    @Test
    void continuesAFileWithATornLine() throws IOException {
        Path file = folder.resolve("torn.jsonl");
        ScriptedUpstream.Options options = ScriptedUpstream.Options.DEFAULT.withFile(file);
        try (ScriptedUpstream upstream = ScriptedUpstream.start(options);
                RawClient client = connect(upstream)) {
            client.post(PATH, WHOLE).response();
        }
        ByteArrayOutputStream torn = new ByteArrayOutputStream();
        torn.writeBytes("{\"event\":\"dispatch\",\"seq\":2,\"mar".getBytes(StandardCharsets.UTF_8));
        torn.write(0xc3);
        Files.write(file, torn.toByteArray(), StandardOpenOption.APPEND);
        try (ScriptedUpstream upstream = ScriptedUpstream.start(options);
                RawClient client = connect(upstream)) {
            client.post(PATH, WHOLE).response();
            upstream.truth().awaitFinished(1, SOON);
        }
        assertThat(TruthFile.read(file)).extracting(TruthFile.Call::sequence).containsExactly(1L, 2L);
        assertThat(TruthFile.read(file)).noneMatch(call -> call.end() == null);
    }
}
