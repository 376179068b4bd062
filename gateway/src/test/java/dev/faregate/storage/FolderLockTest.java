package dev.faregate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderLockTest {
    @Test
    void keepsASecondOneOutUntilItIsGivenBack(@TempDir Path folder) {
        try (FolderLock first = FolderLock.take(folder)) {
            assertThatThrownBy(() -> FolderLock.take(folder))
                    .hasMessageContaining("in use by another faregate process");
        }
        FolderLock.take(folder).close();
    }

    /// Closing a file ends all locks that the process has on it, also those of its other channels.
    @Test
    void keepsOtherProcessesOutAlsoAfterThisOneTriedAgain(@TempDir Path folder) throws Exception {
        try (FolderLock first = FolderLock.take(folder)) {
            assertThat(FolderLock.tryTake(folder)).isEmpty();
            assertThat(FolderLock.tryTake(folder.resolve("../" + folder.getFileName())))
                    .isEmpty();
            assertThat(otherProcess(folder)).isEqualTo("refused");
        }
        assertThat(otherProcess(folder)).isEqualTo("taken");
    }

    private static String otherProcess(Path folder) throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        return new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    static final class Other {
        private Other() {}

        public static void main(String[] arguments) {
            System.out.print(FolderLock.tryTake(Path.of(arguments[0])).isEmpty() ? "refused" : "taken");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3.51.2  | wal    | 2 | 0    | 3.51.3 or newer is needed
            3.9.9   | wal    | 2 | 0    | 3.51.3 or newer is needed
            3.51.3  | delete | 2 | 0    | journal_mode=delete
            3.51.3  | wal    | 1 | 0    | synchronous=1
            3.51.3  | wal    | 2 | 1000 | wal_autocheckpoint=1000
            """)
    void refusesASqliteThatCannotKeepMoney(
            String version, String journal, int synchronous, int autoCheckpoint, String words) {
        assertThatThrownBy(() -> SqliteDatabase.requireDurable(version, journal, synchronous, autoCheckpoint))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource({"3.51.3,wal,2", "3.54.1,WAL,3", "4.0.0,wal,2"})
    void takesOneThatCan(String version, String journal, int synchronous) {
        SqliteDatabase.requireDurable(version, journal, synchronous, 0);
    }
}
