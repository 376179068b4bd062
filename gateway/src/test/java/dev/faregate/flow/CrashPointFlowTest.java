package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.recorder.Step;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.TokenCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// kill -9 exactly between each pair of steps of a paid request (reliability, check 8): what is sent was
/// held (I3), what the client was given in full is recorded (I4), and the provider's bill is covered.
class CrashPointFlowTest {
    private static final int REPETITIONS = Boolean.getBoolean("faregate.long") ? 50 : 2;

    /// Which request of a life is the last.
    private static final int LAST = 3;

    private static final int CHUNKS = 40;
    private static final int MAX_TOKENS = 1_000;
    private static final long PROMPT_NANOS = 2_500;
    private static final long TOKEN_NANOS = 10_000;

    /// All lives of a step share one data folder: each start also has to make sense of the life before.
    @ParameterizedTest
    @EnumSource
    void chargesWhatTheProviderBillsWhereverTheProcessDies(Step step) throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer().chunks(CHUNKS).chunkDelay(Duration.ofMillis(1)));
            Path folder = ChildServer.folder(upstream, "");
            int sent = 0;
            List<Life> lives = new ArrayList<>();
            for (int i = 0; i < REPETITIONS; i++) {
                boolean stops = i % 2 == 1;
                int finished = untilItDies(folder, step, stops ? "test/stops" : "test/priced");
                int asked = step == Step.HELD || step == Step.DISPATCHED ? LAST - 1 : LAST;
                sent += asked;
                List<Exchange> all = upstream.truth().awaitFinished(sent, Duration.ofSeconds(10));
                assertThat(all).as("requests at the provider").hasSize(sent);
                lives.add(new Life(stops, finished, List.copyOf(all.subList(sent - asked, sent))));
            }
            try (NextLife next = NextLife.in(folder)) {
                List<NextLife.Row> rows = next.rows();
                assertThat(rows).as("one generation for each hold").hasSize(LAST * REPETITIONS);
                for (int i = 0; i < REPETITIONS; i++) {
                    check(step, lives.get(i), rows.subList(i * LAST, (i + 1) * LAST));
                }
            }
        }
    }

    /// How many answers came to their end, and what the provider was asked.
    private record Life(boolean stops, int finished, List<Exchange> asked) {}

    /// Requests one after the other until the process is gone; how many answers came to their end.
    private static int untilItDies(Path folder, Step step, String model) throws Exception {
        int finished = 0;
        try (ChildServer server =
                ChildServer.start(folder, List.of(), CrashingServer.class, step.name(), Integer.toString(LAST))) {
            int port = server.port();
            for (int i = 0; i < LAST; i++) {
                String body = TestServer.chat(model, "\"stream\":true,\"max_tokens\":" + MAX_TOKENS);
                finished += reachesItsEnd(port, body) ? 1 : 0;
            }
            assertThat(server.exitCode(Duration.ofSeconds(20))).isEqualTo(137);
        }
        return finished;
    }

    private static boolean reachesItsEnd(int port, String body) {
        try (RawClient client = ChildServer.chat(port, body)) {
            EventReader events = client.events(client.head());
            List<String> all = events.all();
            return !all.isEmpty() && all.getLast().equals("[DONE]");
        } catch (IOException e) {
            return false;
        }
    }

    private static void check(Step step, Life life, List<NextLife.Row> rows) {
        for (int i = 0; i < LAST - 1; i++) {
            assertThat(rows.get(i).source()).isEqualTo("exact");
            assertThat(rows.get(i).charge()).isEqualTo(bill(life.asked().get(i).produced()));
        }
        assertThat(life.finished()).as("answers that came to their end").isBetween(LAST - 1, LAST);
        if (step != Step.ENDED) {
            assertThat(life.finished()).as("no last byte before the charge").isEqualTo(LAST - 1);
        }
        NextLife.Row row = rows.getLast();
        if (life.asked().size() == LAST) {
            Exchange last = life.asked().getLast();
            long truth = bill(life.stops() ? last.billed() : last.produced());
            assertThat(row.charge()).as("never below the provider's bill").isGreaterThanOrEqualTo(truth);
        }
        String body = TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":" + MAX_TOKENS);
        long prompt = (body.length() + 16 + 256) * PROMPT_NANOS;
        switch (step) {
            case HELD -> {
                assertThat(row.source()).isEqualTo("void");
                assertThat(row.charge()).isZero();
            }
            case DISPATCHED, FIRST_BYTE -> {
                assertThat(row.source()).isEqualTo(life.stops() ? "estimated" : "orphan");
                if (life.stops()) {
                    assertThat(row.charge()).isBetween(prompt - 100 * PROMPT_NANOS, prompt + 999 * TOKEN_NANOS);
                } else {
                    assertThat(row.charge()).isEqualTo(prompt + MAX_TOKENS * TOKEN_NANOS);
                }
            }
            case BILLED, SETTLED, ENDED -> {
                assertThat(row.source()).isEqualTo("exact");
                assertThat(row.charge()).isEqualTo(bill(life.asked().getLast().produced()));
            }
        }
    }

    private static long bill(TokenCounts tokens) {
        return tokens.prompt() * PROMPT_NANOS + tokens.completion() * TOKEN_NANOS;
    }
}
