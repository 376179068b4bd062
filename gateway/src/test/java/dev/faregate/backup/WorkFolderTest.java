package dev.faregate.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
    @TempDir
    private Path folder;

    /// In a folder where others may write, such a link could lead to files that are not theirs to delete.
    @Test
    void neverClearsWhatALinkLeadsTo() throws IOException {
        Path ours = Files.createDirectory(folder.resolve("ours"));
        Files.writeString(ours.resolve("kept"), "kept");
        Path work = Files.createSymbolicLink(folder.resolve("work"), ours);
        assertThatThrownBy(() -> WorkFolder.clear(work)).isInstanceOf(IOException.class);
        assertThat(ours.resolve("kept")).hasContent("kept");
    }
}
