package dev.faregate.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// An HTTP/1.1 client without any cleverness: it sends the bytes it is given and says what came back. It
/// never retries, follows, pools or decompresses. Each call that reads ends within `timeout` or throws
/// `SocketTimeoutException`. For one thread at a time, except that [#close] and [#reset] may come from
/// another.
public final class RawClient implements AutoCloseable {
    /// The usual limit for one call.
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private static final int MAX_INFORMATIONAL = 100;
    private static final int MAX_HEAD_BYTES = 16 * 1024 * 1024;

    private static final Pattern REQUEST_LINE = Pattern.compile("([A-Z]+) (\\S+) HTTP/1\\.[01]\r\n");

    /// Requests remembered for the observer; more are not observed.
    private static final int MAX_ASKED = 1_000;

    /// Sees what comes back on a connection, beside whoever reads it. A request is known when [#send]
    /// was given its first line at the start of a call.
    public interface Observer {
        /// A whole answer, read by [#response].
        void answered(String method, String target, Response response);

        /// One event, read by the reader of [#events]; `head` is that of the answer.
        void event(String method, String target, Head head, String data);
    }

    private record Asked(String method, String target) {}

    private final Socket socket;
    private final TimedInput input;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private @Nullable Observer observer;
    private @Nullable Asked answering;

    private RawClient(Socket socket, Duration timeout) throws IOException {
        socket.setTcpNoDelay(true);
        this.socket = socket;
        this.input = new TimedInput(socket, timeout);
    }

    public static RawClient connect(String host, int port) throws IOException {
        return connect(host, port, DEFAULT_TIMEOUT);
    }

    public static RawClient connect(String host, int port, Duration timeout) throws IOException {
        return new RawClient(plain(host, port, timeout), timeout);
    }

    /// Connects with TLS, trusting `pem` and nothing else; the host name is checked.
    public static RawClient connectTls(String host, int port, String pem, Duration timeout) throws IOException {
        try {
            SSLSocket tls = (SSLSocket)
                    trusting(pem).getSocketFactory().createSocket(plain(host, port, timeout), host, port, true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            tls.startHandshake();
            return new RawClient(tls, timeout);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use the certificate", e);
        }
    }

    /// Tells `watching` of every answer from here on.
    public RawClient observedBy(Observer watching) {
        observer = watching;
        return this;
    }

    /// One head: the status line as it came, and its headers in order.
    public record Head(String statusLine, List<Header> headers) {
        public Head {
            headers = List.copyOf(headers);
        }

        /// The status, or -1 when the first line is no status line.
        public int status() {
            return statusLine.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")
                    ? Integer.parseInt(statusLine.substring(9, 12))
                    : -1;
        }

        /// The first header of this name, whatever its case.
        public Optional<String> header(String name) {
            return headers(name).stream().findFirst();
        }

        public List<String> headers(String name) {
            return headers.stream()
                    .filter(header -> header.name().equalsIgnoreCase(name))
                    .map(Header::value)
                    .toList();
        }
    }

    /// How a body ended.
    public enum Ending {
        /// Where its framing said.
        COMPLETE,
        /// The peer closed before that.
        CUT,
        /// The peer reset the connection before that.
        RESET
    }

    /// A whole answer; `informational` holds the 1xx heads before it.
    @SuppressWarnings("ArrayRecordComponent") // the raw bytes are the point
    public record Response(List<Head> informational, Head head, byte[] body, Ending ending) {
        public int status() {
            return head.status();
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    // Sending.

    /// Sends text as it is (ISO-8859-1).
    public RawClient send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        if (observer != null && asked.size() < MAX_ASKED) {
            Matcher line = REQUEST_LINE.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
            if (line.lookingAt()) {
                asked.add(new Asked(line.group(1), line.group(2)));
            }
        }
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /// Sends `bytes` in several writes, cut at the given offsets, with `delay` between them.
    public RawClient sendSplit(byte[] bytes, Duration delay, int... offsets) throws IOException, InterruptedException {
        int from = 0;
        for (int offset : offsets) {
            socket.getOutputStream().write(bytes, from, offset - from);
            socket.getOutputStream().flush();
            Thread.sleep(delay);
            from = offset;
        }
        socket.getOutputStream().write(bytes, from, bytes.length - from);
        socket.getOutputStream().flush();
        return this;
    }

    /// A POST with a JSON body and the given further headers.
    public RawClient post(String path, String json, Header... headers) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nhost: localhost\r\n");
        head.append("content-type: application/json\r\ncontent-length: " + body.length + "\r\n");
        for (Header header : headers) {
            head.append(header.name() + ": " + header.value() + "\r\n");
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        all.writeBytes(body);
        return send(all.toByteArray());
    }

    public RawClient get(String path, Header... headers) throws IOException {
        StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nhost: localhost\r\n");
        for (Header header : headers) {
            head.append(header.name() + ": " + header.value() + "\r\n");
        }
        return send(head.append("\r\n").toString());
    }

    // Reading.

    /// Reads one answer with all of its body, after any 1xx answers.
    public Response response() throws IOException {
        List<Head> informational = new ArrayList<>();
        Head head = head();
        while (head.status() >= 100 && head.status() < 200 && head.status() != 101) {
            if (informational.size() == MAX_INFORMATIONAL) {
                throw new IOException("more than " + MAX_INFORMATIONAL + " informational answers");
            }
            informational.add(head);
            head = head();
        }
        BodyReader body = body(head);
        byte[] bytes = body.readAll();
        Response response = new Response(informational, head, bytes, body.ending());
        if (observer != null && answering != null) {
            observer.answered(answering.method(), answering.target(), response);
        }
        return response;
    }

    /// Reads one head, be it informational. Throws `EOFException` when the peer closes before its end, a
    /// `SocketException` when it resets.
    public Head head() throws IOException {
        input.begin();
        String statusLine = line();
        List<Header> headers = new ArrayList<>();
        int bytes = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            bytes += line.length();
            if (bytes > MAX_HEAD_BYTES) {
                throw new IOException("a head of more than " + MAX_HEAD_BYTES + " bytes");
            }
            int colon = line.indexOf(':');
            headers.add(
                    colon < 0
                            ? new Header(line, "")
                            : new Header(
                                    line.substring(0, colon),
                                    line.substring(colon + 1).strip()));
        }
        Head head = new Head(statusLine, headers);
        if (head.status() >= 200) {
            answering = asked.poll();
        }
        return head;
    }

    /// The body that follows `head`, framed as it says.
    public BodyReader body(Head head) {
        int status = head.status();
        String coding = head.header("transfer-encoding").orElse("").toLowerCase(Locale.ROOT);
        Optional<String> length = head.header("content-length");
        if (status == 204 || status == 304 || (status >= 100 && status < 200)) {
            return BodyReader.ofLength(input, 0);
        }
        if (coding.equals("chunked")) {
            return BodyReader.chunked(input);
        }
        return length.isPresent() ? BodyReader.ofLength(input, Long.parseLong(length.get())) : BodyReader.toEnd(input);
    }

    /// The server-sent events in the body that follows `head`.
    public EventReader events(Head head) {
        Observer watching = observer;
        Asked request = answering;
        return watching == null || request == null
                ? new EventReader(body(head), _ -> {})
                : new EventReader(body(head), data -> watching.event(request.method(), request.target(), head, data));
    }

    /// Whatever comes until the peer closes or resets, as ISO-8859-1.
    public String rest() throws IOException {
        return new String(BodyReader.toEnd(input).readAll(), StandardCharsets.ISO_8859_1);
    }

    /// Waits for the peer to close or reset; true if it did before sending another byte within `limit`.
    public boolean isClosedWithin(Duration limit) throws IOException {
        return input.isClosedWithin(limit);
    }

    // Leaving.

    /// Says that nothing more will be sent, and goes on reading.
    public void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /// Leaves with a TCP reset instead of a goodbye.
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        String line = input.line();
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private static Socket plain(String host, int port, Duration timeout) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(host, port), Math.toIntExact(timeout.toMillis()));
        return socket;
    }

    private static SSLContext trusting(String pem) throws GeneralSecurityException {
        return SelfSigned.trusting(CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))));
    }
}
