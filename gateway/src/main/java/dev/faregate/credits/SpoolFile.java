package dev.faregate.credits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// The spool's file: frames one after the other, each synced before anybody is told. A frame is a header
/// (magic, length of the payload, CRC-32C of the payload, CRC-32C of those twelve bytes; big-endian) and a
/// payload of entries, each with its length in front.
///
/// A frame that ends before its header says was torn by a crash before it was synced, so nobody was told
/// of it, and it is ignored. A frame that is whole and wrong was damaged later: the file is kept beside,
/// and its good frames are used. For one thread.
final class SpoolFile implements AutoCloseable {
    static final String NAME = "spool";
    static final String DAMAGED_PREFIX = "spool-damaged-";

    /// Called before each sync: the place to inject a failing disk into tests.
    interface SyncHook {
        SyncHook NONE = () -> {};

        void beforeSync() throws IOException;
    }

    /// The disk did not confirm a sync. It cannot be asked again: the kernel may have dropped the pages.
    static final class SyncFailed extends IOException {
        SyncFailed(IOException cause) {
            super("the spool cannot be synced: " + cause.getMessage(), cause);
        }
    }

    /// What a file holds. `good` bytes from its beginning are whole frames, unless some part is damaged.
    record Contents(List<byte[]> entries, long good, boolean torn, int damaged) {}

    private static final int MAGIC = 0x46_47_53_50; // "FGSP"
    private static final int HEADER = 16;

    private final SyncHook hook;
    private final FileChannel channel;
    private final List<byte[]> entries;
    private volatile long size;

    private SpoolFile(SyncHook hook, FileChannel channel, List<byte[]> entries) throws IOException {
        this.hook = hook;
        this.channel = channel;
        this.entries = entries;
        this.size = channel.size();
    }

    /// Opens or makes the spool of a data folder, and repairs it: a torn tail is cut off, a damaged file is
    /// copied to `spool-damaged-N` and its good entries written anew.
    static SpoolFile open(Path folder, SyncHook hook) throws IOException {
        Path file = folder.resolve(NAME);
        byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        Contents contents = parse(ByteBuffer.wrap(bytes));
        if (contents.damaged() > 0) {
            setAside(folder, file, contents.entries());
        }
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        SpoolFile spool = new SpoolFile(hook, channel, contents.entries());
        if (contents.damaged() == 0 && contents.torn()) {
            spool.cut(contents.good());
        }
        syncFolder(folder);
        return spool;
    }

    /// What was in the file when it was opened.
    List<byte[]> entries() {
        return entries;
    }

    long size() {
        return size;
    }

    /// Files that were set aside, for people to look at.
    static List<Path> damaged(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(DAMAGED_PREFIX))
                    .toList();
        }
    }

    /// Adds the entries as one frame; durable when this returns. When it throws, the file is as it was;
    /// after [SyncFailed] nothing may be appended any more.
    void append(List<byte[]> added) throws IOException {
        ByteBuffer frame = frame(added);
        try {
            long at = size;
            while (frame.hasRemaining()) {
                at += channel.write(frame, at);
            }
            sync();
            size = at;
        } catch (SyncFailed e) {
            throw e;
        } catch (IOException e) {
            // Most often the disk is full. Half a frame must not stand in front of the next one.
            channel.truncate(size);
            throw e;
        }
    }

    /// Forgets everything; durable when this returns.
    void clear() throws IOException {
        cut(0);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void cut(long length) throws IOException {
        channel.truncate(length);
        size = length;
        sync();
    }

    private void sync() throws SyncFailed {
        try {
            hook.beforeSync();
            channel.force(true);
        } catch (IOException e) {
            throw new SyncFailed(e);
        }
    }

    static ByteBuffer frame(List<byte[]> entries) {
        int length =
                entries.stream().mapToInt(entry -> Integer.BYTES + entry.length).sum();
        ByteBuffer frame = ByteBuffer.allocate(HEADER + length);
        frame.position(HEADER);
        for (byte[] entry : entries) {
            frame.putInt(entry.length).put(entry);
        }
        frame.putInt(0, MAGIC).putInt(4, length).putInt(8, crc(frame, HEADER, length));
        frame.putInt(12, crc(frame, 0, 12));
        return frame.flip();
    }

    /// Reads all frames of a file.
    static Contents parse(ByteBuffer file) {
        List<byte[]> entries = new ArrayList<>();
        int damaged = 0;
        int at = 0;
        while (at < file.limit()) {
            if (isFrame(file, at)) {
                at = read(file, at, entries);
                continue;
            }
            int next = nextFrame(file, at + 1);
            if (next < 0) {
                boolean torn = isTorn(file, at);
                return new Contents(entries, at, torn, torn ? damaged : damaged + 1);
            }
            damaged++;
            at = next;
        }
        return new Contents(entries, at, false, damaged);
    }

    private static int read(ByteBuffer file, int at, List<byte[]> entries) {
        int end = at + HEADER + file.getInt(at + 4);
        int from = at + HEADER;
        while (from < end) {
            byte[] entry = new byte[file.getInt(from)];
            file.get(from + Integer.BYTES, entry);
            entries.add(entry);
            from += Integer.BYTES + entry.length;
        }
        return end;
    }

    private static boolean isHeader(ByteBuffer file, int at) {
        return file.limit() - at >= HEADER
                && file.getInt(at) == MAGIC
                && file.getInt(at + 4) >= 0
                && file.getInt(at + 12) == crc(file, at, 12);
    }

    private static boolean isFrame(ByteBuffer file, int at) {
        return isHeader(file, at)
                && file.getInt(at + 4) <= file.limit() - at - HEADER
                && file.getInt(at + 8) == crc(file, at + HEADER, file.getInt(at + 4));
    }

    private static int nextFrame(ByteBuffer file, int from) {
        for (int at = from; at <= file.limit() - HEADER; at++) {
            if (isFrame(file, at)) {
                return at;
            }
        }
        return -1;
    }

    /// True when the rest is too short for what it says, or empty space that was never written.
    private static boolean isTorn(ByteBuffer file, int at) {
        if (file.limit() - at < HEADER || isHeader(file, at) && file.getInt(at + 4) > file.limit() - at - HEADER) {
            return true;
        }
        for (int i = at; i < file.limit(); i++) {
            if (file.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int crc(ByteBuffer bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(from, length));
        return (int) crc.getValue();
    }

    /// The damaged file is copied away and the good one put in its place in one step, so that a crash in
    /// between loses neither.
    private static void setAside(Path folder, Path file, List<byte[]> good) throws IOException {
        Path fresh = folder.resolve(NAME + ".new");
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer frame = good.isEmpty() ? ByteBuffer.allocate(0) : frame(good);
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
            channel.force(true);
        }
        int number = 1;
        while (Files.exists(folder.resolve(DAMAGED_PREFIX + number))) {
            number++;
        }
        Path kept = folder.resolve(DAMAGED_PREFIX + number);
        Files.copy(file, kept);
        try (FileChannel channel = FileChannel.open(kept, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncFolder(folder);
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
