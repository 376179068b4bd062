package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A settlement as bytes, the way the spool keeps it: everything, its record included, so that another
/// life can post it. Big-endian; the first byte is the version of this format.
final class SettlementCodec {
    private static final int VERSION = 1;

    /// More claims or columns than this are not ours.
    private static final int MAX_COUNT = 10_000;

    private SettlementCodec() {}

    /// Throws `IllegalArgumentException` for a record with a value of a kind that no column has.
    static byte[] encode(Settlement settlement) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeByte(VERSION);
            out.writeLong(settlement.generation().getMostSignificantBits());
            out.writeLong(settlement.generation().getLeastSignificantBits());
            out.writeUTF(settlement.source().name());
            out.writeLong(settlement.realCost().nanos());
            out.writeInt(settlement.held().size());
            for (int i = 0; i < settlement.held().size(); i++) {
                out.writeLong(settlement.held().get(i).limitId());
                out.writeLong(settlement.held().get(i).amount().nanos());
                out.writeLong(settlement.charges().get(i).nanos());
            }
            out.writeInt(settlement.record().length);
            for (Object value : settlement.record()) {
                write(out, value);
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail like a disk", e);
        }
        return bytes.toByteArray();
    }

    /// Throws `IOException` when these are not the bytes of a settlement.
    static Settlement decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new IOException("a settlement of version " + version);
        }
        UUID generation = new UUID(in.readLong(), in.readLong());
        Settlement.Source source = source(in.readUTF());
        Usd realCost = Usd.ofNanos(in.readLong());
        int claims = count(in);
        List<Claim> held = new ArrayList<>(claims);
        List<Usd> charges = new ArrayList<>(claims);
        for (int i = 0; i < claims; i++) {
            held.add(claim(in.readLong(), in.readLong()));
            charges.add(Usd.ofNanos(in.readLong()));
        }
        @Nullable Object[] row = new Object[count(in)];
        for (int i = 0; i < row.length; i++) {
            row[i] = read(in);
        }
        return new Settlement(generation, held, charges, realCost, source, row);
    }

    private static Settlement.Source source(String name) throws IOException {
        for (Settlement.Source source : Settlement.Source.values()) {
            if (source.name().equals(name)) {
                return source;
            }
        }
        throw new IOException("no such source");
    }

    private static Claim claim(long limit, long nanos) throws IOException {
        if (nanos < 0) {
            throw new IOException("a negative claim");
        }
        return new Claim(limit, Usd.ofNanos(nanos));
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MAX_COUNT) {
            throw new IOException("an impossible count");
        }
        return count;
    }

    private static void write(DataOutputStream out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeByte('0');
            case String text -> {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                out.writeByte('s');
                out.writeInt(utf8.length);
                out.write(utf8);
            }
            case Long number -> {
                out.writeByte('l');
                out.writeLong(number);
            }
            case Integer number -> {
                out.writeByte('i');
                out.writeInt(number);
            }
            case Boolean flag -> {
                out.writeByte('b');
                out.writeBoolean(flag);
            }
            default -> throw new IllegalArgumentException("a record has no column of " + value.getClass());
        }
    }

    private static String text(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("an impossible length");
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static @Nullable Object read(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case '0' -> null;
            case 's' -> text(in);
            case 'l' -> in.readLong();
            case 'i' -> in.readInt();
            case 'b' -> in.readBoolean();
            default -> throw new IOException("a value of kind " + kind);
        };
    }
}
