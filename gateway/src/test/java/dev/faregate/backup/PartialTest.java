package dev.faregate.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialTest {
    private static final String ID = "0123456789abcdef";

    @TempDir
    private Path folder;

    private List<String> listed() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path left(String name) throws IOException {
        Path left = Files.createDirectory(folder.resolve(name));
        Files.writeString(left.resolve("lock"), "");
        Files.writeString(left.resolve("faregate.db"), "half");
        return left;
    }

    @Test
    void hasANameOfItsOwnAndLeavesNothing() throws IOException {
        Path target = folder.resolve("store.zip");
        Path former;
        try (Partial partial = Partial.beside(target)) {
            former = partial.folder();
            Files.writeString(former.resolve("archive"), "half");
            partial.removeLeft(target);
            assertThat(listed()).singleElement().asString().matches("\\.store\\.zip\\.[0-9a-f]{16}\\.partial");
        }
        assertThat(listed()).isEmpty();
        try (Partial partial = Partial.beside(target)) {
            assertThat(partial.folder()).isNotEqualTo(former);
        }
    }

    @Test
    void removesWhatAKilledRunLeftAndNothingElse() throws IOException {
        Path target = folder.resolve("store.zip");
        Path left = left(".store.zip." + ID + ".partial");
        Path link = Files.createSymbolicLink(folder.resolve(".store.zip.aaaaaaaaaaaaaaaa.partial"), left("kept"));
        List<Path> kept = List.of(
                link,
                left(".store.zip.partial"),
                left(".store.zip.0.partial"),
                left(".storexzip." + ID + ".partial"),
                left(".other.zip." + ID + ".partial"),
                left(".store.zip." + ID + ".partial.old"),
                Files.writeString(folder.resolve(".store.zip.bbbbbbbbbbbbbbbb.partial"), "a file"),
                Files.createDirectory(folder.resolve(".store.zip.cccccccccccccccc.partial")));
        try (Partial partial = Partial.beside(target)) {
            partial.removeLeft(target);
        }
        assertThat(left).doesNotExist();
        assertThat(kept).allMatch(path -> Files.exists(path));
        assertThat(link.resolve("faregate.db")).hasContent("half");
    }

    @Test
    void removesWhatARunLeftThatWasKilledBeforeItsFolderHadAName() throws IOException {
        Path target = folder.resolve("store.zip");
        FileTime longAgo =
                FileTime.from(Instant.now().minus(Partial.UNLOCKED_FOR).minusSeconds(60));
        Path full = left(".store.zip." + ID + ".new.partial");
        Path empty = Files.createDirectory(folder.resolve(".store.zip.aaaaaaaaaaaaaaaa.new.partial"));
        Path young = left(".store.zip.bbbbbbbbbbbbbbbb.new.partial");
        Path youngAndEmpty = Files.createDirectory(folder.resolve(".store.zip.cccccccccccccccc.new.partial"));
        Files.setLastModifiedTime(full, longAgo);
        Files.setLastModifiedTime(empty, longAgo);
        try (Partial partial = Partial.beside(target)) {
            partial.removeLeft(target);
        }
        assertThat(full).doesNotExist();
        assertThat(empty).doesNotExist();
        assertThat(young).as("a run may be about to lock it").exists();
        assertThat(youngAndEmpty).exists();
    }

    @Test
    void leavesAloneWhatItCannotRemove() throws IOException {
        Path target = folder.resolve("store.zip");
        Path stuck = left(".store.zip." + ID + ".partial");
        Files.createDirectories(stuck.resolve("a folder/in it"));
        try (Partial partial = Partial.beside(target)) {
            partial.removeLeft(target);
        }
        assertThat(stuck).exists();
        assertThat(listed()).hasSize(1);
    }
}
