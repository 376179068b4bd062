package dev.faregate.recorder;

import java.util.UUID;

/// Is told of each step of each paid request on the thread that takes it, before it goes on: the place where
/// tests end the process between two steps.
@FunctionalInterface
public interface Steps {
    Steps UNWATCHED = (_, _) -> {};

    void reached(Step step, UUID generation);
}
