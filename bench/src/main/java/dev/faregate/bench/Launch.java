package dev.faregate.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// How the product is started: the words before `serve`.
record Launch(List<String> command) {
    Launch {
        command = List.copyOf(command);
    }

    /// As its users start it. A checkout may be built first.
    static Launch launcher(Path home) {
        return new Launch(List.of(home.resolve("faregate").toString()));
    }

    /// From the classes of this very JVM, for tests that must not start a build.
    static Launch classPath() {
        return new Launch(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.faregate.Main"));
    }

    static boolean present(Path home) {
        return Files.isExecutable(home.resolve("faregate"));
    }

    /// The folder of `./faregate`: FAREGATE_HOME, or the nearest above the working directory that has one.
    static Path home() {
        String named = System.getenv("FAREGATE_HOME");
        Path here = Path.of("").toAbsolutePath();
        if (named != null && !named.isEmpty()) return Path.of(named);
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (present(folder)) return folder;
        }
        return here;
    }
}
