package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM;
import static dev.faregate.testkit.Requests.STREAM_WITH_USAGE;
import static dev.faregate.testkit.Requests.WHOLE;
import static dev.faregate.testkit.Requests.connect;
import static dev.faregate.testkit.Requests.json;
import static dev.faregate.testkit.Requests.stream;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The same answer in every layout on the wire.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramingTest {
    private static final Script TALK =
            Script.saying("Ünïcode ✓ and 漢字, \"quoted\"\nand 🎈").chunks(6);

    private ScriptedUpstream upstream = ScriptedUpstream.start();

    @BeforeAll
    void start() {
        upstream.script(TALK);
    }

    @AfterAll
    void stop() {
        upstream.close();
    }

    @ParameterizedTest
    @EnumSource
    void endsLinesAsScripted(Framing.LineEnd lineEnd) throws IOException {
        upstream.script(TALK.framing(lineEnd));
        try (RawClient client = connect(upstream)) {
            client.post(PATH, STREAM.replace("\"model\"", "\"x\":0,\"model\""), new Header("connection", "close"));
            String raw = client.rest();
            String body = raw.substring(raw.indexOf("\r\n\r\n") + 4).replaceAll("\r\n[0-9a-f]+\r\n", "");
            assertThat(body).contains("data: [DONE]" + lineEnd.text + lineEnd.text);
            assertThat(body.contains("}\n")).isEqualTo(lineEnd == Framing.LineEnd.LF);
        }
        Requests.Streamed streamed = stream(upstream, STREAM_WITH_USAGE);
        assertThat(streamed.text()).isEqualTo(TALK.content().text());
        assertThat(streamed.done()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void delimitsBodiesAsScripted(Framing.Body body) throws IOException {
        upstream.script(TALK.framing(body));
        Requests.Streamed streamed = stream(upstream, STREAM);
        assertThat(streamed.text()).isEqualTo(TALK.content().text());
        assertThat(streamed.done()).isTrue();
        assertThat(streamed.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        boolean chunked = body == Framing.Body.CHUNKED || body == Framing.Body.AUTO;
        assertThat(streamed.head().header("transfer-encoding").isPresent()).isEqualTo(chunked);
        assertThat(streamed.head().header("content-length").isPresent()).isEqualTo(body == Framing.Body.CONTENT_LENGTH);
        try (RawClient client = connect(upstream)) {
            RawClient.Response whole = client.post(PATH, WHOLE).response();
            assertThat(json(whole.text()).at("/choices/0/message/content").asString())
                    .isEqualTo(TALK.content().text());
            if (body == Framing.Body.CLOSE) {
                assertThat(client.isClosedWithin(Duration.ofSeconds(2))).isTrue();
            } else {
                assertThat(client.post(PATH, WHOLE).response().status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 64, 180, 200, 100_000})
    void splitsWritesAtAnyOffset(int offset) throws IOException {
        for (Framing.LineEnd lineEnd : Framing.LineEnd.values()) {
            upstream.script(TALK.framing(lineEnd).framing(Framing.Split.at(offset)));
            assertThat(stream(upstream, STREAM).text()).isEqualTo(TALK.content().text());
        }
    }

    @Test
    void reallySendsTheParts() throws IOException {
        upstream.script(TALK.framing(new Framing.Split(10, 0, false, Duration.ofMillis(60))));
        try (RawClient client = connect(upstream)) {
            long start = System.nanoTime();
            client.post(PATH, WHOLE).head();
            assertThat(System.nanoTime() - start).isGreaterThan(60_000_000L);
        }
    }

    @Test
    void dribblesByteByByte() throws IOException {
        upstream.script(Script.saying("ab").chunks(1).framing(Framing.Split.every(7)));
        assertThat(stream(upstream, STREAM).text()).isEqualTo("ab");
    }

    @Test
    void splitsEventsOverHttpChunks() throws IOException {
        upstream.script(TALK.framing(Framing.Split.every(5).inOwnHttpChunks()));
        Requests.Streamed streamed = stream(upstream, STREAM);
        assertThat(streamed.text()).isEqualTo(TALK.content().text());
        try (RawClient client = connect(upstream)) {
            client.post(PATH, STREAM, new Header("connection", "close"));
            assertThat(client.rest()).contains("\r\n5\r\ndata:\r\n");
        }
    }

    @Test
    void cutsNothingLostAndNothingDoubled() {
        byte[] bytes = "0123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (int first = 0; first <= 11; first++) {
            for (int every = 0; every <= 11; every++) {
                List<byte[]> parts = Splitter.parts(bytes, new Framing.Split(first, every, false, Duration.ZERO));
                assertThat(HttpBytes.concat(parts.toArray(byte[][]::new))).isEqualTo(bytes);
                assertThat(parts).noneMatch(part -> part.length == 0);
            }
        }
    }
}
