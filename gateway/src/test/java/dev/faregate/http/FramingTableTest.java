package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Raw bytes in, statuses out, and what becomes of the connection: one row for every rule of the edge
/// (design section 8, reliability row 18). In the bytes a line break stands for CR LF; `{LF}`, `{CR}`,
/// `{NUL}` and `{TAB}` are themselves. A connection that is kept must answer one more request in step;
/// one that is closed must have answered nothing more.
class FramingTableTest {
    private static final String KEPT = "kept";
    private static final String CLOSED = "closed";

    private record Row(String name, String raw, String statuses, String after) {}

    private static TestEdge edge;

    @BeforeAll
    static void start() {
        edge = new TestEdge(TestEdge.settings()
                .maxBodyBytes(100_000)
                .maxRequestLineBytes(2_000)
                .maxHeaderBytes(8_000));
    }

    @AfterAll
    static void stop() {
        edge.close();
    }

    private static final List<Row> ROWS = new ArrayList<>();

    private static void row(String name, String raw, String statuses, String after) {
        ROWS.add(new Row(name, raw, statuses, after));
    }

    private static final String GET = "GET /health/live HTTP/1.1\nHost: a\n\n";
    private static final String SMUGGLED = "GET /v1/models HTTP/1.1\nHost: a\n\n";

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\nHost: a\n\n";
    }

    private static String post(String headers, String body) {
        return "POST /echo HTTP/1.1\nHost: a\n" + headers + "\n" + body;
    }

    static {
        // What must work
        row("plain GET", GET, "200", KEPT);
        row("body by length", post("Content-Length: 5\n", "hello"), "200", KEPT);
        row("empty body by length", post("Content-Length: 0\n", ""), "200", KEPT);
        row("no body at all", post("", ""), "200", KEPT);
        row("length with leading zeros", post("Content-Length: 005\n", "hello"), "200", KEPT);
        row("chunked", post("Transfer-Encoding: chunked\n", "5\nhello\n0\n\n"), "200", KEPT);
        row("chunked in capitals", post("Transfer-Encoding: CHUNKED\n", "5\nhello\n0\n\n"), "200", KEPT);
        row("chunk extensions", post("Transfer-Encoding: chunked\n", "5;a=b;c=\"d\"\nhello\n0;x\n\n"), "200", KEPT);
        row("trailers", post("Transfer-Encoding: chunked\n", "5\nhello\n0\nX-Sum: 1\nY: 2\n\n"), "200", KEPT);
        row(
                "trailer that looks like framing",
                post("Transfer-Encoding: chunked\n", "0\nContent-Length: 9\n\n"),
                "200",
                KEPT);
        row("header names in any case", "GET /health/live HTTP/1.1\nhOsT: a\ncOnNeCtIoN: KEEP-alive\n\n", "200", KEPT);
        row("no space after the colon", "GET /health/live HTTP/1.1\nHost:a\n\n", "200", KEPT);
        row("an empty header value", "GET /health/live HTTP/1.1\nHost: a\nCookie:\n\n", "200", KEPT);
        row("one blank line before", "\n" + GET, "200", KEPT);
        row("two requests in one packet", GET + GET, "200 200", KEPT);
        row(
                "three, with bodies",
                post("Content-Length: 2\n", "ab") + GET + post("Content-Length: 1\n", "c"),
                "200 200 200",
                KEPT);
        row("HEAD has no body", "HEAD /health/live HTTP/1.1\nHost: a\n\n", "200", KEPT);
        row("OPTIONS of a path", "OPTIONS /echo HTTP/1.1\nHost: a\n\n", "204", KEPT);
        row("Connection: close", "GET /health/live HTTP/1.1\nHost: a\nConnection: close\n\n", "200", CLOSED);
        row("HTTP/1.0", "GET /health/live HTTP/1.0\n\n", "200", CLOSED);
        row("HTTP/1.0 with a Host", "GET /health/live HTTP/1.0\nHost: a\n\n", "200", CLOSED);
        row(
                "HTTP/1.0 keep-alive is not offered",
                "GET /health/live HTTP/1.0\nConnection: keep-alive\n\n",
                "200",
                CLOSED);
        row("absolute form", "GET http://a/health/live HTTP/1.1\nHost: a\n\n", "200", KEPT);
        row("absolute form, other case of the host", "GET HTTP://A:1/health/live HTTP/1.1\nHost: a:1\n\n", "200", KEPT);
        row(
                "Upgrade to h2c is ignored",
                "GET /health/live HTTP/1.1\nHost: a\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\n\n",
                "200",
                KEPT);
        row(
                "Upgrade to WebSocket is ignored",
                "GET /health/live HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n\n",
                "200",
                KEPT);
        row(
                "Expect: 100-continue, body sent at once",
                post("Content-Length: 5\nExpect: 100-continue\n", "hello"),
                "200",
                KEPT);
        row("identity coding", post("Content-Encoding: identity\nContent-Length: 1\n", "a"), "200", KEPT);
        row("IPv6 host", "GET /health/live HTTP/1.1\nHost: [::1]:8080\n\n", "200", KEPT);
        row("a comma in the host is its own affair", "GET /health/live HTTP/1.1\nHost: a,b\n\n", "200", KEPT);

        // Where a request ends must never be in doubt
        row(
                "length and chunks",
                post("Content-Length: 5\nTransfer-Encoding: chunked\n", "0\n\n" + SMUGGLED),
                "400",
                CLOSED);
        row(
                "chunks and length",
                post("Transfer-Encoding: chunked\nContent-Length: 5\n", "0\n\n" + SMUGGLED),
                "400",
                CLOSED);
        row("two lengths", post("Content-Length: 5\nContent-Length: 6\n", "hello"), "400", CLOSED);
        row("the same length twice", post("Content-Length: 5\nContent-Length: 5\n", "hello"), "400", CLOSED);
        row("a list of lengths", post("Content-Length: 5, 5\n", "hello"), "400", CLOSED);
        row("a plus sign", post("Content-Length: +5\n", "hello"), "400", CLOSED);
        row("a minus sign", post("Content-Length: -5\n", "hello"), "400", CLOSED);
        row("a hexadecimal length", post("Content-Length: 0x5\n", "hello"), "400", CLOSED);
        row("a fraction", post("Content-Length: 5.0\n", "hello"), "400", CLOSED);
        row("a space inside", post("Content-Length: 1 0\n", "hello"), "400", CLOSED);
        row("no digits", post("Content-Length: \n", ""), "400", CLOSED);
        row("words", post("Content-Length: five\n", "hello"), "400", CLOSED);
        row("beyond a long", post("Content-Length: 99999999999999999999\n", ""), "400", CLOSED);
        row("gzip, chunked", post("Transfer-Encoding: gzip, chunked\n", "0\n\n"), "400", CLOSED);
        row("chunked, identity", post("Transfer-Encoding: chunked, identity\n", "0\n\n"), "400", CLOSED);
        row("chunked twice in one", post("Transfer-Encoding: chunked, chunked\n", "0\n\n"), "400", CLOSED);
        row(
                "chunked twice in two",
                post("Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", "0\n\n"),
                "400",
                CLOSED);
        row("identity", post("Transfer-Encoding: identity\n", ""), "400", CLOSED);
        row("xchunked", post("Transfer-Encoding: xchunked\n", "0\n\n"), "400", CLOSED);
        row("chunked in quotes", post("Transfer-Encoding: \"chunked\"\n", "0\n\n"), "400", CLOSED);
        row("chunked with a parameter", post("Transfer-Encoding: chunked;a=b\n", "0\n\n"), "400", CLOSED);
        row("an empty coding", post("Transfer-Encoding:\n", "0\n\n"), "400", CLOSED);
        row("vertical tab before the coding", post("Transfer-Encoding: \u000bchunked\n", "0\n\n"), "400", CLOSED);
        row("a space before the colon", post("Transfer-Encoding : chunked\n", "0\n\n"), "400", CLOSED);
        row("chunked in HTTP/1.0", "POST /echo HTTP/1.0\nTransfer-Encoding: chunked\n\n0\n\n", "400", CLOSED);
        row(
                "WebSocket draft with eight unannounced bytes",
                "GET /health/live HTTP/1.1\nHost: a\nSec-WebSocket-Key1: 1\nSec-WebSocket-Key2: 2\n\n12345678",
                "400",
                CLOSED);
        row("chunk size with a sign", post("Transfer-Encoding: chunked\n", "+5\nhello\n0\n\n"), "400", CLOSED);
        row("chunk size with 0x", post("Transfer-Encoding: chunked\n", "0x5\nhello\n0\n\n"), "400", CLOSED);
        row("negative chunk size", post("Transfer-Encoding: chunked\n", "-5\nhello\n0\n\n"), "400", CLOSED);
        row("no chunk size", post("Transfer-Encoding: chunked\n", "\nhello\n0\n\n"), "400", CLOSED);
        row("a space before the chunk size", post("Transfer-Encoding: chunked\n", " 5\nhello\n0\n\n"), "400", CLOSED);
        row("a space after the chunk size", post("Transfer-Encoding: chunked\n", "5 \nhello\n0\n\n"), "400", CLOSED);
        row("chunk size beyond an int", post("Transfer-Encoding: chunked\n", "100000005\nhello\n0\n\n"), "400", CLOSED);
        row("chunk longer than it says", post("Transfer-Encoding: chunked\n", "3\nhello\n0\n\n"), "400", CLOSED);
        row("bare LF after the chunk size", post("Transfer-Encoding: chunked\n", "5{LF}hello\n0\n\n"), "400", CLOSED);
        row("bare LF in a chunk extension", post("Transfer-Encoding: chunked\n", "5;a{LF}hello\n0\n\n"), "400", CLOSED);
        row(
                "bare CR in a chunk extension",
                post("Transfer-Encoding: chunked\n", "5;a{CR}b\nhello\n0\n\n"),
                "400",
                CLOSED);
        row("bare LF after chunk data", post("Transfer-Encoding: chunked\n", "5\nhello{LF}0\n\n"), "400", CLOSED);
        row("bare LF in trailers", post("Transfer-Encoding: chunked\n", "0\nA: b{LF}\n"), "400", CLOSED);
        row("trailer without a colon", post("Transfer-Encoding: chunked\n", "0\nnonsense\n\n"), "400", CLOSED);
        row(
                "huge chunk extension",
                post("Transfer-Encoding: chunked\n", "5;a=" + "x".repeat(3_000) + "\nhello\n0\n\n"),
                "431",
                CLOSED);
        row(
                "huge trailers",
                post("Transfer-Encoding: chunked\n", "0\nA: " + "x".repeat(9_000) + "\n\n"),
                "431",
                CLOSED);

        // Lines and characters
        row("bare LF after the request line", "GET /health/live HTTP/1.1{LF}Host: a\n\n", "400", CLOSED);
        row("bare LF after a header", "GET /health/live HTTP/1.1\nHost: a{LF}\n", "400", CLOSED);
        row(
                "bare LF before a smuggled header",
                "GET /health/live HTTP/1.1\nHost: a\nX: y{LF}Transfer-Encoding: chunked\n\n",
                "400",
                CLOSED);
        row("nothing but LF", "{LF}{LF}", "400", CLOSED);
        row("bare CR in a value", "GET /health/live HTTP/1.1\nHost: a\nX: y{CR}Z: 1\n\n", "400", CLOSED);
        row("bare CR in the request line", "GET /health/live{CR}HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("NUL in a value", "GET /health/live HTTP/1.1\nHost: a\nX: y{NUL}z\n\n", "400", CLOSED);
        row("NUL in a name", "GET /health/live HTTP/1.1\nHost: a\nX{NUL}: y\n\n", "400", CLOSED);
        row("a folded line", "GET /health/live HTTP/1.1\nHost: a\nX: y\n z\n\n", "400", CLOSED);
        row("a folded line with a tab", "GET /health/live HTTP/1.1\nHost: a\nX: y\n{TAB}z\n\n", "400", CLOSED);
        row("a folded coding", post("Transfer-Encoding:\n chunked\n", "0\n\n"), "400", CLOSED);
        row("white space before the first header", "GET /health/live HTTP/1.1\n Host: a\n\n", "400", CLOSED);
        row("a header without a colon", "GET /health/live HTTP/1.1\nHost: a\nnonsense\n\n", "400", CLOSED);
        row("a header without a name", "GET /health/live HTTP/1.1\nHost: a\n: y\n\n", "400", CLOSED);
        row("a name that is no token", "GET /health/live HTTP/1.1\nHost: a\nX(Y): z\n\n", "400", CLOSED);
        row("three blank lines before", "\n\n\n" + GET, "400", CLOSED);
        row("101 headers", "GET /health/live HTTP/1.1\nHost: a\n" + "X: y\n".repeat(100) + "\n", "431", CLOSED);
        row("100 headers", "GET /health/live HTTP/1.1\nHost: a\n" + "X: y\n".repeat(99) + "\n", "200", KEPT);
        row(
                "headers too large together",
                "GET /health/live HTTP/1.1\nHost: a\nX: " + "y".repeat(8_100) + "\n\n",
                "431",
                CLOSED);
        row("request line too long", get("/" + "x".repeat(2_100)), "431", CLOSED);
        row("request line too long and endless", "GET /" + "x".repeat(4_000), "431", CLOSED);

        // The request line
        row("two spaces", "GET  /health/live HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("a tab for a space", "GET{TAB}/health/live HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("a leading space", " GET /health/live HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("a trailing space", "GET /health/live HTTP/1.1 \nHost: a\n\n", "400", CLOSED);
        row("a space in the target", "GET /health/live x HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("no version", "GET /health/live\n\n", "400", CLOSED);
        row("HTTP/2 preface", "PRI * HTTP/2.0\n\nSM\n\n", "400", CLOSED);
        row("HTTP/1.2", "GET /health/live HTTP/1.2\nHost: a\n\n", "400", CLOSED);
        row("HTTP/0.9 in words", "GET /health/live HTTP/0.9\nHost: a\n\n", "400", CLOSED);
        row("a version in small letters", "GET /health/live http/1.1\nHost: a\n\n", "400", CLOSED);
        row("another protocol", "SSH-2.0-OpenSSH_9.9\n", "400", CLOSED);
        row("a TLS hello", "\u0016\u0003\u0001\u0002\n\n", "400", CLOSED);
        row("bytes above ASCII in the target", "GET /health/live\u00e9 HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("a method that is no token", "G@T /health/live HTTP/1.1\nHost: a\n\n", "400", CLOSED);

        // Host
        row("no Host", "GET /health/live HTTP/1.1\n\n", "400", CLOSED);
        row("two Hosts", "GET /health/live HTTP/1.1\nHost: a\nHost: b\n\n", "400", CLOSED);
        row("the same Host twice", "GET /health/live HTTP/1.1\nHost: a\nHost: a\n\n", "400", CLOSED);
        row("an empty Host", "GET /health/live HTTP/1.1\nHost:\n\n", "400", CLOSED);
        row("a path in the Host", "GET /health/live HTTP/1.1\nHost: a/v1/keys\n\n", "400", CLOSED);
        row("a question mark in the Host", "GET /health/live HTTP/1.1\nHost: a?b\n\n", "400", CLOSED);
        row("a user in the Host", "GET /health/live HTTP/1.1\nHost: u@a\n\n", "400", CLOSED);
        row("a port of words", "GET /health/live HTTP/1.1\nHost: a:b\n\n", "400", CLOSED);
        row("absolute form for another host", "GET http://b/health/live HTTP/1.1\nHost: a\n\n", "400", CLOSED);

        // Targets
        row("CONNECT", "CONNECT a:443 HTTP/1.1\nHost: a:443\n\n", "400", CLOSED);
        row("asterisk", "OPTIONS * HTTP/1.1\nHost: a\n\n", "400", CLOSED);
        row("no slash", get("health/live"), "400", CLOSED);
        row("another scheme", get("file:///etc/passwd"), "400", CLOSED);
        row("dot segments", get("/v1/../health/live"), "400", CLOSED);
        row("escaped dot segments", get("/v1/%2e%2E/health/live"), "400", CLOSED);
        row("half-escaped dot segments", get("/v1/.%2e/health/live"), "400", CLOSED);
        row("a single dot", get("/./health/live"), "400", CLOSED);
        row("dots at the end", get("/health/live/.."), "400", CLOSED);
        row("an escaped slash", get("/v1%2fkeys%2Fx"), "400", CLOSED);
        row("an escaped backslash", get("/v1%5ckeys"), "400", CLOSED);
        row("a backslash", get("/v1\\keys"), "400", CLOSED);
        row("a path parameter", get("/v1/models;x=1"), "400", CLOSED);
        row("an escaped NUL", get("/health/live%00"), "400", CLOSED);
        row("an escaped line break", get("/health/live%0d%0aX:y"), "400", CLOSED);
        row("a broken escape", get("/health/%zz"), "400", CLOSED);
        row("half an escape", get("/health/%4"), "400", CLOSED);
        row("escapes that are not UTF-8", get("/v1/model/a/%c0%af"), "400", CLOSED);
        row("a fragment", get("/health/live#x"), "400", CLOSED);
        row("a broken escape in the query", get("/health/live?a=%g1"), "400", CLOSED);
        row("NUL in the query", get("/health/live?a=%00"), "400", CLOSED);
        row("doubled slashes", get("//health///live"), "200", KEPT);
        row("a trailing slash", get("/health/live/"), "200", KEPT);
        row("an escaped letter", get("/health/%6Cive"), "200", KEPT);
        row("an escaped colon in a parameter", get("/v1/model/openai/gpt-4%3Afree"), "200", KEPT);
        row("an escaped slash in a parameter", get("/v1/model/openai/gpt-4%2ffree"), "400", CLOSED);
        row("101 query parameters", get("/health/live?" + "a&".repeat(101)), "400", CLOSED);

        // Refusals that are not about framing
        row("unknown path", get("/nothing"), "404", KEPT);
        row(
                "unknown path with a small body",
                "POST /nothing HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
                "404",
                KEPT);
        row(
                "unknown path with chunks",
                "POST /nothing HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n",
                "404",
                CLOSED);
        row("wrong method", "DELETE /echo HTTP/1.1\nHost: a\n\n", "405", KEPT);
        row("a method nobody knows", "BREW /echo HTTP/1.1\nHost: a\n\n", "405", KEPT);
        row("no key", "POST /v1/chat/completions HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello", "401", KEPT);
        row(
                "no key, then a smuggled body",
                "POST /v1/chat/completions HTTP/1.1\nHost: a\nContent-Length: 36\n\n" + SMUGGLED,
                "401",
                KEPT);
        row("a compressed body", post("Content-Encoding: gzip\nContent-Length: 5\n", "hello"), "415", KEPT);
        row(
                "two codings",
                post("Content-Encoding: identity\nContent-Encoding: gzip\nContent-Length: 5\n", "hello"),
                "415",
                KEPT);
        row("an unknown expectation", post("Expect: 200-ok\nContent-Length: 5\n", "hello"), "400", KEPT);
        row("a body over the limit", post("Content-Length: 100001\n", "x"), "413", CLOSED);
        row(
                "chunks over the limit",
                post("Transfer-Encoding: chunked\n", "186a1\n" + "x".repeat(100_001) + "\n0\n\n"),
                "413",
                CLOSED);
        row("413 with Expect", post("Content-Length: 100001\nExpect: 100-continue\n", ""), "413", CLOSED);
        row(
                "401 with Expect",
                "POST /v1/chat/completions HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 5\n\n",
                "401",
                CLOSED);
        row("good, then bad", GET + get("/..") + GET, "200 400", CLOSED);
    }

    @TestFactory
    List<DynamicTest> everyRow() {
        return ROWS.stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> check(row)))
                .toList();
    }

    @Test
    void theTableHoldsAtLeastEightyRows() {
        assertThat(ROWS).hasSizeGreaterThan(80);
        assertThat(ROWS.stream().map(Row::name)).doesNotHaveDuplicates();
    }

    private static void check(Row row) {
        try (RawConnection client = edge.connect()) {
            client.send(bytes(row.raw()));
            boolean head = row.raw().startsWith("HEAD ");
            for (String status : row.statuses().split(" ")) {
                RawConnection.Answer answer = client.read(!head);
                assertThat(answer.status()).isEqualTo(Integer.parseInt(status));
                assertThat(answer.header("X-Request-Id")).hasSize(36);
                if (answer.status() >= 400) {
                    assertThat(answer.body()).startsWith("{\"error\":{\"code\":" + status);
                }
            }
            if (row.after().equals(KEPT)) {
                assertThat(client.get("/health/live").body()).isEqualTo("ok");
            } else {
                assertThat(client.rest()).isEmpty();
            }
        }
    }

    private static String bytes(String raw) {
        return raw.replace("\n", "\r\n")
                .replace("{LF}", "\n")
                .replace("{CR}", "\r")
                .replace("{NUL}", "\0")
                .replace("{TAB}", "\t");
    }
}
