package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM_WITH_USAGE;
import static dev.faregate.testkit.Requests.WHOLE;
import static dev.faregate.testkit.Requests.connect;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadTest {
    private static final int CONNECTIONS = 64;
    private static final int REQUESTS = 2_048;

    @ParameterizedTest
    @EnumSource
    void servesManyKeepAliveConnectionsWithoutAnError(Recording recording) throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start(
                        ScriptedUpstream.Options.DEFAULT.withThreads(2).withRecording(recording));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            upstream.script(Script.answer().promptTokens(11));
            List<Future<Integer>> runs = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                runs.add(clients.submit(() -> run(upstream)));
            }
            int good = 0;
            for (Future<Integer> run : runs) {
                good += run.get(20, TimeUnit.SECONDS);
            }
            assertThat(good).isEqualTo(REQUESTS);
            upstream.truth().awaitFinished(REQUESTS, Duration.ofSeconds(5));
            assertThat(upstream.truth().count()).isEqualTo(REQUESTS);
            assertThat(upstream.truth().billed()).isEqualTo(new TokenCounts(11L * REQUESTS, 8L * REQUESTS, 0, 0));
        }
    }

    /// One connection's share; every second request streams.
    private static int run(ScriptedUpstream upstream) throws Exception {
        int good = 0;
        try (RawClient client = connect(upstream)) {
            for (int i = 0; i < REQUESTS / CONNECTIONS; i++) {
                if (i % 2 == 0) {
                    good += client.post(PATH, WHOLE).response().text().contains("\"completion_tokens\":8") ? 1 : 0;
                } else {
                    client.post(PATH, STREAM_WITH_USAGE);
                    good += client.events(client.head()).all().size() == 12 ? 1 : 0;
                }
            }
        }
        return good;
    }
}
