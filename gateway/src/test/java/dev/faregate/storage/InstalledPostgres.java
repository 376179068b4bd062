package dev.faregate.storage;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A server of the PostgreSQL that is installed on this machine, with its tools, in a folder of its own.
public final class InstalledPostgres implements AutoCloseable {
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    private static final long START_LIMIT_S = 30;
    private static final long TOOL_LIMIT_S = 60;

    private final Path programs;
    private final Path folder;
    private final int port;
    private final Process server;

    private InstalledPostgres(Path programs, Path folder, int port) throws IOException, InterruptedException {
        this.programs = programs;
        this.folder = folder;
        this.port = port;
        Path data = folder.resolve("postgresql");
        run(asNoRoot("initdb", "-D", data.toString(), "-U", "postgres", "-A", "trust", "--no-sync"));
        this.server = new ProcessBuilder(asNoRoot(
                        "postgres",
                        "-D",
                        data.toString(),
                        "-p",
                        Integer.toString(port),
                        "-h",
                        "127.0.0.1",
                        "-k",
                        folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log())
                .start();
        awaitReady();
    }

    /// The folder of the newest one that has what a server and a dump need, if there is any.
    public static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(INSTALLED)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(INSTALLED)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Stream.of("initdb", "postgres", "pg_isready", "pg_dump", "pg_restore", "createdb")
                            .allMatch(program -> Files.isExecutable(bin.resolve(program))))
                    .max(Comparator.naturalOrder());
        }
    }

    /// Starts one of these [#programs].
    public static InstalledPostgres start(Path programs, Path folder) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        return new InstalledPostgres(programs, folder, port);
    }

    /// Makes an empty database; its URL.
    public String create(String name) throws IOException, InterruptedException {
        tool("createdb", name);
        return "postgresql://postgres@127.0.0.1:" + port + "/" + name;
    }

    /// Runs a tool as an operator does, on this server.
    public void tool(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                programs.resolve(program).toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-U",
                "postgres"));
        command.addAll(List.of(arguments));
        run(command);
    }

    /// PostgreSQL refuses to run as root; in a user namespace of its own it does not see that it is.
    private List<String> asNoRoot(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private File log() {
        return folder.resolve("postgresql.log").toFile();
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log()))
                .start();
        if (!process.waitFor(TOOL_LIMIT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(command + " failed: " + Files.readString(log().toPath()));
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_LIMIT_S);
        while (true) {
            try {
                tool("pg_isready");
                return;
            } catch (IllegalStateException e) {
                if (System.nanoTime() > end || !server.isAlive()) {
                    server.destroyForcibly();
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    /// At once: nobody wants its data any more.
    @Override
    public void close() {
        server.descendants().forEach(ProcessHandle::destroyForcibly);
        server.destroyForcibly();
    }
}
