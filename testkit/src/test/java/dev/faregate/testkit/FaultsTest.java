package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM;
import static dev.faregate.testkit.Requests.WHOLE;
import static dev.faregate.testkit.Requests.ask;
import static dev.faregate.testkit.Requests.connect;
import static dev.faregate.testkit.Requests.json;
import static dev.faregate.testkit.Requests.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/// Each fault, as a client on the wire sees it, and what the ground truth says of it.
class FaultsTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    private Requests.Streamed streamed(Fault fault) throws IOException {
        return stream(upstream.script(Script.failing(fault)), STREAM);
    }

    private RawClient.Response whole(Fault fault) throws IOException {
        return ask(upstream.script(Script.failing(fault)), WHOLE);
    }

    private Exchange finished() {
        return upstream.truth().awaitFinished(1, SOON).getLast();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529})
    void refusesWithAnErrorBody(int status) throws IOException {
        RawClient.Response response = whole(Fault.refuse(status));
        assertThat(response.status()).isEqualTo(status);
        assertThat(json(response.text()).at("/error/message").asString()).isNotEmpty();
        assertThat(finished().billed()).isEqualTo(TokenCounts.ZERO);
        assertThat(finished().outcome()).isEqualTo(Exchange.Outcome.COMPLETED);
    }

    @Test
    void refusesWithOtherBodiesAndRetryAfter() throws IOException {
        RawClient.Response html = whole(new Fault.Refuse(502, Fault.ErrorBody.HTML, null));
        assertThat(html.head().header("content-type")).hasValue("text/html");
        assertThat(html.text()).startsWith("<html>").contains("502 Bad Gateway");
        RawClient.Response empty = whole(new Fault.Refuse(429, Fault.ErrorBody.EMPTY, 7));
        assertThat(empty.head().header("retry-after")).hasValue("7");
        assertThat(empty.body()).isEmpty();
        RawClient.Response broken = whole(new Fault.Refuse(500, Fault.ErrorBody.BROKEN_JSON, null));
        assertThatThrownBy(() -> json(broken.text())).isInstanceOf(JacksonException.class);
    }

    @Test
    void stallsBeforeTheHead() throws IOException {
        upstream.script(Script.failing(new Fault.StallBeforeHead(Duration.ofMillis(150))));
        long start = System.nanoTime();
        assertThat(ask(upstream, WHOLE).status()).isEqualTo(200);
        assertThat(System.nanoTime() - start).isGreaterThan(150_000_000L);
    }

    @Test
    void neverAnswers() throws IOException {
        upstream.script(Script.failing(new Fault.NeverAnswer()));
        try (RawClient client = RawClient.connect("127.0.0.1", upstream.port(), Duration.ofMillis(200))) {
            client.post(PATH, WHOLE);
            assertThatThrownBy(client::head).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(finished().outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
        assertThat(finished().progress().headSent()).isFalse();
        assertThat(finished().billed()).isEqualTo(TokenCounts.ZERO);
    }

    @Test
    void closesBeforeAnsweringEvenTheFirstRequest() throws IOException {
        upstream.script(Script.failing(new Fault.CloseBeforeAnswer(false)));
        try (RawClient client = connect(upstream)) {
            client.post(PATH, WHOLE);
            assertThatThrownBy(client::head).isInstanceOf(EOFException.class);
        }
        assertThat(finished().outcome()).isEqualTo(Exchange.Outcome.BROKEN_OFF);
    }

    @Test
    void closesBeforeAnsweringOnlyOnAReusedConnection() throws IOException {
        upstream.script(Script.failing(new Fault.CloseBeforeAnswer(true)));
        try (RawClient client = connect(upstream)) {
            assertThat(client.post(PATH, WHOLE).response().status()).isEqualTo(200);
            client.post(PATH, WHOLE);
            assertThatThrownBy(client::head).isInstanceOf(EOFException.class);
        }
        List<Exchange> all = upstream.truth().awaitFinished(2, SOON);
        assertThat(all.get(0).billed().completion()).isEqualTo(8);
        assertThat(all.get(1).billed()).isEqualTo(TokenCounts.ZERO);
    }

    @Test
    void resetsBeforeAnswering() throws IOException {
        upstream.script(Script.failing(new Fault.ResetBeforeAnswer()));
        try (RawClient client = connect(upstream)) {
            client.post(PATH, WHOLE);
            assertThatThrownBy(client::head).isInstanceOf(SocketException.class).hasMessageContaining("reset");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 9, 10, Fault.BEFORE_DONE})
    void resetsAStreamAtAChunk(int chunk) throws IOException {
        Requests.Streamed streamed = streamed(new Fault.Reset(chunk));
        int left = Math.min(chunk, 10);
        assertThat(streamed.data()).hasSize(left);
        assertThat(streamed.ending()).isEqualTo(RawClient.Ending.RESET);
        Exchange exchange = finished();
        assertThat(exchange.outcome()).isEqualTo(Exchange.Outcome.BROKEN_OFF);
        assertThat(exchange.progress().chunks()).isEqualTo(left);
        assertThat(exchange.billed().completion()).isEqualTo(Math.clamp(left - 1L, 0, 8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, Fault.BEFORE_DONE})
    void cutsAStreamAtAChunk(int chunk) throws IOException {
        Requests.Streamed streamed = streamed(new Fault.Cut(chunk));
        assertThat(streamed.data()).hasSize(Math.min(chunk, 10));
        assertThat(streamed.ending()).isEqualTo(RawClient.Ending.CUT);
        assertThat(finished().progress().lastByteSent()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, Fault.BEFORE_DONE})
    void endsAStreamWithoutDone(int chunk) throws IOException {
        Requests.Streamed streamed = streamed(new Fault.EndWithoutDone(chunk));
        assertThat(streamed.data()).hasSize(Math.min(chunk, 10)).doesNotContain("[DONE]");
        assertThat(streamed.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        assertThat(streamed.insideEvent()).isFalse();
    }

    @Test
    void endsAStreamInsideAnEvent() throws IOException {
        Requests.Streamed streamed = streamed(new Fault.TruncatedEvent(4));
        assertThat(streamed.data()).hasSize(4);
        assertThat(streamed.insideEvent()).isTrue();
        assertThat(streamed.ending()).isEqualTo(RawClient.Ending.COMPLETE);
    }

    @Test
    void sendsAnEventThatIsNotJson() throws IOException {
        Requests.Streamed streamed = streamed(new Fault.MalformedEvent(4));
        assertThat(streamed.data()).hasSize(12);
        assertThatThrownBy(() -> json(streamed.data().get(4))).isInstanceOf(JacksonException.class);
        assertThat(streamed.done()).isTrue();
    }

    @Test
    void sendsAHugeEvent() throws IOException {
        Requests.Streamed streamed = streamed(new Fault.HugeEvent(4, 2_000_000));
        assertThat(streamed.data().get(4)).hasSizeGreaterThan(2_000_000);
        assertThat(streamed.done()).isTrue();
    }

    @Test
    void sendsAnErrorInMidStream() throws IOException {
        Requests.Streamed streamed = streamed(new Fault.ErrorEvent(4, 500, "engine on fire"));
        assertThat(streamed.head().status()).isEqualTo(200);
        assertThat(streamed.data()).hasSize(6);
        assertThat(json(streamed.data().get(4)).at("/error/message").asString()).isEqualTo("engine on fire");
        assertThat(streamed.done()).isTrue();
    }

    @Test
    void stallsInSilence() throws IOException {
        upstream.script(Script.failing(new Fault.Stall(3, Duration.ofMillis(200))));
        try (RawClient client = connect(upstream)) {
            client.post(PATH, STREAM);
            EventReader events = client.events(client.head());
            long before = 0;
            for (int i = 0; i < 3; i++) {
                before = events.next().orElseThrow().arrivedNanos();
            }
            EventReader.Item fourth = events.nextItem().orElseThrow();
            assertThat(fourth).isInstanceOf(EventReader.Event.class);
            assertThat(fourth.arrivedNanos() - before).isGreaterThan(190_000_000L);
            assertThat(events.all()).hasSize(7);
        }
    }

    @Test
    void stallsWithPings() throws IOException {
        upstream.script(Script.failing(new Fault.Stall(3, Duration.ofMillis(200), Duration.ofMillis(50))));
        try (RawClient client = connect(upstream)) {
            client.post(PATH, STREAM);
            EventReader events = client.events(client.head());
            for (int i = 0; i < 3; i++) {
                assertThat(events.nextItem().orElseThrow()).isInstanceOf(EventReader.Event.class);
            }
            for (int i = 0; i < 4; i++) {
                assertThat(events.nextItem().orElseThrow())
                        .isInstanceOfSatisfying(
                                EventReader.Comment.class,
                                comment -> assertThat(comment.text()).isEqualTo("ping"));
            }
            assertThat(events.all()).hasSize(8);
        }
    }

    @Test
    void breaksWholeAnswersInTheMiddle() throws IOException {
        RawClient.Response good = whole(Fault.NONE);
        RawClient.Response reset = whole(new Fault.Reset(1));
        assertThat(reset.ending()).isEqualTo(RawClient.Ending.RESET);
        assertThat(reset.body().length).isBetween(1, good.body().length - 1);
        RawClient.Response cut = whole(new Fault.Cut(0));
        assertThat(cut.ending()).isEqualTo(RawClient.Ending.CUT);
        assertThat(cut.body()).isEmpty();
        RawClient.Response truncated = whole(new Fault.TruncatedEvent(0));
        assertThat(truncated.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        assertThatThrownBy(() -> json(truncated.text())).isInstanceOf(JacksonException.class);
        RawClient.Response malformed = whole(new Fault.MalformedEvent(0));
        assertThatThrownBy(() -> json(malformed.text())).isInstanceOf(JacksonException.class);
        assertThat(whole(new Fault.HugeEvent(0, 1_000_000)).body()).hasSizeGreaterThan(1_000_000);
        RawClient.Response error = whole(new Fault.ErrorEvent(0, 500, "late"));
        assertThat(error.status()).isEqualTo(200);
        assertThat(json(error.text()).at("/error/message").asString()).isEqualTo("late");
        assertThat(json(whole(new Fault.Stall(1, Duration.ofMillis(20))).text())
                        .path("id")
                        .asString())
                .startsWith("chatcmpl-");
    }

    @Test
    void announcesAWrongLength() throws IOException {
        RawClient.Response tooLong = whole(new Fault.WrongContentLength(5));
        assertThat(tooLong.ending()).isEqualTo(RawClient.Ending.CUT);
        RawClient.Response tooShort = whole(new Fault.WrongContentLength(-5));
        assertThat(tooShort.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        assertThatThrownBy(() -> json(tooShort.text())).isInstanceOf(JacksonException.class);
        assertThat(streamed(new Fault.WrongContentLength(5)).ending()).isEqualTo(RawClient.Ending.CUT);
    }

    @Test
    void bombsWithHeaders() throws IOException {
        RawClient.Response response = whole(new Fault.HeaderBomb(300, 1024));
        assertThat(response.head().headers()).hasSizeGreaterThan(300);
        assertThat(response.head().header("x-bomb-299"))
                .hasValueSatisfying(value -> assertThat(value).hasSize(1024));
    }

    @Test
    void sendsInformationalAnswersFirst() throws IOException {
        upstream.script(Script.answer().informational(102, 103, 103));
        RawClient.Response response = ask(upstream, WHOLE);
        assertThat(response.informational()).extracting(RawClient.Head::status).containsExactly(102, 103, 103);
        assertThat(response.status()).isEqualTo(200);
    }

    @Test
    void answersBeforeTheRequestBodyIsRead() throws IOException {
        upstream.enqueue(Script.refusing(413).beforeRequestBody());
        try (RawClient client = connect(upstream)) {
            client.send("POST " + PATH + " HTTP/1.1\r\nhost: x\r\ncontent-length: " + WHOLE.length() + "\r\n\r\n");
            assertThat(client.response().status()).isEqualTo(413);
            client.send(WHOLE);
            assertThat(client.post(PATH, WHOLE).response().status()).isEqualTo(200);
        }
        assertThat(upstream.truth().all().getFirst().bodyText()).isEqualTo(WHOLE);
    }

    @Test
    void sendsAnyBytesAtAll() throws IOException {
        upstream.script(Script.failing(new Fault.Raw("SSH-2.0-OpenSSH\r\n", true)));
        try (RawClient client = connect(upstream)) {
            assertThat(client.post(PATH, WHOLE).rest()).isEqualTo("SSH-2.0-OpenSSH\r\n");
        }
    }

    @Test
    void addsHeaders() throws IOException {
        upstream.script(Script.answer().headers(new Header("set-cookie", "a=b"), new Header("Set-Cookie", "c=d")));
        assertThat(ask(upstream, WHOLE).head().headers("set-cookie")).containsExactly("a=b", "c=d");
    }
}
