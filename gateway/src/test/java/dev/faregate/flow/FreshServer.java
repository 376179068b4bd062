package dev.faregate.flow;

import dev.faregate.testkit.ScriptedUpstream;
import org.junit.jupiter.api.AfterEach;

/// A server on SQLite in front of one provider, both new for each test.
abstract class FreshServer {
    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final TestServer server;

    FreshServer() {
        this("");
    }

    /// `settings` are lines of its configuration beyond [TestServer#yaml].
    FreshServer(String settings) {
        server = TestServer.startWith(settings, upstream);
    }

    @AfterEach
    void stop() {
        server.close();
        upstream.close();
    }
}
