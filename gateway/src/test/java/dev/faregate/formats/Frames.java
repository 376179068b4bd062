package dev.faregate.formats;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Frames of Amazon's event streams, good ones and such as can be broken.
final class Frames {
    private Frames() {}

    static byte[] event(String type, String payload) {
        return frame(headers(":event-type", type, ":message-type", "event"), payload);
    }

    /// Names and texts of headers by turns.
    static byte[] headers(String... texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < texts.length; i += 2) {
            out.write(texts[i].length());
            out.writeBytes(texts[i].getBytes(StandardCharsets.UTF_8));
            out.write(7);
            byte[] value = texts[i + 1].getBytes(StandardCharsets.UTF_8);
            out.write(value.length >> 8);
            out.write(value.length);
            out.writeBytes(value);
        }
        return out.toByteArray();
    }

    static byte[] frame(byte[] headers, String payload) {
        byte[] body = payload.getBytes(StandardCharsets.UTF_8);
        return sealed(headers.length + body.length + 16, headers.length, headers, body);
    }

    /// With right checksums, whatever the lengths say.
    static byte[] sealed(int total, int headerBytes, byte[] headers, byte[] body) {
        ByteBuffer frame = ByteBuffer.allocate(headers.length + body.length + 16);
        frame.putInt(total).putInt(headerBytes);
        frame.putInt(checksum(frame)).put(headers).put(body);
        return frame.putInt(checksum(frame)).array();
    }

    private static int checksum(ByteBuffer written) {
        CRC32 crc = new CRC32();
        crc.update(written.array(), 0, written.position());
        return (int) crc.getValue();
    }
}
