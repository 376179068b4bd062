package dev.faregate.flow;

import dev.faregate.credits.JooqBooks;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Several whole servers on one PostgreSQL database, in front of one scripted upstream.
///
/// The model `test/dime` costs exactly $0.10 with `max_tokens` 10, held and charged: a prompt costs a
/// thousandth of a nano-dollar a token, so any prompt here rounds up to the one nano-dollar that is missing.
final class Cluster implements AutoCloseable {
    static final String DIME = "\"stream\":true,\"max_tokens\":10";
    static final Script DIME_ANSWER =
            Script.answer().promptTokens(100).completionTokens(10).chunks(10);
    static final String MORE = """
              - id: test/dime
                context_length: 128000
                endpoints:
                  - {provider: sim, upstream_model: dime, max_completion_tokens: 4096,
                     pricing: {prompt: "0.000001", completion: "9999.9999"}}
            limits.requests_per_key: 2000
            nodes.silent_after: 3s
            """;

    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final String url;
    final List<TestServer> nodes = new ArrayList<>();

    Cluster(int size) {
        this(size, TestPostgres.freshUrl());
    }

    Cluster(int size, String url) {
        this.url = url;
        upstream.forModel("dime", DIME_ANSWER);
        for (int i = 0; i < size; i++) {
            add(url);
        }
    }

    TestServer add(String through) {
        TestServer node = TestServer.startOn(through, MORE, upstream);
        nodes.add(node);
        return node;
    }

    TestServer node(int index) {
        return nodes.get(index % nodes.size());
    }

    /// The books are right and nothing is held; waits for settlements that are still queued.
    void requireQuiet() {
        TestServer any = nodes.getLast();
        await("nothing is held", () -> TestServer.number(any.faregate, "SELECT COUNT(*) FROM hold") == 0);
        await("no window holds anything", () -> any.held().signum() == 0);
        List<String> wrong = any.faregate.database().read(tx -> new JooqBooks().audit(tx));
        if (!wrong.isEmpty()) {
            throw new AssertionError("the books are wrong: " + wrong);
        }
    }

    /// What was charged, in USD, over all generations.
    BigDecimal charged() {
        return BigDecimal.valueOf(
                TestServer.number(nodes.getLast().faregate, "SELECT COALESCE(SUM(charged), 0) FROM posting"), 9);
    }

    static void await(String what, BooleanSupplier met) {
        await(what, Duration.ofSeconds(30), met);
    }

    static void await(String what, Duration patience, BooleanSupplier met) {
        long end = System.nanoTime() + patience.toNanos();
        while (!met.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + patience.toSeconds() + " s: " + what);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        nodes.forEach(TestServer::close);
        upstream.close();
    }
}
