package dev.faregate.cli;

import dev.faregate.credits.Spool;
import dev.faregate.http.EdgeTls;
import dev.faregate.recorder.FlightRecorder;
import dev.faregate.server.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What `doctor` looks at, one answer each.
final class Checks {
    private static final int JAVA = 25;
    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    /// A certificate that is renewed by a machine is renewed earlier than this before it ends.
    private static final Duration RENEWAL = Duration.ofDays(7);

    enum Status {
        OK,
        WARN,
        FAIL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Finding(String check, Status status, String text) {}

    private Checks() {}

    static Finding java(Runtime.Version version) {
        return version.feature() == JAVA
                ? new Finding("java", Status.OK, "Java " + version + " in " + System.getProperty("java.home"))
                : new Finding("java", Status.FAIL, "Java " + version + "; Faregate needs Java " + JAVA + ".");
    }

    static Finding configuration(Config config) {
        if (!config.warnings().isEmpty()) {
            return new Finding("configuration", Status.WARN, String.join(" ", config.warnings()));
        }
        String file = Files.exists(config.file()) ? config.file().toString() : "no file; defaults and environment";
        return new Finding("configuration", Status.OK, file);
    }

    /// The folder, or the nearest one above it that exists, must be writable; what is in it is nobody else's
    /// business.
    static Finding dataFolder(Path data) {
        if (!Files.exists(data)) {
            Path above = data.toAbsolutePath().getParent();
            while (above != null && !Files.exists(above)) {
                above = above.getParent();
            }
            return above != null && Files.isDirectory(above) && Files.isWritable(above)
                    ? new Finding("data folder", Status.OK, data + " will be made at the first start")
                    : new Finding(
                            "data folder", Status.FAIL, data + " cannot be made: no permission in " + above + ".");
        }
        if (!Files.isDirectory(data) || !Files.isWritable(data)) {
            return new Finding("data folder", Status.FAIL, data + " is not a folder that can be written.");
        }
        return readableByOthers(data)
                ? new Finding("data folder", Status.WARN, data + " is open to other users; chmod 700 closes it.")
                : new Finding("data folder", Status.OK, data.toString());
    }

    static Finding masterKey(Path data) {
        Path file = data.resolve("master.key");
        if (!Files.exists(file)) {
            return new Finding("master key", Status.OK, "none yet");
        }
        return readableByOthers(file)
                ? new Finding("master key", Status.FAIL, file + " is readable by other users; chmod 600 closes it.")
                : new Finding("master key", Status.OK, file.toString());
    }

    /// The certificate that the listener shows: whether it can be used, and for how long.
    static Finding certificate(Config.Tls files, Instant now) {
        try {
            Instant end = EdgeTls.check(files.certificate(), files.key())
                    .getNotAfter()
                    .toInstant();
            Status status = end.isBefore(now) ? Status.FAIL : end.isBefore(now.plus(RENEWAL)) ? Status.WARN : Status.OK;
            return new Finding(
                    "certificate",
                    status,
                    files.certificate() + (status == Status.FAIL ? " ended at " : " ends at ") + end);
        } catch (IllegalArgumentException e) {
            return new Finding("certificate", Status.FAIL, files.certificate() + ": " + e.getMessage());
        }
    }

    /// Requests in flight: of the running server, or left by a crash.
    static Finding inFlight(Path data) {
        try {
            List<String> recorders = FlightRecorder.describe(data);
            boolean unreadable = recorders.stream().anyMatch(line -> line.contains("cannot be read"));
            return new Finding(
                    "in flight",
                    unreadable ? Status.WARN : Status.OK,
                    recorders.isEmpty() ? "nothing recorded" : String.join("; ", recorders));
        } catch (IOException e) {
            return new Finding("in flight", Status.WARN, "the flight recorders cannot be read: " + e.getMessage());
        }
    }

    /// Charges that wait for the database on this node's disk.
    static Finding spool(Path data) {
        try {
            Spool.Contents spool = Spool.look(data);
            if (spool.damaged() > 0) {
                return new Finding(
                        "spool",
                        Status.WARN,
                        spool.damaged() + " damaged in " + data + " (spool-damaged-N): charges in them were lost; "
                                + "compare them with the provider's bill, then remove them.");
            }
            return spool.settlements() == 0
                    ? new Finding("spool", Status.OK, "empty")
                    : new Finding(
                            "spool",
                            Status.WARN,
                            spool.settlements() + " charges (" + spool.bytes() + " bytes) wait for the database; the "
                                    + "server posts them when it is back, or at its next start.");
        } catch (IOException e) {
            return new Finding("spool", Status.FAIL, "the spool cannot be read: " + e.getMessage());
        }
    }

    static Finding port(String check, Config.Address address) {
        if (address.port() == 0) {
            return new Finding(check, Status.OK, "a free one");
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()));
            return new Finding(check, Status.OK, address.host() + ":" + address.port() + " is free");
        } catch (UnknownHostException e) {
            return new Finding(check, Status.FAIL, address.host() + " is not an address of this machine.");
        } catch (IOException e) {
            return new Finding(
                    check,
                    Status.WARN,
                    address.host() + ":" + address.port() + " cannot be listened on (" + e.getMessage()
                            + "); fine if the server is running.");
        }
    }

    /// False where the file system knows no such permissions.
    private static boolean readableByOthers(Path path) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
            return permissions.stream().anyMatch(OTHERS::contains);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
