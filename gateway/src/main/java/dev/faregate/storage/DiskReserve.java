package dev.faregate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file of really written bytes in the data folder that is given up when the disk is full, so that what
/// is owed can still be posted, and made again when there is room. Until then nothing new should be taken
/// on. Safe to share between threads.
public final class DiskReserve implements AutoCloseable {
    public static final String FILE = "reserve";
    private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
    private static final int CHUNK = 1 << 20;
    private static final long LOOK_AGAIN_S = 2;

    private final Path file;
    private final long bytes;
    private final ScheduledExecutorService maker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("disk-reserve").daemon(true).factory());
    private volatile boolean spent;

    private DiskReserve(Path file, long bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /// A reserve of so many bytes in an existing folder; 0 is none. It is made in the background: a start
    /// need not wait for it.
    public static DiskReserve in(Path folder, long bytes) {
        DiskReserve reserve = new DiskReserve(folder.resolve(FILE), bytes);
        if (bytes > 0) {
            reserve.maker.scheduleWithFixedDelay(reserve::make, 0, LOOK_AGAIN_S, TimeUnit.SECONDS);
        }
        return reserve;
    }

    /// True from the moment the disk was full until there is a reserve again.
    public boolean isSpent() {
        return spent;
    }

    /// The disk is full: gives the reserve up. False when there was nothing to give.
    public synchronized boolean release() {
        if (!spent) {
            LOG.error("the disk is full; nothing new is admitted until there is room for {} bytes again", 2 * bytes);
        }
        spent = true;
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.error("the reserve {} cannot be released: {}", file, e.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        maker.shutdownNow();
    }

    /// Makes the file when it is missing and there is room for it twice over: what it leaves is for those
    /// who go on then.
    private synchronized void make() {
        try {
            if (Files.exists(file) && Files.size(file) == bytes) {
                spent = false;
                return;
            }
            if (Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace() < 2 * bytes) {
                if (!spent) {
                    LOG.warn("there is no room for a reserve of {} bytes in {}", bytes, file.getParent());
                    spent = true;
                }
                return;
            }
            write();
            if (spent) {
                LOG.info("there is room on the disk again");
            }
            spent = false;
        } catch (IOException e) {
            LOG.warn("the reserve {} cannot be made: {}", file, e.getMessage());
        }
    }

    private void write() throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer zeros = ByteBuffer.allocate(CHUNK);
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(CHUNK, bytes - at));
                at += channel.write(zeros, at);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }
}
