package dev.faregate.flow;

import dev.faregate.testkit.ScriptedUpstream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/// A server on SQLite in front of one provider, both for all the tests of a class.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OneServer {
    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final TestServer server;

    OneServer() {
        this("");
    }

    /// `settings` are lines of its configuration beyond [TestServer#yaml].
    OneServer(String settings) {
        server = TestServer.startWith(settings, upstream);
    }

    @AfterAll
    void stop() {
        server.close();
        upstream.close();
    }
}
