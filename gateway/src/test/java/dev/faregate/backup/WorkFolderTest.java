package dev.faregate.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
    private static final int AT_ONCE = 4;

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

    @Test
    void givesANameOnceHoweverManyWantIt() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            for (int round = 0; round < 200; round++) {
                Path target = folder.resolve("target" + round);
                CyclicBarrier together = new CyclicBarrier(AT_ONCE);
                List<Callable<Boolean>> all = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    Path file = Files.writeString(folder.resolve("file" + i), String.valueOf(i));
                    all.add(() -> {
                        together.await();
                        return WorkFolder.name(file, target);
                    });
                }
                List<Boolean> named =
                        threads.invokeAll(all).stream().map(Future::resultNow).toList();
                assertThat(named).containsOnlyOnce(true);
                assertThat(target).hasContent(String.valueOf(named.indexOf(true)));
                for (int i = 0; i < AT_ONCE; i++) {
                    Files.deleteIfExists(folder.resolve("file" + i));
                }
            }
        }
    }
}
