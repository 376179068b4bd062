package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests through a real socket: who may pass, in which order, and when a connection has had its time.
/// Long because each of these is a test.
class EdgeServerTest {
    /// For what is to end: the sooner the better.
    private static final Duration SHORT = Duration.ofMillis(300);

    /// For what has to happen in time first, however busy the machine is.
    private static final Duration AMPLE = Duration.ofSeconds(1);

    @Test
    void asksForACredentialBeforeTheBody() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
            RawConnection.Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(answer.body())
                    .isEqualTo("{\"error\":{\"code\":401,\"message\":\"Missing Authentication header\","
                            + "\"type\":\"authentication\","
                            + "\"metadata\":{\"error_type\":\"authentication\",\"reason\":\"missing\"}}}");
        }
    }

    @Test
    void keepsTheKindsOfKeysApart() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            assertThat(client.post("/v1/chat/completions", "hi", TestEdge.INFERENCE)
                            .body())
                    .isEqualTo("hi");
            assertThat(client.post("/v1/chat/completions", "hi", TestEdge.MANAGEMENT)
                            .status())
                    .isEqualTo(403);
            assertThat(client.get("/v1/keys/x", TestEdge.INFERENCE).status()).isEqualTo(403);
            assertThat(client.get("/v1/keys/x", TestEdge.MANAGEMENT).body()).isEqualTo("MANAGEMENT");
            assertThat(client.get("/v1/key").status()).isEqualTo(401);
            assertThat(client.get("/v1/key", TestEdge.INFERENCE).body()).isEqualTo("INFERENCE");
        }
    }

    @Test
    void letsStrangersIntoAnOpenRouteButNeverAWrongKey() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            assertThat(client.get("/v1/models").body()).isEqualTo("nobody");
            assertThat(client.get("/v1/models", "Authorization: Bearer wrong").status())
                    .isEqualTo(401);
            assertThat(client.get("/v1/models", "Authorization: Bearer slow-wrong")
                            .status())
                    .isEqualTo(401);
            assertThat(client.get("/v1/models", TestEdge.INFERENCE).body()).isEqualTo("INFERENCE");
            assertThat(client.get("/health/live", "Authorization: Bearer wrong").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void looksUnknownKeysUpAndThenReadsTheBody() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            String large = "x".repeat(700_000);
            for (int i = 0; i < 3; i++) {
                assertThat(client.post("/v1/chat/completions", large, "Authorization: Bearer slow-inference")
                                .body())
                        .isEqualTo(large);
                assertThat(client.get("/v1/key", "Authorization: Bearer slow-management")
                                .body())
                        .isEqualTo("MANAGEMENT");
            }
            assertThat(client.post("/v1/chat/completions", "small", "Authorization: Bearer slow-wrong")
                            .status())
                    .isEqualTo(401);
            assertThat(client.get("/v1/key", TestEdge.INFERENCE).status()).isEqualTo(200);
            assertThat(edge.keys.lookUps).hasValue(7);
        }
    }

    @Test
    void aBrokenKeyStoreIsAnIncidentAndSaysNothing() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            RawConnection.Answer answer = client.get("/v1/key", "Authorization: Bearer broken");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).doesNotContain("secret").contains(answer.header("X-Request-Id"));
        }
    }

    @Test
    void aLookUpThatHangsIsGivenUp() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().lookUpDeadline(SHORT));
                RawConnection client = edge.connect()) {
            RawConnection.Answer answer = client.get("/v1/key", "Authorization: Bearer hang");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 5);
            assertThat(client.rest()).isEmpty();
            assertThat(edge.server.stats().openRequests()).isZero();
        }
    }

    @Test
    void aBugInAHandlerShowsOnlyItsIncident() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            RawConnection.Answer answer = client.get("/bug");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body())
                    .contains("Internal Server Error (incident " + answer.header("X-Request-Id") + ")")
                    .doesNotContain("secret", "IllegalState");
            assertThat(client.get("/refuses").status()).isEqualTo(404);
            assertThat(edge.server.stats().bugs()).isEqualTo(1);
        }
    }

    @Test
    void aHandlerCannotSplitAnAnswer() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            assertThat(client.get("/split?name=good").header("X-Name")).isEqualTo("good");
            assertThat(client.get("/split?name=a%0d%0aX-Evil:1").status()).isEqualTo(500);
            assertThat(client.get("/split?name=a%0aX-Evil:1").status()).isEqualTo(500);
            assertThat(client.get("/health/live").status()).isEqualTo(200);
        }
    }

    @Test
    void everyAnswerHasItsOwnRequestId() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            List<String> ids = new ArrayList<>();
            for (String path : List.of("/health/live", "/nothing", "/bug", "/v1/key", "/health/live")) {
                ids.add(client.get(path, "X-Request-Id: mine").header("X-Request-Id"));
            }
            assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.length() == 36);
        }
    }

    @Test
    void namesTheMethodsOfAPath() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            RawConnection.Answer wrong =
                    client.send("PUT /health/live HTTP/1.1\r\nHost: a\r\n\r\n").read();
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
            RawConnection.Answer options =
                    client.send("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n").read();
            assertThat(options.header("Allow")).isEqualTo("OPTIONS, POST");
            RawConnection.Answer head =
                    client.send("HEAD /health/live HTTP/1.1\r\nHost: a\r\n\r\n").read(false);
            assertThat(head.header("Content-Length")).isEqualTo("2");
            assertThat(client.get("/health/live").body()).isEqualTo("ok");
        }
    }

    @Test
    void letsScriptsOfOtherPagesUseTheApiAndNothingElse() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().crossOriginPaths(List.of("/v1/")));
                RawConnection client = edge.connect()) {
            String origin = "Origin: https://app.example";
            for (String path : List.of("/v1/models", "/v1/key", "/v1/nothing")) {
                assertThat(client.get(path, origin).header("Access-Control-Allow-Origin"))
                        .as("answers and refusals of %s", path)
                        .isEqualTo("*");
            }
            assertThat(client.post("/v1/chat/completions", "hi", TestEdge.INFERENCE, origin)
                            .header("Access-Control-Allow-Origin"))
                    .isEqualTo("*");
            assertThat(client.get("/v1/models").header("Access-Control-Allow-Origin"))
                    .as("nobody else is told")
                    .isEmpty();
            assertThat(client.get("/health/live", origin).header("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Test
    void answersAPreflightWithoutACredential() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().crossOriginPaths(List.of("/v1/")));
                RawConnection client = edge.connect()) {
            RawConnection.Answer answer = client.send("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                            + "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n"
                            + "Access-Control-Request-Headers: authorization,content-type,x-title\r\n\r\n")
                    .read();
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
            assertThat(answer.header("Access-Control-Allow-Methods")).contains("POST");
            assertThat(answer.header("Access-Control-Allow-Headers")).isEqualTo("authorization,content-type,x-title");
            assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
            RawConnection.Answer page = client.send("OPTIONS /health/live HTTP/1.1\r\nHost: a\r\n"
                            + "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n\r\n")
                    .read();
            assertThat(page.header("Access-Control-Allow-Methods")).isEmpty();
        }
    }

    @Test
    void invitesABodyOnlyAfterTheKeyWasGood() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            for (String key : List.of("inference", "slow-inference")) {
                client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                        + "Authorization: Bearer " + key + "\r\nExpect: 100-continue\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(100);
                assertThat(client.send("hello").read().body()).isEqualTo("hello");
            }
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                    + "Authorization: Bearer wrong\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void aRequestMayBeCutAnywhere() {
        String request = "\r\nPOST /v1/chat/completions?a=%41 HTTP/1.1\r\nHost: a\r\n" + TestEdge.INFERENCE
                + "\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: 1\r\n\r\n";
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            for (int cut = 1; cut < request.length(); cut++) {
                client.send(request.substring(0, cut));
                // Long enough that the parts usually come as two reads; right either way.
                TestEdge.pause(1);
                assertThat(client.send(request.substring(cut)).read().body())
                        .as("cut at %d", cut)
                        .isEqualTo("hello world");
            }
        }
    }

    @Test
    void aRequestMayComeByteByByte() {
        byte[] request = ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                        + "GET /health/live HTTP/1.1\r\n" + "Host: a\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            for (byte b : request) {
                client.send(new byte[] {b});
            }
            assertThat(client.read().body()).isEqualTo("hello");
            assertThat(client.read().body()).isEqualTo("ok");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                RawConnection client = edge.connect()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                String path = i % 2 == 0 ? "/echo" : "/relay/echo";
                String body = "body " + i;
                all.append("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body);
            }
            client.send(all.toString());
            for (int i = 0; i < 500; i++) {
                assertThat(client.read().body()).isEqualTo("body " + i);
            }
        }
    }

    @Test
    void aFloodBehindARunningRequestEndsTheConnectionAfterItsAnswer() {
        CountDownLatch go = new CountDownLatch(1);
        Route slow = Route.blocking("GET", "/slow", Access.PUBLIC, _ -> {
            TestEdge.await(go);
            return Response.text(200, "done");
        });
        try (TestEdge edge = new TestEdge(TestEdge.settings(), slow);
                RawConnection client = edge.connect()) {
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
            for (int i = 0; i < 40; i++) {
                client.send("GET /health/live HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(8_000) + "\r\n\r\n");
            }
            TestEdge.pause(100);
            assertThat(edge.usedMemory()).isLessThan(1_000_000);
            go.countDown();
            RawConnection.Answer answer = client.read();
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /health/live HTTP/1.1\r\n",
                "GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: ",
                "G",
                "\r\n"
            })
    void aHeadHasOneDeadlineHoweverItDrips(String start) {
        try (TestEdge edge = new TestEdge(TestEdge.settings().headerDeadline(SHORT));
                RawConnection client = edge.connect()) {
            long began = System.nanoTime();
            client.send(start);
            Thread dripping = Thread.ofVirtual().start(() -> drip(client, start.isEmpty() ? "" : "x"));
            String rest = client.rest();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isBetween(250L, 4_500L);
            assertThat(rest)
                    .satisfiesAnyOf(
                            r -> assertThat(r).isEmpty(),
                            r -> assertThat(r).startsWith("HTTP/1.1 408").contains("Connection: close"));
            dripping.interrupt();
        }
    }

    private static void drip(RawConnection client, String drop) {
        try {
            for (int i = 0; i < 100 && !drop.isEmpty(); i++) {
                client.send(drop);
                Thread.sleep(50);
            }
        } catch (RuntimeException | InterruptedException e) {
            // The server closed the connection: what the test waits for.
            return;
        }
    }

    @Test
    void theHeadDeadlineHoldsForLaterRequestsToo() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().headerDeadline(AMPLE));
                RawConnection client = edge.connect()) {
            assertThat(client.get("/health/live").status()).isEqualTo(200);
            TestEdge.pause(AMPLE.toMillis() + 200);
            assertThat(client.get("/health/live").status()).isEqualTo(200);
            assertThat(client.send("GET /hea").read().status()).isEqualTo(408);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void aBodyHasOneDeadlineHoweverItDrips() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().bodyDeadline(SHORT));
                RawConnection client = edge.connect()) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx");
            Thread dripping = Thread.ofVirtual().start(() -> drip(client, "x"));
            RawConnection.Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.header("Connection")).isEqualTo("close");
            dripping.interrupt();
        }
    }

    @Test
    void anIdleConnectionEnds() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().idleTimeout(AMPLE));
                RawConnection client = edge.connect()) {
            assertThat(client.get("/health/live").status()).isEqualTo(200);
            long began = System.nanoTime();
            assertThat(client.get("/health/live").status()).isEqualTo(200);
            assertThat(client.rest()).isEmpty();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isBetween(950L, 10_000L);
        }
    }

    @Test
    void anAnswerThatTakesLongIsNotIdle() {
        Route slow = Route.blocking("GET", "/slow", Access.PUBLIC, _ -> {
            TestEdge.pause(2 * AMPLE.toMillis());
            return Response.text(200, "done");
        });
        try (TestEdge edge = new TestEdge(
                        TestEdge.settings()
                                .idleTimeout(AMPLE)
                                .headerDeadline(AMPLE)
                                .bodyDeadline(AMPLE),
                        slow);
                RawConnection client = edge.connect()) {
            assertThat(client.get("/slow").body()).isEqualTo("done");
        }
    }

    @Test
    void aRefusedBodyIsNotReadOn() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().maxBodyBytes(1_000));
                RawConnection client = edge.connect()) {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + "x".repeat(300_000));
            RawConnection.Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.body()).contains("larger than 1000 bytes");
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void allBodiesTogetherHaveALimit() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().maxBufferedBytes(100_000));
                RawConnection first = edge.connect();
                RawConnection second = edge.connect()) {
            first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 90001\r\n\r\n" + "x".repeat(90_000));
            TestEdge.until(() -> edge.server.stats().bufferedBytes() == 90_000, "the body was not read");
            assertThat(second.post("/echo", "y".repeat(20_000)).status()).isEqualTo(503);
            // What was refused is given back behind its answer.
            TestEdge.until(() -> edge.server.stats().bufferedBytes() == 90_000, "the refused body was kept");
            assertThat(first.send("x").read().status()).isEqualTo(200);
        }
    }

    @Test
    void moreRequestsThanTheNodeTakesComeBackLater() {
        CountDownLatch go = new CountDownLatch(1);
        Route slow = Route.blocking("GET", "/slow", Access.PUBLIC, _ -> {
            TestEdge.await(go);
            return Response.text(200, "done");
        });
        try (TestEdge edge = new TestEdge(TestEdge.settings().maxRequests(1), slow);
                RawConnection first = edge.connect();
                RawConnection second = edge.connect()) {
            first.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
            TestEdge.until(() -> edge.server.stats().openRequests() == 1, "the request did not start");
            RawConnection.Answer refused = second.get("/health/live");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 5);
            go.countDown();
            assertThat(first.read().body()).isEqualTo("done");
            // A request is counted until its answer is written, which the client may see first.
            TestEdge.until(() -> edge.server.stats().openRequests() == 0, "the request did not end");
            assertThat(second.get("/health/live").status()).isEqualTo(200);
        }
    }

    @Test
    void moreConnectionsThanTheNodeTakesAreTurnedAway() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().maxConnections(1));
                RawConnection first = edge.connect()) {
            assertThat(first.get("/health/live").status()).isEqualTo(200);
            try (RawConnection second = edge.connect()) {
                assertThat(second.read().status()).isEqualTo(503);
                assertThat(second.rest()).isEmpty();
            }
            assertThat(first.get("/health/live").status()).isEqualTo(200);
            assertThat(edge.server.stats().refusedConnections()).isEqualTo(1);
        }
    }

    @Test
    void anAddressThatGuessesKeysIsSlowedDown() {
        try (TestEdge edge = new TestEdge(TestEdge.settings().max401sPerMinute(3));
                RawConnection client = edge.connect()) {
            AtomicInteger refused = new AtomicInteger();
            RawConnection.Answer last = null;
            // Seven tries are over the limit even if a minute ends among them.
            for (int i = 0; i < 7; i++) {
                last = client.get("/v1/key", "Authorization: Bearer slow-wrong" + i);
                refused.addAndGet(last.status() == 429 ? 1 : 0);
            }
            assertThat(refused.get()).isBetween(1, 4);
            assertThat(edge.keys.lookUps.get()).isEqualTo(7 - refused.get());
            assertThat(client.get("/v1/key", TestEdge.INFERENCE).status()).isEqualTo(200);
            assertThat(last).isNotNull();
        }
    }

    @Test
    void onlyANamedProxyMaySayWhoTheClientIs() throws Exception {
        Route who = Route.blocking(
                "GET",
                "/who",
                Access.PUBLIC,
                r -> Response.text(200, r.head().remote().getHostAddress()));
        try (TestEdge edge = new TestEdge(TestEdge.settings(), who);
                RawConnection client = edge.connect()) {
            assertThat(client.get("/who", "X-Forwarded-For: 203.0.113.9").body())
                    .isEqualTo("127.0.0.1");
        }
        AddressList proxies =
                new AddressList(List.of(AddressList.parse("127.0.0.1"), AddressList.parse("10.0.0.0/30")));
        try (TestEdge edge = new TestEdge(TestEdge.settings().trustedProxies(proxies), who);
                RawConnection client = edge.connect()) {
            assertThat(client.get("/who", "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.1")
                            .body())
                    .isEqualTo("203.0.113.9");
            assertThat(client.get("/who", "X-Forwarded-For: evil.example").body())
                    .isEqualTo("127.0.0.1");
            assertThat(client.get("/who").body()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void twoListenersStandBesideEachOther() {
        Route metrics = Route.blocking("GET", "/metrics", Access.PUBLIC, _ -> Response.text(200, "up 1"));
        EdgeSettings settings =
                EdgeSettings.defaults().port(0).loops(1).nativeTransport(false).build();
        try (TestEdge edge = new TestEdge(TestEdge.settings());
                EdgeServer admin = EdgeServer.start(settings, List.of(metrics));
                RawConnection client = new RawConnection(admin.port());
                RawConnection other = edge.connect()) {
            assertThat(admin.transport()).isEqualTo(Transport.NIO);
            assertThat(client.get("/metrics").body()).isEqualTo("up 1");
            assertThat(other.get("/metrics").status()).isEqualTo(404);
        }
    }

    @Test
    void saysWhereItCannotListen() {
        try (TestEdge edge = new TestEdge(TestEdge.settings())) {
            EdgeSettings taken =
                    EdgeSettings.defaults().port(edge.server.port()).build();
            assertThatThrownBy(() -> EdgeServer.start(taken, List.of()))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + edge.server.port());
        }
    }
}
