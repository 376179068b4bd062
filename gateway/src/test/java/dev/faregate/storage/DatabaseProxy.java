package dev.faregate.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// A stretch of network before a PostgreSQL server that can be cut, and that can lose the answers to ledger
/// batches after the server has committed them.
public final class DatabaseProxy implements AutoCloseable {
    private static final byte[] BATCH = "fg_batch".getBytes(StandardCharsets.US_ASCII);

    /// How the server says that a statement is over and its transaction too.
    private static final byte[] READY = {'Z', 0, 0, 0, 5, 'I'};

    private final URI target;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile boolean cut;
    private volatile double loss;

    public DatabaseProxy(String url) {
        try {
            target = URI.create(url);
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /// The URL of the same database through this proxy.
    public String url() {
        return target.toString().replace(":" + target.getPort() + "/", ":" + server.getLocalPort() + "/");
    }

    /// Ends every connection and lets no new one through.
    public void cut() {
        cut = true;
        open.forEach(DatabaseProxy::close);
    }

    public void restore() {
        cut = false;
    }

    /// Loses this share of the answers to committed batches, and the connection with each.
    public void loseAnswers(double share) {
        loss = share;
    }

    /// Answers lost so far.
    public int lost() {
        return lost.get();
    }

    @Override
    public void close() {
        cut();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (cut) {
                    close(client);
                } else {
                    Thread.ofVirtual().start(() -> join(client));
                }
            } catch (IOException e) {
                // Closed, or one connection that did not come to be.
                continue;
            }
        }
    }

    private void join(Socket client) {
        try (client;
                Socket to = new Socket(target.getHost(), target.getPort())) {
            client.setTcpNoDelay(true);
            to.setTcpNoDelay(true);
            open.add(client);
            open.add(to);
            Link link = new Link(client, to);
            Thread back = Thread.ofVirtual().start(link::answers);
            link.requests();
            back.join();
        } catch (IOException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(client);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One connection, both ways.
    private final class Link {
        private final Socket client;
        private final Socket to;
        private boolean ledger;
        private volatile boolean losing;

        Link(Socket client, Socket to) {
            this.client = client;
            this.to = to;
        }

        void requests() {
            byte[] buffer = new byte[64 * 1024];
            try {
                InputStream in = client.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    ledger |= contains(buffer, n, BATCH);
                    if (ledger && ThreadLocalRandom.current().nextDouble() < loss) {
                        losing = true;
                    }
                    out.write(buffer, 0, n);
                }
            } catch (IOException e) {
                // The other side is gone.
            } finally {
                end();
            }
        }

        void answers() {
            byte[] buffer = new byte[64 * 1024];
            try {
                InputStream in = to.getInputStream();
                OutputStream out = client.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (!losing) {
                        out.write(buffer, 0, n);
                    } else if (endsWith(buffer, n, READY)) {
                        lost.incrementAndGet();
                        return;
                    }
                }
            } catch (IOException e) {
                // The other side is gone.
            } finally {
                end();
            }
        }

        private void end() {
            DatabaseProxy.close(client);
            DatabaseProxy.close(to);
            open.remove(client);
            open.remove(to);
        }
    }

    private static boolean contains(byte[] in, int length, byte[] what) {
        for (int i = 0; i + what.length <= length; i++) {
            if (matches(in, i, what)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsWith(byte[] in, int length, byte[] what) {
        return length >= what.length && matches(in, length - what.length, what);
    }

    private static boolean matches(byte[] in, int at, byte[] what) {
        for (int i = 0; i < what.length; i++) {
            if (in[at + i] != what[i]) {
                return false;
            }
        }
        return true;
    }
}
