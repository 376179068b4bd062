package dev.faregate.chaos;

import dev.faregate.Main;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One server in a process of its own, started as its users start it, behind its own bad network to the
/// database.
final class ChaosNode implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    final FaultProxy proxy;
    final String url;
    private final ChaosNetwork network;
    private final int number;
    private final ChaosNetwork.Place place;
    private final int port;
    private final Path folder;
    private final Map<String, String> variables;
    private Process process;
    private int machines;

    ChaosNode(
            ChaosNetwork network, int number, Path folder, int databasePort, String yaml, Map<String, String> variables)
            throws IOException {
        this.network = network;
        this.number = number;
        this.place = network.place(number);
        this.folder = Files.createDirectories(folder);
        this.variables = variables;
        proxy = new FaultProxy(network.host(), databasePort);
        port = freePort();
        url = "http://" + place.address().getHostAddress() + ":" + port;
        Files.writeString(folder.resolve("faregate.yaml"), yaml);
        process = start();
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>(place.prefix());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx384m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of("serve", "--host", place.address().getHostAddress(), "--port", Integer.toString(port)));
        command.addAll(List.of("--admin-port", "0", "--database"));
        command.add(ChaosDatabase.url(network.host().getHostAddress(), proxy.port()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().putAll(variables);
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("out.log").toFile()))
                .start();
    }

    void awaitReady() throws InterruptedException, IOException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!isReady()) {
            if (System.nanoTime() - end > 0 || !process.isAlive()) {
                throw new IllegalStateException(
                        "the server did not start: " + Files.readString(folder.resolve("out.log")));
            }
            Thread.sleep(100);
        }
    }

    private boolean isReady() throws InterruptedException {
        try {
            return HTTP.send(
                                    HttpRequest.newBuilder(URI.create(url + "/health/ready"))
                                            .timeout(Duration.ofSeconds(2))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /// kill -9, and the next life on the same data folder.
    void killAndRestart() throws IOException, InterruptedException {
        process.destroyForcibly().waitFor();
        process = start();
    }

    /// kill -9, and a new machine: another data folder and so another node.
    void loseMachine() throws IOException, InterruptedException {
        process.destroyForcibly().waitFor();
        Path data = folder.resolve("data");
        if (Files.exists(data)) {
            Files.move(data, folder.resolve("lost-" + ++machines));
        }
        process = start();
    }

    /// Stands still for a while, as under a debugger or a full machine, and goes on as if nothing had been.
    void pause(Duration time) throws IOException, InterruptedException {
        signal("STOP");
        try {
            Thread.sleep(time);
        } finally {
            signal("CONT");
        }
    }

    /// Falls off the network for a while, without a word to anybody.
    void pullCable(Duration time) throws IOException, InterruptedException {
        network.pull(number);
        try {
            Thread.sleep(time);
        } finally {
            network.plug(number);
        }
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /// Brings it back if it ended.
    void ensureRunning() throws IOException, InterruptedException {
        proxy.mode(FaultProxy.Mode.PASS);
        if (!process.isAlive()) {
            process = start();
        }
        awaitReady();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        proxy.close();
    }
}
