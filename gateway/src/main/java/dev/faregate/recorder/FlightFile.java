package dev.faregate.recorder;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;

/// The file of a flight recorder: a head of 256 bytes, then slots. Every byte of it is written before it is
/// mapped, because a store into a hole of a file ends the process when the disk is full.
final class FlightFile {
    private static final int HEAD = 256;
    private static final int MAGIC = 0x46_47_46_52; // "FGFR"
    private static final int FORMAT = 1;
    private static final int CHUNK = 1 << 20;

    /// What the file of a life that is over says: its requests by generation, and how many slots cannot be
    /// read.
    record Former(Life life, Map<UUID, Slot.Used> slots, int torn) {}

    private FlightFile() {}

    /// Makes the file, durably. Throws when it exists.
    static void create(Path file, Life life, int slots) throws IOException {
        ByteBuffer head = ByteBuffer.wrap(head(life, slots));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (head.hasRemaining()) {
                channel.write(head);
            }
            ByteBuffer zeros = ByteBuffer.allocate(CHUNK);
            for (long left = (long) slots * SlotCodec.BYTES; left > 0; ) {
                zeros.clear().limit((int) Math.min(CHUNK, left));
                left -= channel.write(zeros);
            }
            channel.force(true);
        }
    }

    /// The slots of an existing file, for writing. They stay mapped for as long as anybody has them.
    static MemorySegment map(Path file, int slots) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, HEAD, (long) slots * SlotCodec.BYTES, Arena.ofAuto());
        }
    }

    /// Reads a file. Throws `IOException` when it is not a whole flight recorder.
    static Former read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < HEAD) {
            throw new IOException("no flight recorder");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, HEAD));
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, HEAD - Integer.BYTES);
        if (ByteBuffer.wrap(bytes).getInt(HEAD - Integer.BYTES) != (int) crc.getValue()
                || in.readInt() != MAGIC
                || in.readInt() != FORMAT) {
            throw new IOException("not a flight recorder of this version");
        }
        int count = in.readInt();
        Life life = new Life(in.readUTF(), in.readUTF(), in.readUTF(), in.readUTF(), "");
        if (bytes.length != HEAD + (long) count * SlotCodec.BYTES) {
            throw new IOException("a flight recorder of another length");
        }
        return slots(life, bytes, count);
    }

    /// The identity of a file on its disk, empty where there is none: unlike its name it is not copied.
    static String identity(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key == null ? "" : key.toString();
    }

    private static Former slots(Life life, byte[] bytes, int count) {
        // A copy, because a segment over the array itself is not aligned for whole words.
        MemorySegment slots = Arena.ofAuto().allocate(Math.max(1, (long) count * SlotCodec.BYTES), Long.BYTES);
        MemorySegment.copy(MemorySegment.ofArray(bytes), HEAD, slots, 0, (long) count * SlotCodec.BYTES);
        Map<UUID, Slot.Used> used = new HashMap<>();
        Set<UUID> twice = new HashSet<>();
        int torn = 0;
        for (int i = 0; i < count; i++) {
            switch (SlotCodec.read(slots, (long) i * SlotCodec.BYTES)) {
                case Slot.Free _ -> {}
                case Slot.Torn _ -> torn++;
                case Slot.Used slot -> {
                    if (used.put(slot.generation(), slot) != null) {
                        twice.add(slot.generation());
                    }
                }
            }
        }
        // Which of the two is true cannot be said.
        for (UUID generation : twice) {
            used.remove(generation);
            torn++;
        }
        return new Former(life, used, torn);
    }

    private static byte[] head(Life life, int slots) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(HEAD);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(FORMAT);
        out.writeInt(slots);
        out.writeUTF(life.boot());
        out.writeUTF(life.node());
        out.writeUTF(life.nonce());
        out.writeUTF(life.kernelBoot());
        byte[] head = java.util.Arrays.copyOf(bytes.toByteArray(), HEAD);
        CRC32C crc = new CRC32C();
        crc.update(head, 0, HEAD - Integer.BYTES);
        ByteBuffer.wrap(head).putInt(HEAD - Integer.BYTES, (int) crc.getValue());
        return head;
    }
}
