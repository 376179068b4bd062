package dev.faregate.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The limit: an nginx that keeps connections alive on both sides and only forwards.
final class Nginx {
    static final String ABSENT = "SKIPPED: nginx is not installed (apt-get install nginx-light)";

    private static final Duration READY = Duration.ofSeconds(10);
    /// Debian puts it where an ordinary user's PATH does not look.
    private static final String SBIN = "/usr/sbin";

    private Nginx() {}

    static Optional<Path> find() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of(SBIN))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "nginx"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// Starts it with everything it writes inside `scratch`; returns once it accepts connections on
    /// `port`.
    static ChildProcess start(Path program, Path scratch, int port, int upstreamPort, int workers) {
        try {
            Files.createDirectories(scratch);
            Path file = scratch.resolve("nginx.conf");
            Files.writeString(file, config(scratch, port, upstreamPort, workers));
            ChildProcess nginx = ChildProcess.start(
                    "nginx",
                    scratch.resolve("nginx.log"),
                    Map.of(),
                    List.of(program.toString(), "-p", scratch.toString(), "-c", file.toString()));
            nginx.await(READY, () -> accepts(port));
            return nginx;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static String config(Path scratch, int port, int upstreamPort, int workers) {
        return """
                daemon off;
                worker_processes %1$d;
                pid %2$s/nginx.pid;
                error_log stderr warn;
                events {
                    worker_connections 8192;
                }
                http {
                    access_log off;
                    client_body_temp_path %2$s/body;
                    proxy_temp_path %2$s/proxy;
                    fastcgi_temp_path %2$s/fastcgi;
                    uwsgi_temp_path %2$s/uwsgi;
                    scgi_temp_path %2$s/scgi;
                    upstream mock {
                        server 127.0.0.1:%3$d;
                        keepalive 2048;
                        keepalive_requests 1000000000;
                        keepalive_timeout 1h;
                    }
                    server {
                        listen 127.0.0.1:%4$d backlog=4096;
                        keepalive_requests 1000000000;
                        keepalive_timeout 1h;
                        location / {
                            proxy_pass http://mock;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                            proxy_buffering off;
                        }
                    }
                }
                """.formatted(workers, scratch, upstreamPort, port);
    }
}
