package dev.faregate.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The bad network of the chaos rig does what it says; otherwise the rig would show nothing.
class FaultProxyTest {
    private static final int SOON_MS = 300;

    private final AtomicInteger asked = new AtomicInteger();
    private ServerSocket echo;
    private FaultProxy proxy;

    @SuppressWarnings("NullAway") // set before each test
    FaultProxyTest() {}

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = new FaultProxy(InetAddress.getLoopbackAddress(), echo.getLocalPort());
        Thread.ofVirtual().start(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket client = echo.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void answer(Socket client) {
        try (client) {
            for (int read = client.getInputStream().read();
                    read >= 0;
                    read = client.getInputStream().read()) {
                asked.incrementAndGet();
                client.getOutputStream().write(read + 1);
            }
        } catch (IOException e) {
            // The proxy cut it.
            return;
        }
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static int ask(Socket socket) throws IOException {
        socket.getOutputStream().write(1);
        return socket.getInputStream().read();
    }

    @Test
    void passesBytesBothWays() throws IOException {
        try (Socket socket = open()) {
            assertThat(ask(socket)).isEqualTo(2);
        }
    }

    @Test
    void losesTheAnswerAndEndsTheConnectionAlthoughTheServerWasAsked() throws IOException {
        try (Socket socket = open()) {
            assertThat(ask(socket)).isEqualTo(2);
            proxy.mode(FaultProxy.Mode.LOSE_ANSWERS);
            assertThat(ask(socket)).as("end of the connection").isEqualTo(-1);
            assertThat(asked).hasValue(2);
        }
    }

    @Test
    void saysNothingInABlackHoleAndGoesOnAfterwards() throws IOException {
        try (Socket socket = open()) {
            assertThat(ask(socket)).isEqualTo(2);
            proxy.mode(FaultProxy.Mode.BLACK_HOLE);
            socket.setSoTimeout(SOON_MS);
            assertThatThrownBy(() -> ask(socket)).isInstanceOf(SocketTimeoutException.class);
            assertThat(asked).hasValue(1);
            proxy.mode(FaultProxy.Mode.PASS);
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(2);
        }
    }

    @Test
    void cutsWhatIsOpenAndRefusesWhatIsNew() throws IOException {
        try (Socket socket = open()) {
            assertThat(ask(socket)).isEqualTo(2);
            proxy.mode(FaultProxy.Mode.REFUSE);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket socket = open()) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            assertThat(e).as("refused at once").isNotNull();
        }
    }
}
