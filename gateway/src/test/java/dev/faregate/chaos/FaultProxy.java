package dev.faregate.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A TCP proxy that breaks connections: what a bad network does, on any machine and without rights. One
/// virtual thread for each direction of a connection.
final class FaultProxy implements AutoCloseable {
    /// What happens to bytes.
    enum Mode {
        PASS,
        /// Nothing passes and nothing is said: a pulled cable.
        BLACK_HOLE,
        /// Requests pass, answers do not, and then the connection ends: an answer that was lost.
        LOSE_ANSWERS,
        /// Nobody listens.
        REFUSE
    }

    private static final int CONNECT_MS = 2_000;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Mode mode = Mode.PASS;

    /// Listens on an address of this machine and leads to a port on loopback.
    FaultProxy(InetAddress address, int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /// From now on; connections that stand are treated the same way.
    void mode(Mode next) {
        mode = next;
        if (next == Mode.REFUSE) {
            cut();
        }
    }

    /// Ends all connections, as a router that was restarted does.
    void cut() {
        open.forEach(FaultProxy::end);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (mode == Mode.REFUSE) {
                    end(client);
                } else {
                    Thread.ofVirtual().name("proxy-connect").start(() -> connect(client));
                }
            } catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        Socket upstream = new Socket();
        try {
            upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MS);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
        } catch (IOException e) {
            end(client);
            end(upstream);
            return;
        }
        open.add(client);
        open.add(upstream);
        Thread.ofVirtual().name("proxy-up").start(() -> copy(client, upstream, false));
        Thread.ofVirtual().name("proxy-down").start(() -> copy(upstream, client, true));
    }

    private void copy(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[16 * 1024];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                while (mode == Mode.BLACK_HOLE) {
                    Thread.sleep(LOOK_AGAIN);
                }
                if (answers && mode == Mode.LOSE_ANSWERS) {
                    return;
                }
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException e) {
            // Either side went; the other goes with it.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
            return;
        }
    }
}
