package dev.faregate.bench;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// Something that is measured: where to send, and, where known, the process whose CPU time and memory
/// count (`root`). `gcLog` is where its JVM was told to write about collections.
record Subject(String name, Target target, OptionalLong root, Optional<Path> gcLog) {
    /// The mock itself: what is added is counted from here.
    static final String DIRECT = "direct";

    static final String NGINX = "nginx";
    static final String FREE = "free";
    static final String PRICED = "priced";
}
