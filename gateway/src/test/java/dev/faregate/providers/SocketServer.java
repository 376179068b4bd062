package dev.faregate.providers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A provider of a few lines on a real socket: each accepted connection runs the script on a thread of
/// its own, byte by byte as the test wants it.
final class SocketServer implements AutoCloseable {
    @FunctionalInterface
    interface Script {
        void run(Peer peer) throws Exception;
    }

    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final ServerSocket listener;

    SocketServer(ServerSocket listener, Script script) {
        this.listener = listener;
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    serve(listener.accept(), script);
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    static SocketServer start(Script script) throws IOException {
        return new SocketServer(new ServerSocket(0, 256, InetAddress.getLoopbackAddress()), script);
    }

    /// Answers every request on every connection with the same bytes.
    static SocketServer answering(String answer) throws IOException {
        return start(peer -> {
            while (peer.readRequest() != null) {
                peer.write(answer);
            }
        });
    }

    int port() {
        return listener.getLocalPort();
    }

    Target target() {
        return new Target(false, "127.0.0.1", port(), true);
    }

    private void serve(Socket socket, Script script) {
        int number = accepted.incrementAndGet();
        sockets.add(socket);
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        Thread.ofVirtual().start(() -> {
            try (socket) {
                script.run(new Peer(socket, number));
            } catch (Exception ended) {
                // The test looks at what the client saw.
            } finally {
                open.decrementAndGet();
            }
        });
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /// The server's end of one connection; `number` counts from 1.
    final class Peer {
        final Socket socket;
        final Socket raw;
        final int number;

        Peer(Socket socket, int number) {
            this(socket, socket, number);
        }

        private Peer(Socket socket, Socket raw, int number) {
            this.socket = socket;
            this.raw = raw;
            this.number = number;
        }

        /// The same connection with TLS in between.
        Peer over(Socket tls) {
            return new Peer(tls, raw, number);
        }

        void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        /// Reads one request with its body and remembers it; null at the end of the connection.
        @Nullable
        String readRequest() throws IOException {
            String head = readHead();
            if (head == null) {
                return null;
            }
            int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("\r\ncontent-length: ");
            int length = at < 0 ? 0 : Integer.parseInt(head.substring(at + 18, head.indexOf("\r\n", at + 2)));
            String request = head + new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
            requests.add(request);
            return request;
        }

        @Nullable
        String readHead() throws IOException {
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (true) {
                int b = in.read();
                if (b < 0) {
                    return null;
                }
                head.write(b);
                String text = head.toString(StandardCharsets.ISO_8859_1);
                if (text.endsWith("\r\n\r\n")) {
                    return text;
                }
            }
        }

        /// Ends the connection with a reset instead of a proper end.
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
