package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Addresses as users may set them, in every spelling that has led a server into its own network: none
/// leads there (reliability check 26). What is sent goes through the same call as webhooks and
/// connection tests.
class EgressCorpusTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// Inside addresses and the names of things that answer there, to be spelled in several ways.
    private static final List<String> HOSTS = List.of(
            "127.0.0.1",
            "127.0.0.2",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "0.0.0.0.",
            "127.0.0.1.",
            "10.0.0.1",
            "10.1",
            "167772161",
            "0xa000001",
            "012.0.0.1",
            "172.16.0.1",
            "172.31.255.254",
            "2886729729",
            "192.168.0.1",
            "192.168.1",
            "3232235521",
            "0xc0a80001",
            "0300.0250.0.1",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0xa9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "100.100.100.200",
            "100.64.0.1",
            "168.63.129.16",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[::10.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:a00:1::1]",
            "[2002:a9fe:a9fe::]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fe80::a9fe:a9fe]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[2001:db8::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "inside.test",
            "metadata.test",
            "mixed.test",
            "sixth.test",
            "mapped.test");

    private static Stream<String> corpus() {
        List<String> urls = new ArrayList<>();
        for (String host : HOSTS) {
            urls.add("http://" + host + "/latest/meta-data/");
            urls.add("https://" + host + "/hook");
        }
        // Other ports, other schemes, and URLs that are read in two ways.
        urls.addAll(List.of(
                "http://127.0.0.1:22/",
                "http://127.0.0.1:6379/",
                "http://[::1]:5432/",
                "http://inside.test:4318/v1/traces",
                "https://outside.test:8443/",
                "https://outside.test:25/",
                "http://outside.test:65535/",
                "http://user@127.0.0.1/",
                "http://outside.test@127.0.0.1/",
                "http://127.0.0.1@outside.test:6379/",
                "http://127.0.0.1#@outside.test/",
                "http://outside.test:80@127.0.0.1/",
                "http://127.0.0.1%2f@outside.test/",
                "http://①②⑦.⓪.⓪.①/",
                "http://127。0。0。1/",
                "http://ⓛocalhost/",
                "http://localhost%00.outside.test/",
                "http:///127.0.0.1/",
                "http:127.0.0.1/",
                "http:\\\\127.0.0.1\\",
                "http://[::1%25lo]/",
                "http://[::1/",
                "http://127.0.0.1:99999/",
                "http://127.0.0.1:0/",
                "file:///etc/passwd",
                "ftp://127.0.0.1/",
                "gopher://127.0.0.1:6379/_INFO",
                "dict://127.0.0.1:11211/stat",
                "jar:http://127.0.0.1!/",
                "unix:/var/run/docker.sock",
                "javascript:alert(1)",
                "//127.0.0.1/",
                "127.0.0.1",
                ""));
        return urls.stream();
    }

    private static InetAddress[] lookUp(String host) throws UnknownHostException {
        return switch (host.endsWith(".") ? host.substring(0, host.length() - 1) : host) {
            case "localhost", "inside.test" -> addresses("127.0.0.1");
            case "metadata.test" -> addresses("169.254.169.254");
            case "mixed.test" -> addresses("93.184.216.34", "10.0.0.1");
            case "sixth.test" -> addresses("fd00:ec2::254");
            case "mapped.test" -> addresses("64:ff9b::127.0.0.1");
            case "outside.test" -> addresses("93.184.216.34");
            default -> {
                if (host.matches("[0-9a-fx.]+")) {
                    // Odd spellings of numbers: the machine's own resolver says what they are, without asking anybody.
                    yield InetAddress.getAllByName(host);
                }
                throw new UnknownHostException(host);
            }
        };
    }

    private static InetAddress[] addresses(String... literals) throws UnknownHostException {
        InetAddress[] found = new InetAddress[literals.length];
        for (int i = 0; i < literals.length; i++) {
            found[i] = InetAddress.getByName(literals[i]);
        }
        return found;
    }

    private static UpstreamClient client(Resolver.Lookup lookup) {
        return new UpstreamClient(
                UpstreamSettings.DEFAULTS,
                new SocketDialer(
                        UpstreamSettings.DEFAULTS,
                        new EgressGuard(Set.of()),
                        lookup,
                        Tls.bestProvider(),
                        ByteBufAllocator.DEFAULT,
                        Executors.newVirtualThreadPerTaskExecutor()));
    }

    @Test
    void noSpellingLeadsInside() {
        assertThat(corpus().count()).isGreaterThanOrEqualTo(120);
        try (UpstreamClient client = client(EgressCorpusTest::lookUp);
                Outbound outbound = new Outbound(client)) {
            corpus().forEach(url -> assertThat(outcome(outbound, url)).as(url).isIn("no URL", "refused"));
        }
    }

    /// The same for documents that are read, such as those by which OAuth clients describe themselves.
    @Test
    void noDocumentIsReadFromInside() {
        try (UpstreamClient client = client(EgressCorpusTest::lookUp);
                Outbound outbound = new Outbound(client)) {
            corpus().forEach(url -> assertThat(fetched(outbound, url)).as(url).isIn("no URL", "refused"));
        }
    }

    private static String fetched(Outbound outbound, String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return "no URL";
        }
        return switch (outbound.fetch(uri, 1_000, TIMEOUT)) {
            case Outbound.Fetched.Failed(Kind kind, String _) ->
                switch (kind) {
                    case EGRESS_REFUSED, DNS, INTERNAL -> "refused";
                    default -> "tried: " + kind;
                };
            case Outbound.Fetched.Document document -> "answered " + document.status();
        };
    }

    /// How it ended without a connection: anything else is a hole.
    private static String outcome(Outbound outbound, String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return "no URL";
        }
        return switch (outbound.send("POST", uri, Map.of(), new byte[0], TIMEOUT)) {
            case Outbound.Result.Failed(Kind kind, String _) ->
                switch (kind) {
                    case EGRESS_REFUSED, DNS, INTERNAL -> "refused";
                    default -> "tried: " + kind;
                };
            case Outbound.Result.Answered(int status, String _) -> "answered " + status;
        };
    }

    /// A name server that changes its mind: each answer is judged as it comes, and no second one is
    /// asked for.
    @Test
    void aNameThatIsBoundAnewGainsNothing() {
        AtomicInteger asked = new AtomicInteger();
        List<String> answers = List.of("127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00::1");
        try (UpstreamClient client = client(_ -> addresses(answers.get(asked.getAndIncrement() % answers.size())));
                Outbound outbound = new Outbound(client)) {
            for (int i = 0; i < 20; i++) {
                assertThat(outcome(outbound, "http://rebind.test/")).isEqualTo("refused");
            }
            assertThat(asked).as("one look-up for each call").hasValue(20);
        }
    }

    @Test
    void aRedirectIsAnAnswerAndIsNotFollowed() throws Exception {
        try (SocketServer inside = SocketServer.answering(UpstreamRig.OK);
                SocketServer outside = SocketServer.answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:"
                        + inside.port() + "/\r\nContent-Length: 0\r\n\r\n");
                UpstreamClient client = client(EgressCorpusTest::lookUp);
                Outbound outbound = new Outbound(client)) {
            assertThat(outbound.get(
                            URI.create("http://127.0.0.1:" + outside.port() + "/models"),
                            true,
                            RequestHeaders.NONE,
                            TIMEOUT))
                    .isEqualTo(new Outbound.Result.Answered(302, null));
            assertThat(inside.accepted).hasValue(0);
        }
    }
}
