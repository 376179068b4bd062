package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
    private static final ControlSocket.Pace FAST =
            new ControlSocket.Pace(Duration.ofMillis(20), Duration.ofMillis(400));

    @TempDir
    private Path folder;

    private ControlSocket open(Function<String, byte[]> command) {
        return Objects.requireNonNull(ControlSocket.open(folder, Map.of("work", command), FAST));
    }

    private String ask() throws IOException {
        return new String(ControlSocket.ask(folder, "work on", FAST).orElseThrow(), StandardCharsets.UTF_8);
    }

    private static byte[] after(Duration time, String answer) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return answer.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void waitsForACommandThatTakesLongerThanAnySilence() throws IOException {
        Duration tooLong = FAST.silence().multipliedBy(4);
        try (ControlSocket _ = open(asked -> after(tooLong, "{\"did\":\"" + asked + "\"}"))) {
            assertThat(ask()).isEqualTo("{\"did\":\"on\"}");
        }
    }

    /// SQLite works in native code, where a virtual thread keeps one of few carriers for as long.
    @Test
    void aCommandKeepsNoVirtualThreadWaiting() throws IOException {
        try (ControlSocket _ =
                open(_ -> after(Duration.ZERO, "" + Thread.currentThread().isVirtual()))) {
            assertThat(ask()).isEqualTo("false");
        }
    }

    /// Whoever reads JSON need not know of signs of life.
    @Test
    void signsOfLifeAreWhiteSpaceBeforeTheAnswer() throws IOException {
        try (ControlSocket _ = open(_ -> after(FAST.beat().multipliedBy(10), "{\"did\":1}"));
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            channel.write(ByteBuffer.wrap("work\n".getBytes(StandardCharsets.UTF_8)));
            ByteBuffer read = ByteBuffer.allocate(1_000);
            while (channel.read(read) >= 0) {
                assertThat(read.hasRemaining()).isTrue();
            }
            String all = new String(read.array(), 0, read.position(), StandardCharsets.UTF_8);
            assertThat(all).startsWith(" ").endsWith("{\"did\":1}");
            assertThat(Json.readObject(all.getBytes(StandardCharsets.UTF_8))
                            .path("did")
                            .asInt())
                    .isOne();
        }
    }

    @Test
    void noticesAServerThatSaysNothingMore() throws Exception {
        try (ServerSocketChannel server = listening()) {
            CountDownLatch end = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> live(server, end));
            long began = System.nanoTime();
            assertThatThrownBy(this::ask).isInstanceOf(IOException.class).hasMessageContaining("no answer in time");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(FAST.silence());
            end.countDown();
        }
    }

    @Test
    void noticesAServerThatDiesAtWork() throws Exception {
        try (ServerSocketChannel server = listening()) {
            Thread.ofVirtual().start(() -> live(server, new CountDownLatch(0)));
            assertThatThrownBy(this::ask).isInstanceOf(IOException.class).hasMessage("no answer");
        }
    }

    @Test
    void aCommandGoesOnWithoutWhoeverAskedForIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        try (ControlSocket _ = open(_ -> {
            begun.countDown();
            await(left);
            byte[] answer = after(FAST.beat().multipliedBy(5), "{}");
            done.countDown();
            return answer;
        })) {
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
                channel.write(ByteBuffer.wrap("work\n".getBytes(StandardCharsets.UTF_8)));
                await(begun);
            }
            left.countDown();
            await(done);
            assertThat(ask()).isEqualTo("{}");
        }
    }

    private Path socket() {
        return folder.resolve(ControlSocket.FILE);
    }

    private ServerSocketChannel listening() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return server.bind(UnixDomainSocketAddress.of(socket()));
    }

    /// Takes a command, gives a few signs of life, and hangs up at `end`.
    private static void live(ServerSocketChannel server, CountDownLatch end) {
        try (SocketChannel channel = server.accept()) {
            assertThat(channel.read(ByteBuffer.allocate(100))).isPositive();
            for (int i = 0; i < 3; i++) {
                channel.write(ByteBuffer.wrap(new byte[] {' '}));
            }
            await(end);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
