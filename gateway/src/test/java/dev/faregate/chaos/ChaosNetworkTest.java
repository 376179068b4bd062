package dev.faregate.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A cable that is pulled carries nothing and says nothing; otherwise the rig would show nothing.
class ChaosNetworkTest {
    private static final int SOON_MS = 300;
    private static final int PATIENCE_MS = 20_000;

    @Test
    void carriesNothingWhileTheCableIsPulledAndGoesOnAfterwards() throws Exception {
        try (ChaosNetwork network = ChaosNetwork.open()) {
            assumeThat(network.hasCables()).as("network namespaces").isTrue();
            ChaosNetwork.Place place = network.place(0);
            try (ServerSocket server = new ServerSocket(0, 5, network.host())) {
                Process far = talker(place, server);
                try (Socket socket = server.accept()) {
                    socket.setSoTimeout(PATIENCE_MS);
                    assertThat(ask(socket)).isEqualTo('a');
                    network.pull(0);
                    socket.setSoTimeout(SOON_MS);
                    assertThatThrownBy(() -> ask(socket)).isInstanceOf(SocketTimeoutException.class);
                    network.plug(0);
                    socket.setSoTimeout(PATIENCE_MS);
                    assertThat(socket.getInputStream().read())
                            .as("the same connection")
                            .isEqualTo('a');
                } finally {
                    far.destroyForcibly();
                }
            }
        }
    }

    private static int ask(Socket socket) throws IOException {
        socket.getOutputStream().write('a');
        return socket.getInputStream().read();
    }

    /// A process in that place that connects to us and says again what it hears.
    private static Process talker(ChaosNetwork.Place place, ServerSocket server) throws IOException {
        List<String> command = new ArrayList<>(place.prefix());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Talker.class.getName(),
                server.getInetAddress().getHostAddress(),
                Integer.toString(server.getLocalPort())));
        return new ProcessBuilder(command).inheritIO().start();
    }

    static final class Talker {
        private Talker() {}

        public static void main(String[] args) throws IOException {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(args[0], Integer.parseInt(args[1])), PATIENCE_MS);
                socket.getInputStream().transferTo(socket.getOutputStream());
            }
        }
    }
}
