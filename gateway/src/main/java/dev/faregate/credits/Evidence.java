package dev.faregate.credits;

/// Knows what became of requests that a former life of this node held money for. Asked once for each such
/// hold, before the first admission, on the store's thread.
@FunctionalInterface
public interface Evidence {
    /// Knows nothing, so every orphan is charged in full.
    Evidence NONE = _ -> new Finding.Doubtful("nothing was recorded");

    Finding of(OrphanRecords.Orphan hold);
}
