package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.DatabaseProxy;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Several whole servers on one PostgreSQL: together they keep a cap as one does, and each hears what the
/// others were told (reliability, checks 1, 2, 9, 10, 12).
class ClusterFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");

    /// How long the database stays away once the running stream has ended.
    private static final Duration GONE = Duration.ofSeconds(LONG ? 60 : 0);

    /// Answers of the database that get lost while charges are made.
    private static final int LOST_ANSWERS = LONG ? 1_000 : 20;

    /// Callers while node after node restarts; each call takes a fifth of a second or more.
    private static final int CALLERS = LONG ? 200 : 8;

    /// How a request ended for its client.
    private record Ended(int status, String text) {
        boolean whole() {
            return status == 200 && text.contains("[DONE]") && !text.contains("\"error\"");
        }
    }

    private static Ended ask(TestServer node, String body, String key) {
        try (RawClient client = node.rawChat(body, key)) {
            RawClient.Response response = client.response();
            return new Ended(response.status(), response.text());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static <T> List<T> together(int count, java.util.function.IntFunction<Callable<T>> work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                futures.add(threads.submit(work.apply(i)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    @Test
    void twoServersMayStartOnAnEmptyDatabaseAtOnce() throws Exception {
        String url = TestPostgres.emptyUrl();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            List<TestServer> nodes = together(3, _ -> () -> TestServer.startOn(url, "", upstream));
            try {
                for (TestServer node : nodes) {
                    assertThat(node.chat(TestServer.chat("test/priced", "")).statusCode())
                            .isEqualTo(200);
                }
                assertThat(TestServer.number(nodes.getFirst().faregate, "SELECT COUNT(*) FROM organization"))
                        .isOne();
                assertThat(TestServer.number(nodes.getFirst().faregate, "SELECT COUNT(*) FROM node"))
                        .isEqualTo(3);
            } finally {
                nodes.forEach(TestServer::close);
            }
        }
    }

    @Test
    void threeNodesAnswerExactlyFiftyOfAThousandDimesOnFiveDollars() throws Exception {
        try (Cluster cluster = new Cluster(3)) {
            HttpResponse<String> made = cluster.node(0)
                    .manage("POST", "/api/v1/keys", "{\"name\":\"five\",\"limit\":5,\"limit_reset\":\"daily\"}");
            String key = TestServer.json(made).get("key").asString();
            // The organization has paid five dollars too: total and day of the key and the balance, all at once.
            cluster.node(0).faregate.database().write(tx -> {
                String organization =
                        tx.sql().fetchSingle("SELECT id FROM organization").get(0, String.class);
                tx.sql().execute("UPDATE organization SET billing = 'prepaid'");
                new JooqLimits().define(tx, Scope.BALANCE, organization, Window.TOTAL, Usd.ZERO);
                return new JooqBooks()
                        .transfer(tx, organization, Books.TransferKind.TOPUP, Usd.ofDollars(5), "t", "test", "five");
            });
            String body = TestServer.chat("test/dime", Cluster.DIME);
            List<Ended> ended = together(1_000, i -> () -> ask(cluster.node(i), body, key));

            assertThat(ended.stream().collect(Collectors.groupingBy(Ended::status, Collectors.counting())))
                    .isEqualTo(Map.of(200, 50L, 402, 950L));
            assertThat(ended.stream().filter(Ended::whole)).hasSize(50);
            List<Ended> refused =
                    ended.stream().filter(answer -> answer.status() == 402).toList();
            for (Ended answer : refused) {
                JsonNode error = Json.readObject(answer.text().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .get("error");
                assertThat(error.get("message").asString()).isNotBlank();
                assertThat(error.get("metadata").get("limit_source").asString()).startsWith("openrouter_");
            }
            cluster.requireQuiet();
            assertThat(cluster.node(1).usage(key)).isEqualByComparingTo("5.000000000");
            assertThat(cluster.charged()).isEqualByComparingTo("5.000000000");
            assertThat(cluster.upstream.truth().count()).isEqualTo(50);
        }
    }

    /// The answer of the COMMIT is lost again and again: the batch is sent again, and counts once.
    @Test
    void chargesOnceWhateverAnswersOfTheDatabaseAreLost() throws Exception {
        String direct = TestPostgres.freshUrl();
        // The nodes end first: one whose database is gone waits for it.
        try (DatabaseProxy proxy = new DatabaseProxy(direct);
                Cluster cluster = new Cluster(1, direct)) {
            TestServer node = cluster.add(proxy.url());
            proxy.loseAnswers(0.4);
            String body = TestServer.chat("test/dime", Cluster.DIME);
            List<Ended> ended = new ArrayList<>();
            while (proxy.lost() < LOST_ANSWERS) {
                ended.addAll(together(5, _ -> () -> ask(node, body, TestServer.INFERENCE_KEY)));
            }
            proxy.loseAnswers(0);
            cluster.requireQuiet();
            long whole = ended.stream().filter(Ended::whole).count();
            assertThat(ended).allMatch(answer -> answer.whole() || answer.status() == 503);
            assertThat(whole).isPositive();
            assertThat(cluster.charged())
                    .isEqualByComparingTo(BigDecimal.valueOf(whole).movePointLeft(1));
        }
    }

    @Test
    void refusesWhenCutOffAndFinishesWhatRuns() throws Exception {
        String direct = TestPostgres.freshUrl();
        // The nodes end first: one whose database is gone waits for it.
        try (DatabaseProxy proxy = new DatabaseProxy(direct);
                Cluster cluster = new Cluster(1, direct)) {
            TestServer node = cluster.add(proxy.url());
            cluster.upstream.forModel("priced", Script.answer().chunks(40).chunkDelay(Duration.ofMillis(100)));
            assertThat(ask(node, TestServer.chat("test/free", ""), TestServer.INFERENCE_KEY)
                            .status())
                    .isEqualTo(200);
            try (RawClient running = node.rawChat(TestServer.chat("test/priced", "\"stream\":true"))) {
                EventReader events = running.events(running.head());
                proxy.cut();
                Cluster.await(
                        "the free model needs the database too",
                        () -> ask(node, TestServer.chat("test/free", ""), TestServer.INFERENCE_KEY)
                                        .status()
                                == 503);
                HttpResponse<String> paid = node.chat(TestServer.chat("test/dime", Cluster.DIME));
                assertThat(paid.statusCode()).isEqualTo(503);
                assertThat(paid.headers().firstValue("Retry-After")).contains("2");
                assertThat(node.get("/health/ready", null).statusCode()).isEqualTo(503);
                assertThat(events.all().getLast()).isEqualTo("[DONE]");
            }
            for (Instant end = Instant.now().plus(GONE); Instant.now().isBefore(end); Thread.sleep(1_000)) {
                assertThat(node.chat(TestServer.chat("test/dime", Cluster.DIME)).statusCode())
                        .isEqualTo(503);
            }
            proxy.restore();
            Instant back = Instant.now();
            Cluster.await(
                    "the settlement of the stream arrives",
                    () -> TestServer.number(cluster.node(0).faregate, "SELECT COUNT(*) FROM posting") > 0);
            assertThat(Duration.between(back, Instant.now())).isLessThan(Duration.ofSeconds(10));
            Cluster.await(
                    "it is ready again", () -> node.get("/health/ready", null).statusCode() == 200);
            Cluster.await(
                    "it admits again",
                    () -> ask(node, TestServer.chat("test/dime", Cluster.DIME), TestServer.INFERENCE_KEY)
                            .whole());
            cluster.requireQuiet();
            for (String model : List.of("test/priced", "test/dime")) {
                assertThat(TestServer.number(
                                node.faregate,
                                "SELECT COUNT(*) FROM generation WHERE cost_source = 'exact' AND model = '" + model
                                        + "'"))
                        .as(model)
                        .isOne();
            }
        }
    }

    /// Clocks decide nothing here: windows and the end of a key are the database's.
    @Test
    void nodesWhoseClocksAreAnHourOffAdmitTheSame() throws Exception {
        try (Cluster cluster = new Cluster(1)) {
            for (Duration off : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
                InstantSource clock = () -> Instant.now().plus(off);
                cluster.nodes.add(TestServer.startOn(cluster.url, Cluster.MORE, clock, cluster.upstream));
            }
            HttpResponse<String> made = cluster.node(0)
                    .manage(
                            "POST",
                            "/api/v1/keys",
                            "{\"name\":\"clock\",\"limit\":0.6,\"limit_reset\":\"daily\",\"expires_at\":\""
                                    + Instant.now().plusSeconds(1_200) + "\"}");
            String key = TestServer.json(made).get("key").asString();
            String body = TestServer.chat("test/dime", Cluster.DIME);
            for (int i = 0; i < 6; i++) {
                assertThat(ask(cluster.node(i), body, key).whole())
                        .as("node " + i)
                        .isTrue();
            }
            for (int i = 0; i < 3; i++) {
                assertThat(ask(cluster.node(i), body, key).status()).isEqualTo(402);
            }
            cluster.requireQuiet();
        }
    }

    /// A request to the next node of the rotation.
    private static RawClient sent(Lock choosing, List<TestServer> rotation, AtomicLong turn, String more)
            throws IOException {
        choosing.lock();
        try {
            TestServer node = rotation.get((int) (turn.incrementAndGet() % rotation.size()));
            return node.rawChat(TestServer.chat("test/priced", more));
        } finally {
            choosing.unlock();
        }
    }

    /// A rolling restart (check 38): each node in turn leaves the balancer, drains, and comes back as a new life.
    @Test
    void restartsNodeAfterNodeWithoutAFailedCall() throws Exception {
        try (Cluster cluster = new Cluster(3)) {
            cluster.upstream.forModel(
                    "priced",
                    Script.answer().chunks(10).chunkDelay(Duration.ofMillis(20)).promptTokens(10));
            List<TestServer> rotation = new CopyOnWriteArrayList<>(cluster.nodes);
            // Held while a caller chooses a node and sends: then nobody is late to a node that has left.
            ReadWriteLock balancer = new ReentrantReadWriteLock();
            Instant began = Instant.now();
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong turn = new AtomicLong();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Long>> counts = new ArrayList<>();
                for (int i = 0; i < CALLERS; i++) {
                    String more = i % 2 == 0 ? "" : "\"stream\":true";
                    counts.add(callers.submit(() -> {
                        long count = 0;
                        while (!over.get()) {
                            Ended ended;
                            try (RawClient client = sent(balancer.readLock(), rotation, turn, more)) {
                                RawClient.Response response = client.response();
                                ended = new Ended(response.status(), response.text());
                            }
                            assertThat(ended.status()).as(ended.text()).isEqualTo(200);
                            assertThat(ended.text()).doesNotContain("\"error\"");
                            count++;
                        }
                        return count;
                    }));
                }
                for (int i = 0; i < 3; i++) {
                    TestServer leaving = cluster.nodes.get(i);
                    balancer.writeLock().lock();
                    rotation.remove(leaving);
                    balancer.writeLock().unlock();
                    // What was sent before is still on its way.
                    Thread.sleep(500);
                    assertThat(leaving.faregate.drain())
                            .as("drained without cutting")
                            .isTrue();
                    TestServer back = leaving.restarted(cluster.url, Cluster.MORE, cluster.upstream);
                    cluster.nodes.set(i, back);
                    rotation.add(back);
                }
                over.set(true);
                long answered = 0;
                for (Future<Long> count : counts) {
                    answered += count.get();
                }
                System.out.printf(
                        "rolling restart: %d calls by %d callers in %s%n",
                        answered, CALLERS, Duration.between(began, Instant.now()));
                assertThat(answered).isGreaterThan(20);
                cluster.requireQuiet();
                assertThat(TestServer.number(
                                cluster.node(0).faregate,
                                "SELECT COUNT(*) FROM generation WHERE cost_source = 'exact'"))
                        .isEqualTo(answered);
            } finally {
                over.set(true);
            }
        }
    }
}
