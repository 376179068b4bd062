package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The generator against the mock, both on real sockets. Windows are short and the machine may be busy,
/// so only what must hold at any speed is asserted.
class LoadRunTest {
    private static final Duration WINDOW = Duration.ofMillis(1200);

    private final MockUpstream mock = new MockUpstream(0);
    private final EventLoopGroup group = Transport.group("load");

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        mock.close();
    }

    private Target target(int port) {
        return Target.of("http://127.0.0.1:" + port + "/v1", List.of("sk-1"), "bench");
    }

    private Tally drive(Target target, LoadPoint point) {
        try (LoadRun run = LoadRun.start(group.next(), target, point)) {
            ChildProcess.pause(Duration.ofMillis(300));
            run.beginWindow();
            ChildProcess.pause(WINDOW);
            return run.endWindow();
        }
    }

    @Test
    void a_closed_loop_answers_and_times_every_request() {
        Tally tally = drive(target(mock.port()), new LoadPoint.Closed(8));

        assertThat(tally.errors).isZero();
        assertThat(tally.completed).isPositive().isEqualTo(tally.total.getTotalCount());
        assertThat(tally.total.getMinValue()).isPositive();
        assertThat(tally.firstEvent.getTotalCount()).isZero();
    }

    @Test
    void an_open_loop_sends_at_its_rate_and_not_faster() {
        Tally tally = drive(target(mock.port()), new LoadPoint.Open(200));

        assertThat(tally.errors).isZero();
        assertThat(tally.completed).isBetween(50L, 480L);
    }

    @Test
    void a_stream_is_timed_by_its_first_event_its_gaps_and_its_end() {
        Tally tally = drive(target(mock.port()), new LoadPoint.Streams(4));

        assertThat(tally.errors).isZero();
        assertThat(tally.completed).isPositive();
        assertThat(tally.gap.getTotalCount()).isGreaterThan(tally.completed);
        long paced = TimeUnit.MILLISECONDS.toNanos((MockUpstream.CHUNKS - 1L) * MockUpstream.CHUNK_GAP_MILLIS);
        assertThat(tally.total.getMinValue()).isGreaterThan(paced * 9 / 10);
        assertThat(tally.firstEvent.getMinValue()).isLessThan(tally.total.getMinValue());
    }

    @Test
    void a_server_that_is_not_there_is_an_error_and_not_a_silence() {
        Tally tally = drive(target(ChildProcess.freePort()), new LoadPoint.Closed(2));

        assertThat(tally.completed).isZero();
        assertThat(tally.errors).isPositive();
        assertThat(tally.firstError).contains("cannot connect");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model\":\"m\",\"stream\":true}                             | true",
                "{\"stream\": true,\"model\":\"m\"}                            | true",
                "{\"stream\" : true}                                           | true",
                "{\"stream_options\":{\"include_usage\":true},\"model\":\"m\"} | false",
                "{\"stream\":false}                                            | false",
                "{\"model\":\"m\"}                                             | false"
            })
    void the_mock_streams_only_when_asked_to(String body, boolean expected) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);

        assertThat(MockUpstream.asksForStream(Unpooled.wrappedBuffer(bytes))).isEqualTo(expected);
    }
}
