package dev.faregate.inference;

import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.ChangeFeed;
import java.util.Set;

/// What this node does when another one changed a key: forgets what it remembers of it, and cuts the
/// requests of a key that was closed.
public final class Revocation implements ChangeFeed.Listener {
    private final KeyDirectory directory;
    private final RunningRequests running;

    public Revocation(KeyDirectory directory, RunningRequests running) {
        this.directory = directory;
        this.running = running;
    }

    @Override
    public void changed(ChangeFeed.Change change) {
        directory.changed(change.subject(), change.closed());
    }

    @Override
    public void everything() {
        directory.forgetAll();
        Set<String> keys = running.keys();
        if (!keys.isEmpty()) {
            directory.closed(keys).forEach(running::cut);
        }
    }
}
