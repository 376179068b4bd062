package dev.faregate.system;

import dev.faregate.credits.Discrepancy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What commands of this machine had this process do last. Nothing of it outlives the process. Safe to share between
/// threads.
public final class LastRuns {
    /// What `./faregate verify` found: how much, and which rules are broken.
    record Audit(Instant at, int findings, List<String> rules) {}

    /// A backup that was made.
    record Copy(Instant at, Path file) {}

    private volatile @Nullable Audit audit;
    private volatile @Nullable Copy copy;

    public void verified(Instant at, List<Discrepancy> findings) {
        audit = new Audit(
                at,
                findings.size(),
                findings.stream().map(Discrepancy::rule).distinct().sorted().toList());
    }

    public void backedUp(Instant at, Path file) {
        copy = new Copy(at, file);
    }

    @Nullable
    Audit audit() {
        return audit;
    }

    @Nullable
    Copy copy() {
        return copy;
    }
}
