package dev.faregate.bench;

import java.util.List;
import java.util.Optional;

/// A gateway that takes part in `bench overspend`: addresses that precede `/chat/completions` (several for
/// nodes that share a store), a fresh key whose limit is the cap of the experiment, the model that the
/// scripted upstream answers, and what the gateway says about the key's spending.
record Contestant(String name, List<String> urls, String key, String model, SpendFigure figure, Optional<Crash> crash) {
    Contestant {
        if (urls.isEmpty()) throw new IllegalArgumentException("a gateway needs an address");
        urls = List.copyOf(urls);
    }

    /// How its first node is ended with kill -9 and started again; `restart` returns when that node answers.
    interface Crash {
        void kill();

        void restart();
    }
}
