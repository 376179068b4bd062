package dev.faregate.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where commands of this machine reach the running server: a Unix socket in the data folder that only
/// the owner can open. One line asks (the name of a command, and after a space what it is to do), one
/// JSON document answers, then the connection ends. A command may take as long as it needs: white space before
/// the document says that it is still at work.
public final class ControlSocket implements AutoCloseable {
    public static final String FILE = "faregate.sock";

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    private static final int MAX_LINE = 64 * 1_024;
    private static final int MAX_ANSWER = 64 * 1024 * 1024;
    private static final int MAX_CONNECTIONS = 4;

    /// How long a connection may take to ask.
    private static final Duration ASK_LIMIT = Duration.ofSeconds(5);

    /// How long whoever asked may take to read the answer.
    private static final Duration TELL_LIMIT = Duration.ofMinutes(10);

    /// How often a server gives a sign of life while a command works, and how long there may be none.
    record Pace(Duration beat, Duration silence) {
        static final Pace DEFAULT = new Pace(Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    private static final byte[] SIGN_OF_LIFE = {' '};

    private static final String UNKNOWN = "{\"error\":\"There is no such command.\"}";
    private static final String FAILED = "{\"error\":\"The server could not do it; its log says why.\"}";

    private final ServerSocketChannel server;
    private final Path file;
    private final Map<String, Function<String, byte[]>> commands;
    private final Pace pace;
    private final Semaphore free = new Semaphore(MAX_CONNECTIONS);

    private ControlSocket(
            ServerSocketChannel server, Path file, Map<String, Function<String, byte[]>> commands, Pace pace) {
        this.server = server;
        this.file = file;
        this.commands = commands;
        this.pace = pace;
    }

    /// Listens in the folder, or returns null, with a warning, where that is not possible (no such sockets
    /// here, a path of more than about 100 bytes, another server in the same folder): the server runs
    /// without it.
    public static @Nullable ControlSocket open(Path folder, Map<String, Function<String, byte[]>> commands) {
        return open(folder, commands, Pace.DEFAULT);
    }

    static @Nullable ControlSocket open(Path folder, Map<String, Function<String, byte[]>> commands, Pace pace) {
        Path file = folder.resolve(FILE);
        try {
            if (isAnswering(file)) {
                LOG.warn("Another server listens on {}; commands of this machine reach that one", file);
                return null;
            }
            Files.deleteIfExists(file);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(file));
            // The folder is the owner's alone already; this is the second lock.
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            ControlSocket socket = new ControlSocket(server, file, commands, pace);
            Thread.ofVirtual().name("control-socket").start(socket::accept);
            return socket;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("No socket for commands of this machine at {}: {}", file, e.getMessage());
            return null;
        }
    }

    /// Asks the server of a data folder, and waits for as long as that is at work; empty when none listens there.
    /// Throws `IOException` when it hangs up without an answer, or gives no sign of life for a minute.
    public static Optional<byte[]> ask(Path folder, String command) throws IOException {
        return ask(folder, command, Pace.DEFAULT);
    }

    static Optional<byte[]> ask(Path folder, String command, Pace pace) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            try {
                channel.connect(UnixDomainSocketAddress.of(file));
            } catch (IOException e) {
                return Optional.empty();
            }
            AtomicLong heard = new AtomicLong();
            CountDownLatch done = closeAfter(channel, pace.silence(), heard::get);
            try {
                write(channel, (command + "\n").getBytes(StandardCharsets.UTF_8));
                byte[] answer = read(channel, MAX_ANSWER, false, heard);
                if (answer.length == 0) {
                    throw new IOException("no answer");
                }
                return Optional.of(answer);
            } finally {
                done.countDown();
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The next start removes what is left of it.
            LOG.debug("closing {} failed", file, e);
        }
    }

    private static boolean isAnswering(Path file) {
        if (!Files.exists(file)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(file));
        } catch (IOException e) {
            return false;
        }
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                if (free.tryAcquire()) {
                    // Not a virtual one: SQLite copies for minutes in native code, and keeps its carrier from all
                    // others.
                    Thread.ofPlatform().daemon().name("control").start(() -> serve(channel));
                } else {
                    channel.close();
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("The socket for commands of this machine failed: {}", e.getMessage());
                return;
            }
        }
    }

    private void serve(SocketChannel channel) {
        CountDownLatch asked = closeAfter(channel, ASK_LIMIT, () -> 0);
        try (channel) {
            String line = new String(read(channel, MAX_LINE, true, new AtomicLong()), StandardCharsets.UTF_8).strip();
            asked.countDown();
            byte[] answer = working(channel, line);
            CountDownLatch told = closeAfter(channel, TELL_LIMIT, () -> 0);
            try {
                write(channel, answer);
            } finally {
                told.countDown();
            }
        } catch (IOException e) {
            LOG.debug("a command of this machine went away", e);
        } finally {
            asked.countDown();
            free.release();
        }
    }

    /// What the command answers; whoever waits for it hears meanwhile that somebody is there.
    private byte[] working(SocketChannel channel, String line) {
        CountDownLatch done = new CountDownLatch(1);
        Thread beats = Thread.ofPlatform().daemon().name("control-beat").start(() -> {
            try {
                while (!done.await(pace.beat().toMillis(), TimeUnit.MILLISECONDS)) {
                    write(channel, SIGN_OF_LIFE);
                }
            } catch (IOException e) {
                LOG.debug("whoever asked for a command does not wait for it", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            return answer(line);
        } finally {
            done.countDown();
            joined(beats);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private byte[] answer(String line) {
        int space = line.indexOf(' ');
        String name = space < 0 ? line : line.substring(0, space);
        Function<String, byte[]> command = commands.get(name);
        if (command == null) {
            return UNKNOWN.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return command.apply(space < 0 ? "" : line.substring(space + 1));
        } catch (RuntimeException e) {
            LOG.error("the command {} failed", name, e);
            return FAILED.getBytes(StandardCharsets.UTF_8);
        }
    }

    /// Blocking channels have no time limit of their own: one on which `progress` stood still for that long is cut,
    /// and before it did so twice.
    private static CountDownLatch closeAfter(SocketChannel channel, Duration limit, LongSupplier progress) {
        CountDownLatch done = new CountDownLatch(1);
        long start = progress.getAsLong();
        Thread.ofVirtual().name("control-limit").start(() -> {
            try {
                long before = start;
                while (!done.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    long now = progress.getAsLong();
                    if (now == before) {
                        channel.close();
                        return;
                    }
                    before = now;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                LOG.debug("cutting a slow command failed", e);
            }
        });
        return done;
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /// To the end of the line, or of the connection, without what signs of life come before it. `heard` counts the
    /// reads.
    private static byte[] read(SocketChannel channel, int most, boolean line, AtomicLong heard) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(8 * 1024);
        try {
            while (channel.read(buffer) >= 0) {
                heard.incrementAndGet();
                buffer.flip();
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (line && next == '\n') {
                        return read.toByteArray();
                    }
                    if (read.size() > 0 || next != SIGN_OF_LIFE[0]) {
                        read.write(next);
                    }
                }
                buffer.clear();
                if (read.size() > most) {
                    throw new IOException("too long");
                }
            }
        } catch (AsynchronousCloseException e) {
            throw new IOException("no answer in time", e);
        }
        return read.toByteArray();
    }
}
