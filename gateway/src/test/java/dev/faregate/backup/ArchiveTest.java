package dev.faregate.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.storage.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an archive gives back is what was put in, byte for byte, or a refusal.
class ArchiveTest {
    private static final int BYTES = 20_000;

    @TempDir
    Path folder = Path.of("");

    private byte[] database = new byte[0];
    private Path archive = Path.of("");
    private Manifest manifest = manifest(0, "");

    @BeforeEach
    void write() throws IOException {
        database = new byte[BYTES];
        new Random(40).nextBytes(database);
        Path file = Files.write(folder.resolve("database"), database);
        manifest = manifest(BYTES, Archive.sha256(file));
        archive = Files.createFile(folder.resolve("archive"));
        Archive.write(archive, manifest, file);
    }

    private static Manifest manifest(long bytes, String sha256) {
        Snapshot snapshot = new Snapshot(
                Instant.parse("2030-01-31T03:00:00Z"), "31", Map.of("posting", 3L), new Snapshot.Holds(0, 0));
        return new Manifest("development", snapshot, bytes, sha256);
    }

    /// What comes out of a file, by the way that a restore takes.
    private byte[] extracted(Path from) throws IOException {
        Path target = folder.resolve("extracted");
        Files.deleteIfExists(target);
        Files.createFile(target);
        Archive.extract(from, Archive.manifest(from), target);
        return Files.readAllBytes(target);
    }

    private void assertRefused(Path bad, String how) {
        assertThatThrownBy(() -> extracted(bad)).as(how).isInstanceOfAny(BackupException.class, IOException.class);
    }

    /// A ZIP of these entries, in their order.
    private Path zip(Map<String, byte[]> entries) throws IOException {
        Path file = folder.resolve("made.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }

    private Map<String, byte[]> entries(Manifest with) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("manifest.json", with.toJson());
        entries.put("faregate.db", database);
        return entries;
    }

    @Test
    void givesBackWhatWasPutIn() throws IOException {
        assertThat(Archive.manifest(archive)).isEqualTo(manifest);
        assertThat(extracted(archive)).isEqualTo(database);
        assertThat(extracted(zip(entries(manifest)))).as("another tool's ZIP").isEqualTo(database);
    }

    @Test
    void refusesEveryLengthButItsOwn() throws IOException {
        byte[] whole = Files.readAllBytes(archive);
        Path cut = folder.resolve("cut");
        for (int length = 0; length < whole.length; length += length < 600 || length > whole.length - 600 ? 1 : 97) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertRefused(cut, "cut at " + length);
        }
    }

    /// Some bytes of a ZIP say nothing (times, versions, the level); whatever else changes is found.
    @Test
    void refusesAChangedByteOrGivesBackTheSame() throws IOException {
        byte[] whole = Files.readAllBytes(archive);
        Path changed = folder.resolve("changed");
        int refused = 0;
        for (int at = 0; at < whole.length; at += at < 600 || at > whole.length - 600 ? 1 : 31) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << at % 8);
            Files.write(changed, bytes);
            try {
                assertThat(extracted(changed)).as("byte %d", at).isEqualTo(database);
                assertThat(Archive.manifest(changed)).as("byte %d", at).isEqualTo(manifest);
            } catch (BackupException | IOException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../outside",
                "/outside",
                "..\\outside",
                "C:\\outside",
                "folder/",
                "faregate.db-wal",
                "faregate.db/../../outside",
                "Manifest.json",
                "manifest.json\u001b[2J"
            })
    void refusesAFileThatIsNotOurs(String name) throws IOException {
        Map<String, byte[]> entries = entries(manifest);
        entries.put(name, name.endsWith("/") ? new byte[0] : "foreign".getBytes(StandardCharsets.UTF_8));
        Path made = zip(entries);
        assertThatThrownBy(() -> Archive.manifest(made))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("nothing else")
                .message()
                .doesNotContain("outside", "\u001b");
        assertThat(folder.resolve("outside")).doesNotExist();
        assertThat(folder.resolveSibling("outside")).doesNotExist();
    }

    @Test
    void refusesWhenOneOfTheTwoIsMissing() throws IOException {
        for (String missing : new String[] {"manifest.json", "faregate.db"}) {
            Map<String, byte[]> entries = entries(manifest);
            entries.remove(missing);
            assertRefused(zip(entries), "without " + missing);
            entries.put("../" + missing, new byte[1]);
            assertRefused(zip(entries), "with ../" + missing);
        }
        assertRefused(zip(Map.of()), "empty");
        assertRefused(folder, "a folder");
        assertRefused(folder.resolve("none"), "no file");
        assertRefused(Files.writeString(folder.resolve("text"), "not a backup"), "text");
    }

    /// A few kilobytes can unpack to any size.
    @Test
    void writesNoMoreThanTheManifestSays() throws IOException {
        byte[] endless = new byte[64 << 20];
        Path bomb = zip(Map.of("manifest.json", manifest.toJson(), "faregate.db", endless));
        assertThat(Files.size(bomb)).isLessThan(200_000);
        assertThatThrownBy(() -> extracted(bomb)).hasMessageContaining("damaged");
        assertThat(folder.resolve("extracted")).hasSize(0);
    }

    @Test
    void refusesAManifestOfAbsurdSize() throws IOException {
        byte[] long_ = Arrays.copyOf(manifest.toJson(), 64 << 20);
        Arrays.fill(long_, manifest.toJson().length, long_.length, (byte) ' ');
        assertRefused(zip(Map.of("manifest.json", long_, "faregate.db", database)), "64 MiB");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, BYTES - 1, BYTES + 1, Long.MAX_VALUE})
    void refusesASizeThatIsNotTheDatabases(long bytes) throws IOException {
        assertRefused(zip(entries(manifest(bytes, manifest.sha256()))), bytes + " bytes");
    }

    @Test
    void refusesAnotherDatabase() throws IOException {
        Map<String, byte[]> entries = entries(manifest);
        database[BYTES / 2]++;
        assertRefused(zip(entries), "with one byte of the database changed, and the ZIP made anew");
    }
}
