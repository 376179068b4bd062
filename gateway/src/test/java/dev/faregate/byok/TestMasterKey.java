package dev.faregate.byok;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/// One master key for the databases that all tests of a run share: a database goes by one.
public final class TestMasterKey {
    private static final MasterKey KEY = make();

    private TestMasterKey() {}

    public static MasterKey shared() {
        return KEY;
    }

    private static MasterKey make() {
        try {
            return MasterKey.load(
                    null, Files.createTempDirectory("faregate-key").resolve("master.key"), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
