package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolFileTest {
    @TempDir
    private Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private SpoolFile open() throws IOException {
        return SpoolFile.open(folder, SpoolFile.SyncHook.NONE);
    }

    private static List<String> texts(List<byte[]> entries) {
        return entries.stream()
                .map(entry -> new String(entry, StandardCharsets.UTF_8))
                .toList();
    }

    /// Three frames: "a" and "bb", "ccc", "dddd".
    private byte[] written() throws IOException {
        try (SpoolFile file = open()) {
            file.append(List.of(bytes("a"), bytes("bb")));
            file.append(List.of(bytes("ccc")));
            file.append(List.of(bytes("dddd")));
        }
        return Files.readAllBytes(folder.resolve(SpoolFile.NAME));
    }

    @Test
    void keepsWhatWasAppendedUntilItIsCleared() throws IOException {
        written();
        try (SpoolFile file = open()) {
            assertThat(texts(file.entries())).containsExactly("a", "bb", "ccc", "dddd");
            file.append(List.of(bytes("e")));
        }
        try (SpoolFile file = open()) {
            assertThat(texts(file.entries())).endsWith("dddd", "e");
            file.clear();
            assertThat(file.size()).isZero();
        }
        try (SpoolFile file = open()) {
            assertThat(file.entries()).isEmpty();
        }
    }

    @Test
    void ignoresATornTailAtEveryLength() throws IOException {
        byte[] whole = written();
        int second = SpoolFile.frame(List.of(bytes("a"), bytes("bb"))).remaining();
        int third = second + SpoolFile.frame(List.of(bytes("ccc"))).remaining();
        for (int length = third + 1; length < whole.length; length++) {
            SpoolFile.Contents contents = SpoolFile.parse(ByteBuffer.wrap(Arrays.copyOf(whole, length)));
            assertThat(texts(contents.entries())).as("%d bytes", length).containsExactly("a", "bb", "ccc");
            assertThat(contents.torn()).isTrue();
            assertThat(contents.damaged()).isZero();
            assertThat(contents.good()).isEqualTo(third);
        }
        Files.write(folder.resolve(SpoolFile.NAME), Arrays.copyOf(whole, whole.length - 2));
        try (SpoolFile file = open()) {
            file.append(List.of(bytes("e")));
        }
        try (SpoolFile file = open()) {
            assertThat(texts(file.entries())).containsExactly("a", "bb", "ccc", "e");
        }
        assertThat(SpoolFile.damaged(folder)).isEmpty();
    }

    @Test
    void spaceThatWasNeverWrittenIsATornTail() throws IOException {
        byte[] whole = written();
        SpoolFile.Contents contents = SpoolFile.parse(ByteBuffer.wrap(Arrays.copyOf(whole, whole.length + 500)));
        assertThat(contents.entries()).hasSize(4);
        assertThat(contents.torn()).isTrue();
        assertThat(contents.damaged()).isZero();
    }

    @Test
    void anyFlippedBitLosesOneFrameAtMostAndIsNeverSilent() throws IOException {
        byte[] whole = written();
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            SpoolFile.Contents contents = SpoolFile.parse(ByteBuffer.wrap(flipped));
            assertThat(contents.damaged()).as("bit %d", bit).isOne();
            assertThat(contents.entries().size()).isBetween(2, 3);
        }
    }

    @Test
    void setsADamagedFileAsideAndUsesTheRest() throws IOException {
        byte[] whole = written();
        byte[] damaged = whole.clone();
        damaged[SpoolFile.frame(List.of(bytes("a"), bytes("bb"))).remaining() + 18] ^= 1;
        Files.write(folder.resolve(SpoolFile.NAME), damaged);
        try (SpoolFile file = open()) {
            assertThat(texts(file.entries())).containsExactly("a", "bb", "dddd");
        }
        assertThat(SpoolFile.damaged(folder)).hasSize(1);
        assertThat(SpoolFile.damaged(folder).getFirst()).hasBinaryContent(damaged);
        try (SpoolFile file = open()) {
            assertThat(texts(file.entries())).containsExactly("a", "bb", "dddd");
        }
        assertThat(SpoolFile.damaged(folder)).as("set aside once").hasSize(1);
    }
}
