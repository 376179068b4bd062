package dev.faregate.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// A client that sends exactly the bytes it is told to. Every read is limited in time.
final class RawConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 8_000;

    /// One whole answer. `body` is without its chunk framing.
    record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    private final Socket socket;
    private final InputStream in;

    RawConnection(int port) {
        this(port, 64 * 1024);
    }

    RawConnection(int port, int receiveBuffer) {
        try {
            socket = new Socket();
            socket.setReceiveBufferSize(receiveBuffer);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            in = socket.getInputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Socket socket() {
        return socket;
    }

    RawConnection send(String latin1) {
        return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawConnection send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer get(String path, String... headers) {
        return send("GET " + path + " HTTP/1.1\r\nHost: edge\r\n" + lines(headers) + "\r\n")
                .read();
    }

    Answer post(String path, String body, String... headers) {
        return send("POST " + path + " HTTP/1.1\r\nHost: edge\r\nContent-Length: " + body.length() + "\r\n"
                        + lines(headers) + "\r\n" + body)
                .read();
    }

    private static String lines(String... headers) {
        return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    }

    Answer read() {
        return read(true);
    }

    /// One answer; `withBody` false for the answer to a HEAD.
    Answer read(boolean withBody) {
        try {
            String statusLine = line();
            Map<String, String> headers = new TreeMap<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(": ");
                headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2));
            }
            int status = Integer.parseInt(statusLine.substring(9, 12));
            boolean bodiless = !withBody || status == 100 || status == 204;
            return new Answer(status, headers, bodiless ? "" : body(headers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String body(Map<String, String> headers) throws IOException {
        if (headers.containsKey("content-length")) {
            return text(in.readNBytes(Integer.parseInt(headers.get("content-length"))));
        }
        if (!headers.containsKey("transfer-encoding")) {
            return text(in.readAllBytes());
        }
        StringBuilder body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(line(), 16);
            String chunk = text(in.readNBytes(size));
            if (!line().isEmpty()) {
                throw new IOException("a chunk must end with CR LF");
            }
            if (size == 0) {
                return body.toString();
            }
            if (chunk.length() < size) {
                throw new IOException("cut inside a chunk");
            }
            body.append(chunk);
        }
    }

    /// A line up to CR LF; throws at the end of the connection.
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended" + (line.size() > 0 ? " inside " + line : ""));
            }
            line.write(c);
        }
        String text = text(line.toByteArray());
        if (!text.endsWith("\r")) {
            throw new IOException("a line must end with CR LF");
        }
        return text.substring(0, text.length() - 1);
    }

    String bytes(int count) throws IOException {
        return text(in.readNBytes(count));
    }

    /// Reads to the end of the connection, which may be a reset, and returns what came before it.
    String rest() {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException e) {
            return text(rest.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text(rest.toByteArray());
    }

    /// True when the other side ends by a reset rather than properly.
    boolean isReset() {
        try {
            in.transferTo(new ByteArrayOutputStream());
            return false;
        } catch (SocketException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int available() {
        try {
            return in.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
