package dev.faregate.flow;

import dev.faregate.contract.Answer;
import dev.faregate.contract.Answers;
import dev.faregate.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;

/// Raw connections to a server of ours, on which every whole answer and every event is compared with the
/// contract and our own document.
final class WatchedClient {
    private static final RawClient.Observer WATCHING = new RawClient.Observer() {
        @Override
        public void answered(String method, String target, RawClient.Response response) {
            boolean whole = response.ending() == RawClient.Ending.COMPLETE;
            String type = response.head().header("Content-Type").orElse("");
            if (whole || type.startsWith("text/event-stream")) {
                Answers.check(Answer.of(method, target, response.status(), type, response.text()));
            }
        }

        @Override
        public void event(String method, String target, RawClient.Head head, String data) {
            String type = head.header("Content-Type").orElse("");
            Answers.check(Answer.of(method, target, head.status(), type, "data: " + data));
        }
    };

    private WatchedClient() {}

    static RawClient connect(int port) throws IOException {
        return connect(port, RawClient.DEFAULT_TIMEOUT);
    }

    static RawClient connect(int port, Duration timeout) throws IOException {
        return RawClient.connect("127.0.0.1", port, timeout).observedBy(WATCHING);
    }
}
